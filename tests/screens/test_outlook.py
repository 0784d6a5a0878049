"""What a dry run found out, in words."""

from __future__ import annotations

import pytest

from screens.levels.outlook import _judges


@pytest.mark.parametrize(("rows", "mark", "end"), [
    (120, "…", "it would wait for more"), (200, "…", "it may wait for more"), (300, "✓", "are needed"),
])
def test_a_number_that_is_close_promises_nothing(rows: int, mark: str, end: str) -> None:
    said = _judges({"basis": "unseen", "enough": rows >= 200, "rows": rows, "of": 2 * rows, "needed": 200,
                    "rarest": None, "rarest_needed": 20}).plain
    assert said.startswith(mark) and said.endswith(end)
