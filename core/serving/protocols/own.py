"""Footplate's own: `{"rows": [{"age": 31, ...}], "ids": [...]}`, and the contract's served prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.serving.protocols.request import BadRequest, Request, a_list, an_object, checked_ids, ids_of, plain

if TYPE_CHECKING:
    from core.serving.predictor import Answers

HINT: Final = 'send {"rows": [{"COLUMN": VALUE, ...}, ...]}, and "ids" with one a row if you like'


def read(body: Any, id_column: str = "") -> Request:
    """The request of a parsed body. Ids are those beside the rows, else those in `id_column`, else none."""
    body = an_object(body, HINT)
    rows = a_list(body, "rows", HINT)
    ids = body.get("ids")
    if ids is None:
        return Request(rows, ids_of(rows, id_column) if id_column else ())
    if not isinstance(ids, list):
        raise BadRequest("ids is no list", HINT)
    return Request(rows, checked_ids(ids, len(rows), HINT))


def answer(model: str, version: int, answers: Answers, request: Request) -> dict[str, Any]:
    """The served prediction: `probabilities` holds {class: p} a row, and is there for classes only."""
    made: dict[str, Any] = {"model": model, "version": version, "predictions": plain(answers.values)}
    if answers.probabilities is not None:
        classes = answers.classes
        made["probabilities"] = [dict(zip(classes, plain(shares), strict=True)) for shares in answers.probabilities]
    made["ids"] = list(request.ids)
    return made
