"""Draws the README's pictures: real screens of a real workspace, `python docs/picture.py WORKSPACE`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from console.app import Console
from console.seats import desk_of
from core.workspace import Workspace

OUT = Path(__file__).parent
PICTURES = {  # name -> its height, and the keys that lead there
    "overview": (28, ("1",)),
    "comparison": (42, ("3", "space", "space", "equals_sign", "tab", "tab")),
    "lineage": (24, ("4", "enter", "enter", "shift+tab")),
}
WIDTH = 110


async def draw(workspace: Workspace, name: str, height: int, keys: tuple[str, ...]) -> Path:
    """One screen, as it looks once all is there."""
    app = Console(desk_of(workspace))
    async with app.run_test(size=(WIDTH, height)) as pilot:
        for key in keys:
            await pilot.press(key)
            for _ in range(20):
                await pilot.pause(0.1)
                await app.workers.wait_for_complete()
        svg = app.export_screenshot(title=f"footplate {workspace.name}")
    path = OUT / f"{name}.svg"
    path.write_text(svg, "utf-8")
    return path


def main() -> None:
    workspace = Workspace.open(Path(sys.argv[1]))
    for name, (height, keys) in PICTURES.items():
        print(asyncio.run(draw(workspace, name, height, keys)))


if __name__ == "__main__":
    main()
