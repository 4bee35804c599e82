"""The model of `batch.ts`: LightGBM in one go, and the holdout measured. Argument: the folder of `features.parquet`."""

import json
import sys
from datetime import datetime, timedelta
from time import perf_counter

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

FEATURES = [
    *("hour", "weekday", "distance", "origin", "destination"),
    *("origin_late_24h", "origin_late_7d", "destination_late_24h", "origin_delay_6h"),
]
TEXTS = ["origin", "destination"]
PARAMS = {
    "objective": "binary",
    "num_leaves": 63,
    "learning_rate": 0.1,
    "min_data_in_leaf": 20,
    "use_missing": False,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "seed": 7,
    "verbosity": -1,
}


def main(folder):
    table = pq.read_table(f"{folder}/features.parquet")
    training = pc.less(table["date"], pa.scalar(datetime(2001, 4, 1) - timedelta(days=14), table.schema.field("date").type))
    train, holdout = table.filter(training), table.filter(pc.invert(training))
    airports = {name: sorted(train[name].unique().to_pylist()) for name in TEXTS}
    begun = perf_counter()
    dataset = lgb.Dataset(matrix(train, airports), label(train), categorical_feature=[FEATURES.index(name) for name in TEXTS])
    booster = lgb.train(PARAMS, dataset, 120)
    booster.save_model(f"{folder}/model.txt")
    trained = perf_counter()
    predicted = booster.predict(matrix(holdout, airports))
    happened = label(holdout)
    metrics = {
        "auc": roc_auc_score(happened, predicted),
        "log_loss": log_loss(happened, predicted),
        "brier": brier_score_loss(happened, predicted),
    }
    intervals = bootstrap(happened, predicted)
    losses = importance(booster, matrix(holdout.slice(0, 4096), airports), happened[:4096])
    measured = perf_counter()
    rows = {"trained": len(train), "holdout": len(holdout)}
    seconds = {"train_seconds": trained - begun, "measure_seconds": measured - trained}
    print(json.dumps({"step": "measured", **seconds, **rows, **metrics, "intervals": intervals, "importance": losses}))


def bootstrap(happened, predicted, resamples=200):
    """95 % intervals over Poisson-weighted resamples, as ours are. Sorted once, so that a resample is a few passes."""
    order = np.argsort(predicted)
    late, score = happened[order], predicted[order]
    losses = -np.where(late == 1, np.log(score), np.log1p(-score))
    squares = (score - late) ** 2
    random = np.random.default_rng(7)
    draws = []
    for _ in range(resamples):
        weights = random.poisson(1.0, len(late)).astype(np.float64)
        positive = weights * late
        negative = weights - positive
        below = np.cumsum(negative) - negative / 2
        auc = positive @ below / (positive.sum() * negative.sum())
        draws.append((auc, weights @ losses / weights.sum(), weights @ squares / weights.sum()))
    return np.percentile(draws, (2.5, 97.5), axis=0).T.tolist()


def importance(booster, rows, happened, shuffles=3):
    """How much AUC is lost where a feature's values are shuffled, as ours has it of as many rows."""
    random = np.random.default_rng(7)
    base = roc_auc_score(happened, booster.predict(rows))
    losses = {}
    for place, name in enumerate(FEATURES):
        shuffled = rows.copy()
        aucs = []
        for _ in range(shuffles):
            shuffled[:, place] = random.permutation(rows[:, place])
            aucs.append(roc_auc_score(happened, booster.predict(shuffled)))
        losses[name] = base - sum(aucs) / shuffles
    return losses


def matrix(table, airports):
    columns = [codes(table[name], airports[name]) if name in TEXTS else table[name].to_numpy() for name in FEATURES]
    return np.column_stack(columns).astype(np.float32)


def codes(column, known):
    return pc.fill_null(pc.index_in(column, pa.array(known)), -1).to_numpy()


def label(table):
    return table["late"].to_numpy().astype(np.float64)


main(sys.argv[1])
