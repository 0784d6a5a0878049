"""Rows of stored versions: of any state, in any format, from both ends, by a program that stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from core.errors import BadData, Conflict, NotFound, UsageError
from core.services import versions
from core.services.rows import backwards, chosen, rows_of
from core.workspace import Workspace
from tests.fakes.lab import Lab

LIGHT = """
import sys
from pathlib import Path
from core.services.rows import rows_of
from core.workspace import Workspace
print(rows_of(Workspace.open(Path(sys.argv[1])), sys.argv[2]).read(1, 1)[0].cells)
print(sorted({"pandas", "numpy", "sklearn", "pyarrow"} & set(sys.modules)))
"""


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    made = Lab(workspace)
    made.add("a.csv", [[number, "ab"[number % 2]] for number in range(2500)])
    return made


def numbers(rows: list) -> list[int]:
    return [row.number for row in rows]


def test_pages_from_both_ends_and_through_a_filter(lab: Lab) -> None:
    rows = rows_of(lab.workspace, "churn@1")
    assert (rows.columns, rows.kinds["x"], rows.total) == (("x", "y"), "number", None)
    assert numbers(chosen(rows, "", 0, 3)) == [1, 2, 3]
    assert numbers(chosen(rows, "y=b x>=2000", 10, 2)) == [2002, 2004]
    assert numbers(chosen(rows, "x>9000", 0, 5)) == []
    assert numbers(backwards(rows, "", None, 3)) == [2500, 2499, 2498] and rows.total == 2500
    assert numbers(backwards(rows, "x<5", None, 9)) == [5, 4, 3, 2, 1]
    assert numbers(backwards(rows, "", 3, 9)) == [2, 1]
    with pytest.raises(UsageError):
        chosen(rows, "z=1", 0, 1)


def test_what_is_in_quarantine_has_rows_until_it_is_discarded(lab: Lab) -> None:
    lab.add("b.csv", [[1], [2]], ["x"])
    assert [row.cells for row in rows_of(lab.workspace, "churn@2").read(0, 9)] == [("1",), ("2",)]
    versions.discard(lab.workspace, "churn@2")
    with pytest.raises(Conflict, match="its bytes were discarded"):
        rows_of(lab.workspace, "churn@2")
    with pytest.raises(NotFound):
        rows_of(lab.workspace, "churn@9")


def test_a_file_that_is_no_table_says_so(lab: Lab, tmp_path: Path) -> None:
    from core.services import adding

    path = tmp_path / "empty.csv"
    path.write_bytes(b"\n")
    adding.add(lab.workspace, "churn", [path])
    with pytest.raises(BadData, match="empty"):
        rows_of(lab.workspace, "churn@2")


def test_parquet_is_read_by_its_row_groups_and_the_reader_stays_light(lab: Lab, tmp_path: Path) -> None:
    from core.services import adding

    path = tmp_path / "p.parquet"
    table = pyarrow.table({"x": list(range(100)), "y": ["a" if one % 3 else None for one in range(100)]})
    parquet.write_table(table, path, row_group_size=7)
    assert adding.add(lab.workspace, "churn", [path])[0].accepted
    rows = rows_of(lab.workspace, "churn@2")
    assert rows.total == rows.count() == 100
    found = rows.read(95, 9)
    assert [row.cells for row in found] == [(str(one), "a" if one % 3 else None) for one in range(95, 100)]
    assert numbers(backwards(rows, "y=a", None, 2)) == [99, 98]
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(lab.workspace.root), "churn@2"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["('1', 'a')", "[]"]


def test_csv_is_read_without_pandas(lab: Lab) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(lab.workspace.root), "churn@1"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["('1', 'b')", "[]"]
