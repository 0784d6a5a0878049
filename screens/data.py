"""Screen 2: datasets, their versions, and what is in them; a person's word on a version."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import work
from textual.message import Message

from core.views import datasets as views
from core.views.datasets import Version
from core.vocabulary import VersionState
from core.workspace import Workspace
from screens.asking import Alternatives, ConsoleScreen, Prepared, refuse
from screens.format import quoted
from screens.keys import DATA
from screens.level import Level
from screens.levels.datasets import Datasets, Versions
from screens.levels.profile import Profile
from screens.levels.rows import RowsLevel
from screens.levels.versions_diff import VersionsDiff
from screens.modals.choice import Option
from screens.modals.question import Question
from screens.texts import changes
from screens.trouble import told

RELEASE, DISCARD, RETIRE, RESTORE = "release", "discard", "retire", "restore"
OPTIONS = {
    RELEASE: Option("r", "release it: accept it after all, as far as it can be read", RELEASE),
    DISCARD: Option("d", "discard it: throw the stored bytes away for good", DISCARD),
    RETIRE: Option("t", "retire it: no later run learns from it", RETIRE),
    RESTORE: Option("s", "restore it: later runs learn from it again", RESTORE),
}
EFFECTS = {
    RELEASE: ("it becomes an accepted version, and the next run learns from it", "footplate data retire {}"),
    DISCARD: ("the bytes in quarantine are deleted; its record and the file in the folder stay", "cannot be undone"),
    RETIRE: ("no later run learns from it; models that have learned from it stay", "footplate data restore {}"),
    RESTORE: ("it is accepted again, and the next run learns from it", "footplate data retire {}"),
}
COMMANDS = {
    RELEASE: "footplate data quarantine release {}", DISCARD: "footplate data quarantine discard {}",
    RETIRE: "footplate data retire {}", RESTORE: "footplate data restore {}",
}


class DataScreen(ConsoleScreen):
    NAME = DATA

    class Before(Message):
        """With which version one is compared; None: there is none before it."""

        def __init__(self, version: str, before: str | None) -> None:
            super().__init__()
            self.version, self.before = version, before

    class Opened(Message):
        """A file is open: its rows can be shown."""

        def __init__(self, level: RowsLevel) -> None:
            super().__init__()
            self.level = level

    def roots(self) -> Sequence[Level]:
        return [Datasets()]

    def action_dispose(self) -> None:
        """Offer what the version allows, and then ask."""
        row = self.row()
        if not isinstance(row, Version):
            inside = isinstance(self.place.level, Profile)
            self.say("go back to the version first: Esc" if inside else "open the dataset and choose a version first")
            return
        if not allowed_for(row):
            self.say(why_not(row))
        else:
            self.ask(lambda: choices(self.desk.workspace, row))

    def action_differences(self) -> None:
        """Two marked versions; one with the one under the cursor; none: that one with the version before it."""
        level, row = self.place.level, self.row()
        if isinstance(level, Profile):
            self._against_before(level.version)
        elif not isinstance(level, Versions) or not isinstance(row, Version):
            self.say("versions are compared: open a dataset first")
        elif (marked := self.few_marked(2)) is not None:
            numbers = {one for one in marked if isinstance(one, int)}
            numbers |= {row.version} if len(numbers) < 2 else set()
            if len(numbers) == 1:
                self._against_before(row.name)
            else:
                self.go_to(VersionsDiff(*(f"{level.dataset}@{number}" for number in sorted(numbers))))

    def action_rows(self) -> None:
        level, row = self.place.level, self.row()
        if isinstance(row, Version):
            self._open_rows(row.name)
        elif isinstance(level, Profile):
            self._open_rows(level.version)
        else:
            self.say("open a dataset and choose a version first: its rows are shown then")

    @work(thread=True, exclusive=True, exit_on_error=False, group="rows")
    def _open_rows(self, version: str) -> None:
        from core.services.rows import rows_of

        try:
            self.post_message(self.Opened(RowsLevel(rows_of(self.desk.workspace, version))))
        except Exception as error:
            self.post_message(self.Done(told(self.desk.workspace, error)))

    def on_data_screen_opened(self, message: Opened) -> None:
        message.stop()
        self.go_to(message.level)

    @work(thread=True, exclusive=True, exit_on_error=False, group="before")
    def _against_before(self, version: str) -> None:
        try:
            self.post_message(self.Before(version, views.before(self.desk.workspace, version)))
        except Exception as error:
            self.post_message(self.Done(told(self.desk.workspace, error)))

    def on_data_screen_before(self, message: Before) -> None:
        message.stop()
        if message.before is None:
            self.say(f"no version before {message.version} has a profile: there is nothing to compare it with")
        else:
            self.go_to(VersionsDiff(message.before, message.version))


def choices(workspace: Workspace, row: Version) -> Prepared | Alternatives:
    """What may be done with a version by now; the only thing is asked at once."""
    now = views.show(workspace, row.name)
    allowed = allowed_for(now)
    if not allowed:
        raise refuse(why_not(now), "look again")
    if len(allowed) == 1:
        return prepare(workspace, now, allowed[0])
    return Alternatives(
        f"What to do with {row.name}?",
        [(OPTIONS[verb], lambda verb=verb: prepare(workspace, now, verb)) for verb in allowed],  # type: ignore[misc]
    )


def allowed_for(row: Version) -> list[str]:
    """What a person may do with a version."""
    if row.state == VersionState.QUARANTINED and not row.discarded:
        return [RELEASE, DISCARD]
    return {VersionState.ACCEPTED: [RETIRE], VersionState.RETIRED: [RESTORE]}.get(VersionState(row.state), [])


def why_not(row: Version) -> str:
    if row.discarded:
        return f"{row.name} was discarded: let the file arrive again"
    by = f" by v{row.superseded_by}" if row.superseded_by else ""
    return f"{row.name} is {row.state}{by}: nothing is left to decide"


def prepare(workspace: Workspace, now: Version, verb: str) -> Prepared:
    """The question, and the service that does it."""
    from core.services import versions

    effect, undo = EFFECTS[verb]
    doing: Callable[[Workspace, str], str] = versions.release_apart if verb == RELEASE else getattr(versions, verb)
    lines = [
        ("file", now.file_name), ("rows", f"{now.rows:,}" if now.rows is not None else "could not be read"),
        ("now", now.state), ("then", effect), ("undo", undo.format(quoted(now.name))),
    ]
    if now.reasons:
        lines.insert(2, ("because", str(now.reasons[0]["message"])))
    question = Question(
        f"{verb.capitalize()} {now.name}?", changes(*lines), COMMANDS[verb].format(quoted(now.name)),
        typed=now.name if verb == DISCARD else "",
    )
    return question, lambda: doing(workspace, now.name)
