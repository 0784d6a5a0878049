"""What a stored model may be made of, with and without skops' own list of estimators."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators

from core.errors import Corrupted
from core.recipes.trusted import TRUSTED
from core.training.packaging import dump, undump
from core.training.trust import import_skops, is_trusted

OTHERS = (
    "sklearn.base.BaseEstimator", "sklearn.base.ClassifierMixin", "sklearn.utils.Bunch", "sklearn.externals.joblib.x",
    "sklearn.ensemble._bagging.delayed", "sklearn.no.such.Thing", "sklearn.conftest.x", "sklearn", "os.system",
    "builtins.eval", "sklearnish.Evil", "sklearn.ensemble._forest.NoSuchForest", "",
)

WORK = """
import numpy, sklearn.utils
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from core.errors import BadRecipe
from core.training.packaging import dump, undump
from core.training.trust import import_skops
listed = sklearn.utils.all_estimators
io = import_skops()
assert sklearn.utils.all_estimators is listed and io is import_skops()
x = numpy.random.default_rng(0).normal(size=(60, 3)); y = (x[:, 0] > 0).astype(int)
for model in (HistGradientBoostingClassifier(max_iter=3), make_pipeline(StandardScaler(), LogisticRegression())):
    kept = dump(make_pipeline(model).fit(x, y))
    print(int((undump(kept).predict(x) == model.predict(x)).all()))
try:
    dump(make_pipeline(FunctionTransformer(eval), LogisticRegression()))
except BadRecipe as error:
    print(error.message)
print(len(io._trusted_types.SKLEARN_ESTIMATOR_TYPE_NAMES))
"""


def test_every_estimator_that_skops_lists_is_trusted() -> None:
    names = [f"{kind.__module__}.{kind.__name__}" for _, kind in all_estimators()]
    assert len(names) > 150
    assert [name for name in names if name.startswith("sklearn.") and not is_trusted(name)] == []


def test_the_curated_names_are_trusted_and_others_are_not() -> None:
    assert all(map(is_trusted, TRUSTED))
    assert [name for name in OTHERS if is_trusted(name)] == []


def test_models_are_kept_and_loaded_without_skops_own_list() -> None:
    """In a process of its own: the list stays as it was loaded first."""
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)
    same, again, refused, listed = done.stdout.splitlines()
    assert (same, again, listed) == ("1", "1", "0")
    assert refused.startswith("a fitted LogisticRegression holds parts that would not be loaded again: builtins.eval")


def test_where_skops_is_loaded_already_it_is_taken_as_it_is() -> None:
    assert import_skops() is skops.io


@pytest.mark.parametrize("listed", [True, False])
def test_a_file_may_name_nothing_else(listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not listed:
        monkeypatch.setattr("skops.io._general.SKLEARN_ESTIMATOR_TYPE_NAMES", [])
    kept = dump(make_pipeline(LogisticRegression()))
    assert isinstance(undump(kept).steps[0][1], LogisticRegression)
    evil = _forged(kept, b'"LogisticRegression"', b'"LogisticRepression"')
    with pytest.raises(Corrupted, match=r"untrusted parts: sklearn\.linear_model\._logistic\.LogisticRepression"):
        undump(evil)


def _forged(data: bytes, old: bytes, new: bytes) -> bytes:
    """A model file that says something else, and is a good file."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return made.getvalue()
