"""Prints the values of fairlearn that fairness.test.ts holds: `python test/stats/fairness.py` (fairlearn 0.13.0, numpy 2.4.6)."""

import numpy as np
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
    equalized_odds_ratio,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)

METRICS = [
    demographic_parity_ratio,
    demographic_parity_difference,
    equalized_odds_difference,
    equalized_odds_ratio,
    equal_opportunity_difference,
]


def rows(count, groups, seed):
    """The same rows as the test's: a Lehmer generator, so that both languages draw them alike."""
    state = seed
    out = []
    for _ in range(3 * count):
        state = state * 48271 % 2147483647
        out.append(state)
    draws = np.array(out).reshape(count, 3)
    group = draws[:, 0] % groups
    label = (draws[:, 1] % 100 < 40 + 10 * group).astype(int)
    chosen = (draws[:, 2] % 100 < 20 + 50 * label + 7 * group).astype(int)
    return label, chosen, group


for count, groups, seed in [(60, 2, 1), (500, 3, 2), (2000, 4, 3), (997, 5, 4)]:
    y, s, g = rows(count, groups, seed)
    weights = np.arange(count) % 3 + 1
    for w in (None, weights):
        print(count, groups, seed, "weighted" if w is not None else "plain")
        print([float(metric(y, s, sensitive_features=g, sample_weight=w)) for metric in METRICS])
    rates = {"s": selection_rate, "t": true_positive_rate, "f": false_positive_rate}
    frame = MetricFrame(metrics=rates, y_true=y, y_pred=s, sensitive_features=g).by_group
    print([[float(value) for value in line] for line in frame.to_numpy()])
