"""A first recipe: short, commented, and complete."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import BadRecipe
from core.text import visible

_MORE = """\

# What else is common; a line without its # is in force (`footplate recipes show NAME --full` lists all keys).
"""
_COMMON = (
    ('time      = "month"', "orders rows and versions", "time"),
    ('id        = "customer_id"', "tells rows apart; never a feature", "id"),
    ('drop      = ["note"]', "columns that are no features", "drop"),
    ('group     = "household"', "its rows are never split between training and judging", ""),
    ('task      = "regression"', "or \"classification\"; default: found out from the data", "task"),
    ('estimator = "sklearn.ensemble.RandomForestClassifier"', "any scikit-learn compatible class", ""),
    ("params    = { n_estimators = 300 }", "of the estimator", ""),
    ('primary   = "roc_auc"', "the metric that decides", ""),
    ('schedule  = "0 3 * * mon"', "train also then; cron, in the workspace's time zone", ""),
)


def draft(
    name: str, watch: str, target: str, *, time: str | None = None, id: str | None = None, task: str | None = None,
    drop: Sequence[str] = (),
) -> str:
    """The text of a new recipe. BadRecipe where a value cannot be written down (text that is no Unicode)."""
    lines = [("watch", quoted(watch, "watch"), "files that arrive here are learned from")]
    lines.append(("target", quoted(target, "target"), "the column to predict"))
    if time:
        lines.append(("time", quoted(time, "time"), "orders rows and versions"))
    if id:
        lines.append(("id", quoted(id, "id"), "tells rows apart; never a feature"))
    if drop:
        names = ", ".join(quoted(one, "drop") for one in drop)
        lines.append(("drop", f"[{names}]", "columns that are no features"))
    if task and task != "auto":
        lines.append(("task", quoted(task, "task"), ""))
    width = max(len(value) for _, value, _ in lines)
    text = f"# {visible(name)}: what to learn, and from which folder.\n"
    for key, value, comment in lines:
        text += f"{key:<6} = {value:<{min(width, 40)}}  # {comment}".removesuffix("  # ").rstrip() + "\n"
    given = {key for key, _, _ in lines}
    text += _MORE
    for line, comment, key in _COMMON:
        if key not in given:
            text += f"# {line}  # {comment}\n"
    return text


def quoted(text: str, key: str = "") -> str:
    """`text` as a TOML string on one line. BadRecipe for lone surrogates, which no TOML file can hold.

    >>> print(quoted('a "b"\\n'))
    "a \\"b\\"\\n"
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadRecipe(
            f"{key}: {visible(text)!r} is no Unicode text", "rename it, or link to it under a plain name", key=key
        ) from None
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    if character in named:
        return named[character]
    code = ord(character)
    if character.isprintable():
        return character
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
