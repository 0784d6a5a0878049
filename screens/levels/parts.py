"""The parts of a model's version, in the order that one goes round them."""

from __future__ import annotations

from screens.levels.lineage import LineagePart
from screens.levels.version import CardPart, GatePart, MetricsPart, RecordPart

PARTS = (RecordPart, MetricsPart, GatePart, CardPart, LineagePart)
