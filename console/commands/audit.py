"""`footplate audit`: proof that nobody changed the past."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from console import output
from console.commands.call import Call, Verb, group
from core.services.exporting import publish

app = group("Proof that nobody changed the past: verify, export.")


@app.command("verify", cls=Verb)
def verify(
    call: Call,
    head: Annotated[
        str | None, Option("--head", metavar="HASH", help="A head that you kept: it must be in the log.")
    ] = None,
) -> int:
    """Walk the chain of events; exit 1 where it is broken, naming the event."""
    from core.services import auditing

    found = auditing.verify_chain(call.workspace, head)
    call.one(found, lambda one: output.say(one.line))
    return 0 if found.holds else 1


@app.command("export", cls=Verb)
def export(
    call: Call,
    out: Annotated[Path, Option("-o", "--out", metavar="OUT", help="A file of JSON Lines.")],
) -> None:
    """Write every event, to the letter, so that its hash can be checked elsewhere."""
    from core.services import auditing

    lines = list(auditing.exported(call.workspace))
    publish(out.expanduser(), "".join(line + "\n" for line in lines))
    call.done(f"{len(lines):,} events -> {out} (undo: remove it)", events=len(lines), out=str(out))
