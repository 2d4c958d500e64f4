"""Fits the rows in the folder argv[1] with scikit-learn; writes what it predicts and its times."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
size = json.loads((folder / "size.json").read_text())
x = np.fromfile(folder / "x.f64").reshape(size["rows"], size["width"])
y = np.fromfile(folder / "y.f64")
score = np.fromfile(folder / "score.f64")
millis = {}


def timed(name, fit):
    times = []
    for _ in range(size["rounds"]):
        started = time.process_time()
        model = fit()
        times.append((time.process_time() - started) * 1e3)
    millis[name] = times
    return model


isotonic = timed("isotonic", lambda: IsotonicRegression().fit(score, y))
isotonic.predict(score).tofile(folder / "isotonic.f64")

logistic = timed(
    "logistic",
    lambda: LogisticRegression(
        C=1 / size["ridge"], solver="newton-cholesky", tol=1e-8, max_iter=100
    ).fit(x, y),
)
logistic.predict_proba(x)[:, 1].tofile(folder / "logistic.f64")

boosting = timed(
    "boosting",
    lambda: HistGradientBoostingClassifier(
        learning_rate=size["rate"],
        max_iter=size["trees"],
        max_leaf_nodes=size["leaves"],
        min_samples_leaf=size["leafRows"],
        early_stopping=False,
    ).fit(x, y),
)
boosting.predict_proba(x)[:, 1].tofile(folder / "boosting.f64")

(folder / "millis.json").write_text(json.dumps(millis))
