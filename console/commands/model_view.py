"""Models for people: one with its versions, one version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import output
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.models import Model, Version


def write_model(one: Model) -> None:
    """Who the champion is, whether it is held, and every version."""
    from screens.format import significant, status

    output.write_facts({
        "model": one.name,
        "task": one.task,
        "champion": f"v{one.champion}" if one.champion else "none yet",
        "challenger": f"v{one.challenger}" if one.challenger else None,
        "state": status("held") if one.held else None,
        "held by": f"{one.held_by}: {one.held_reason}" if one.held else None,
    })
    output.say()
    output.write_table(
        one.versions,
        [
            Column("version", lambda version: f"v{version.version}"),
            Column("alias", lambda version: ", ".join(version.aliases)),
            Column(one.primary, lambda version: significant(version.metrics.get(one.primary)), right=True),
            Column("rows", lambda version: f"{version.rows:,}", right=True),
            Column("run", lambda version: str(version.run), right=True),
            Column("gate", lambda version: status(version.verdict)),
            Column("registered", lambda version: ago(version.registered_at)),
        ],
        empty="no versions yet",
    )
    if one.held:
        output.say(f"promote again: `footplate models resume {one.name}`")


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
