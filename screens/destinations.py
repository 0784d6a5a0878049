"""Every list that the command bar can go to, by name: on which screen it is, and what it needs to be named.

Knows no Textual and imports no level until somebody goes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from screens.keys import AUDIT, AUTOMATION, DATA, EXPERIMENTS, MODELS, MONITORS, OVERVIEW

if TYPE_CHECKING:
    from screens.level import Level

DATASET, RECIPE, MODEL, VERSION, RUN = "dataset", "recipe", "model", "version", "run"  # what can be named
MONITOR, ALERT, DEPLOYMENT, PIPELINE = "monitor", "alert", "deployment", "pipeline"
VERSIONS = "datasets:Versions"
NUMBERED = (RUN, ALERT, PIPELINE)
MOST = 200  # names of a kind that are known


@dataclass(frozen=True)
class Destination:
    """`root`: the `name` of the list that the screen starts with; `inner`: MODULE:CLASS of the levels beyond
    it, made with what is named (`takes`). `scope`: the field by which what may be named filters the list."""

    names: tuple[str, ...]  # the first one is shown
    screen: str
    about: str
    root: str = ""
    inner: tuple[str, ...] = ()
    takes: str = ""
    scope: str = ""

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def named(self) -> str:
        """The kind of thing that may, or must, be named."""
        return self.takes or self.scope

    def beyond(self, argument: str) -> list[Level]:
        """The levels beyond the root, one after the other."""
        levels = []
        for place in self.inner:
            module, cls = place.split(":")
            level = getattr(import_module(f"screens.levels.{module}"), cls)
            levels.append(level(_typed(self.takes, argument, last=place == self.inner[-1])))
        return levels


def _typed(takes: str, argument: str, *, last: bool) -> int | str:
    """What a level is made with: a number, a name, and on the way to a version its dataset."""
    if takes == VERSION:
        dataset, _, number = argument.rpartition("@")
        return f"{dataset}@{number.removeprefix('v')}" if last else dataset
    return int(argument) if takes in NUMBERED else argument


ALL: tuple[Destination, ...] = (
    Destination(("overview", "home"), OVERVIEW, "the verdict, and a line a model"),
    Destination(("needs",), OVERVIEW, "what needs a person, and where it is answered", root="need"),
    Destination(("data",), DATA, "the data, as it was left"),
    Destination(("datasets",), DATA, "all datasets", root="dataset"),
    Destination(("versions",), DATA, "the versions of a dataset", "dataset", (VERSIONS,), DATASET),
    Destination(
        ("profile",), DATA, "what is in a version, column by column", "dataset", (VERSIONS, "profile:Profile"), VERSION
    ),
    Destination(("experiments",), EXPERIMENTS, "the runs, as they were left"),
    Destination(("runs",), EXPERIMENTS, "all runs, or those of a recipe", root="run", scope=RECIPE),
    Destination(("run",), EXPERIMENTS, "one run by its number", "run", ("run:RunPage",), RUN),
    Destination(("models",), MODELS, "all models", root="model"),
    Destination(("model",), MODELS, "the versions of a model", "model", ("models:ModelVersions",), MODEL),
    Destination(("deployments", "serving"), MODELS, "what serves where", root="deployment", scope=MODEL),
    Destination(
        ("deployment",), MODELS, "one deployment: MODEL/ENVIRONMENT", "deployment", ("deployments:DeploymentPage",),
        DEPLOYMENT,
    ),
    Destination(("replay",), MODELS, "what retraining would have been worth", "model", ("replay:ReplayPage",), MODEL),
    Destination(("monitors",), MONITORS, "the monitors, and what they read", root="monitor", scope=MODEL),
    Destination(("monitor", "readings"), MONITORS, "what one monitor read", "monitor", ("monitors:Readings",), MONITOR),
    Destination(("alerts",), MONITORS, "what is wrong, those that hold first", root="alert"),
    Destination(("alert",), MONITORS, "one alert, and what to do about it", "alert", ("alerts:AlertPage",), ALERT),
    Destination(("automation",), AUTOMATION, "the work, as it was left"),
    Destination(("jobs", "queue"), AUTOMATION, "the queue", root="job"),
    Destination(("decisions", "why"), AUTOMATION, "what was decided, and why", root="decision"),
    Destination(("recipes", "folders"), AUTOMATION, "the recipes, and the folders that they watch", root="recipe"),
    Destination(("triggers", "schedules"), AUTOMATION, "what starts runs by itself, and when next", root="trigger"),
    Destination(("pipelines", "ci"), AUTOMATION, "saved recipes on their way, stage by stage", root="pipeline",
                scope=RECIPE),
    Destination(("pipeline",), AUTOMATION, "one of them by its number", "pipeline", ("pipelines:PipelinePage",),
                PIPELINE),
    Destination(("events", "audit"), AUDIT, "who did what", root="event"),
)


def find(name: str) -> Destination | None:
    """By its name, or by the beginning of one that no other has."""
    begins: list[Destination] = []
    for one in ALL:
        if name in one.names:
            return one
        if len(name) > 1 and any(known.startswith(name) for known in one.names):
            begins.append(one)
    return begins[0] if len({one.screen for one in begins}) == 1 else None


def names() -> Sequence[str]:
    return [name for one in ALL for name in one.names]
