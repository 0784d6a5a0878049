"""The hash chain: whatever is done to the past is found, and named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.events import GENESIS, EventRow, canonical, chain_hash, storable, verify

texts = st.text(max_size=12)
payloads = st.dictionaries(texts, st.one_of(st.integers(), texts, st.booleans(), st.none()), max_size=3)
drafts = st.lists(st.tuples(texts, texts, texts, texts, payloads), min_size=1, max_size=8)
Drafts = list[tuple[str, str, str, str, dict[str, object]]]
FIELDS = ("at", "kind", "actor", "subject", "payload")


def chain(made: Drafts) -> list[EventRow]:
    rows: list[EventRow] = []
    previous = GENESIS
    for id, (at, kind, actor, subject, payload) in enumerate(made, 1):
        body = canonical(payload)
        own = chain_hash(id, at, kind, actor, subject, body, previous)
        rows.append(EventRow(id, at, kind, actor, subject, body, previous, own))
        previous = own
    return rows


def named(rows: list[EventRow]) -> int | None:
    broken = verify(rows)[2]
    return None if broken is None else broken.event


@given(drafts)
def test_an_untouched_chain_holds(made: Drafts) -> None:
    rows = chain(made)
    assert verify(rows) == (len(rows), rows[-1].hash, None)


def test_no_events_are_a_whole_chain() -> None:
    assert verify([]) == (0, GENESIS, None)


@given(drafts, st.data())
def test_a_changed_field_is_named(made: Drafts, data: st.DataObject) -> None:
    rows = chain(made)
    place = data.draw(st.integers(0, len(rows) - 1))
    field = data.draw(st.sampled_from(FIELDS))
    other = data.draw(texts)
    assume(other != getattr(rows[place], field))
    rows[place] = replace(rows[place], **{field: other})
    assert named(rows) == rows[place].id


@given(drafts, st.data())
def test_one_changed_character_of_a_hash_is_named(made: Drafts, data: st.DataObject) -> None:
    rows = chain(made)
    place = data.draw(st.integers(0, len(rows) - 1))
    field = data.draw(st.sampled_from(("hash", "previous_hash")))
    at = data.draw(st.integers(0, 63))
    was = getattr(rows[place], field)
    changed = was[:at] + ("0" if was[at] != "0" else "1") + was[at + 1 :]
    rows[place] = replace(rows[place], **{field: changed})
    assert named(rows) == rows[place].id


@given(drafts, st.data())
def test_a_removed_event_is_named(made: Drafts, data: st.DataObject) -> None:
    rows = chain(made)
    assume(len(rows) > 1)
    gone = rows.pop(data.draw(st.integers(0, len(rows) - 2)))
    assert named(rows) == gone.id


@given(drafts)
def test_a_cut_tail_is_told_by_the_head(made: Drafts) -> None:
    rows = chain(made)
    assert verify(rows[:-1]) == (len(rows) - 1, rows[-1].previous_hash, None)
    assert rows[-1].previous_hash != rows[-1].hash


@given(drafts, st.data())
def test_two_exchanged_events_are_named(made: Drafts, data: st.DataObject) -> None:
    rows = chain(made)
    assume(len(rows) > 1)
    first = data.draw(st.integers(0, len(rows) - 2))
    second = data.draw(st.integers(first + 1, len(rows) - 1))
    rows[first], rows[second] = rows[second], rows[first]
    assert named(rows) == first + 1


@given(drafts, st.data())
def test_an_inserted_event_is_named(made: Drafts, data: st.DataObject) -> None:
    rows = chain(made)
    place = data.draw(st.integers(0, len(rows) - 1))
    rows.insert(place, replace(rows[place], subject=rows[place].subject + "x"))
    assert named(rows) == rows[place + 1].id


@given(drafts, st.data())
def test_a_forged_event_breaks_the_next_one(made: Drafts, data: st.DataObject) -> None:
    """Whoever changes an event and makes its hash fit has to rewrite all that follows: the head is another."""
    rows = chain(made)
    head = rows[-1].hash
    place = data.draw(st.integers(0, len(rows) - 1))
    old = rows[place]
    subject = old.subject + "x"
    own = chain_hash(old.id, old.at, old.kind, old.actor, subject, old.payload, old.previous_hash)
    rows[place] = replace(old, subject=subject, hash=own)
    if place + 1 < len(rows):
        assert named(rows) == old.id + 1
    else:
        assert verify(rows)[1] == own != head


@given(st.lists(texts, min_size=5, max_size=5), st.lists(texts, min_size=5, max_size=5))
def test_no_two_events_spell_alike(one: list[str], other: list[str]) -> None:
    assume(one != other)
    assert chain_hash(1, *one, GENESIS) != chain_hash(1, *other, GENESIS)


def test_fields_do_not_run_into_each_other() -> None:
    assert chain_hash(1, "a", "b", "", "", "", "") != chain_hash(1, "ab", "", "", "", "", "")
    assert chain_hash(1, "1:a", "", "", "", "", "") != chain_hash(11, ":a", "", "", "", "", "")


def test_the_first_hash_is_what_it_always_was() -> None:
    """A stored chain must hold under every later version of this program."""
    made = chain_hash(1, "2026-03-02T09:00:00.000000+00:00", "WorkspaceCreated", "me@here", "workspace", "{}", GENESIS)
    assert made == FIRST


FIRST = "395065fb86fd2e32bdfc4c0e4616e5e8be0086bc56a6aea70899645bf81e1c70"  # also by hand: printf and sha256sum


def test_one_payload_has_one_spelling() -> None:
    assert canonical({"b": 1, "a": [True, None]}) == canonical({"a": [True, None], "b": 1}) == '{"a":[true,null],"b":1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"value": value})


@given(st.dictionaries(st.text(st.characters(), max_size=8), st.text(st.characters(), max_size=8), max_size=4))
def test_any_text_is_stored_and_comes_back(payload: dict[str, str]) -> None:
    """Names that are no UTF-8 reach Python as lone surrogates, which no database takes."""
    spelled = canonical(payload)
    assert spelled.encode("utf-8").decode("utf-8") == spelled
    assert json.loads(spelled) == payload


def test_a_byte_that_is_no_text_is_an_escape() -> None:
    assert storable('"a\udcffé"') == '"a\\udcffé"'
