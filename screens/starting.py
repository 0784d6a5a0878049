"""What stands on a screen that has nothing to show yet: the steps to a first model, which are done, and the next one.

Reads the workspace, so in a thread.
"""

from __future__ import annotations

from rich.text import Text

from core.views.start import Start, start
from core.workspace import Workspace
from screens import keys
from screens.plain import plain

DONE, NEXT, LATER = ("✓", "good"), ("▶", "busy"), ("–", "quiet")
LABEL = 12


def first_steps(workspace: Workspace, title: str) -> list[Text]:
    """The title, the steps, and how to do the next one."""
    now, named = start(workspace), Named(workspace)
    lines = [Text(title, "title"), Text()]
    is_next = True
    for label, done, said in _steps(now, named):
        glyph, tone = DONE if done else NEXT if is_next else LATER
        is_next = is_next and done
        lines.append(Text.assemble((f"  {glyph} ", tone), (f"{label:<{LABEL}}", "" if done else tone), said))
    if now.recipe is None and now.broken is None:
        lines += [
            Text(),
            Text("  Footplate watches folders. Each file that arrives in one is checked,", "quiet"),
            Text("  learned from and judged; what passes becomes the champion.", "quiet"),
            Text(),
            Text.assemble(("  in a shell       ", "quiet"), "footplate recipes new NAME --watch FOLDER --target COL"),
            Text.assemble(("  real data first  ", "quiet"), "footplate demo DIR"),
        ]
    return lines


class Named:
    """Keys as the workspace has them."""

    def __init__(self, workspace: Workspace) -> None:
        self._keys = keys.resolved(workspace.settings.keys)

    def __call__(self, action: str) -> tuple[str, str]:
        """How the first key of an action is written, as a part of `Text.assemble`."""
        return next(key.shown().split(" ")[0] for key in self._keys if key.action == action), "key"


def _steps(now: Start, key: Named) -> list[tuple[str, bool, Text]]:
    return [
        ("a recipe", now.recipe is not None, _recipe(now, key)),
        ("the daemon", now.daemon, Text("runs") if now.daemon else Text.assemble(
            "none runs: ", key("start_daemon"), " on ", key("screen_overview"), " Overview starts it"
        )),
        ("a file", now.accepted > 0, _file(now, key)),
        ("a run", now.runs > 0, Text(
            "" if now.runs else "comes by itself, once enough rows with a label are there", "quiet"
        )),
        ("a champion", now.champions > 0, Text("" if now.champions else "the first run that beats a dummy", "quiet")),
    ]


def _recipe(now: Start, key: Named) -> Text:
    if now.recipe is not None:
        return Text.assemble(plain(now.recipe), (" watches ", "quiet"), plain(now.folder))
    if now.broken is not None:
        return Text.assemble(plain(now.broken), " cannot be used: ", key("screen_automation"), ", then ", key("edit"),
                             " on it mends it")
    return Text.assemble("none yet: ", key("add_folder"), " adds a folder and asks what to predict")


def _file(now: Start, key: Named) -> Text:
    if now.accepted:
        return Text(f"{now.accepted:,} taken", "quiet")
    if now.quarantined:
        return Text.assemble(f"{now.quarantined:,} in quarantine: ", key("screen_data"), " says why")
    if now.recipe is None:
        return Text("arrives in the folder", "quiet")
    return Text.assemble("copy one into the folder, or ", key("add"), " on ", key("screen_data"), " Data takes one")
