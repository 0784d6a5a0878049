"""What was written to the log of answers is what is read from it: open, sealed, torn anywhere, by many at once."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Corrupted
from core.serving import history, keeping, sealed, sealing, segments
from core.serving.history import Piece, Tally
from core.serving.lines import NAT, microseconds
from core.serving.log import PredictionLog
from core.training.manifest import Manifest
from tests.unit.serving.test_log import NOON, manifest, record

KINDS = ("number", "boolean", "date", "category", "empty")
CELLS = {
    "number": st.none() | st.floats(allow_infinity=False) | st.just(math.nan),
    "boolean": st.sampled_from([0.0, 1.0, math.nan]),
    "date": st.none() | st.integers(-(2**55), 2**55),
    "category": st.none() | st.text(max_size=6),
    "empty": st.none(),
}
MIXED = tuple({"name": kind, "kind": kind} for kind in KINDS)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=5)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    seconds = draw(st.floats(0, 9000, allow_nan=False))
    regression = draw(st.booleans())
    made = record(0, version=2 if regression else 1)
    made["at"] = (NOON + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
    made["ids"] = [draw(TEXTS) for _ in range(count)]
    made["keys"] = [draw(st.none() | TEXTS) for _ in range(count)]
    made["environment"] = draw(st.sampled_from(["production", "staging"]))
    made["role"] = draw(st.sampled_from(["stable", "canary", "shadow"]))
    made["rows"] = draw(st.none() | st.just([[draw(CELLS[kind]) for kind in KINDS] for _ in range(count)]))
    if regression:
        made["predictions"] = [draw(st.floats(allow_infinity=False, allow_nan=False)) for _ in range(count)]
        made["probabilities"] = None
    else:
        made["predictions"] = [draw(st.sampled_from(["no", "yes"])) for _ in range(count)]
        made["probabilities"] = draw(st.none() | st.just([[0.25, 0.75]] * count))
    return made


def described(made: dict[str, Any]) -> Manifest:
    return manifest(inputs=MIXED, classes=() if made["version"] == 2 else ("no", "yes"))


def plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def expected(made: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    at = microseconds(datetime.fromisoformat(made["at"]))
    for place, (id, key, said) in enumerate(zip(made["ids"], made["keys"], made["predictions"], strict=True)):
        row = None if made["rows"] is None else tuple(plain(cell) for cell in made["rows"][place])
        shares = None if made["probabilities"] is None else tuple(made["probabilities"][place])
        yield at, made["version"], id, key, made["environment"], made["role"], said, shares, row


def found(pieces: Sequence[Piece]) -> list[tuple[Any, ...]]:
    made = []
    for piece in pieces:
        texts = [piece.block.coded(name).texts() for name in ("id", "key", "environment", "role")]
        said = [piece.classes[code] for code in piece.values] if piece.classes else piece.values.tolist()
        probabilities = piece.probabilities
        for place in range(len(piece)):
            shares = None if probabilities is None else tuple(probabilities[place].tolist())
            row = []
            for number, kind in enumerate(KINDS):
                column = piece.block.columns[f"x{number}"][place : place + 1]
                value = column.texts()[0] if kind in ("category", "empty") else column[0].item()
                row.append(plain(None if kind == "date" and value == NAT else value))
            made.append((
                int(piece.at[place]), piece.version, *(one[place] for one in texts), said[place],
                None if shares is None or math.isnan(shares[0]) else shares,
                tuple(row) if piece.given[place] else None,
            ))
    return made


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(records(), st.integers(0, 2)), max_size=12), st.integers(0, 12), st.integers(1, 4))
def test_what_was_written_is_read_in_order_of_time(
    written: list[tuple[dict[str, Any], int]], sealed_after: int, rows: int
) -> None:
    """Three processes write, some of it is sealed, the rest is open, pieces are small: nothing is lost or doubled."""
    with TemporaryDirectory() as name:
        root = Path(name)
        logs = [PredictionLog(root) for _ in range(3)]
        for place, (made, process) in enumerate(written):
            if place == sealed_after:
                logs[0].close()
                sealing.seal(root / "churn")
            logs[process].write(made, described(made))
        tally = Tally()
        pieces = list(history.read(root / "churn", rows=rows, tally=tally))
        wanted = [one for made, _ in written for one in expected(made)]
        assert sorted(map(repr, found(pieces))) == sorted(map(repr, wanted))
        assert tally.torn == 0 and all(1 <= len(piece) <= rows for piece in pieces)
        for version in (1, 2):
            times = [int(at) for piece in pieces if piece.version == version for at in piece.at]
            assert times == sorted(times)
        assert history.count(root / "churn") == len(wanted)
        for log in logs:
            log.close()
        sealing.seal(root / "churn")
        again = list(history.read(root / "churn", rows=rows))
        assert sorted(map(repr, found(again))) == sorted(map(repr, wanted))
        assert not list(root.rglob("*.jsonl")) and history.count(root / "churn") == len(wanted)
        assert not list(root.rglob(".*"))


@settings(max_examples=25, deadline=None)
@given(st.lists(records(), max_size=8), st.integers(-60, 9060), st.integers(-60, 9060), st.booleans(),
       st.sampled_from([None, ["production"], ["staging", "production"]]), st.sampled_from([None, ["shadow"]]),
       st.sampled_from([None, {1}, {2, 3}]))
def test_what_is_asked_for_and_nothing_else(
    written: list[dict[str, Any]], low: int, high: int, close: bool, environments: list[str] | None,
    roles: list[str] | None, versions: set[int] | None,
) -> None:
    since, until = NOON + timedelta(seconds=low), NOON + timedelta(seconds=high)
    with TemporaryDirectory() as name, PredictionLog(Path(name)) as log:
        for made in written:
            log.write(made, described(made))
        if close:
            log.close()
            sealing.seal(Path(name) / "churn")
        choice: dict[str, Any] = {
            "since": since, "until": until, "environments": environments, "roles": roles, "versions": versions
        }
        wanted = [
            one for made in written for one in expected(made)
            if since <= datetime.fromisoformat(made["at"]) < until and versions in (None, versions and versions)
            and (versions is None or made["version"] in versions)
            and (environments is None or made["environment"] in environments)
            and (roles is None or made["role"] in roles)
        ]
        assert sorted(map(repr, found(list(history.read(Path(name) / "churn", **choice))))) == sorted(map(repr, wanted))
        assert history.count(Path(name) / "churn", **choice) == len(wanted)


def test_torn_at_every_byte(tmp_path: Path) -> None:
    """Whatever a crash leaves of a file: every whole line is read, and what is left of the last one is counted."""
    with PredictionLog(tmp_path) as log:
        for number in range(3):
            log.write(record(number, rows=[[float(number), "ä\n\u2028"]]), manifest())
    (path,) = tmp_path.rglob("*.jsonl")
    whole = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    for cut in range(len(whole) + 1):
        for sealing_first in (False, True):
            folder = tmp_path / "cut" / "churn"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / path.name).write_bytes(whole[:cut])
            if sealing_first:
                sealing.seal(folder)
            tally = Tally()
            pieces = list(history.read(folder, tally=tally))
            lines = sum(end <= cut for end in ends)
            names = [id for piece in pieces for id in piece.ids.texts()]
            assert names == [f"p{number}" for number in range(max(0, lines - 1))], cut
            if lines:
                assert tally.torn == (cut not in ends), cut
            assert not (sealing_first and list(folder.glob("*.jsonl")))
            for left in folder.iterdir():
                left.unlink()


def test_a_line_that_is_no_record_is_passed_over(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        for number in range(3):
            log.write(record(number), manifest())
    (path,) = tmp_path.rglob("*.jsonl")
    head, first, second, third = path.read_bytes().splitlines(keepends=True)
    odd = json.loads(second)
    strange = [
        b"\x00\x00\x00\n", b"[]\n", b"{}\n", json.dumps(odd | {"ids": []}).encode() + b"\n",
        json.dumps(odd | {"rows": [["one", 2]]}).encode() + b"\n", json.dumps(odd | {"at": "noon"}).encode() + b"\n",
        json.dumps(odd | {"probabilities": [[1.0]]}).encode() + b"\n",
    ]
    path.write_bytes(b"".join([head, first, *strange, third]))
    for _ in range(2):
        tally = Tally()
        (piece,) = history.read(tmp_path / "churn", tally=tally)
        assert piece.ids.texts() == ["p0", "p2"] and tally.torn == len(strange)
        assert sealing.seal(tmp_path / "churn").torn in (0, len(strange))


def test_lines_without_their_header_are_set_aside(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0), manifest())
    (path,) = tmp_path.rglob("*.jsonl")
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    tally = Tally()
    assert not list(history.read(tmp_path / "churn", tally=tally)) and tally.torn == 1
    assert sealing.seal(tmp_path / "churn").torn == 1
    assert [one.suffix for one in (tmp_path / "churn").iterdir()] == [".unreadable"]


def test_a_sealed_file_is_plain_numpy(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        for number in range(5):
            log.write(record(number), manifest())
    done = sealing.seal(tmp_path / "churn")
    assert (done.files, done.rows, done.torn) == (1, 5, 0)
    (path,) = tmp_path.rglob("*.npz")
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["x0"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert arrays["probability"].shape == (5, 2)
    head = sealed.head(path)
    assert head["rows"] == 5 and head["counts"] == [["production", "stable", 5]] and head["classes"] == ["no", "yes"]


def test_a_frame_as_a_file_would_be_read(tmp_path: Path) -> None:
    rows = [[1.5, 1.0, 86_400_000_000, "red", None], [math.nan, math.nan, None, None, None]]
    with PredictionLog(tmp_path) as log:
        log.write(record(0, ids=["a", "b"], keys=["1", None], rows=rows, predictions=["yes", "no"],
                         probabilities=[[0.1, 0.9], [0.8, 0.2]]), manifest(inputs=MIXED))
    (piece,) = history.read(tmp_path / "churn")
    frame = piece.frame()
    assert list(frame.columns) == list(KINDS)
    assert [str(kind) for kind in frame.dtypes] == ["float64", "float64", "datetime64[us]", "str", "str"]
    assert frame["date"].iloc[0].isoformat() == "1970-01-02T00:00:00" and frame["category"].iloc[0] == "red"
    assert frame.iloc[1].isna().all() and piece.values.tolist() == [1, 0] and piece.keys.texts() == ["1", None]


def test_a_damaged_sealed_file_is_said_so(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0), manifest())
    sealing.seal(tmp_path / "churn")
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(Corrupted, match="is damaged"):
        list(history.read(tmp_path / "churn"))


def test_what_is_written_is_not_sealed(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0), manifest())
        assert not keeping.waits(tmp_path / "churn") and sealing.seal(tmp_path / "churn").files == 0
        log.write(record(1), manifest())
    assert keeping.waits(tmp_path / "churn") and sealing.seal(tmp_path / "churn").rows == 2


def test_readers_sealers_and_a_writer_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While files are written, rolled and sealed by two, a reader sees all that was acknowledged before it began."""
    monkeypatch.setattr(segments, "BYTES", 3_000)
    total, told, problems = 600, [-1], []

    def write() -> None:
        with PredictionLog(tmp_path) as log:
            for number in range(total):
                log.write(record(number), manifest())
                told.append(number)

    def seal() -> None:
        try:
            while told[-1] < total - 1:
                sealing.seal(tmp_path / "churn")
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for work in (write, seal, seal)]
    for thread in threads:
        thread.start()
    while told[-1] < total - 1:
        known = told[-1]
        seen = [id for piece in history.read(tmp_path / "churn", columns=["id"]) for id in piece.ids.texts()]
        assert seen[: known + 1] == [f"p{number}" for number in range(known + 1)]
        assert len(seen) == len(set(seen))
    for thread in threads:
        thread.join()
    assert not problems
    sealing.seal(tmp_path / "churn")
    assert history.count(tmp_path / "churn") == total and not list(tmp_path.rglob("*.jsonl"))


def test_what_is_too_old_or_too_much_goes_and_what_is_written_stays(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        for day in range(4):
            moment = (NOON + timedelta(days=day)).isoformat(timespec="microseconds")
            log.write(record(day, at=moment), manifest())  # a file each: none takes answers of another day
        sealing.seal(tmp_path / "churn")
        sizes = [one.path.stat().st_size for one in segments.listed(tmp_path / "churn")]
        files, freed = keeping.expire(tmp_path, NOON + timedelta(days=1), 1 << 30)
        assert (files, freed) == (1, sizes[0])
        files, freed = keeping.expire(tmp_path, NOON - timedelta(days=9), sum(sizes[2:]))
        assert (files, freed) == (1, sizes[1])
        assert keeping.expire(tmp_path, datetime(2100, 1, 1, tzinfo=UTC), 0) == (1, sizes[2])
        ids = [id for piece in history.read(tmp_path / "churn") for id in piece.ids.texts()]
        assert ids == ["p3"]
