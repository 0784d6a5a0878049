"""Models for people: one with its versions, one version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import output
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.difference import Difference
    from core.views.graph import Around, Branch
    from core.views.models import Model, Version


def write_model(one: Model) -> None:
    """Who the champion is, whether it is held, and every version."""
    from screens.format import status

    output.write_facts({
        "model": one.name,
        "task": one.task,
        "champion": f"v{one.champion}" if one.champion else "none yet",
        "challenger": f"v{one.challenger}" if one.challenger else None,
        "state": status("held") if one.held else None,
        "held by": f"{one.held_by}: {one.held_reason}" if one.held else None,
    })
    output.say()
    output.write_table(one.versions, version_columns(one.primary), empty="no versions yet")
    if one.held:
        output.say(f"promote again: `footplate models resume {one.name}`")


def version_columns(primary: str) -> list[Column]:
    """A version as a line of a table, with the metric that decides."""
    from screens.format import significant, status

    return [
        Column("version", lambda version: f"v{version.version}"),
        Column("alias", lambda version: ", ".join(version.aliases)),
        Column(primary, lambda version: significant(version.metrics.get(primary)), right=True),
        Column("rows", lambda version: f"{version.rows:,}", right=True),
        Column("run", lambda version: str(version.run), right=True),
        Column("gate", lambda version: status(version.verdict)),
        Column("registered", lambda version: ago(version.registered_at)),
    ]


def write_version(one: Version) -> None:
    """One version: where it came from and what it scored."""
    from screens.format import moment, significant, size

    output.write_facts({
        "model": f"{one.model} v{one.version}",
        "aliases": ", ".join(one.aliases),
        "run": str(one.run),
        "registered": moment(one.registered_at),
        "rows": f"{one.rows:,}" + ("" if one.measured else ", fitted once more on all of them after the gate"),
        "size": size(one.bytes),
        "sha256": one.artifact,
    })
    output.say()
    output.write_table(
        one.metrics.items(),
        [
            Column("metric", lambda metric: metric[0]),
            Column("value", lambda metric: significant(metric[1]), right=True),
        ],
        empty="nothing was measured",
    )
    output.say(f"why it was released: `footplate why {one.model}@{one.version}`")


def write_difference(found: Difference) -> None:
    """What the champion's place would change: numbers first, then what they come from."""
    from core.views.spans import spans
    from screens.format import signed, significant, status

    before = f"v{found.before}" if found.before is not None else "no champion"
    output.write_facts({
        "model": found.model,
        "from": before,
        "to": f"v{found.after}",
        "gate": status(found.verdict),
        "on the same rows": found.compared or f"no gate compared these two; v{found.after} was judged against"
        f" {found.judged_against}: {found.headline}",
        "more data": spans(found.data_new),
        "less data": spans(found.data_gone),
        "rows": f"{found.rows_before or 0:,} -> {found.rows_after:,}",
    })
    output.say()
    output.write_table(
        found.metrics,
        [
            Column("metric, each on its own rows", lambda one: one.name),
            Column(before, lambda one: significant(one.before.value if one.before else None), right=True),
            Column(f"v{found.after}", lambda one: significant(one.after.value if one.after else None), right=True),
            Column("better by", lambda one: signed(one.gain), right=True),
        ],
        empty="nothing was measured",
    )
    for title, changes in (("parameter", found.params), ("set by hand", found.settings), ("code", found.code)):
        if changes:
            output.say()
            output.write_table(
                changes,
                [
                    Column(title, lambda one: one.name), Column(before, lambda one: one.before),
                    Column(f"v{found.after}", lambda one: one.after),
                ],
                empty="",
            )
    if found.recipe:
        output.say()
        for line in found.recipe:
            output.say(line)
    if found.reasons:
        output.say()
        for reason in found.reasons:
            output.say(f"{'✓' if reason['passed'] else '✗'} {reason['message']}")


def write_lineage(found: Around) -> None:
    """What it came from and what came of it, a line a node, deeper by its distance."""
    def branches(title: str, several: tuple[Branch, ...], depth: int = 1) -> None:
        if depth == 1 and several:
            output.say(title)
        for branch in several:
            output.say(f"{'  ' * depth}{branch.node.label}  {branch.node.fact}")
            branches(title, branch.beyond, depth + 1)

    output.say(f"{found.node.label}  {found.node.fact}")
    branches("came from", found.parents)
    branches("became", found.children)


def evaluation_columns() -> list[Column]:
    from core.views.spans import spans

    return [
        Column("at", lambda one: f"{one.at:%Y-%m-%d %H:%M}"),
        Column("version", lambda one: f"v{one.version}"),
        Column("metric", lambda one: one.primary),
        Column("value", lambda one: one.figures("own")[0], right=True),
        Column("95 % interval", lambda one: one.figures("own")[1]),
        Column("champion", lambda one: f"v{one.champion}" if one.champion else None),
        Column("its value", lambda one: one.figures("champion")[0], right=True),
        Column("rows", lambda one: f"{one.rows:,}", right=True),
        Column("on", lambda one: spans(one.data)),
        Column("by", lambda one: one.actor),
        Column("note", lambda one: "it had learned from some of these rows" if one.learned else ""),
    ]
