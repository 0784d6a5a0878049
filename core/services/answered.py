"""A window of served requests, read: what was asked and answered, and the truth that came meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from core.recipes.recipe import Recipe
from core.registry import deployments
from core.services import declining, labelling
from core.services.contest import Incumbent, incumbent
from core.services.delivering import log_of
from core.services.reading import Reader
from core.services.readings import Taken
from core.serving import history
from core.serving.history import Piece
from core.training.labels import Coding
from core.training.model import Predictions
from core.vocabulary import MonitorKind, Role
from core.workspace import Workspace

MOST: Final = 200_000  # rows of a window that are read, the newest
ROLES: Final = (Role.STABLE, Role.CANARY)


def read(workspace: Workspace, recipe: Recipe, window: Mapping[str, Any]) -> list[Taken]:
    """What the monitors make of a window: {"environment", "since", "until"}. It is about the version that answered
    most of it."""
    since, until = (datetime.fromisoformat(window[key]) for key in ("since", "until"))
    environment = window["environment"]
    pieces = list(history.read(
        log_of(workspace, recipe.name), since=since, until=until, environments=[environment], roles=ROLES,
    ))
    if not pieces:
        return _late_truth(workspace, recipe, environment, f"{environment} {window['since'][:16]}", since)
    rows: dict[int, int] = {}
    for piece in pieces:
        rows[piece.version] = rows.get(piece.version, 0) + len(piece)
    version = max(rows, key=lambda one: (rows[one], one))
    against = incumbent(workspace, recipe.name, version)
    if against is None:
        return []
    pieces = _newest([piece for piece in pieces if piece.version == version], MOST)
    reader = Reader.of(workspace, recipe, against)
    source = f"{environment} {window['since'][:16]}"
    frame = pd.concat([piece.frame()[piece.given] for piece in pieces], ignore_index=True)
    truth = _performance(workspace, recipe, reader, against, environment, source, since)
    found = reader.answers(frame, _said(pieces), source, labelled=truth is not None)
    return found if truth is None else [*found, truth]


def _late_truth(
    workspace: Workspace, recipe: Recipe, environment: str, source: str, since: datetime
) -> list[Taken]:
    """Nothing was asked, and labels of earlier answers came: how good what serves was."""
    with workspace.registry.read() as connection:
        row = deployments.get(connection, recipe.name, environment)
    if row is None or row["version"] is None or (against := incumbent(workspace, recipe.name, row["version"])) is None:
        return []
    reader = Reader.of(workspace, recipe, against)
    truth = _performance(workspace, recipe, reader, against, environment, source, since)
    return [] if truth is None else [truth]


def _newest(pieces: Sequence[Piece], most: int) -> list[Piece]:
    kept, left = list[Piece](), most
    for piece in reversed(pieces):
        if left <= 0:
            break
        kept.append(piece)
        left -= len(piece)
    return kept[::-1]


def _said(pieces: Sequence[Piece]) -> Predictions:
    values = np.concatenate([piece.values for piece in pieces])
    shares = [piece.probabilities for piece in pieces]
    known = [one for one in shares if one is not None]
    probabilities = np.concatenate(known) if len(known) == len(pieces) else None
    return Predictions(values.astype(np.int64) if pieces[0].classes else values, probabilities)


def _performance(
    workspace: Workspace, recipe: Recipe, reader: Reader, against: Incumbent, environment: str, source: str,
    since: datetime,
) -> Taken | None:
    """The version on the answers whose truth came since; None where too little did, or nobody wants to know."""
    settings = reader.settings[MonitorKind.PERFORMANCE]
    if not settings.enabled:
        return None
    found = list(labelling.joined(
        workspace, recipe.name, versions=[against.version], environments=[environment], roles=ROLES,
        labelled_since=since,
    ))
    if sum(len(one.truth) for one in found) < (settings.min_rows or declining.MIN_ROWS):
        return None
    coding = reader.model.manifest.coding
    frame = pd.concat([one.piece.frame() for one in found], ignore_index=True)
    frame[against.one.recipe.data.target] = _labels(coding, np.concatenate([one.truth for one in found]))
    return declining.judged(
        workspace, recipe, against, coding, frame, np.arange(len(frame)), _said([one.piece for one in found]),
        settings=settings, ordered=True, source=source, since=None,
    )


def _labels(coding: Coding, truth: Any) -> Any:
    """Codes as the words of their classes (a word that is none of them for -1), numbers as they are."""
    if not coding.classes:
        return truth
    words = np.array([*coding.classes, "\x00 of another class"], dtype=object)
    return pd.array(words[truth], dtype="str")
