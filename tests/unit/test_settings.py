"""`footplate.toml`: every mistake is told with the file, the key and what was wrong."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from core.errors import BadSettings
from core.settings import TEMPLATE, Settings, load


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "footplate.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path) -> BadSettings:
    with pytest.raises(BadSettings) as caught:
        load(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 4
    return caught.value


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    settings = load(written(tmp_path, ""))
    assert settings == Settings()
    assert settings.daemon.settle_seconds == 2.0
    assert settings.daemon.cpus == os.cpu_count()


def test_the_template_changes_nothing_and_its_keys_exist(tmp_path: Path) -> None:
    assert load(written(tmp_path, TEMPLATE)) == Settings()
    uncommented = re.sub(r"(?m)^# (?=\w+ = )", "", TEMPLATE)
    assert uncommented != TEMPLATE
    assert load(written(tmp_path, uncommented)).time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[daemon]\nsettle_seconds = -1", "daemon.settle_seconds"),
        ("[daemon]\nsettle_seconds = nan", "daemon.settle_seconds"),
        ("[daemon]\ncpus = 0", "daemon.cpus"),
        ("[daemon]\ncpus = 1.5", "daemon.cpus"),
        ("[daemon]\nattempts = 'many'", "daemon.attempts"),
        ("[daemon]\nrescan_seconds = 0", "daemon.rescan_seconds"),
        ("daemon = 3", "daemon"),
        ("time_zone = 'Mars/Olympus'", "time_zone"),
        ("time_zone = '../../etc/passwd'", "time_zone"),
        ("keys = { quit = 3 }", "keys.quit"),
    ],
)
def test_a_bad_value_is_named_by_its_key(tmp_path: Path, text: str, key: str) -> None:
    assert f": {key}: " in refused(written(tmp_path, text)).message


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("[daemon]\nsettle_second = 1", "daemon.settle_second", "daemon.settle_seconds"),
        ("timezone = 'UTC'", "timezone", "time_zone"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(tmp_path: Path, text: str, key: str, nearest: str) -> None:
    error = refused(written(tmp_path, text))
    assert f": {key}: unknown key" in error.message
    assert nearest in error.hint


def test_a_key_that_is_like_no_other_lists_them_all(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "zzzz = 1"))
    assert "time_zone" in error.hint
    assert "daemon.cpus" in error.hint


@pytest.mark.parametrize("content", [b"[daemon", b"a = ", b"name = '\xff'"])
def test_what_is_no_toml_is_told(tmp_path: Path, content: bytes) -> None:
    refused(written(tmp_path, content))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    refused(tmp_path / "footplate.toml")


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "footplate.toml").mkdir()
    refused(tmp_path / "footplate.toml")


def test_the_message_says_what_was_wrong_in_plain_words(tmp_path: Path) -> None:
    message = refused(written(tmp_path, "time_zone = 'Mars'")).message
    assert message.endswith("time_zone: 'Mars' is no time zone; write one like 'Europe/Berlin'")
