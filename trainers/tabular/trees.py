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
        self._nodes = []
        self._leaves = []

    def __len__(self):
        return len(self._nodes)

    def branch(self, tree, node, *, feature, value, yes, no, equal=False):
        """`x <= value` or, if `equal`, `x == value` goes on at node `yes`."""
        mode = "BRANCH_EQ" if equal else "BRANCH_LEQ"
        self._nodes.append((tree, node, feature, mode, value, yes, no))

    def leaf(self, tree, node, weights):
        """`weights`: {target: what the leaf adds}"""
        self._nodes.append((tree, node, 0, "LEAF", 0.0, 0, 0))
        self._leaves.extend((tree, node, target, weight) for target, weight in weights.items())

    def add_to(self, graph, rows):
        trees, nodes, features, modes, values, yes, no = zip(*self._nodes, strict=True)
        leaf_trees, leaf_nodes, targets, weights = zip(*self._leaves, strict=True)
        return graph.add(
            "TreeEnsembleRegressor",
            rows,
            domain=ML,
            n_targets=self._targets,
            nodes_treeids=trees,
            nodes_nodeids=nodes,
            nodes_featureids=features,
            nodes_modes=modes,
            nodes_values_as_tensor=doubles(values),
            nodes_truenodeids=yes,
            nodes_falsenodeids=no,
            target_treeids=leaf_trees,
            target_nodeids=leaf_nodes,
            target_ids=targets,
            target_weights_as_tensor=doubles(weights),
        )


def doubles(values):
    return numpy_helper.from_array(np.array(values, dtype=np.float64))
