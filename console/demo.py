"""The demo: a year of real flights arrives month by month, and two things go wrong on purpose."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from console import daemon
from core.errors import Conflict, FootplateError, NotFound
from core.workspace import Workspace

NAME = "flights"
MONTHS = 12  # of data that there are
BROKEN_MONTH = 5  # arrives without one column first; the last but one of a shorter story
CARELESS_AFTER = 11  # the month after which somebody saves a careless recipe; likewise
LOST_COLUMN = "dewp"
WAIT_SECONDS = 240.0
MARK = "demo"  # in .footplate/: this workspace is ours to make anew

SETTINGS = """\
# The demo's workspace: files settle faster here than in real life.
[daemon]
settle_seconds = 0.5
"""
CARELESS = """
[model]
estimator = "sklearn.ensemble.HistGradientBoostingClassifier"
params = { max_iter = 3, max_leaf_nodes = 2 }
"""

Tell = Callable[[str], None]


def sample() -> Path:
    """The folder of the sample data, in a checkout or in an installed package."""
    for folder in (Path(__file__).parent.parent / "sample_data", Path(__file__).parent / "sample_data"):
        if (folder / NAME).is_dir():
            return folder / NAME
    raise NotFound("the sample data is not installed", "reinstall Footplate")


def prepare(folder: Path) -> Workspace:
    """A fresh workspace with a recipe and an empty inbox; an earlier demo in the same folder gives way."""
    mark = folder / ".footplate" / MARK
    if folder.exists() and any(folder.iterdir()):
        if not mark.exists():
            raise Conflict(f"{folder} is not empty and no demo of ours", "name another folder: `footplate demo DIR`")
        daemon.stop(Workspace.open(folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "footplate.toml").write_text(SETTINGS, "utf-8")
    workspace, _ = Workspace.init(folder)
    mark.touch()
    (folder / "inbox").mkdir()
    from core.services import recipes

    recipes.new(workspace, NAME, watch="inbox", target="delayed", time="date", drop=("flight",))
    return workspace


def story(workspace: Workspace, tell: Tell, months: int = MONTHS) -> None:
    """So many months, one broken file and one careless recipe; returns when all of it is decided."""
    inbox = workspace.root / "inbox"
    broken, careless = min(BROKEN_MONTH, months - 1), min(CARELESS_AFTER, months - 1)
    seen = _Teller(workspace, tell)
    for month in range(1, months + 1):
        if month == broken:
            source = sample() / f"flights_2013-{month:02d}.csv"
            tell(f"-- month {month} arrives broken: somebody lost the column {LOST_COLUMN}")
            _without(LOST_COLUMN, source, inbox / source.name)
            _settle(workspace)
            seen.catch_up()
            tell(f"-- month {month} arrives again, mended")
        arrive(workspace, month)
        seen.catch_up()
        if month == careless:
            _careless(workspace, tell, seen)


def arrive(workspace: Workspace, month: int) -> None:
    """One month as it should be; returns when all of it is decided."""
    source = sample() / f"flights_2013-{month:02d}.csv"
    _deliver(source, workspace.root / "inbox" / source.name)
    _settle(workspace)


def _careless(workspace: Workspace, tell: Tell, seen: _Teller) -> None:
    from core.store.objects import publish_file

    recipe = workspace.recipes / f"{NAME}.toml"
    good = recipe.read_bytes()
    tell("-- somebody saves a careless recipe: three stumps will do")
    publish_file(recipe, good + CARELESS.encode())
    _settle(workspace)
    seen.catch_up()
    tell("-- and takes it back")
    publish_file(recipe, good)
    _settle(workspace)
    seen.catch_up()


class _Teller:
    """Tells each decision once, in the order of events."""

    def __init__(self, workspace: Workspace, tell: Tell) -> None:
        self.workspace = workspace
        self.tell = tell
        self.last = 0

    def catch_up(self) -> None:
        from core.views import activity

        for id, line in activity.story(self.workspace, after=self.last):
            self.last = id
            self.tell(line)


def _deliver(source: Path, target: Path) -> None:
    """As a careful program would: write beside, then rename."""
    temporary = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, temporary)
    os.replace(temporary, target)


def _without(column: str, source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.part")
    with source.open(newline="", encoding="utf-8") as left, temporary.open("w", newline="", encoding="utf-8") as right:
        reader = csv.DictReader(left)
        names = [name for name in reader.fieldnames or [] if name != column]
        writer = csv.DictWriter(right, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(reader)
    os.replace(temporary, target)


def _settle(workspace: Workspace) -> None:
    from core.services.waiting import wait

    if not wait(workspace, WAIT_SECONDS, daemon_runs=lambda: daemon.holder(workspace) is not None):
        raise FootplateError("the demo's daemon did not get on with its work", f"see {workspace.logs / 'daemon.log'}")


def headless(folder: Path, tell: Tell, months: int = MONTHS) -> None:
    """The whole story, told line by line, with the replay at its end; the daemon is stopped then."""
    workspace = prepare(folder)
    tell(f"a workspace in {folder}, a recipe, and a daemon; 2,500 flights a month are about to arrive")
    daemon.start(workspace)
    try:
        story(workspace, tell, months)
    finally:
        daemon.stop(workspace)


def start(folder: Path, months: int = MONTHS) -> Workspace:
    """Prepare, start the daemon, and let the story run beside the console in a process of its own."""
    workspace = prepare(folder)
    daemon.start(workspace)
    log = workspace.logs / "demo.log"
    with log.open("ab") as stream:
        subprocess.Popen(
            [sys.executable, "-m", "console.demo", str(workspace.root), str(months)], stdin=subprocess.DEVNULL,
            stdout=stream, stderr=stream, start_new_session=True, cwd=workspace.root,
        )
    return workspace


def main() -> int:
    try:
        story(Workspace.open(Path(sys.argv[1])), lambda line: print(line, flush=True), int(sys.argv[2]))
    except FootplateError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
