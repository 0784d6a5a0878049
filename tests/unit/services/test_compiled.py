"""A released version has its compiled form beside it, or the run says why not."""

from __future__ import annotations

from core.registry import models, runs
from core.services import served
from core.serving.compiled import FILE
from core.serving.predictor import Predictor
from core.training import packaging
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable


def test_the_form_of_a_released_version_says_what_the_version_says(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.add("a.csv", learnable(100, 1))
    [run] = lab.work()
    assert run["environment"]["serving"].startswith("compiled form: forest, ")
    assert run["environment"]["seconds"]["pack"] > 0
    with workspace.registry.read() as connection:
        version = models.champion(connection, "churn")
        assert version is not None
        hash = runs.artifact(connection, version["run_id"], FILE)
        assert runs.artifact(connection, version["run_id"], "other.bin") is None
    assert hash is not None
    path = workspace.store.path(version["artifact"])
    quick = Predictor.load(path, version["artifact"], workspace.store.path(hash))
    slow = Predictor.load(path, version["artifact"])
    assert (quick.how, slow.how) == ("compiled", "matrix")
    [one] = served.desired(workspace, "production")
    packed = one.packed[version["version"]]
    assert (packed.compiled, packed.compiled_sha256) == (workspace.store.path(hash), hash)
    names = packaging.load(path, version["artifact"]).manifest.input_schema.names
    rows = [dict.fromkeys(names), *(dict.fromkeys(names, place) for place in range(20))]
    assert quick.predict(rows) == slow.predict(rows)


def test_a_model_without_one_is_released_all_the_same(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.recipe(RECIPE.replace("params = { max_iter = 5 }", 'estimator = "sklearn.neighbors.NearestCentroid"'))
    lab.add("a.csv", learnable(100, 1))
    [run] = lab.work()
    assert run["decision"]["outcome"] == "promoted"
    assert "NearestCentroid" in run["environment"]["serving"]
