"""Logistic and linear regression over standardised numbers and one-hot strings."""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

import losses
from fitted import Fitted


def fit(job, rows, _):
    layout = Layout(rows)
    design = layout.design(rows.matrix)
    model = model_of(job)
    # Sums depend on how many threads share them.
    with threadpool_limits(job["threads"]):
        model.fit(design, rows.label)
    # [columns, outputs], [outputs]
    weights, bias = np.atleast_2d(model.coef_).T, np.atleast_1d(model.intercept_)
    scores = design @ weights + bias
    return Fitted(
        export=lambda graph: export(graph, rows, job["features"], layout=layout, weights=weights, bias=bias),
        rounds=int(np.max(model.n_iter_)),
        metrics=losses.of_scores(scores if job["task"] == "multiclass" else scores[:, 0], rows.label, job["task"]),
        unknown_category="adds nothing to the score",
    )


def model_of(job):
    l2, iterations = job["params"]["l2"], job["params"]["iterations"]
    if job["task"] == "regression":
        return Ridge(alpha=l2, max_iter=iterations, solver="lsqr", tol=1e-8)
    return LogisticRegression(C=1 / l2 if l2 > 0 else np.inf, max_iter=iterations)


class Layout:
    """Which column of the design each feature has: one for a number or boolean, one per category of a string."""

    def __init__(self, rows):
        self.numeric = [place for place, name in enumerate(rows.names) if name not in rows.vocabularies]
        sizes = [len(rows.vocabularies[name]) if name in rows.vocabularies else 1 for name in rows.names]
        self.first = np.concatenate([[0], np.cumsum(sizes)])
        values = rows.matrix[:, self.numeric]
        self.mean = values.mean(axis=0, dtype=np.float64)
        deviation = values.std(axis=0, dtype=np.float64)
        self.scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)

    def design(self, matrix):
        """Sparse [rows, columns]; each row has one entry per feature."""
        values = np.ones(matrix.shape)
        values[:, self.numeric] = (matrix[:, self.numeric] - self.mean) * self.scale
        columns = matrix.astype(np.int32)
        columns[:, self.numeric] = 0
        columns += self.first[:-1].astype(np.int32)
        ends = np.arange(0, matrix.size + 1, matrix.shape[1])
        return csr_matrix((values.ravel(), columns.ravel(), ends), shape=(len(matrix), self.first[-1]))


def export(graph, rows, features, *, layout, weights, bias):
    scores = graph.constant(bias[np.newaxis, :])
    if layout.numeric:
        numbers = graph.doubles([graph.number(features[place]) for place in layout.numeric])
        centred = graph.add("Sub", numbers, graph.constant(layout.mean))
        scaled = graph.add("Mul", centred, graph.constant(layout.scale))
        own = weights[layout.first[layout.numeric]]
        scores = graph.add("Add", scores, graph.add("MatMul", scaled, graph.constant(own)))
    for place, feature in enumerate(features):
        if feature["type"] == "string":
            own = weights[layout.first[place] : layout.first[place + 1]]
            scores = graph.add("Add", scores, category_score(graph, feature, rows=rows, weights=own))
    return graph.answer(scores)


def category_score(graph, feature, *, rows, weights):
    """[N, outputs]: the row of the category, or the last, which is zero, of an unknown one."""
    vocabulary = rows.vocabularies[feature["name"]]
    code = graph.lookup(feature, vocabulary, list(range(len(vocabulary))), len(vocabulary))
    table = graph.constant(np.vstack([weights, np.zeros_like(weights[:1])]))
    return graph.add("Squeeze", graph.add("Gather", table, code, axis=0), graph.constant(np.array([1])))
