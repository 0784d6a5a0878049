"""What starts runs by itself: each recipe's triggers and schedule, whether they would now, and when next."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from rich.text import Text

from core.views import flat
from core.views.daemon import running
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Listing, Query, Slice
from screens.plain import plain
from screens.starting import first_steps

if TYPE_CHECKING:
    from core.services.triggers import Trigger

HOW = {
    "new_data": "new_data = true", "recipe_change": 'recipe_change = "save"', "schedule": 'schedule = "0 6 * * mon"',
    "drift": "drift = true", "performance": "performance = true", "quality": 'quality = "retrain"',
    "freshness": 'freshness = "tell"',
}


class Triggers(Listing):
    table = flat.TRIGGERS
    name = "trigger"
    lasting = "a trigger is a line of its recipe: e edits that"
    columns = (
        Column("recipe", lambda row, now: f.text(row.recipe, "strong"), 24, narrowest=8, order="recipe", letter="n"),
        Column("trigger", lambda row, now: f.text(row.kind.replace("_", " ")), order="kind", letter="k", field="kind"),
        Column("state", lambda row, now: f.status(row.state), order="state", letter="s"),
        Column("next", lambda row, now: upcoming(row), right=True, order="next_at", letter="x"),
        Column("woken by", lambda row, now: f.text(row.says), 60, narrowest=12, field="says"),
        Column("not before", lambda row, now: held_back(row), 40, narrowest=10, order="free_at", letter="b"),
    )

    @property
    def crumb(self) -> str:
        return "triggers"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        from core.services import triggers

        return Slice(triggers.triggers(workspace, where=query.where, order=query.order))

    def identity(self, row: Trigger) -> Hashable:
        return row.name

    def describe(self, workspace: Workspace, row: Trigger) -> list[Text]:
        now = workspace.clock.now()
        lines = [
            Text.assemble((plain(row.name), "title"), "  ", f.status(row.state)),
            f.field("woken by", row.says),
        ]
        if row.next_at is not None:
            lines.append(f.field("next", f.when(row.next_at, now)))
        elif row.kind == "schedule" and row.state == "on" and running(workspace) is None:
            lines.append(f.field("next", Text("once a daemon runs: it keeps the time", "warn")))
        if row.free_at is not None:
            lines.append(f.field("not before", f.when(row.free_at, now)))
        if row.why:
            lines.append(f.field("because", row.why))
        if row.state == "off":
            lines += [Text(), Text("  to turn it on, in the recipe (e):", "quiet"), Text("  [triggers]", "key"),
                      Text(f"  {HOW[row.kind]}", "key")]
        if row.state == "paused":
            lines += [Text(), Text("  the recipe is paused: H lets it go on", "quiet")]
        return lines

    def row_command(self, row: Trigger) -> str:
        return f"footplate recipes show {f.quoted(row.recipe)} --full"

    def command(self) -> str:
        return "footplate recipes triggers"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "nothing starts a run by itself yet")


def upcoming(row: Trigger) -> Text:
    if row.next_at is not None:
        return Text(f.moment(row.next_at))
    return Text("–" if row.kind == "schedule" or row.state != "on" else "when it happens", "quiet")


def held_back(row: Trigger) -> Text:
    if row.free_at is None and row.why and row.state == "on":
        return Text(plain(row.why), "warn")
    if row.free_at is None or row.state != "on":
        return Text("–", "quiet")
    return Text(f"{f.moment(row.free_at)}: {plain(row.why)}", "warn")
