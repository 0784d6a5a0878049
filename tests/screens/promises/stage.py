"""What a check of a key may use: press it, wait, answer the question, read the text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from core.views import activity
from screens.modals.question import Ask
from screens.modals.text_view import TextView
from tests.screens.driver import Driver
from tests.screens.world import World


@dataclass(frozen=True)
class Stage:
    driver: Driver
    world: World
    screen: str
    key: str  # as it is typed
    folder: Path  # for files

    @property
    def place(self) -> object:
        return self.driver.screen.place.level

    def number(self, row: object) -> object:
        listing = self.driver.screen.listing
        assert listing is not None
        return listing.identity(row)

    async def press(self) -> None:
        await self.driver.keys(self.key)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        await self.driver.until(holds, f"{self.key} on {self.screen}: {what}")

    async def says(self, words: str) -> None:
        await self.until(lambda: words in self.driver.said, f"says {words!r}, not {self.driver.said!r}")

    async def asks(self, words: str) -> Ask:
        await self.until(lambda: self.driver.modal == "Ask", f"asks {words!r}; says {self.driver.said!r}")
        top = self.driver.app.screen
        assert isinstance(top, Ask) and words in top.question.title, top
        return top

    async def does(self, words: str, holds: Callable[[], object]) -> None:
        """Press, see the question, say yes, and wait for what it promised."""
        await self.press()
        await self.asks(words)
        assert not holds(), "it holds before anybody said yes"
        await self.driver.keys("y")
        await self.until(holds, f"done; says {self.driver.said!r}")
        await self.driver.ready()

    async def text(self) -> str:
        """What the text view shows that lies over the screen."""
        await self.until(lambda: self.driver.modal == "TextView", f"shows a text; says {self.driver.said!r}")
        top = self.driver.app.screen
        assert isinstance(top, TextView)
        await self.until(lambda: not top._first, "the text was read")
        return "\n".join(line.plain for line in top.pane.lines)


Check = Callable[[Stage], Awaitable[None]]
PROMISES: dict[str, Check] = {}


def promise(*actions: str) -> Callable[[Check], Check]:
    def keep(check: Check) -> Check:
        PROMISES.update(dict.fromkeys(actions, check))
        return check

    return keep


def row_of(on: Stage, wanted: Callable[[object], bool]) -> int:
    return next(at for at, row in enumerate(on.driver.screen.table.rows) if wanted(row))


def jobs(on: Stage) -> list[tuple[str, str, str]]:
    return [(job.kind, job.subject, job.state) for job in activity.jobs(on.world.workspace, limit=0)]
