"""One call of a verb: the options that every verb takes, the workspace it means and how it answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from console import output
from console.output import Column
from core.errors import UsageError
from core.text import visible

if TYPE_CHECKING:
    from core.views.page import Page
    from core.workspace import Workspace

WORKSPACE = "footplate.workspace"
JSON = "footplate.json"

Limit = Annotated[int, Option("--limit", min=0, metavar="N", help="At most so many; 0: all.")]
Where = Annotated[
    list[str] | None,
    Option("--where", metavar="TERM", help="Only those: 'roc_auc>0.8', state=failed; repeatable."),
]
Order = Annotated[str | None, Option("--order", metavar="KEY", help="Sort by it; '-KEY' descending.")]


class Call(typer.Context):
    """What a verb's function gets as its first argument."""

    @property
    def named(self) -> Path | None:
        """The folder of `-w`, wherever it stood in the line; UsageError where there are several."""
        several = self.several
        if len(several) > 1:
            raise UsageError("one workspace at a time", "several -w are for the console: `footplate -w A -w B`")
        return several[0] if several else None

    @property
    def several(self) -> list[Path]:
        """All folders of `-w`."""
        return list(self.meta.get(WORKSPACE, ()))

    @property
    def json(self) -> bool:
        return bool(self.meta.get(JSON))

    @property
    def terminal(self) -> bool:
        """Whether a person looks on: progress may be drawn."""
        return not self.json and sys.stderr.isatty()

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace that is meant; NotFound with a hint where there is none."""
        from core.workspace import Workspace

        found = Workspace.find(self.named)
        self.find_root().call_on_close(found.close)
        return found

    def done(self, line: str, **more: Any) -> None:
        """Say in one line what was done and how to undo it."""
        if self.json:
            output.write_json({"done": line, **more})
        else:
            output.say(line)

    def listing(self, rows: Iterable[Any], columns: Sequence[Column], *, empty: str) -> None:
        """An array for programs, a table for people."""
        if self.json:
            output.write_json(list(rows))
        else:
            output.write_table(rows, columns, empty=empty)

    def page(self, page: Page[Any], columns: Sequence[Column], *, empty: str) -> None:
        """A listing of which there may be more than was asked for; people are told so."""
        self.listing(page.rows, columns, empty=empty)
        if page.next is not None and not self.json:
            output.say(f"(the first {len(page):,}; all: --limit 0)")

    def one(self, value: Any, show: Callable[[Any], None]) -> None:
        """One object for programs; for people whatever `show` writes."""
        if self.json:
            output.write_json(value)
        else:
            show(value)

    def tell(self, line: str, **more: Any) -> None:
        """One line of a story that goes on (JSON Lines with --json)."""
        if self.json:
            output.write_json_line({"line": line, **more})
        else:
            output.say(line)

    def progress(self, text: str) -> None:
        """A passing line on a terminal; nothing elsewhere."""
        if self.terminal:
            sys.stderr.write(f"\r\x1b[2K{visible(text)}" if text else "\r\x1b[2K")
            sys.stderr.flush()


def _remember_workspace(context: typer.Context, value: list[Path] | None) -> None:
    if value:
        context.meta[WORKSPACE] = value


def _remember_json(context: typer.Context, value: bool) -> None:
    if value:
        context.meta[JSON] = True


def _everywhere(
    workspace: Annotated[
        list[Path] | None,
        Option(
            "--workspace", "-w", metavar="DIR", expose_value=False, callback=_remember_workspace,
            help="The workspace (the console takes several); default: $FOOTPLATE_WORKSPACE, else upward from here.",
        ),
    ] = None,
    json: Annotated[
        bool, Option("--json", expose_value=False, callback=_remember_json, help="JSON for programs.")
    ] = False,
) -> None:
    """Only the options are used: the verbs take them over."""


@cache
def common_options() -> list[Any]:
    """`-w` and `--json`, as every verb and every group takes them."""
    app = typer.Typer(add_completion=False)
    app.command()(_everywhere)
    return list(get_command(app).params)


class Verb(TyperCommand):
    """A verb: takes the common options, and its function may ask for the Call."""

    context_class = Call

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        taken = {option for param in self.params for option in param.opts}
        self.params += [param for param in common_options() if not taken & set(param.opts)]


class Group(TyperGroup):
    """Verbs of one thing: `data list`, `data show` ..."""

    context_class = Call

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.params += common_options()


def group(help: str) -> typer.Typer:
    """A group of verbs with plain help (rich would cost more than the verbs)."""
    return typer.Typer(
        cls=Group, help=help, add_completion=False, rich_markup_mode=None, no_args_is_help=True,
        pretty_exceptions_enable=False,
    )


def asked(where: list[str] | None, order: str | None, limit: int) -> dict[str, Any]:
    """The wishes of a listing, as the views take them."""
    return {"where": " ".join(where or ()), "order": order or "", "limit": limit}
