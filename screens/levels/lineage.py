"""Lineage as a graph that one walks: h and l along its edges, j and k among what stands beside, Enter opens a node.

Keys are taken as wishes and fulfilled where the registry is read, in a thread, one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.text import Text

from core.views import graph
from core.views.graph import Around, Branch
from core.views.nodes import ALIASES, CODE, DATASET, FILE, MODEL, RECIPE, RUNS, Node
from core.workspace import Workspace
from screens import format as f
from screens.level import Level
from screens.levels.saved import CodePage, RecipeVersionPage
from screens.levels.version import RecordPart, VersionPart
from screens.plain import plain
from screens.widgets.graph import Box, picture

TITLES = ("files", "data, recipe", "runs", "versions", "aliases")
KINDS = {
    FILE: "file", CODE: "code", DATASET: "version of data", RECIPE: "version of the recipe", RUNS: "run",
    MODEL: "model version", ALIASES: "alias",
}
BELOW = 3  # lines below the picture
ROOM = (79, 20)  # before anybody said how much there is
NOTHING = {
    "left": "nothing is recorded before this",
    "right": "nothing came of this, as far as is recorded: predictions are not logged in this version",
}


@dataclass(frozen=True)
class Fold:
    """Nodes of one kind that stand for themselves together: there is no room for all."""

    nodes: tuple[Node, ...]
    all: bool

    @property
    def label(self) -> str:
        return f"+ {len(self.nodes):,} {'in all' if self.all else 'older'}"


Item = Node | Fold


@dataclass
class Walk:
    """Where one is: `here` among `beside`.

    `way` remembers, by direction and node, from which neighbour it was come to and what stood beside that one;
    `trail` all nodes that an edge was left by, the last one last.
    """

    here: Item
    beside: list[Node]
    around: Around | None = None
    unfolded: bool = False
    way: dict[tuple[str, tuple[str, str]], tuple[Node, list[Node]]] = field(default_factory=dict)
    trail: list[tuple[str, str]] = field(default_factory=list)


class LineagePart(VersionPart):
    """`room` is set by the screen, `said` is what a wish had for an answer."""

    part = "lineage"

    def __init__(self, model: str, version: int) -> None:
        super().__init__(model, version)
        self.walk: Walk | None = None
        self.wishes: deque[str] = deque()
        self.room = ROOM
        self.said = ""

    # -- the walk

    def wish(self, what: str) -> None:
        """`left`, `right`, `up`, `down`, `page_up`, `page_down`, `first`, `last` or `unfold`."""
        self.wishes.append(what)

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        walk = self.walk
        if walk is None:
            start = graph.of_version(workspace, self.row_id())
            walk = self.walk = Walk(start, [start])
        while self.wishes:
            self._fulfil(workspace, walk, self.wishes.popleft())
        around = walk.around = self._around(workspace, walk)
        items = self._items(walk)
        at = items.index(walk.here) if walk.here in items else 0
        width, height = self.room
        drawn = picture(
            [Box(label(one), layer(one), tone(one)) for one in items], at,
            boxes(around.parents, height - BELOW - 1) if around else (),
            boxes(around.children, height - BELOW - 1) if around else (), TITLES, width, height - BELOW,
        )
        return [*drawn, Text(), *self._below(walk, items, at)]

    def _around(self, workspace: Workspace, walk: Walk) -> Around | None:
        """What is known of the node by now; the node itself is renewed with it."""
        if isinstance(walk.here, Fold):
            return None
        found = graph.around(workspace, walk.here.kind, walk.here.key)
        walk.beside = [found.node if one.id == found.node.id else one for one in walk.beside]
        walk.here = found.node
        return found

    def _items(self, walk: Walk) -> list[Item]:
        """What stands in the column of the cursor: folded where it is too long and nobody unfolded it."""
        room = max(2, self.room[1] - BELOW - 1)
        return [*walk.beside] if walk.unfolded else [*folded(walk.beside, room)]

    def _fulfil(self, workspace: Workspace, walk: Walk, wish: str) -> None:
        if wish in ("left", "right"):
            self._go(workspace, walk, wish)
        elif wish == "unfold":
            if isinstance(walk.here, Fold):
                walk.unfolded, walk.here = True, walk.here.nodes[0]
        else:
            self._beside(walk, wish)

    def _beside(self, walk: Walk, wish: str) -> None:
        items = self._items(walk)
        at, page = items.index(walk.here) if walk.here in items else 0, max(1, self.room[1] - BELOW - 2)
        steps = {"up": -1, "down": 1, "page_up": -page, "page_down": page, "first": -at, "last": len(items) - 1 - at}
        to = max(0, min(len(items) - 1, at + steps[wish]))
        if to == at:
            self.said = "nothing else stands beside this" if len(items) == 1 else f"{'end' if at else 'top'} of these"
        walk.here = items[to]

    def _go(self, workspace: Workspace, walk: Walk, way: str) -> None:
        if isinstance(walk.here, Fold):
            self.said = f"Enter unfolds these {len(walk.here.nodes):,}"
            return
        known = walk.around if walk.around and walk.around.node.id == walk.here.id else self._around(workspace, walk)
        assert known is not None and isinstance(walk.here, Node)
        found = [branch.node for branch in (known.parents if way == "left" else known.children)]
        if not found:
            self.said = NOTHING[way]
            return
        before = walk.here
        by_id = {one.id: one for one in found}
        visited = next((by_id[id] for id in reversed(walk.trail) if id in by_id), found[0])
        came, beside = walk.way.get((way, before.id), (visited, found))
        target = by_id.get(came.id, visited)
        walk.trail.append(before.id)
        if target.id == came.id and len(beside) > len(found):
            found = beside  # one is back where one was, among what stood there
        walk.way["right" if way == "left" else "left", target.id] = before, walk.beside
        walk.here, walk.beside, walk.around, walk.unfolded = target, found, None, False
        if target.id not in {one.id for one in self._items(walk) if isinstance(one, Node)}:
            walk.unfolded = True

    # -- what is told

    def _below(self, walk: Walk, items: Sequence[Item], at: int) -> list[Text]:
        here, place = walk.here, f"{at + 1:,} of {len(items):,}" if len(items) > 1 else ""
        if isinstance(here, Fold):
            first, last = here.nodes[0].label, here.nodes[-1].label
            return [Text.assemble(
                (f"{len(here.nodes):,} more", "strong"), f"  {plain(last)} to {plain(first)}  ", ("Enter", "key"),
                " unfolds them",
            )]
        return [
            Text.assemble((plain(here.label), "strong"), f"  {KINDS[here.kind]}  ", (place, "quiet")),
            Text(plain(here.fact), "quiet"),
        ]

    # -- the node under the cursor, for the keys that mean it

    def node(self) -> Node | None:
        return self.walk.here if self.walk is not None and isinstance(self.walk.here, Node) else None

    def open(self) -> Level | None:
        """What the node is; None on what is folded."""
        from screens.levels.datasets import Versions
        from screens.levels.models import ModelVersions
        from screens.levels.profile import Profile
        from screens.levels.run import RunPage

        here = self.node()
        if here is None:
            return None
        name, _, tail = here.key.rpartition("@")
        if here.kind == FILE:
            known = self.walk.around.children if self.walk and self.walk.around else ()
            return Profile(known[0].node.key) if len(known) == 1 else Versions(here.key.partition("/")[0])
        if here.kind == DATASET:
            return Profile(here.key)
        if here.kind == RECIPE:
            return RecipeVersionPage(int(here.key))
        if here.kind == RUNS:
            return RunPage(int(here.key))
        if here.kind == MODEL:
            return RecordPart(name, int(tail))
        return CodePage(*here.key.rsplit("/", 1)) if here.kind == CODE else ModelVersions(name)

    def row_id(self) -> str:
        here = self.node()
        return here.key if here is not None else f"{self.model}@{self.version}"

    def raw(self, workspace: Workspace) -> object:
        here = self.node()
        return None if here is None else graph.around(workspace, here.kind, here.key)

    def command(self) -> str:
        here = self.node()
        if here is None:
            return f"footplate models lineage {f.quoted(f'{self.model}@{self.version}')}"
        dataset = here.key.partition("/")[0]
        return {
            FILE: f"footplate data versions {f.quoted(dataset)}",
            CODE: f"footplate recipes show {f.quoted(self.model)}",
            DATASET: f"footplate data show {f.quoted(here.key)}", RUNS: f"footplate runs show {here.key}",
            RECIPE: f"footplate recipes show {f.quoted(self.model)}",
            MODEL: f"footplate models lineage {f.quoted(here.key)}",
            ALIASES: f"footplate models show {f.quoted(here.key)}",
        }[here.kind]


# -- folding, and how an item looks


def folded(nodes: Sequence[Node], room: int) -> list[Item]:
    """At most `room` items: of each kind the newest, and the rest as one."""
    if len(nodes) <= room:
        return [*nodes]
    found: list[Item] = []
    kinds = [*dict.fromkeys(one.kind for one in nodes)]
    for kind in kinds:
        own = [one for one in nodes if one.kind == kind]
        others = min(len(kinds) - 1, len(nodes) - len(own))
        keep = room - others - 1
        if len(own) <= max(1, keep + 1):
            found += own
        else:
            keep = max(0, keep)
            found += [*own[:keep], Fold(tuple(own[keep:]), keep == 0)]
    return found


def boxes(branches: Sequence[Branch], room: int) -> tuple[Box, ...]:
    """Branches as boxes that take at most `room` lines."""
    by_id = {branch.node.id: branch for branch in branches}
    items = folded([branch.node for branch in branches], max(1, room))
    share = max(1, room // max(1, len(items)))
    made = []
    for one in items:
        beyond = boxes(by_id[one.id].beyond, share) if isinstance(one, Node) else ()
        made.append(Box(label(one), layer(one), tone(one), beyond))
    return tuple(made)


def label(one: Item) -> str:
    if isinstance(one, Fold):
        return one.label
    glyph = f"{f.status(one.state).plain[:1]} " if one.state else ""
    return f"{glyph}{plain(one.label)}"


def layer(one: Item) -> int:
    return one.nodes[0].layer if isinstance(one, Fold) else one.layer


def tone(one: Item) -> str:
    if isinstance(one, Fold):
        return "quiet"
    style = f.status(one.state).style if one.state else ""
    return str(style)
