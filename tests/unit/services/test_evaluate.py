"""A version measured again, beside today's champion, on rows that neither has seen; nothing moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sklearn.metrics import roc_auc_score

from core.errors import Conflict, FootplateError, NotFound
from core.registry import jobs
from core.services import evaluate, evaluating, release, versions
from core.services.contest import incumbent
from core.services.predict import find_version
from core.training import packaging
from core.views import evaluations, models
from core.vocabulary import JobKind, JobState
from core.workspace import Workspace
from tests.fakes.lab import Lab, learnable


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    """v1 learned from a, v2 from a and b; nobody has seen c."""
    made = Lab(workspace)
    made.add("a.csv", learnable(100, 1))
    made.work()
    made.add("b.csv", learnable(100, 2))
    made.work()
    made.add("c.csv", learnable(120, 3))
    return made


def do(workspace: Workspace, job: int) -> Any:
    """What the worker does with an evaluate job; its event, read back."""
    with workspace.registry.write("daemon") as tx:
        fence = jobs.claim(tx, job, timedelta(minutes=2))
    assert fence is not None
    with workspace.registry.read() as connection:
        row = jobs.running(connection, fence)
    assert row is not None and row["kind"] == JobKind.EVALUATE
    evaluate.run(workspace, fence, row, lambda text: None)
    with workspace.registry.read() as connection:
        assert jobs.get(connection, job)["state"] == JobState.FINISHED  # type: ignore[index]
    return evaluations.of_job(workspace, "churn", job)


def truth(workspace: Workspace, text: str, rows: list[list[object]]) -> float:
    """ROC AUC of a version on rows, by scikit-learn."""
    import pandas as pd

    row = find_version(workspace, text)
    model = packaging.load(workspace.store.path(row["artifact"]), row["artifact"])
    said = model.predict(pd.DataFrame({"x": [float(str(x)) for x, _ in rows]}))
    assert said.probabilities is not None
    return float(roc_auc_score([y == "yes" for _, y in rows], said.probabilities[:, 1]))


def test_both_are_measured_on_what_neither_has_seen(lab: Lab) -> None:
    workspace = lab.workspace
    before = models.show(workspace, "churn")
    assert before.champion == 2
    found = do(workspace, evaluating.request(workspace, "churn@1"))
    assert (found.version, found.champion, found.rows, found.data) == (1, 2, 120, (("churn", 3),))
    rows = learnable(120, 3)
    assert found.own["roc_auc"].value == pytest.approx(truth(workspace, "churn@1", rows))
    assert found.theirs["roc_auc"].value == pytest.approx(truth(workspace, "churn@2", rows))
    assert found.difference[0] == pytest.approx(found.own["roc_auc"].value - found.theirs["roc_auc"].value)
    assert found.difference[1] <= found.difference[0] <= found.difference[2]
    assert found.own["roc_auc"].lower < found.own["roc_auc"].value < found.own["roc_auc"].upper
    assert found.learned == () and found.actor == "tester" and " against " in found.headline
    after = models.show(workspace, "churn")
    assert (after.champion, after.challenger) == (before.champion, before.challenger)
    assert [one.metrics for one in after.versions] == [one.metrics for one in before.versions]


def test_the_champion_alone_has_nobody_beside_it(lab: Lab) -> None:
    found = do(lab.workspace, evaluating.request(lab.workspace, "churn"))
    assert (found.version, found.champion, found.theirs, found.difference) == (2, None, {}, None)
    assert " on 120" in found.headline and "against" not in found.headline


def test_a_chosen_version_is_measured_on_and_what_was_learned_from_it_is_said(lab: Lab) -> None:
    workspace = lab.workspace
    asked = evaluating.rows_for(workspace, "churn@1", "churn@2")
    assert asked.learned == (2,) and asked.labelled == 100
    found = do(workspace, evaluating.request(workspace, "churn@1", "churn@2"))
    assert (found.rows, found.data, found.learned) == (100, (("churn", 2),), (2,))
    assert found.own["roc_auc"].value == pytest.approx(truth(workspace, "churn@1", learnable(100, 2)))


def test_data_of_one_class_is_measured_as_far_as_it_can_be(lab: Lab) -> None:
    lab.add("d.csv", [[x, "yes"] for x, _ in learnable(60, 4)])
    found = do(lab.workspace, evaluating.request(lab.workspace, "churn@1", "churn@4"))
    assert "roc_auc" not in found.own and 0 <= found.own["accuracy"].value <= 1


def test_why_nothing_can_be_measured_is_said_at_once(lab: Lab) -> None:
    workspace = lab.workspace
    lab.work()
    with pytest.raises(Conflict, match="no labelled rows that v1 or v3 of churn has not learned from") as error:
        evaluating.request(workspace, "churn@1")
    assert "--data churn@V" in error.value.hint
    with pytest.raises(NotFound):
        evaluating.request(workspace, "churn@9")
    with pytest.raises(NotFound):
        evaluating.request(workspace, "churn@1", "churn@9")
    lab.add("d.csv", [[x, ""] for x, _ in learnable(30, 4)])
    with pytest.raises(Conflict, match="0 labelled rows: nothing can be measured"):
        evaluating.request(workspace, "churn@1", "churn@4")
    assert len(evaluations.list(workspace, "churn")) == 0


def test_rows_that_stood_in_what_was_learned_from_do_not_count(lab: Lab) -> None:
    """The file that neither has seen holds the rows of an older one again, and nothing else."""
    workspace = lab.workspace
    versions.retire(workspace, "churn@3")
    lab.add("again.csv", [*learnable(100, 2)[:60], *learnable(100, 1)[:60]])
    job = evaluating.request(workspace, "churn@1")
    with workspace.registry.write("daemon") as tx:
        fence = jobs.claim(tx, job, timedelta(minutes=2))
    assert fence is not None
    with workspace.registry.read() as connection:
        row = jobs.running(connection, fence)
    assert row is not None
    with pytest.raises(FootplateError, match="no labelled rows that v1 or the champion has not learned from"):
        evaluate.run(workspace, fence, row, lambda text: None)


def test_asking_twice_is_one_job_and_a_job_goes_on_after_a_move(lab: Lab) -> None:
    workspace = lab.workspace
    job = evaluating.request(workspace, "churn@1")
    assert evaluating.request(workspace, "churn@v1") == job
    release.promote(workspace, "churn", 1)
    found = do(workspace, job)
    assert (found.version, found.champion) == (1, None), "by now it is the champion itself"
    assert incumbent(workspace, "churn").version == 1  # type: ignore[union-attr]
    (listed,) = evaluations.list(workspace, "churn", version=1, where="rows=220")
    assert listed == found
    assert len(evaluations.list(workspace, "churn", version=2)) == 0
