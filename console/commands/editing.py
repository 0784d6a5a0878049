"""`footplate recipes edit` and `save`: a recipe changed whole or not at all, with what follows said before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from console import output
from console.commands.call import Call
from console.commands.names import recipe_names
from console.commands.yes import answers
from core.errors import BadInput, BadRecipe, Conflict

if TYPE_CHECKING:
    from core.services.drafts import Draft

Name = Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)]


def save(
    call: Call, name: Name, file: Annotated[Path, Argument(metavar="FILE", help="Its new text.")],
) -> None:
    """Put a text in a recipe's place, whole or not at all; refused where it cannot be used. See `dry-run` before."""
    from core.services import drafts

    try:
        data = file.expanduser().read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}", "name a file that you may read") from None
    call.done(drafts.replace_text(call.workspace, name, data))


def edit(
    call: Call, name: Name,
    yes: Annotated[bool, Option("--yes", help="Save without asking, where it can be used.")] = False,
) -> int:
    """Edit a copy in $VISUAL or $EDITOR; it is checked and saved after a yes. Exit 4 where it cannot be used."""
    from core.services import drafts
    from screens import editor

    workspace = call.workspace
    draft = drafts.begin(workspace, name)
    if draft.resumed and not call.json:
        output.say(f"going on with the copy that was kept: {draft.path}")
    while True:
        edited = editor.edit(draft.path)
        if edited.trouble:
            _keep(draft)
            raise Conflict(edited.trouble, f"your text is kept: `footplate recipes edit {name}` goes on with it")
        if not drafts.is_changed(draft):
            drafts.discard(draft)
            call.done(f"recipe {name} stays as it is: nothing was changed")
            return 0
        found = drafts.outlook(workspace, draft)
        show(call, found)
        if found["hash"] is not None and (yes or answers("save it?")):
            call.done(drafts.save(workspace, draft))
            return 0
        if not answers("edit it again?"):
            break
    problem = next(iter(found["problems"]), None)
    hint = f"your text is kept: `footplate recipes edit {name}` goes on with it"
    if found["hash"] is None and problem is not None:
        raise BadRecipe(problem["message"], f"{problem['hint']}; {hint}", path=str(draft.path), key=problem["key"])
    call.done(f"nothing was saved; {hint}")
    return 1


def _keep(draft: Draft) -> None:
    from core.services import drafts

    if not drafts.is_changed(draft):
        drafts.discard(draft)


def show(call: Call, found: Mapping[str, Any]) -> None:
    """What saving would do, for people."""
    from core.views.daemon import running
    from screens.levels.outlook import told

    if not call.json:
        for line in told(found, daemon=running(call.workspace) is not None):
            output.say(line.plain.rstrip())
