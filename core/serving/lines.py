"""The lines of a file of answers as columns; a line that is not whole is passed over, and counted.

    at           int64    microseconds since 1970, UTC
    id, key      texts    of the answer; of the client, where it gave one
    id_digest, key_digest    uint64, 0 where there is none (`columns.digests`)
    environment, role        texts
    revision     int64    of the deployment
    ms           float64  that the whole request took
    value        int32 codes of classes (-1: none), or float64
    probability  float64  rows x classes, NaN where there are none; classification only
    given        bool     whether the inputs were kept
    x0, x1 ...   the model's inputs, in order: float64, int64 microseconds (NaT where missing), or texts
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.serving.columns import Array, Block, Coded, Column, digests
from core.vocabulary import Kind

NAT: Final = np.iinfo(np.int64).min
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ODD: Final = (TypeError, ValueError, OverflowError, LookupError)
_NUMBERS: Final = (Kind.NUMBER, Kind.BOOLEAN)


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def parse(path: Path) -> tuple[Block | None, int]:
    """(all answers of a file in order of time, how many lines were not whole); None where it has no header.

    FileNotFoundError where the file went.
    """
    records, head, torn = [], None, 0
    for record in whole(path):
        if record is None:
            torn += 1
        elif head is None:
            if "inputs" not in record or "classes" not in record:
                torn += 1  # its header never reached the disk
                continue
            head = record
        elif _fits(record, head):
            records.append(record)
        else:
            torn += 1
    if head is None:
        return None, torn
    try:
        return block(head, records), torn
    except _ODD:  # a disk that lies: all that is what it should be
        good = [record for record in records if _is_plain(head, record)]
        return block(head, good), torn + len(records) - len(good)


def _is_plain(head: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    try:
        block(head, [record])
    except _ODD:
        return False
    return True


def whole(path: Path) -> Iterator[dict[str, Any] | None]:
    """Each line as an object; None for one that is none, or has no end."""
    with path.open("rb") as stream:
        for line in stream:
            try:
                made = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                made = None
            yield made if isinstance(made, dict) else None


def _fits(record: Mapping[str, Any], head: Mapping[str, Any]) -> bool:
    """Whether a record holds as much of everything as it has to."""
    try:
        count, rows, shares = len(record["ids"]), record["rows"], record["probabilities"]
        datetime.fromisoformat(record["at"])
        return (
            len(record["predictions"]) == len(record["keys"]) == count
            and (rows is None or [len(row) for row in rows] == [len(head["inputs"])] * count)
            and (shares is None or [len(one) for one in shares] == [len(head["classes"])] * count)
            and {"environment", "role", "revision", "ms"} <= record.keys()
        )
    except (KeyError, TypeError, ValueError):
        return False


def block(head: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> Block:
    """Records as columns, in order of time."""
    counts = np.array([len(record["ids"]) for record in records], dtype=np.int64)
    sized = list(zip(records, counts.tolist(), strict=True))

    def each(name: str) -> Iterator[Any]:
        """What is said once a request, for each of its rows."""
        return chain.from_iterable(repeat(one[name], count) for one, count in sized)

    def all_of(name: str, absent: Sequence[Any] | None = None) -> list[Any]:
        """What is said of every row; `absent` of each where a record says nothing."""
        return list(chain.from_iterable(
            one[name] if one[name] is not None or absent is None else [absent] * count for one, count in sized
        ))

    moments = [microseconds(datetime.fromisoformat(record["at"])) for record in records]
    ids, keys = Coded.of(map(_text, all_of("ids"))), Coded.of(map(_text, all_of("keys")))
    columns: dict[str, Column] = {
        "at": np.repeat(np.array(moments, dtype=np.int64), counts),
        "id": ids, "key": keys, "id_digest": digests(ids), "key_digest": digests(keys),
        "environment": Coded.of(each("environment")), "role": Coded.of(each("role")),
        "revision": np.array([one["revision"] or 0 for one in records], dtype=np.int64).repeat(counts),
        "ms": _numbers([one["ms"] for one in records]).repeat(counts),
        "value": values(all_of("predictions"), head["classes"]),
    }
    if head["classes"]:
        shares = _numbers(all_of("probabilities", [None] * len(head["classes"])))
        columns["probability"] = shares.reshape(-1, len(head["classes"]))
    given = [one["rows"] is not None for one in records]
    columns["given"] = np.repeat(np.array(given, dtype=bool), counts)
    rows = all_of("rows", [None] * len(head["inputs"]))
    cells = zip(*rows, strict=True) if rows else repeat(())
    for place, (column, found) in enumerate(zip(head["inputs"], cells, strict=False)):
        columns[f"x{place}"] = _cells(found, Kind(column["kind"]))
    made = Block(head, columns)
    moments_of_rows = made.array("at")
    if np.any(moments_of_rows[1:] < moments_of_rows[:-1]):
        return made[np.argsort(moments_of_rows, kind="stable")]
    return made


def values(said: Sequence[Any], classes: Sequence[str]) -> Array:
    """Answers, or the truth, as codes of the classes (-1: none of them), or as numbers."""
    if not classes:
        return _numbers(said)
    codes = {name: code for code, name in enumerate(classes)}
    return np.array([codes.get(one, -1) for one in said], dtype=np.int32)


def _cells(found: Sequence[Any], kind: Kind) -> Column:
    if kind in _NUMBERS:
        return _numbers(found)
    if kind is Kind.DATE:
        return np.array([NAT if one is None else one for one in found], dtype=np.int64)
    return Coded.of(map(_text, found))


def _numbers(found: Sequence[Any]) -> Array:
    return np.array(found, dtype=np.float64)  # None becomes NaN


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
