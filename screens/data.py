"""Screen 2: datasets, their versions, and what is in them; a person's word on a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from core.services import drafts
from core.views import datasets as views
from core.views.daemon import running
from core.views.datasets import Dataset, Version
from core.vocabulary import VersionState
from core.workspace import Workspace
from screens.asking import Alternatives, ConsoleScreen, Prepared, refuse
from screens.format import quoted
from screens.keys import DATA
from screens.level import Level
from screens.levels.datasets import Datasets, Versions
from screens.levels.outlook import told
from screens.levels.places import judged
from screens.levels.profile import Profile
from screens.levels.rows import RowsLevel
from screens.levels.versions_diff import VersionsDiff
from screens.modals.choice import Option
from screens.modals.path import AskPath, no_file
from screens.modals.question import Question
from screens.texts import changes

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

    def _open_rows(self, version: str) -> None:
        from core.services.rows import rows_of

        workspace = self.desk.workspace
        self.find_out(f"opening {version}", lambda: RowsLevel(rows_of(workspace, version)), self.go_to)

    def _against_before(self, version: str) -> None:
        def compare(before: str | None) -> None:
            if before is None:
                self.say(f"no version before {version} has a profile: there is nothing to compare it with")
            else:
                self.go_to(VersionsDiff(before, version))

        self.find_out("reading", lambda: views.before(self.desk.workspace, version), compare)

    def action_check(self) -> None:
        """Judge the kept file again; where it would be accepted by now, offer its release."""
        row, level = self.row(), self.place.level
        name = row.name if isinstance(row, Version) else level.version if isinstance(level, Profile) else None
        if name is None:
            self.say("open a dataset and choose a version first: its file is judged again then")
            return
        from core.services import versions

        workspace = self.desk.workspace
        self.find_out(
            f"judging {name} by today's recipe", lambda: versions.check_apart(workspace, name), self._checked
        )

    def action_add(self) -> None:
        """Take a file by hand: its path, then what would come of it, then the question."""
        if not self.may_change():
            return
        dataset = self._dataset()
        if dataset is None:
            self.say("choose a dataset first: the file is taken into it")
            return

        def named(path: Path | None) -> None:
            if path is not None:
                workspace = self.desk.workspace
                self.find_out(
                    f"judging {path.name}", lambda: taken(workspace, dataset, path),
                    lambda prepared: self.ask(lambda: prepared),
                )

        title = f"Take a file into {dataset}: which one?"
        self.app.push_screen(AskPath(title, Path.cwd(), wrong=no_file), named)

    def recipe_at_hand(self) -> Callable[[], str] | None:
        dataset = self._dataset()
        return None if dataset is None else lambda: drafts.of_dataset(self.desk.workspace, dataset)

    def _dataset(self) -> str | None:
        """The dataset at hand: the row, or the one that was opened."""
        row, level = self.row(), self.place.level
        if isinstance(row, Dataset):
            return row.name
        if isinstance(level, Versions):
            return level.dataset
        inside = next((place.level for place in self.stack if isinstance(place.level, Versions)), None)
        return inside.dataset if inside is not None else None

    def _checked(self, found: Mapping[str, Any]) -> None:
        if found["fine"] and found["state"] == VersionState.QUARANTINED and not self.desk.read_only:
            workspace, name = self.desk.workspace, found["version"]
            self.ask(lambda: prepare(workspace, views.show(workspace, name), RELEASE, judged(found)))
        else:
            self.view(f"{found['version']} judged again", lambda: judged(found))


def taken(workspace: Workspace, dataset: str, path: Path) -> Prepared:
    """The question before a file is taken: what would come of it."""
    from core.services import rehearsal, versions

    found = rehearsal.file_apart(workspace, path, dataset)
    if found["verdict"] == "same":
        raise refuse(f"{path.name} is {found['same']} already: the same bytes", "choose another file")
    lines = told(found, daemon=running(workspace) is not None)
    question = Question(
        f"Take {path.name} into {dataset}?", lines, f"footplate data add {quoted(dataset)} {quoted(str(path))}"
    )
    return question, lambda: versions.add_apart(workspace, dataset, path)


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


def prepare(workspace: Workspace, now: Version, verb: str, said: Sequence[Text] = ()) -> Prepared:
    """The question, and the service that does it; `said` stands above what will change."""
    from core.services import versions

    effect, undo = EFFECTS[verb]
    doing: Callable[[Workspace, str], str] = versions.release_apart if verb == RELEASE else getattr(versions, verb)
    lines = [("file", now.file_name), ("rows", f"{now.rows:,}" if now.rows is not None else "could not be read")]
    if now.reasons:
        more = f" (and {len(now.reasons) - 1} more)" if len(now.reasons) > 1 else ""
        lines.append(("because", f"{now.reasons[0]['message']}{more}"))
    lines += [("now", now.state)]
    lines += released(versions.preview_apart(workspace, now.name)) if verb == RELEASE else [("then", effect)]
    lines += [("undo", undo.format(quoted(now.name)))]
    question = Question(
        f"{verb.capitalize()} {now.name}?", [*said, *changes(*lines)], COMMANDS[verb].format(quoted(now.name)),
        typed=now.name if verb == DISCARD else "",
    )
    return question, lambda: doing(workspace, now.name)


def released(would: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a release would do, line by line."""
    lines = [("then", f"{would['rows']:,} rows are accepted, {would['labelled']:,} of them with a label")]
    if would["bad_rows"]:
        lines.append(("", f"{would['bad_rows']:,} rows that cannot be read are set aside"))
    if would["columns_missing"]:
        lines.append(("", f"missing in every row: {', '.join(would['columns_missing'])}"))
    if would["supersedes"]:
        lines.append(("", f"{', '.join(would['supersedes'])} is superseded by it"))
    learns = ", ".join(would["learns"])
    return [*lines, ("", f"the next run of {learns} learns from it" if learns else "nothing learns from it by itself")]
