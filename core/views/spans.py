"""Versions in few words."""

from __future__ import annotations

from collections.abc import Iterable


def spans(data: Iterable[tuple[str, int]]) -> str:
    """`flights@1-7, 9`: runs of numbers drawn together.

    >>> spans([("flights", 1), ("flights", 2), ("flights", 4), ("birds", 1)])
    'flights@1-2, 4; birds@1'
    """
    by_name: dict[str, list[int]] = {}
    for name, version in data:
        by_name.setdefault(name, []).append(version)
    return "; ".join(f"{name}@{', '.join(_runs(sorted(versions)))}" for name, versions in by_name.items())


def _runs(versions: list[int]) -> list[str]:
    parts: list[list[int]] = []
    for one in versions:
        if parts and parts[-1][1] >= one - 1:
            parts[-1][1] = one
        else:
            parts.append([one, one])
    return [f"{first}" if first == last else f"{first}-{last}" for first, last in parts]
