"""A short recipe to begin with: what was asked for, and the commonest other keys in comments."""

from __future__ import annotations

import json

MORE = """
# Everything else has a default; `footplate recipes show NAME --full` prints all of it. For example:
# [features]
# dates  = ["signed_up"]              # hour, weekday, month ... of these columns
# custom = "features.py:transform"    # your own function: a DataFrame in, a DataFrame out
# [model]
# estimator = "sklearn.ensemble.RandomForestClassifier"
# params    = { n_estimators = 300 }
# [gate]
# roc_auc  = { threshold = 0.7 }      # an absolute bar
# approval = "human"                  # a person says yes before a version is promoted
# [triggers]
# schedule = "0 6 * * 1"              # also every Monday at six
"""


def draft(
    name: str, watch: str, target: str, *, time: str | None = None, id: str | None = None, task: str | None = None,
    drop: tuple[str, ...] = (),
) -> str:
    """The TOML of a new recipe; parses back to exactly what was given."""
    lines = [
        f"# Recipe of the model {name}: files that arrive in `watch` are checked, learned from, and tested",
        "# against the model in use before they may change it.",
        _line("watch", watch, "the folder where data arrives; nothing in it is ever changed"),
        _line("target", target, "the column to predict"),
    ]
    if time is not None:
        lines.append(_line("time", time, "orders rows: the newest ones judge"))
    if id is not None:
        lines.append(_line("id", id, "names a row; never a feature"))
    if task is not None:
        lines.append(_line("task", task, "classification or regression"))
    if drop:
        lines.append(f"drop   = [{', '.join(quoted(one) for one in drop)}]   # columns that are no features")
    return "\n".join(lines) + "\n" + MORE


def _line(key: str, value: str, why: str) -> str:
    return f"{key:<6} = {quoted(value)}   # {why}"


def quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes, and none of the control characters that TOML forbids."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007F")
