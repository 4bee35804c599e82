"""scikit-learn's random forests. A forest has no categories: a string counts as its label's mean over the training
rows, drawn to the overall mean as if `SMOOTHING` more rows had that one; with many classes, as each class's share."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

import losses
from fitted import Fitted
from refusal import Refusal
from trees import Ensemble

SMOOTHING = 20
#: Some 60 bytes each in the exported model, and six times that while it is built.
MOST_NODES = 3_000_000


def fit(job, rows, _):
    task = job["task"]
    means = {name: means_of(rows, place, task) for place, name in enumerate(rows.names) if name in rows.vocabularies}
    matrix = np.column_stack([*columns_of(rows, means)])
    model = model_of(job).fit(matrix, rows.label)
    nodes = sum(tree.tree_.node_count for tree in model.estimators_)
    if nodes > MOST_NODES:
        raise Refusal(f"forest: expected up to {MOST_NODES} nodes, got {nodes}; raise min_rows_in_leaf or lower trees")
    # In turn: threads that add up their trees' answers do so in any order.
    model.n_jobs = 1
    return Fitted(
        export=lambda graph: export(graph, rows, job["features"], means=means, model=model),
        rounds=len(model.estimators_),
        metrics=loss(model, matrix, rows=rows, task=task),
        unknown_category="counts as the mean of all categories",
    )


def model_of(job):
    params = job["params"]
    kind = RandomForestRegressor if job["task"] == "regression" else RandomForestClassifier
    return kind(
        n_estimators=params["trees"],
        min_samples_leaf=params["min_rows_in_leaf"],
        max_features=float(params["feature_share"]),
        random_state=job["seed"],
        n_jobs=job["threads"],
    )


def means_of(rows, place, task):
    """float32 [categories + 1, targets]; the last row is that of an unknown category."""
    codes = rows.matrix[:, place].astype(np.intp)
    targets = [rows.label == code for code in range(len(rows.classes))] if task == "multiclass" else [rows.label]
    counts = np.bincount(codes)
    columns = []
    for target in targets:
        overall = target.mean(dtype=np.float64)
        means = (np.bincount(codes, weights=target) + SMOOTHING * overall) / (counts + SMOOTHING)
        columns.append(np.append(means, overall))
    return np.column_stack(columns).astype(np.float32)


def columns_of(rows, means):
    for place, name in enumerate(rows.names):
        column = rows.matrix[:, place]
        yield means[name][column.astype(np.intp)] if name in means else column


def loss(model, matrix, *, rows, task):
    if task == "regression":
        return losses.of_scores(model.predict(matrix), rows.label, task)
    return losses.of_probabilities(model.predict_proba(matrix), rows.label)


def export(graph, rows, features, *, means, model):
    columns = [column for feature in features for column in inputs_of(graph, feature, rows=rows, means=means)]
    binary = graph.task == "binary"
    ensemble = Ensemble(1 if graph.task != "multiclass" else len(rows.classes))
    for place, estimator in enumerate(model.estimators_):
        # [nodes, targets]; of two classes, the share of the second one is enough.
        values = estimator.tree_.value[:, 0, 1:] if binary else estimator.tree_.value[:, 0, :]
        add_tree(ensemble, place, estimator.tree_, values / len(model.estimators_))
    share = ensemble.add_to(graph, graph.doubles(columns))
    if not binary:
        return share
    rest = graph.add("Sub", graph.constant(np.array([[1]], dtype=np.float32)), share)
    return graph.add("Concat", rest, share, axis=1)


def inputs_of(graph, feature, *, rows, means):
    if feature["type"] != "string":
        return [graph.number(feature)]
    vocabulary = rows.vocabularies[feature["name"]]
    tables = means[feature["name"]].T.tolist()
    return [graph.lookup(feature, vocabulary, known, unknown) for *known, unknown in tables]


def add_tree(ensemble, place, tree, values):
    shape = zip(tree.children_left.tolist(), tree.children_right.tolist(), strict=True)
    tests = zip(tree.feature.tolist(), tree.threshold.tolist(), strict=True)
    for node, ((left, right), (feature, threshold)) in enumerate(zip(shape, tests, strict=True)):
        if left < 0:
            ensemble.leaf(place, node, dict(enumerate(values[node].tolist())))
        else:
            ensemble.branch(place, node, feature=feature, value=threshold, yes=left, no=right)
