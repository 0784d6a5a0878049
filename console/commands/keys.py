"""`footplate keys`: the console's key map, and what clashes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console import output
from console.commands.call import Call
from console.output import Column
from core.errors import NotFound

if TYPE_CHECKING:
    from screens.keys import Key


def keys(call: Call) -> int:
    """The console's keys, as footplate.toml maps them; exit 1 where something is wrong with them."""
    from screens import keys as map_
    from screens.remapping import problems

    given = remapped(call)
    found = map_.resolved(given)
    clashes = problems(given)
    if call.json:
        output.write_json({"keys": [to_json(key) for key in found], "clashes": clashes})
        return int(bool(clashes))
    output.write_table(
        found,
        [
            Column("key", lambda key: key.shown()),
            Column("action", lambda key: key.action),
            Column("does", lambda key: key.description),
            Column("on", lambda key: "everywhere" if key.screens == map_.SCREENS else ", ".join(key.screens)),
        ],
        empty="",
    )
    for clash in clashes:
        output.say(f"✗ {clash}")
    return int(bool(clashes))


def remapped(call: Call) -> dict[str, str]:
    """`[keys]` of the workspace's settings; nothing where there is no workspace."""
    try:
        return dict(call.workspace.settings.keys)
    except NotFound:
        if call.named is not None:
            raise
        return {}


def to_json(key: Key) -> dict[str, Any]:
    return {
        "action": key.action, "keys": list(key.keys), "description": key.description, "screens": list(key.screens)
    }
