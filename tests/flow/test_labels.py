"""The truth arrives later, by folder, by hand and from clients, while a daemon works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.services import labelling
from tests.flow.house import CHURN, RECIPE, House, churn, deliver, make, until
from tests.flow.test_scoring_folder import INPUTS

FOLDERS = RECIPE + '\n[score]\nwatch = "scoring"\n\n[labels]\nwatch = "truth"\n'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A model serves, and has answered a hundred rows."""
    with make(tmp_path / "house") as made:
        for name in ("scoring", "truth"):
            (made.root / name).mkdir()
        made.recipe(FOLDERS)
        made.start()
        made.drop("month_01.csv", churn(1), CHURN)
        made.settle()
        deliver(made.root / "scoring" / "may.csv", INPUTS, [row[:-1] for row in churn(5, 100)])
        made.settle()
        yield made


def truth(house: House) -> dict[str, str]:
    return {
        str(key): one.piece.classes[code]
        for one in labelling.joined(house.workspace, "churn")
        for key, code in zip(one.piece.keys.texts(), one.truth, strict=True)
    }


def taken(house: House) -> list[tuple[object, ...]]:
    return house.sql(
        "SELECT payload ->> 'source', payload ->> 'rows', payload ->> 'repeated', payload ->> 'contradicting',"
        " payload ->> 'unknown' FROM event WHERE kind = 'LabelsTaken' ORDER BY id"
    )


def test_from_a_folder_by_hand_and_from_clients(house: House) -> None:
    rows = {str(row[0]): str(row[-1]) for row in churn(5, 100)}
    first = dict(list(rows.items())[:60])
    deliver(house.root / "truth" / "1.csv", ("customer", "churned"), first.items())
    house.settle()
    assert truth(house) == first
    wrong = {key: "1" if value == "0" else "0" for key, value in list(rows.items())[50:55]}
    deliver(house.root / "truth" / "2.csv", ("id", "label"), [*wrong.items(), ("nobody", "1")])
    house.settle()
    assert truth(house) == first | wrong
    by_hand = deliver(house.root / "hand.csv", ("customer", "churned"), rows.items())
    said = house.json("label", "churn", str(by_hand))
    assert (said["taken"], said["contradicting"], said["fresh"]) == (100, 5, 40)
    assert truth(house) == rows
    assert house.json("label", "churn", str(by_hand))["same"]
    labelling.take_rows(house.workspace, "churn", [{"id": "05-00000", "label": int(rows["05-00000"])}], "api")
    until(lambda: len(taken(house)) == 4, 60)
    assert taken(house) == [
        ("1.csv", 60, 0, 0, 0), ("2.csv", 6, 0, 5, 1), ("hand.csv", 100, 55, 5, 0), ("clients", 1, 1, 0, 0)
    ]
    assert truth(house) == rows
    house.run("audit", "verify")


def test_a_misspelled_class_is_told_and_the_others_go_on(house: House) -> None:
    deliver(house.root / "truth" / "1.csv", ("customer", "churned"), [("05-00000", "yes")])
    deliver(house.root / "truth" / "2.csv", ("customer", "churned"), [("05-00001", "1")])
    house.settle()
    assert truth(house) == {"05-00001": "1"}
    [need] = house.json("status", code=1)["needs"]
    assert need["kind"] == "file" and "line 2, column churned: found 'yes', expected one of 0, 1" in need["text"]
    told = house.run("label", "churn", str(house.root / "truth" / "1.csv"), code=4)
    assert "line 2, column churned" in told and "hint:" in told
    deliver(house.root / "truth" / "1.csv", ("customer", "churned"), [("05-00000", "0")])
    house.settle()
    assert truth(house) == {"05-00000": "0", "05-00001": "1"}
    house.json("status", code=0)
