"""The filter language over rows of text."""

from __future__ import annotations

import pytest

from core.data.pages import Record
from core.data.picking import picker
from core.errors import UsageError

COLUMNS = ("city", "age", "note")
ROWS = [
    Record(1, 2, ("Oslo", "30", "late")), Record(2, 3, ("Rome", "9", None)), Record(3, 4, ("oslo-2", "", "EARLY")),
    Record(4, 5, ("Bonn",), "1 field where the header has 3"),
]


@pytest.mark.parametrize(("where", "numbers"), [
    ("", [1, 2, 3, 4]), ("oslo", [1, 3]), ("!oslo", [2, 4]), ("age>9", [1]), ("age>=9", [1, 2]), ("age<10", [2]),
    ("city=Oslo|Rome", [1, 2]), ("city!=Oslo", [2, 3, 4]), ("note~LAT", [1]), ("note!~a", [2, 4]), ('age=""', [3, 4]),
    ("age=30.0", [1]), ("row>2", [3, 4]), ("-f osl2", [3]), ("city~/^r/", [2]), ("!city~/o$/", [2, 3, 4]),
    ("oslo age>1", [1]), ("/^la/", [1]), ("!age>10", [2, 3, 4]),
])
def test_what_is_asked_for(where: str, numbers: list[int]) -> None:
    wanted = picker(where, COLUMNS)
    found = [row.number for row in ROWS if wanted(row)]
    assert found == numbers


def test_a_column_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no column cities") as refused:
        picker("cities=Oslo", COLUMNS)
    assert refused.value.hint == "did you mean city?"
