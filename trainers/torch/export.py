"""A trained network as ONNX, in float32 as it was trained."""

import numpy as np
from onnx import TensorProto

UNKNOWN_CATEGORY = "counts as the mean of all categories"


def export(graph, rows, features, *, network, inputs, targets):
    weights = {name: weight.cpu().numpy() for name, weight in network.state_dict().items()}
    parts = [numbers_of(graph, features, inputs)] if inputs.numeric else []
    for at, place in enumerate(inputs.strings):
        table = with_unknown(weights[f"embeddings.{at}.weight"], inputs.codes[:, at])
        parts.append(embedded(graph, features[place], vocabulary=rows.vocabularies[rows.names[place]], table=table))
    values = graph.add("Concat", *parts, axis=1)
    for at in range(len(network.hidden)):
        values = graph.add("Relu", layer(graph, values, weights, name=f"hidden.{at}"))
    scores = layer(graph, values, weights, name="scores")
    if graph.task != "regression":
        return graph.answer(scores)
    scaled = graph.add("Mul", scores, graph.constant(np.float32(targets.scale)))
    return graph.answer(graph.add("Add", scaled, graph.constant(np.float32(targets.mean))))


def numbers_of(graph, features, inputs):
    numbers = graph.doubles([graph.number(features[place]) for place in inputs.numeric])
    centred = graph.add("Sub", numbers, graph.constant(inputs.mean))
    return graph.add("Cast", graph.add("Mul", centred, graph.constant(inputs.scale)), to=TensorProto.FLOAT)


def with_unknown(table, codes):
    """[categories + 1, width]: the last row is what training has seen on the average."""
    counts = np.bincount(codes, minlength=len(table))
    return np.vstack([table, (counts @ table.astype(np.float64) / counts.sum()).astype(np.float32)])


def embedded(graph, feature, *, vocabulary, table):
    """[N, width]"""
    code = graph.lookup(feature, vocabulary, list(range(len(vocabulary))), len(vocabulary))
    return graph.add("Squeeze", graph.add("Gather", graph.constant(table), code, axis=0), graph.constant(np.array([1])))


def layer(graph, values, weights, *, name):
    weight, bias = (graph.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.add("Gemm", values, weight, bias, transB=1)
