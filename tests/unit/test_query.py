"""The filter language: what it means, that it says what is wrong, that it reads back what it writes, never crashes."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Column, Float, Integer, MetaData, String, Table, create_engine, event, select

from core.errors import UsageError
from core.query.conditions import asks_for, conditions
from core.query.fields import Field, Fields, Kind
from core.query.language import LONGEST, MOST, Filter, Op, Order, Term, Word, joined, parse, parse_order
from core.query.matching import teach
from core.registry.types import UtcTime

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


# -- the grammar


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("roc_auc>0.8", (Term("roc_auc", Op.GT, "0.8"),)),
        ("roc_auc>=0.8 state=failed", (Term("roc_auc", Op.GE, "0.8"), Term("state", Op.EQ, "failed"))),
        ("roc_auc:gt:0.8", (Term("roc_auc", Op.GT, "0.8"),)),
        ("state:ne:failed  a:lte:1", (Term("state", Op.NE, "failed"), Term("a", Op.LE, "1"))),
        ("state==failed", (Term("state", Op.EQ, "failed"),)),
        ("roc_auc > 0.8", (Term("roc_auc", Op.GT, "0.8"),)),
        ("seconds<-1e-3", (Term("seconds", Op.LT, "-1e-3"),)),
        ("params.max_iter>=100", (Term("params.max_iter", Op.GE, "100"),)),
        ('params."learning rate">0.1', (Term("params.learning rate", Op.GT, "0.1"),)),
        ("error~missing", (Term("error", Op.HAS, "missing"),)),
        ("error!~missing", (Term("error", Op.HASNT, "missing"),)),
        ('error~"no such column"', (Term("error", Op.HAS, "no such column"),)),
        ("error~'say \"no\"'", (Term("error", Op.HAS, 'say "no"'),)),
        (r'error~"a \" b \\"', (Term("error", Op.HAS, 'a " b \\'),)),
        ('error=""', (Term("error", Op.EQ, ""),)),
        ("!state=failed", (Term("state", Op.EQ, "failed", inverse=True),)),
        ("january", (Word("january"),)),
        ("!january", (Word("january", inverse=True),)),
        ("a b", (Word("a"), Word("b"))),
        ('"a b"', (Word("a b"),)),
        ("09:14 flights@7 2026-11/a", (Word("09:14"), Word("flights@7"), Word("2026-11/a"))),
        ("état=ja", (Term("état", Op.EQ, "ja"),)),
        ("a:gt", (Word("a:gt"),)),
        ("error~/time.*out/", (Term("error", Op.HAS, "time.*out", regex=True),)),
        ("error!~/a b/ c", (Term("error", Op.HASNT, "a b", regex=True), Word("c"))),
        ("error:has:/a/", (Term("error", Op.HAS, "a", regex=True),)),
        ("error=/a/", (Term("error", Op.EQ, "/a/"),)),
        ("/^jan/ !/b|c/", (Word("^jan", regex=True), Word("b|c", inverse=True, regex=True))),
        (r"/a\/b\\/", (Word(r"a/b\\", regex=True),)),
        ("/inbox/a.csv // /open", (Word("/inbox/a.csv"), Word("//"), Word("/open"))),
        ('"/a/"', (Word("/a/"),)),
    ],
)
def test_grammar(text: str, parts: tuple[Term | Word, ...]) -> None:
    assert parse(text).parts == parts


@pytest.mark.parametrize(("text", "words"), [("-f abc", ("abc",)), ("-f", ()), ("-f a b", ("a", "b"))])
def test_fuzzy(text: str, words: tuple[str, ...]) -> None:
    assert parse(text) == Filter(tuple(Word(word) for word in words), fuzzy=True)


def test_a_word_that_begins_like_fuzzy_is_a_word() -> None:
    assert parse("-full") == Filter((Word("-full"),))
    assert parse("a -f") == Filter((Word("a"), Word("-f")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("state=", "has no value"),
        ("state= ", "has no value"),
        (">0.8", "names no field"),
        ("= x", "names no field"),
        ('error~"open', "is not closed"),
        ("'open", "is not closed"),
        ("\udcff", "is not text"),
        ("a" * (LONGEST + 1), "longer than"),
        ("a " * (MOST + 1), f"{MOST + 1} terms"),
    ],
)
def test_what_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        parse(text)
    assert error.value.exit_code == 2
    assert error.value.hint


@pytest.mark.parametrize(
    ("text", "order"),
    [("", None), ("  ", None), ("roc_auc", Order("roc_auc")), ("-roc_auc", Order("roc_auc", descending=True)),
     ("- seconds", Order("seconds", descending=True)), ('params."a b"', Order("params.a b"))],
)
def test_order(text: str, order: Order | None) -> None:
    assert parse_order(text) == order


def test_an_order_without_a_field() -> None:
    with pytest.raises(UsageError, match="names no field"):
        parse_order("-")


encodable = st.characters(exclude_categories=("Cs",))
names = st.from_regex(r"\A[a-z_][a-z0-9_-]{0,6}\Z")
tails = st.text(encodable, max_size=8)
fields = names | st.builds("{}.{}".format, names, tails)
patterns = st.text(st.sampled_from('ab.*+(|)"\' ^$/'), min_size=1, max_size=8)
terms = (
    st.builds(Term, fields, st.sampled_from(Op), st.text(encodable, max_size=12), st.booleans())
    | st.builds(Term, fields, st.sampled_from([Op.HAS, Op.HASNT]), patterns, st.booleans(), st.just(True))
)
words = (
    st.builds(Word, st.text(encodable, max_size=12), st.booleans())
    | st.builds(Word, patterns, st.booleans(), st.just(True))
)
filters = st.builds(Filter, st.lists(terms | words, max_size=6).map(tuple), st.booleans())


@given(filters)
@example(Filter((Word("-f"),)))
@example(Filter((Word("a"), Word(">b"))))
@example(Filter((Term("a.", Op.EQ, "!"), Word("", inverse=True)), fuzzy=True))
@example(Filter((Term("a.b.c", Op.HASNT, "x"), Term('a."', Op.EQ, "\\"))))
def test_reads_back_what_it_writes(asked: Filter) -> None:
    assert parse(str(asked)) == asked


@given(st.text(max_size=60) | st.text(alphabet="ab.!=<>~:\"'\\ -f", max_size=30))
def test_never_crashes(text: str) -> None:
    """Whatever is typed is a filter or a UsageError, and a filter can always be written again."""
    try:
        asked = parse(text)
    except UsageError as error:
        assert error.message
    else:
        assert parse(str(asked)) == asked


# -- the meaning, on a real table

TABLE = Table(
    "thing", MetaData(), Column("id", Integer, primary_key=True), Column("name", String, nullable=True),
    Column("state", String), Column("size", Float, nullable=True), Column("at", UtcTime, nullable=True),
    Column("held", Integer),
)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "January", "state": "accepted", "size": 1.5, "at": datetime(2026, 11, 1, tzinfo=UTC), "held": 0},
    {"id": 2, "name": "100%_off", "state": "retired", "size": -2.0, "at": datetime(2026, 11, 1, 9, tzinfo=UTC),
     "held": 1},
    {"id": 3, "name": None, "state": "accepted", "size": None, "at": datetime(2026, 11, 10, 11, tzinfo=UTC), "held": 0},
    {"id": 4, "name": "", "state": "retired", "size": 1e6, "at": None, "held": 1},
]
FIELDS = Fields(
    {
        "id": Field(TABLE.c.id, Kind.NUMBER), "name": Field(TABLE.c.name),
        "state": Field(TABLE.c.state, choices=("accepted", "retired")), "size": Field(TABLE.c.size, Kind.NUMBER),
        "at": Field(TABLE.c.at, Kind.TIME), "held": Field(TABLE.c.held, Kind.FLAG),
    },
    words=(TABLE.c.name, TABLE.c.state), others=lambda: ["roc_auc"],
)


@pytest.fixture(scope="module")
def engine() -> Any:
    made = create_engine("sqlite://")
    event.listen(made, "connect", lambda connection, record: teach(connection))
    TABLE.metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(TABLE.insert(), ROWS)
    yield made
    made.dispose()


def found(engine: Any, text: str) -> list[int]:
    with engine.connect() as connection:
        statement = select(TABLE.c.id).where(*conditions(parse(text), FIELDS, NOW)).order_by(TABLE.c.id)
        return list(connection.execute(statement).scalars())


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [1, 2, 3, 4]),
        ("size>1", [1, 4]), ("size>=1.5", [1, 4]), ("size<0", [2]), ("size<=-2", [2]), ("size=1.5", [1]),
        ("size=1000000", [4]), ("size!=1.5", [2, 3, 4]), ("!size>1", [2, 3]), ("size>1 size<10", [1]),
        ("size>-inf", [1, 2, 4]),
        ("state=retired", [2, 4]), ("state!=retired", [1, 3]), ("!state=retired", [1, 3]),
        ("name=January", [1]), ("name=january", []), ("name~JAN", [1]), ("name~%", [2]), ("name~_", [2]),
        ("name!~jan", [2, 3, 4]), ("!name~jan", [2, 3, 4]), ("name!=January", [2, 3, 4]),
        ('name=""', [3, 4]), ('name!=""', [1, 2]), ('size=""', [3]), ('size!=""', [1, 2, 4]), ('at=""', [4]),
        ("held=yes", [2, 4]), ("held!=true", [1, 3]), ("held=no", [1, 3]), ("held=0", [1, 3]),
        ("at=2026-11-01", [1, 2]), ("at!=2026-11-01", [3, 4]), ("at>2026-11-01", [3]), ("at>=2026-11-01", [1, 2, 3]),
        ("at<2026-11-02", [1, 2]), ("at<=2026-11-01", [1, 2]), ("at>2026-11-01T08:00", [2, 3]),
        ("at=2026-11-01T10:00+01:00", [2]), ("at>2h", [3]), ("at<1d", [1, 2]),
        ("january", [1]), ("retired", [2, 4]), ("!retired", [1, 3]), ("-f jnr", [1]), ("-f rtrd", [2, 4]),
        ("-f !jnr", [2, 3, 4]), ("100%", [2]), ("id>1 retired", [2, 4]),
        ("name~/^jan.*y$/", [1]), ("name!~/^jan/", [2, 3, 4]), ("/^1.+f$/", [2]), ("!/^1.+f$/", [1, 3, 4]),
        ("/retired|january/", [1, 2, 4]), ("-f /^jan/", [1]), ("name~/^$/", [4]),
        ("id=1|3", [1, 3]), ("id!=1|3", [2, 4]), ("size=1.5|-2", [1, 2]), ("size!=1.5|-2", [3, 4]),
        ("state=accepted|retired", [1, 2, 3, 4]), ("state!=accepted|retired", []), ("name=January|x", []),
    ],
)
def test_meaning(engine: Any, text: str, ids: list[int]) -> None:
    assert found(engine, text) == ids


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("sizes>1", "no field 'sizes'", "did you mean size?"),
        ("roc_acu>1", "no field 'roc_acu'", "did you mean roc_auc?"),
        ("zzz=1", "no field 'zzz'", "known: id, name, state, size, at, held, roc_auc"),
        ("state=retird", "is never 'retird'", "did you mean retired?"),
        ("state=zzz", "is never 'zzz'", "one of accepted, retired"),
        ("state>a", "is text", "state~a"),
        ("size>big", "is a number, and 'big' is none", "size>0.8"),
        ("size=nan", "is a number", "size=0.8"),
        ("size~1", "is a number", "= != >"),
        ("at>soon", "is a time, and 'soon' is none", "2026-11-01"),
        ("at>99999999999999w", "is a time", "2026-11-01"),
        ("at~2026", "is a time", "2026-11-01"),
        ("held=maybe", "is yes or no", "held=yes"),
        ("held>1", "is yes or no", "held=yes"),
    ],
)
def test_what_does_not_fit(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        conditions(parse(text), FIELDS, NOW)
    assert message in error.value.message
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("retired sizes>1", "sizes"), ("  size>1 state=retird", "retird"), ("a size>big b", "big"),
        ('-f x name~"open', '"open'), ("id>1 =x", "=x"), ("id>1 held=", "held"), ("state=accepted|x", "accepted|x"),
        ("id>1 name~/a(b/", "("), ("/ab)/", ")"),
    ],
)
def test_it_is_said_where_a_filter_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(UsageError) as error:
        conditions(parse(text), FIELDS, NOW)
    assert error.value.at is not None
    assert text[slice(*error.value.at)] == wrong


def test_filters_are_joined_whatever_is_fuzzy(engine: Any) -> None:
    assert joined("", " id>1 ") == "id>1" and joined() == ""
    assert joined("id<4", "-f rtrd") == "-f rtrd id<4"
    assert found(engine, joined("id<4", "-f rtrd")) == [2]


typed = st.builds(
    "{}{}{}".format, st.sampled_from(["id", "name", "state", "size", "at", "held", "other", ""]),
    st.sampled_from([str(op) for op in Op]),
    st.text(max_size=8) | st.sampled_from(["accepted", "1e999", "2026-11-01", "3d"]),
)


@given(typed | st.text(max_size=30))
def test_never_crashes_the_database(engine: Any, text: str) -> None:
    try:
        ids = found(engine, text)
    except UsageError:
        return
    except sqlite3.Error as error:  # pragma: no cover - what this test is there to rule out
        raise AssertionError(text) from error
    assert set(ids) <= {1, 2, 3, 4}


def test_terms_that_need_a_value_of_the_order() -> None:
    asked = parse("size>1 size!=2 !size<9 name=x size<5")
    own, rest = asks_for(asked, Order("size"))
    assert [str(term) for term in own] == ["size>1", "size<5"]
    assert str(rest) == "size!=2 !size<9 name=x"
