"""Screen 4: models, versions, why a version is there; promote, roll back, hold, approve, undo, measure again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text

from core.views import models as views
from core.views.deployments import Deployment
from core.views.models import Model, Version
from core.workspace import Workspace
from screens import asks, deploying, releases
from screens.asking import Alternatives, Prepared
from screens.keys import MODELS
from screens.level import Level
from screens.levels.deployments import DeploymentPage, Deployments
from screens.levels.models import Models, ModelVersions
from screens.levels.parts import PARTS
from screens.levels.replay import ReplayPage
from screens.levels.version import VersionPart
from screens.walking import Walker

NO_MODEL = "there is no model here"
OF_MODEL = (ModelVersions, ReplayPage)


class ModelsScreen(Walker):
    NAME = MODELS

    def roots(self) -> Sequence[Level]:
        return [Models(), Deployments()]

    # -- what is meant

    def model(self) -> str | None:
        """The model that a key means, on whatever level."""
        row, level = self.row(), self.place.level
        if isinstance(row, Model):
            return row.name
        if isinstance(row, Deployment):
            return row.model
        return level.model if isinstance(level, ModelVersions | VersionPart | ReplayPage | DeploymentPage) else None

    def deployment(self) -> Deployment | None:
        """The deployment that a key means: the row, or whose page this is."""
        row, level = self.row(), self.place.level
        if isinstance(row, Deployment):
            return row
        return level.deployment if isinstance(level, DeploymentPage) else None

    def _ask_deployment(self, prepare: Callable[[Workspace, Deployment], Prepared]) -> bool:
        """Whether it was about one."""
        found, workspace = self.deployment(), self.desk.workspace
        if found is not None:
            self.ask(lambda: prepare(workspace, found))
        return found is not None

    def recipe_at_hand(self) -> Callable[[], str] | None:
        model = self.model()
        return None if model is None else lambda: model  # a model bears its recipe's name

    def version(self) -> int | None:
        """The version under the cursor, or whose page this is."""
        row, level = self.row(), self.place.level
        if isinstance(row, Version):
            return row.version
        return level.version if isinstance(level, VersionPart) else None

    def _ask_model(self, prepare: Callable[[Workspace, str], Prepared | Alternatives]) -> None:
        model = self.model()
        if model is None:
            self.say(NO_MODEL)
        else:
            self.ask(lambda: prepare(self.desk.workspace, model))

    # -- parts

    def action_next_list(self) -> None:
        if len(self.stack) == 1:
            super().action_next_list()
        else:
            self._turn(1)

    def action_previous_list(self) -> None:
        if len(self.stack) == 1:
            super().action_next_list()
        else:
            self._turn(-1)

    def _turn(self, by: int) -> None:
        """The next part of a version, or the other face of a model."""
        level = self.place.level
        if isinstance(level, VersionPart):
            kind = PARTS[(PARTS.index(type(level)) + by) % len(PARTS)]
            self._swap(kind(level.model, level.version))
        elif isinstance(level, ModelVersions):
            self._swap(ReplayPage(level.model))
        elif isinstance(level, ReplayPage):
            self._swap(ModelVersions(level.model))
        else:
            self.say("this is all of it: Esc goes back")

    def _swap(self, level: Level) -> None:
        self.stack[-1] = self.desk.memory.place(self.NAME, level, first=False)
        self._enter()

    def _position(self) -> Text:
        """On a page its ring of parts, so that one sees where Tab leads."""
        level, ring = self.place.level, Text()
        if isinstance(level, VersionPart):
            ring = Text(" · ", "quiet").join(
                [Text(kind.part, "strong" if isinstance(level, kind) else "quiet") for kind in PARTS]
            )
        elif isinstance(level, ModelVersions | ReplayPage):
            ring = Text(" · ", "quiet").join([
                Text(name, "strong" if isinstance(level, kind) else "quiet")
                for name, kind in zip(("versions", "replay"), OF_MODEL, strict=True)
            ])
        parts = [part for part in (super()._position(), ring) if part.plain]
        return Text("  ").join(parts)

    # -- keys that act

    def action_promote(self) -> None:
        """The version under the cursor; on a model, the challenger that waits."""
        version = self.version()
        self._ask_model(lambda workspace, model: releases.promote(workspace, model, version))

    def action_roll_back(self) -> None:
        """What serves, where a deployment is meant; else the champion."""
        if not self._ask_deployment(deploying.roll_back):
            self._ask_model(releases.roll_back)

    def action_deploy(self) -> None:
        """The version under the cursor; on a model, or a deployment, the champion."""
        version = self.version()
        self._ask_model(lambda workspace, model: deploying.ways(workspace, model, version))

    def action_acknowledge(self) -> None:
        if not self._ask_deployment(deploying.acknowledge):
            self.say("only what was rolled back by itself is acknowledged here: Tab shows the deployments")

    def action_hold(self) -> None:
        self._ask_model(lambda workspace, name: asks.hold(workspace, name, held=views.show(workspace, name).held))

    def action_approve(self) -> None:
        if not self._ask_deployment(deploying.approve):
            self._ask_model(releases.approve)

    def undo_scope(self) -> str:
        """Here the last change of the model, whoever made it."""
        model = self.model()
        return f"model {model}" if model is not None else ""

    def action_evaluate(self) -> None:
        """Measure the version again (on a model its champion); on a replay, replay."""
        if isinstance(self.place.level, ReplayPage):
            self._ask_model(releases.replay)
            return
        version = self.version()
        self._ask_model(lambda workspace, model: releases.evaluate(workspace, model, version))
