"""The least that a Textual app with a table can be: header, footer, an empty table. What the console is held against.

`--sqlmodel` imports that library first; `--rows N` fills the table once it is painted.
"""

from __future__ import annotations

import sys

if "--sqlmodel" in sys.argv:
    import sqlmodel  # noqa: F401

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer, Header


class Bare(App[None]):
    TITLE = "bare"
    BINDINGS = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        if "--rows" in sys.argv:
            table = self.query_one(DataTable)
            table.add_columns("run", "recipe", "state", "score", "gate")
            for row in range(int(sys.argv[sys.argv.index("--rows") + 1])):
                table.add_row(f"{row:05}", "flights", "finished", "0.7193", "passed")


if __name__ == "__main__":
    Bare().run()
