"""Decision trees as ONNX."""

import numpy as np
from onnx import numpy_helper

from graph import ML


class Ensemble:
    """A TreeEnsembleRegressor that sums leaves over trees.

    Thresholds and leaves are doubles, and the operator gets its rows as doubles: a feature is a float32, which a
    double holds exactly, so `x <= t` decides as in the library that trained the tree, and sums are not rounded before
    their end. (With float32 thresholds each would have to be rounded down, and sums drift with the number of trees.)
    """

    def __init__(self, targets):
        self._targets = targets
        # One entry a node; columns, since a model has a hundred thousand.
        self._trees, self._nodes, self._features, self._modes = [], [], [], []
        self._values, self._yes, self._no = [], [], []
        self._leaves = []

    def branch(self, tree, node, *, feature, value, yes, no):
        """`x <= value` goes on at node `yes`."""
        self._add(tree, [node], [feature], mode=b"BRANCH_LEQ", values=[value], yes=yes, no=[no])

    def chain(self, tree, nodes, *, features, values, yes, no):
        """Tests one after the other, `x == value`: the first that holds goes on at node `yes`."""
        self._add(tree, nodes, features, mode=b"BRANCH_EQ", values=values, yes=yes, no=no)

    def leaf(self, tree, node, weights):
        """`weights`: {target: what the leaf adds}"""
        self._add(tree, [node], [0], mode=b"LEAF", values=[0.0], yes=0, no=[0])
        self._leaves.extend((tree, node, target, weight) for target, weight in weights.items())

    def _add(self, tree, nodes, features, *, mode, values, yes, no):
        self._trees += [tree] * len(nodes)
        self._nodes += nodes
        self._features += features
        self._modes += [mode] * len(nodes)
        self._values += values
        self._yes += [yes] * len(nodes)
        self._no += no

    def add_to(self, graph, rows):
        leaf_trees, leaf_nodes, targets, weights = zip(*self._leaves, strict=True)
        return graph.add(
            "TreeEnsembleRegressor",
            rows,
            domain=ML,
            n_targets=self._targets,
            nodes_treeids=np.array(self._trees),
            nodes_nodeids=np.array(self._nodes),
            nodes_featureids=np.array(self._features),
            nodes_modes=np.array(self._modes),
            nodes_values_as_tensor=doubles(self._values),
            nodes_truenodeids=np.array(self._yes),
            nodes_falsenodeids=np.array(self._no),
            target_treeids=np.array(leaf_trees),
            target_nodeids=np.array(leaf_nodes),
            target_ids=np.array(targets),
            target_weights_as_tensor=doubles(weights),
        )


def doubles(values):
    return numpy_helper.from_array(np.array(values, dtype=np.float64))
