"""Draws the README's picture: a real screen of a real workspace, `python docs/picture.py WORKSPACE [SCREEN]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from console.app import Console, desk_of
from core.workspace import Workspace

OUT = Path(__file__).parent
SIZE = (110, 30)


async def draw(workspace: Workspace, key: str, name: str) -> Path:
    """One screen, as it looks once its rows are there."""
    app = Console(desk_of(workspace, read_only=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(key)
        for _ in range(40):
            await pilot.pause(0.1)
            await app.workers.wait_for_complete()
        svg = app.export_screenshot(title=f"footplate {workspace.name}")
    path = OUT / f"{name}.svg"
    path.write_text(svg, "utf-8")
    return path


def main() -> None:
    workspace = Workspace.open(Path(sys.argv[1]))
    for key, name in (("1", "overview"), ("3", "experiments")):
        print(asyncio.run(draw(workspace, key, name)))


if __name__ == "__main__":
    main()
