"""`footplate drift`: two versions, or two files, compared as a drift monitor would."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from console import output
from console.commands.call import Call
from console.commands.threads import few_threads
from console.output import Column


def drift(
    call: Call,
    before: Annotated[str, Argument(metavar="A", help="The reference: a file, or NAME@V.")],
    after: Annotated[str, Argument(metavar="B", help="What has come since: a file, or NAME@V.")],
    drop: Annotated[list[str] | None, Option("--drop", metavar="COL", help="Leave it out; repeatable.")] = None,
    level: Annotated[
        float | None, Option("--level", min=1e-6, max=0.5, metavar="P", help="Share of false alarms; default 0.02.")
    ] = None,
    effect: Annotated[
        float | None,
        Option("--effect", min=0.0, metavar="D", help="Standard deviations that matter; default 0.1."),
    ] = None,
    min_rows: Annotated[
        int | None, Option("--min-rows", min=2, metavar="N", help="With fewer nothing is said; default 30.")
    ] = None,
    shuffled: Annotated[
        bool, Option("--shuffled", help="The order of the rows says nothing: they are sorted, or shuffled.")
    ] = False,
) -> int:
    """Has B moved away from A: by how much, in which columns, and is that more than chance. Exit 1 on an alert.

    No workspace is needed for two files.
    """
    few_threads()
    from core.services import comparing

    call.progress(f"reading {before} and {after}")
    try:
        found = comparing.drift(
            before, after, lambda: call.workspace, drop=drop or (), level=level, effect=effect, min_rows=min_rows,
            ordered=not shuffled,
        )
    finally:
        call.progress("")
    call.one(found, show)
    return int(found["verdict"] == "alert")


def show(found: dict[str, Any]) -> None:
    """The verdict first, then the columns, what moved furthest first."""
    from screens.format import status

    rows = f"{found['rows']:,} rows of {found['after']} against {found['rows_before']:,} of {found['before']}"
    output.say(f"{status(found['verdict']).plain}  {found['summary']}  ({rows})")
    output.write_table(
        sorted(found["columns"], key=_furthest),
        [
            Column("column", lambda one: one["column"]),
            Column("verdict", lambda one: status(one["verdict"])),
            Column("moved", lambda one: _number(one["value"]), right=True),
            Column("needs", lambda one: _number(one["threshold"]), right=True),
            Column("chance", lambda one: _chance(one["p_value"]), right=True),
            Column("by", lambda one: one["statistic"].replace("_", " ")),
            Column("note", lambda one: one["note"]),
        ],
        empty="there is no column to compare",
    )
    if found["left_out"]:
        output.say(f"left out: {', '.join(found['left_out'])}")
    output.say(f"without any drift {found['level']:.3g} of such comparisons say alert, at most")


def _furthest(one: dict[str, Any]) -> tuple[int, float]:
    order = ("alert", "warning", "ok", "insufficient_data")
    return order.index(one["verdict"]), -(one["value"] or 0.0) / (one["threshold"] or 1.0)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _chance(value: float | None) -> str | None:
    return None if value is None else "< 1e-9" if value < 1e-9 else f"{value:.2g}"
