"""Natural order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.data.order import natural_key


@given(numbers=st.lists(st.integers(0, 10**12), min_size=2, unique=True), stem=st.text(alphabet="ab-./é", max_size=4))
def test_numbers_in_names_count_as_numbers(numbers, stem):
    names = [f"{stem}x{number}.csv" for number in numbers]
    assert sorted(names, key=natural_key) == [f"{stem}x{number}.csv" for number in sorted(numbers)]


@given(names=st.lists(st.text(alphabet=st.characters(codec=None), max_size=8), min_size=3, max_size=3))
def test_any_two_names_can_be_compared_and_equal_keys_differ_in_leading_zeros_only(names):
    first, second, third = sorted(names, key=natural_key)
    assert natural_key(first) <= natural_key(second) <= natural_key(third)
    if natural_key(first) == natural_key(second) and first != second:
        assert any(character in "0123456789" for character in first)


def test_months_and_parts():
    names = ["part10", "part2", "2013-10", "2013-9", "part2b", "part"]
    assert sorted(names, key=natural_key) == ["2013-9", "2013-10", "part", "part2", "part2b", "part10"]


def test_digits_of_other_scripts_are_text():
    assert natural_key("a²") == ((1, 0, "a²"),)
    assert natural_key("a٣") == ((1, 0, "a٣"),)
