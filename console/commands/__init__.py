"""The verbs of the command line: one line each, so that `--help` imports none of them.

`where` is MODULE:NAME in this package: a function (one verb) or a Typer app (a group of verbs).
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Entry(NamedTuple):
    where: str
    help: str


VERBS: Final[dict[str, dict[str, Entry]]] = {
    "Start": {
        "status": Entry("status:status", "All well, or what needs you; then a line a model."),
        "init": Entry("init:init", "Make a workspace; twice is harmless."),
        "demo": Entry("demo:demo", "A year of real data, a month at a time; then the console."),
        "watch": Entry("watch:watch", "Watch a folder: workspace, recipe and daemon in one line."),
        "daemon": Entry("daemon:app", "Run, start, stop or install the daemon."),
        "wait": Entry("waiting:wait", "Wait until all that has arrived is judged and learned from."),
    },
    "Data": {
        "explore": Entry("explore:explore", "The profile of any file, before there is a recipe."),
        "drift": Entry("drift:drift", "Has the second of two versions, or files, moved away from the first."),
        "data": Entry("data:app", "Datasets and their versions; add, retire, quarantine."),
    },
    "Models": {
        "recipes": Entry("recipes:app", "Recipes: what to learn, from which folder."),
        "runs": Entry("runs:app", "Runs: what was learned, from what, with which numbers."),
        "train": Entry("train:train", "Train a recipe now, on the data that is there."),
        "models": Entry("models:app", "Models: promote, roll back, hold, approve."),
        "pipelines": Entry("pipelines:app", "Saved recipes on their way: tests, smoke fit, run, gate, production."),
        "deploy": Entry("deployments:deploy", "Put a version into an environment, at once, beside, or step by step."),
        "deployments": Entry("deployments:app", "What serves where: split, latency, errors; approve, roll back."),
        "predict": Entry("predict:predict", "Predict the rows of a file."),
        "serve": Entry("serve:app", "Answer requests over HTTP with what is deployed."),
        "label": Entry("label:label", "Take the truth of earlier answers from a file."),
        "monitors": Entry("monitors:app", "Is data late or odd, does it drift, is the champion worth what it was."),
        "alerts": Entry("alerts:app", "What the monitors raised: list, show, acknowledge."),
        "why": Entry("why:why", "What caused a decision, what was compared, what would have changed it."),
        "replay": Entry("replay:replay", "What never, always and gated retraining would have scored."),
        "reproduce": Entry("reproduce:reproduce", "Run a run again and compare the metrics."),
    },
    "Work": {
        "jobs": Entry("jobs:app", "The queue of jobs: list, logs, cancel, retry."),
        "dry-run": Entry("dryrun:dry_run", "What would happen if this file arrived, or this recipe were saved."),
        "pause": Entry("pausing:pause", "Ingest and train nothing for a recipe (or all) until resumed."),
        "resume": Entry("pausing:resume", "Let a paused recipe (or all) go on."),
        "undo": Entry("undoing:undo", "Take back your last change; --list: what can be."),
        "redo": Entry("undoing:redo", "Take back your last undo."),
    },
    "Upkeep": {
        "events": Entry("events:events", "What happened; --follow: and what happens."),
        "audit": Entry("audit:app", "Proof that nobody changed the past: verify, export."),
        "doctor": Entry("doctor:doctor", "Is everything as it should be?"),
        "keys": Entry("keys:keys", "The console's keys, and what clashes in them."),
    },
}


def entries() -> dict[str, Entry]:
    """Every verb by its name, in the order of the help."""
    return {name: entry for section in VERBS.values() for name, entry in section.items()}
