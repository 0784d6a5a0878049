"""The root of the command line: the help without imports, and each verb imported when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer import Option
from typer.main import get_command as built

from console.commands import VERBS, entries
from console.commands.call import Call, Group, Verb
from core.errors import NotFound, UsageError


class Root(Group):
    """Knows every verb by its help line."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(entries())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load(cmd_name) if cmd_name in entries() else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in entries() and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], entries(), 1)
            ctx.fail(f"no such command {args[0]!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        width = max(map(len, entries()))
        for title, verbs in VERBS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), entry.help) for name, entry in verbs.items()])


def load(name: str) -> Any:
    """The command of one verb (a group of them, or a single one)."""
    entry = entries()[name]
    module, attribute = entry.where.split(":")
    made = getattr(import_module(f"console.commands.{module}"), attribute)
    if isinstance(made, typer.Typer):
        app = made
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name, cls=getattr(made, "verb", Verb))(made)
    command = built(app)
    command.name = name
    return command


def command(about: str) -> Any:
    app = typer.Typer(cls=Root, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.callback(invoke_without_command=True, help=about)
    def footplate(
        call: Call,
        version: Annotated[bool, Option("--version", help="Print the version and exit.")] = False,
        plain: Annotated[
            bool, Option("--plain", help="The console a line at a time: for screen readers, dumb terminals and pipes.")
        ] = False,
        read_only: Annotated[
            bool, Option("--read-only", help="A console from which nothing can be changed.")
        ] = False,
    ) -> int | None:
        if version:
            from console.cli import version as number

            print(f"footplate {number()}")
            raise typer.Exit
        if call.invoked_subcommand is None:
            return alone(call, plain=plain, read_only=read_only)
        if plain or read_only:
            raise UsageError("--plain and --read-only open the console", "leave out the command")
        return None

    return built(app)


def alone(call: Call, *, plain: bool, read_only: bool) -> int:
    """`footplate` without a verb: the console on a terminal, `status` off one; plain, it talks on either."""
    if plain:
        from console.plain import run as talk

        return talk(call.workspace, read_only=read_only)
    if sys.stdin.isatty() and sys.stdout.isatty() and not call.json:
        from console.offering import workspace_here
        from console.starting import run
        from core.workspace import Workspace

        several = call.several
        if (workspace := workspace_here(several[0] if several else None)) is None:
            return NotFound.exit_code
        call.find_root().call_on_close(workspace.close)
        return run(workspace, [Workspace.find(one) for one in several[1:]], read_only=read_only)
    from console.commands.status import status

    return status(call)
