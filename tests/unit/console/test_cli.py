"""The door itself: help without imports, errors as a line and a hint, exit codes, and `-w` anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console import cli
from console.cli import main

Capture = pytest.CaptureFixture[str]


def test_version_is_the_installed_one(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"footplate {cli.version()}\n"


def test_usage_errors_are_a_line_and_a_hint(capsys: Capture) -> None:
    assert main(["modles"]) == 2
    assert capsys.readouterr().err == (
        "error: no such command 'modles'; did you mean 'models'?\nhint: see `footplate --help`\n"
    )


@pytest.mark.parametrize("words", [["jobs", "cancel", "soon"], ["models", "approve"], ["jobs", "cancel", "1", "--now"]])
def test_a_line_that_does_not_fit_exits_2_with_the_verbs_own_help(words: list[str], capsys: Capture) -> None:
    assert main(words) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert hint == f"hint: see `footplate {words[0]} {words[1]} --help`"


def test_json_errors_also_where_the_line_was_not_understood(capsys: Capture) -> None:
    assert main(["models", "approve", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    error = json.loads(said.err)["error"]
    assert error == {
        "type": "UsageError", "message": "missing argument 'NAME'", "hint": "see `footplate models approve --help`"
    }


def test_what_stands_behind_two_dashes_is_no_wish_for_json() -> None:
    assert cli.asks_for_json(["models", "hold", "x", "--json"])
    assert not cli.asks_for_json(["models", "hold", "--", "--json"])


def test_no_workspace_exits_3_and_the_hint_says_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["models", "hold", "x"]) == 3
    assert "hint: make one: `footplate init`" in capsys.readouterr().err


def test_init_twice_is_harmless(tmp_path: Path, capsys: Capture) -> None:
    where = tmp_path / "new"
    assert main(["init", str(where)]) == 0
    assert "undo: " in capsys.readouterr().out
    assert main(["init", str(where), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] is False
    assert (where / ".footplate").stat().st_mode & 0o777 == 0o700


def test_init_for_a_group_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    assert main(["init", str(tmp_path / "new"), "--group", "no-such-group-here"]) == 3
    assert "no group" in capsys.readouterr().err


def test_init_for_a_group_shares_all_that_is_hidden(tmp_path: Path, capsys: Capture) -> None:
    import grp

    group = grp.getgrgid(os.getegid()).gr_name
    assert main(["init", str(tmp_path / "new"), "--group", group]) == 0
    hidden = tmp_path / "new" / ".footplate"
    assert hidden.stat().st_mode & 0o7777 == 0o2770
    assert (hidden / "registry.db").stat().st_mode & 0o070 == 0o060


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_the_workspace_may_be_named_anywhere(root: Path, place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                             capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["models", "hold", "nobody"]
    words[place:place] = ["-w", str(root)]
    assert main(words) == 3
    assert "there is no model 'nobody'" in capsys.readouterr().err


def test_a_verb_takes_one_workspace_and_the_last_place_counts(root: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["-w", str(root), "-w", str(tmp_path), "models", "list"]) == 2
    assert "one workspace at a time" in capsys.readouterr().err
    assert main(["-w", str(tmp_path), "models", "-w", str(root), "hold", "nobody"]) == 3
    assert "there is no model 'nobody'" in capsys.readouterr().err


def test_a_fault_of_ours_goes_to_the_log_that_the_error_names(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    from core.services import release

    def broken(*words: object, **more: object) -> str:
        raise ValueError("the wheel came off")

    monkeypatch.setattr(release, "hold", broken)
    assert main(["models", "hold", "x"]) == 1
    said = capsys.readouterr().err
    log = root / ".footplate" / "logs" / "cli.log"
    assert said.startswith(f"error: ValueError: the wheel came off (details in {log})\nhint: ")
    assert "Traceback" not in said
    assert "Traceback" in log.read_text("utf-8")


def test_without_a_workspace_the_log_is_a_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    error = cli._unexpected(RuntimeError("x"), ["wait"])
    assert str(tmp_path) in error.message
    (log,) = tmp_path.glob("footplate-*.log")
    assert "RuntimeError: x" in log.read_text("utf-8")


def test_interrupted_is_130(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.services import release

    def interrupted(*words: object, **more: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(release, "hold", interrupted)
    assert main(["models", "hold", "x"]) == 130


def test_a_reader_that_went_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "console", "--help"], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_told_in_a_line() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "console", "--help"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: OSError: ") and "Traceback" not in done.stderr


def test_all_of_the_output_arrives_before_the_process_leaves() -> None:
    done = subprocess.run([sys.executable, "-m", "console", "--help"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: footplate") and "keys" in done.stdout


def test_a_shell_learns_what_could_follow() -> None:
    asked = {"_FOOTPLATE_COMPLETE": "complete_bash", "COMP_WORDS": "footplate mod", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-m", "console"], env=os.environ | asked, capture_output=True, text=True)
    assert done.stdout.split() == ["models"]


def test_a_shell_learns_the_recipes_of_the_workspace_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "footplate.toml").touch()
    (tmp_path / "recipes" / "tides.toml").touch()
    words = f"footplate -w {tmp_path} train "
    asked = {"_FOOTPLATE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "4"}
    done = subprocess.run([sys.executable, "-m", "console"], env=os.environ | asked, capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["tides"], "")
