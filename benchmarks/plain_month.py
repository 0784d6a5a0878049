"""What one would write by hand for a month of flights: import, read, fit twice, score. No part of Footplate.

    python plain_month.py CHAMPION FILE...        the files in order; CHAMPION (joblib) is made where there is none
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    roc_auc_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, TargetEncoder

NARROW, WIDE, DROP = ["carrier", "origin"], ["dest"], ["date", "flight", "delayed"]


def fit(frame: pd.DataFrame):  # type: ignore[no-untyped-def]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    encoder = make_column_transformer(
        (codes, NARROW), (TargetEncoder(random_state=0), WIDE), remainder="passthrough"
    )
    model = HistGradientBoostingClassifier(
        categorical_features=list(range(len(NARROW))), early_stopping=False, random_state=0
    )
    return make_pipeline(encoder, model).fit(frame.drop(columns=DROP), frame["delayed"])


def score(model, frame: pd.DataFrame) -> dict[str, float]:  # type: ignore[no-untyped-def]
    truth, probable = frame["delayed"], model.predict_proba(frame.drop(columns=DROP))[:, 1]
    said = probable > 0.5
    return {
        "roc_auc": roc_auc_score(truth, probable), "average_precision": average_precision_score(truth, probable),
        "brier": brier_score_loss(truth, probable), "log_loss": log_loss(truth, probable),
        "accuracy": accuracy_score(truth, said), "f1": f1_score(truth, said),
        "balanced_accuracy": balanced_accuracy_score(truth, said),
    }


def main(champion: Path, files: list[str]) -> None:
    months = [pd.read_csv(file) for file in files]
    if not champion.exists():
        joblib.dump(fit(pd.concat(months, ignore_index=True)), champion)
        return
    newest = months[-1].sort_values("date", kind="stable")
    half = len(newest) // 2
    holdout = newest.iloc[half:]
    challenger = fit(pd.concat([*months[:-1], newest.iloc[:half]], ignore_index=True))
    ours, theirs = score(challenger, holdout), score(joblib.load(champion), holdout)
    released = fit(pd.concat(months, ignore_index=True))
    print({name: (round(ours[name], 4), round(theirs[name], 4)) for name in ours}, type(released).__name__)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
