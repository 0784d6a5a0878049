"""Rows as columns: plain arrays, and texts as codes into levels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Coded:
    """Texts: `codes` (int32) into `levels`; -1 where there is none."""

    codes: Array
    levels: Sequence[str]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Coded:
        return Coded(self.codes[rows], self.levels)

    def texts(self) -> list[str | None]:
        known = [*self.levels, None]  # -1 is the last one
        return [known[code] for code in self.codes.tolist()]

    def among(self, wanted: Collection[str]) -> Array:
        """Which rows hold one of these."""
        return np.append([level in wanted for level in self.levels], False)[self.codes].astype(bool)

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> Coded:
        """Levels in the order in which they come. TypeError where one is no text."""
        known: dict[str, int] = {}
        codes = [-1 if text is None else known.setdefault(text, len(known)) for text in texts]
        if not all(type(text) is str for text in known):
            raise TypeError("a text was expected")
        return cls(np.array(codes, dtype=np.int32), list(known))

    @classmethod
    def joined(cls, parts: Sequence[Coded]) -> Coded:
        known: dict[str, int] = {}
        codes = []
        for part in parts:
            places = np.array([*(known.setdefault(text, len(known)) for text in part.levels), -1], dtype=np.int32)
            codes.append(places[part.codes])
        return cls(np.concatenate(codes), list(known))


Column = Array | Coded


@dataclass(frozen=True)
class Block:
    """Columns of one length, and what is said of all of them."""

    head: Mapping[str, Any]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __getitem__(self, rows: Any) -> Block:
        """Some of the rows: a slice, a mask or places."""
        return Block(self.head, {name: column[rows] for name, column in self.columns.items()})

    def array(self, name: str) -> Array:
        column = self.columns[name]
        assert not isinstance(column, Coded)
        return column

    def coded(self, name: str) -> Coded:
        column = self.columns[name]
        assert isinstance(column, Coded)
        return column


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks of the same columns, one after the other."""
    if len(blocks) == 1:
        return blocks[0]
    made: dict[str, Column] = {}
    for name, first in blocks[0].columns.items():
        if isinstance(first, Coded):
            made[name] = Coded.joined([block.coded(name) for block in blocks])
        else:
            made[name] = np.concatenate([block.array(name) for block in blocks])
    return Block(blocks[0].head, made)


def digests(texts: Coded) -> Array:
    """64 bits of each text (0 for none), by which millions are joined without being read; they hold for good."""
    values = [int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
              for text in texts.levels]
    return np.array([*(max(value, 1) for value in values), 0], dtype=np.uint64)[texts.codes]
