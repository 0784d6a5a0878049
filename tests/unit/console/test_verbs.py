"""The table of verbs: complete, true, and every verb documents itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from console.cli import main
from console.commands import entries
from console.commands.root import load

CONTRACT = {  # group -> verbs that the contract names, as far as this issue goes
    "daemon": {"run", "start", "stop", "status", "install"},
    "data": {"list", "versions", "show", "profile", "rows", "check", "diff", "add", "retire", "restore", "quarantine"},
    "data quarantine": {"list", "show", "release", "discard"},
    "recipes": {"list", "show", "check", "new", "propose", "waiting", "triggers", "edit", "save"},
    "runs": {"curves", "list", "show", "compare", "logs", "tag", "note", "pin", "unpin", "stop", "export", "delete"},
    "models": {
        "list", "show", "versions", "card", "diff", "lineage", "evaluate", "evaluations", "promote", "rollback",
        "hold", "resume", "approve", "undo", "export",
    },
    "pipelines": {"list", "show", "logs"},
    "deployments": {"list", "show", "approve", "rollback", "acknowledge"},
    "jobs": {"list", "show", "logs", "cancel", "retry", "acknowledge"},
    "monitors": {"list", "show", "check", "threshold", "silence"},
    "alerts": {"list", "show", "ack"},
    "audit": {"verify", "export"},
    "serve": {"install"},
}
SINGLE = {
    "status", "init", "watch", "demo", "wait", "explore", "drift", "train", "replay", "predict", "deploy", "why",
    "pause", "resume", "undo", "redo", "events", "reproduce", "doctor", "keys", "dry-run", "label",
}
LISTINGS = (
    "data list", "data versions", "data quarantine list", "recipes list", "runs list", "models list",
    "models evaluations", "monitors list", "alerts list", "deployments list", "pipelines list", "jobs list", "events",
)
LATER = ("restore", "gc")


def verbs(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every verb below a command with its path in words."""
    below = getattr(command, "commands", None)
    if not below:
        yield path, command
        return
    for name, one in below.items():
        yield from verbs(one, f"{path} {name}")


ALL = dict(pair for name in entries() for pair in verbs(load(name), name))


def group(path: str) -> Any:
    first, *rest = path.split()
    command = load(first)
    for name in rest:
        command = command.commands[name]
    return command


def test_the_table_is_the_contract() -> None:
    assert set(entries()) == SINGLE | {name for name in CONTRACT if " " not in name}


@pytest.mark.parametrize("path", CONTRACT)
def test_a_group_has_the_verbs_of_the_contract(path: str) -> None:
    assert set(group(path).commands) == CONTRACT[path]


@pytest.mark.parametrize("name", entries())
def test_the_help_line_of_the_table_says_what_the_verb_says(name: str) -> None:
    entry, command = entries()[name], load(name)
    assert command.help and command.help.rstrip().endswith(".")
    assert len(entry.help) <= 72
    assert entry.help.endswith((".", "?"))


@pytest.mark.parametrize("path", ALL)
def test_every_verb_is_documented(path: str) -> None:
    command = ALL[path]
    assert command.help and command.help.splitlines()[0].endswith((".", ":"))
    for option in command.params:
        if option.param_type_name == "option" and not option.hidden:
            assert option.help, f"{path}: {option.opts}"


@pytest.mark.parametrize("path", ALL)
def test_every_verb_takes_the_workspace_and_json(path: str) -> None:
    options = {option for param in ALL[path].params for option in param.opts}
    assert {"-w", "--workspace", "--json"} <= options


@pytest.mark.parametrize("path", LISTINGS)
def test_every_listing_can_be_narrowed_and_ordered(path: str) -> None:
    options = {option for param in ALL[path].params for option in param.opts}
    assert {"--limit", "--where", "--order"} <= options
    assert path == "models evaluations" or {"--columns", "--csv", "--out"} <= options


@pytest.mark.parametrize("name", LATER)
def test_what_comes_later_is_no_verb_yet(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert "no such command" in capsys.readouterr().err


def test_the_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in entries())


@pytest.mark.parametrize("path", [*CONTRACT, "train", "wait"])
def test_every_help_can_be_shown(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*path.split(), "--help"]) == 0
    assert "Usage: footplate" in capsys.readouterr().out
