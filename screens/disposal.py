"""A person's word on a version of data: release, discard, retire or restore it; what each would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.text import Text

from core.views import datasets as views
from core.views.datasets import Version
from core.vocabulary import VersionState
from core.workspace import Workspace
from screens.format import quoted
from screens.inquiry import Alternatives, Option, Prepared, Question, refuse
from screens.texts import changes

RELEASE, DISCARD, RETIRE, RESTORE = "release", "discard", "retire", "restore"
OPTIONS = {
    RELEASE: Option("r", "release it: accept it after all, as far as it can be read", RELEASE),
    DISCARD: Option("d", "discard it: throw the stored bytes away for good", DISCARD),
    RETIRE: Option("t", "retire it: no later run learns from it", RETIRE),
    RESTORE: Option("s", "restore it: later runs learn from it again", RESTORE),
}
EFFECTS = {
    RELEASE: ("it becomes an accepted version, and the next run learns from it", "footplate data retire {}"),
    DISCARD: ("the bytes in quarantine are deleted; its record and the file in the folder stay", "cannot be undone"),
    RETIRE: ("no later run learns from it; models that have learned from it stay", "footplate data restore {}"),
    RESTORE: ("it is accepted again, and the next run learns from it", "footplate data retire {}"),
}
COMMANDS = {
    RELEASE: "footplate data quarantine release {}", DISCARD: "footplate data quarantine discard {}",
    RETIRE: "footplate data retire {}", RESTORE: "footplate data restore {}",
}


def choices(workspace: Workspace, row: Version) -> Prepared | Alternatives:
    """What may be done with a version by now; the only thing is asked at once."""
    now = views.show(workspace, row.name)
    allowed = allowed_for(now)
    if not allowed:
        raise refuse(why_not(now), "look again")
    if len(allowed) == 1:
        return prepare(workspace, now, allowed[0])
    return Alternatives(
        f"What to do with {row.name}?",
        [(OPTIONS[verb], lambda verb=verb: prepare(workspace, now, verb)) for verb in allowed],  # type: ignore[misc]
    )


def allowed_for(row: Version) -> list[str]:
    """What a person may do with a version."""
    if row.state == VersionState.QUARANTINED and not row.discarded:
        return [RELEASE, DISCARD]
    return {VersionState.ACCEPTED: [RETIRE], VersionState.RETIRED: [RESTORE]}.get(VersionState(row.state), [])


def why_not(row: Version) -> str:
    if row.discarded:
        return f"{row.name} was discarded: let the file arrive again"
    by = f" by v{row.superseded_by}" if row.superseded_by else ""
    return f"{row.name} is {row.state}{by}: nothing is left to decide"


def prepare(workspace: Workspace, now: Version, verb: str, said: Sequence[Text] = ()) -> Prepared:
    """The question, and the service that does it; `said` stands above what will change."""
    from core.services import versions

    effect, undo = EFFECTS[verb]
    doing: Callable[[Workspace, str], str] = versions.release_apart if verb == RELEASE else getattr(versions, verb)
    lines = [("file", now.file_name), ("rows", f"{now.rows:,}" if now.rows is not None else "could not be read")]
    if now.reasons:
        more = f" (and {len(now.reasons) - 1} more)" if len(now.reasons) > 1 else ""
        lines.append(("because", f"{now.reasons[0]['message']}{more}"))
    lines += [("now", now.state)]
    lines += released(versions.preview_apart(workspace, now.name)) if verb == RELEASE else [("then", effect)]
    lines += [("undo", undo.format(quoted(now.name)))]
    question = Question(
        f"{verb.capitalize()} {now.name}?", [*said, *changes(*lines)], COMMANDS[verb].format(quoted(now.name)),
        typed=now.name if verb == DISCARD else "",
    )
    return question, lambda: doing(workspace, now.name)


def released(would: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a release would do, line by line."""
    lines = [("then", f"{would['rows']:,} rows are accepted, {would['labelled']:,} of them with a label")]
    if would["bad_rows"]:
        lines.append(("", f"{would['bad_rows']:,} rows that cannot be read are set aside"))
    if would["columns_missing"]:
        lines.append(("", f"missing in every row: {', '.join(would['columns_missing'])}"))
    if would["supersedes"]:
        lines.append(("", f"{', '.join(would['supersedes'])} is superseded by it"))
    learns = ", ".join(would["learns"])
    return [*lines, ("", f"the next run of {learns} learns from it" if learns else "nothing learns from it by itself")]
