"""Files as streams of text."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import source
from core.data.dialect import Dialect
from core.data.source import raw_blocks, text_blocks
from core.errors import BadData

ENCODINGS = ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]


def text_of(path: Path, dialect: Dialect) -> bytes:
    return b"".join(text_blocks(path, dialect))


@settings(deadline=None, max_examples=150)
@given(
    lines=st.lists(st.text(alphabet="aé\t,ÿ\x1b", max_size=6), min_size=1, max_size=8),
    encoding=st.sampled_from(ENCODINGS), ending=st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"]),
    zipped=st.booleans(), size=st.integers(1, 12),
)  # fmt: skip
def test_any_encoding_ending_and_block_gives_the_same_lines(tmp_path_factory, lines, encoding, ending, zipped, size):
    path = tmp_path_factory.mktemp("text") / "a.csv"
    data = "".join(line + ending for line in lines).encode(encoding)
    path.write_bytes(gzip.compress(data) if zipped else data)
    with pytest.MonkeyPatch.context() as patch:
        # blocks this small show every border; with \r alone the first block has to hold one
        patch.setattr(source.raw_blocks, "__defaults__", (size if ending != "\r" else 1 << 20,))
        found = text_of(path, Dialect(encoding=encoding, compression="gzip" if zipped else None))
    assert found.decode() == "".join(line + "\n" for line in lines)


def test_a_bom_is_taken_off_and_only_at_the_beginning(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffa,\ufeffb\n".encode())
    assert text_of(path, Dialect()).decode() == "a,\ufeffb\n"
    path.write_bytes("a,\ufeffb\n".encode("utf-16"))
    assert text_of(path, Dialect(encoding="utf-16")).decode() == "a,\ufeffb\n"


def test_several_gzip_members_are_one_file(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,") + gzip.compress(b"") + gzip.compress(b"2\n"))
    assert text_of(path, Dialect(compression="gzip")) == b"a,b\n1,2\n"


def damaged(data: bytes) -> bytes:
    return data[:40] + bytes([data[40] ^ 0xFF]) + data[41:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[:-20], "ends too early"),
        (lambda data: data[:-8], "ends too early"),
        (damaged, "damaged"),
        (lambda data: data + b"junk", "damaged"),
    ],
)
def test_gzip_that_cannot_be_unpacked(tmp_path, change, said):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(change(gzip.compress("".join(f"{number},x\n" for number in range(5000)).encode())))
    with pytest.raises(BadData, match=said) as caught:
        list(raw_blocks(path, "gzip"))
    assert caught.value.check == "unreadable"


def test_a_zero_and_a_foreign_byte_are_told_with_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\nb\nc\0d\n")
    with pytest.raises(BadData, match="line 3") as caught:
        text_of(path, Dialect())
    assert caught.value.line == 3
    path.write_bytes(b"a\nb\n\x81\n")
    with pytest.raises(BadData, match="cp1252"):
        text_of(path, Dialect(encoding="cp1252"))


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for name, said in (("fifo", "no regular file"), ("", "no regular file"), ("absent", "No such file")):
        with pytest.raises(BadData, match=said):
            list(raw_blocks(tmp_path / name, None))
