"""`footplate doctor`: is everything as it should be?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import output
from console.commands.call import Call

if TYPE_CHECKING:
    from core.services.upkeep import Report


def doctor(call: Call) -> int:
    """Look at the registry, the events, every stored byte, the recipes and the disk; exit 1 where one is broken."""
    from core.services import upkeep

    call.progress("every stored byte is read")
    report = upkeep.doctor(call.workspace)
    call.progress("")
    call.one(report, show)
    return 0 if report.healthy else 1


def show(report: Report) -> None:
    for one in report.problems:
        output.say(f"✗ {one.check}: {one.message}\n  {one.hint}")
    for note in report.notes:
        output.say(f"  {note}")
    looked = ", ".join(f"{count:,} in the {name}" if name != "events" else f"{count:,} events"
                       for name, count in report.checked.items())
    verdict = "✓ all is well" if report.healthy else f"✗ {len(report.problems)} problems"
    output.say(f"{verdict}: looked at {looked}")
