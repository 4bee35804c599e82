"""Prints the values of scikit-learn that scikit-learn.test.ts holds: `python test/stats/scikit-learn.py` (1.9.1, numpy 2.4.6)."""

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

y = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0, 1])
p = np.array([0.1, 0.9, 0.5, 0.5, 0.5, 0.25, 0.25, 1, 0, 0.75], dtype=np.float32)
w = np.array([1, 0, 2, 3, 1, 1, 0, 4, 1, 2])
for weights in (None, w):
    print(
        "binary",
        roc_auc_score(y, p, sample_weight=weights),
        log_loss(y, p, sample_weight=weights),
        brier_score_loss(y, p, sample_weight=weights),
        accuracy_score(y, p > 0.5, sample_weight=weights),
    )

Y = np.array([0, 1, 2, 2, 1, 0])
P = np.array(
    [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.125, 0.125, 0.75], [0.5, 0.25, 0.25], [0, 0.5, 0.5], [0.25, 0.75, 0]],
    dtype=np.float32,
)
W = np.array([1, 2, 0, 1, 3, 1])
for weights in (None, W):
    print(
        "multiclass",
        accuracy_score(Y, P.argmax(1), sample_weight=weights),
        log_loss(Y, P, sample_weight=weights),
        brier_score_loss(Y, P, sample_weight=weights, scale_by_half=False),
    )
print("macro auc", roc_auc_score(Y, P, multi_class="ovr", average="macro"))

t = np.array([1e6, 1e6 + 1, 1e6 + 2, 1e6 + 4, 1e6 + 3])
q = np.array([1e6 + 0.5, 1e6 + 1, 1e6 + 2.5, 1e6 + 3, 1e6 + 3], dtype=np.float32)
V = np.array([1, 0, 2, 3, 1])
for weights in (None, V):
    print(
        "regression",
        root_mean_squared_error(t, q, sample_weight=weights),
        mean_absolute_error(t, q, sample_weight=weights),
        r2_score(t, q, sample_weight=weights),
    )
