"""Screen 2: datasets, their versions, and what is in them; a person's word on a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.services import drafts
from core.views import datasets as views
from core.views.daemon import running
from core.views.datasets import Dataset, Version
from core.vocabulary import VersionState
from core.workspace import Workspace
from screens import command, disposal
from screens.asking import ConsoleScreen, Prepared, refuse
from screens.format import quoted
from screens.keys import DATA
from screens.level import Level
from screens.levels.datasets import Datasets, Versions
from screens.levels.outlook import told
from screens.levels.places import judged
from screens.levels.profile import Profile
from screens.levels.rows import RowsLevel
from screens.levels.versions_diff import VersionsDiff
from screens.modals.question import Question


class DataScreen(ConsoleScreen):
    NAME = DATA

    def roots(self) -> Sequence[Level]:
        return [Datasets()]

    def action_dispose(self) -> None:
        """Offer what the version allows, and then ask; a dataset first shows which of its versions wait for a word."""
        row, level, workspace = self.row(), self.place.level, self.desk.workspace
        if isinstance(row, Dataset) and row.quarantined:
            self.run_command(f"versions {command.quoted(row.name)} /state=quarantined")
            self.say(f"choose one, and {self.desk.key('dispose')} again")
        elif isinstance(level, Profile):
            self.ask(lambda: disposal.choices(workspace, views.show(workspace, level.version)))
        elif not isinstance(row, Version):
            self.say("open the dataset and choose a version first")
        elif not disposal.allowed_for(row):
            self.say(disposal.why_not(row))
        else:
            self.ask(lambda: disposal.choices(workspace, row))

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
            self.say(f"choose a dataset first; where there is none, {self.desk.key('add_folder')} adds a folder")
            return

        def named(path: Path | None) -> None:
            if path is not None:
                workspace = self.desk.workspace
                self.find_out(
                    f"judging {path.name}", lambda: taken(workspace, dataset, path),
                    lambda prepared: self.ask(lambda: prepared),
                )

        from screens.modals.path import AskPath, no_file

        title = f"Take a file into {dataset}: which one?"
        self.app.push_screen(AskPath(self.desk, title, Path.cwd(), wrong=no_file), named)

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
        if found["fine"] and found["state"] == VersionState.QUARANTINED and self.desk.changes:
            workspace, name = self.desk.workspace, found["version"]
            self.ask(lambda: disposal.prepare(workspace, views.show(workspace, name), disposal.RELEASE, judged(found)))
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
