"""Writes onnx-models.json, the models of the scorer's tests: `python test/data/make-onnx-models.py` (onnx 1.23.2).

Feature `x` is a number, `late` a boolean, `city` a string. The scores are so simple that a test can say them.
"""

import base64
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

F, B, S = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.STRING


def value(name, dtype, shape=("N", 1)):
    return helper.make_tensor_value_info(name, dtype, list(shape))


def constant(name, numbers, dtype=np.float32):
    return numpy_helper.from_array(np.array(numbers, dtype=dtype), name)


def model(nodes, inputs, outputs, initializers=(), functions=()):
    graph = helper.make_graph(list(nodes), "g", list(inputs), list(outputs), list(initializers))
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    made = helper.make_model(graph, opset_imports=opsets, producer_name="anneal-tests", functions=list(functions))
    made.ir_version = 9
    return made


def encode(made):
    return base64.b64encode(made.SerializeToString()).decode()


CITY = helper.make_node(
    "LabelEncoder", ["city"], ["code"], domain="ai.onnx.ml",
    keys_strings=["BOS", "JFK"], values_floats=[0.5, -0.5], default_float=0.0,
)
MIXED = [value("x", F), value("late", B), value("city", S)]
# sigmoid(x + late + code)
LOGIT = [
    CITY,
    helper.make_node("Cast", ["late"], ["late_number"], to=F),
    helper.make_node("Sum", ["x", "late_number", "code"], ["logit"]),
]
POSITIVE = [
    *LOGIT,
    helper.make_node("Sigmoid", ["logit"], ["positive"]),
    helper.make_node("Sub", ["one", "positive"], ["negative"]),
]
ONE = constant("one", [1])
CONCAT = helper.make_node("Concat", ["negative", "positive"], ["probabilities"], axis=1)
TWO = value("probabilities", F, ("N", 2))


def binary(number="x"):
    rename = [helper.make_node("Identity", [number], ["number"]), helper.make_node("Sigmoid", ["number"], ["positive"])]
    nodes = [*rename, helper.make_node("Sub", ["one", "positive"], ["negative"]), CONCAT]
    return model(nodes, [value(number, F)], [TWO], [ONE])


def softmax(classes):
    """Softmax of x times 0, 1, 2, …"""
    weights = constant("weights", [list(range(classes))])
    nodes = [helper.make_node("MatMul", ["x", "weights"], ["z"]), helper.make_node("Softmax", ["z"], ["probabilities"], axis=1)]
    return model(nodes, [value("x", F)], [value("probabilities", F, ("N", classes))], [weights])


def identity(to="prediction", dtype=F, shape=("N", 1), op="Identity", **attributes):
    return model([helper.make_node(op, ["x"], [to], **attributes)], [value("x", F)], [value(to, dtype, shape)])


def external(place):
    made = model([helper.make_node("Add", ["x", "bias"], ["prediction"])], [value("x", F)], [value("prediction", F)])
    tensor = TensorProto(name="bias", data_type=F, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="weights.bin")
    if place == "initializer":
        made.graph.initializer.append(tensor)
    else:
        made.graph.node.insert(0, helper.make_node("Constant", [], ["bias"], value=tensor))
    return made


def zipmap():
    zipped = helper.make_node("ZipMap", ["both"], ["probabilities"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])
    both = helper.make_node("Concat", ["x", "x"], ["both"], axis=1)
    output = helper.make_value_info(
        "probabilities",
        helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(F, []))),
    )
    return model([both, zipped], [value("x", F)], [output])


def with_label():
    made = binary()
    made.graph.node.append(helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=1))
    made.graph.output.append(value("label", TensorProto.INT64))
    return made


# A shape that onnxruntime learns only when it runs: as many columns as rows, or rows.
def square():
    nodes = [helper.make_node("Transpose", ["x"], ["t"]), helper.make_node("MatMul", ["x", "t"], ["probabilities"])]
    return model(nodes, [value("x", F)], [value("probabilities", F, ("N", "C"))])


models = {
    "mixed": model([*POSITIVE, CONCAT], MIXED, [TWO], [ONE]),
    "binary": binary(),
    "proto": binary("__proto__"),
    "softmax3": softmax(3),
    "regression": identity(op="Neg"),
    "logarithm": identity(op="Log"),
    "double_input": model(
        [helper.make_node("Cast", ["x"], ["prediction"], to=F)], [value("x", TensorProto.DOUBLE)], [value("prediction", F)]
    ),
    "int64_output": identity(op="Cast", dtype=TensorProto.INT64, to="prediction"),
    "wide_input": model(
        [helper.make_node("ReduceSum", ["x", "axis"], ["prediction"])],
        [value("x", F, ("N", 4))], [value("prediction", F)], [constant("axis", [1], np.int64)],
    ),
    "flat_input": model(
        [helper.make_node("Unsqueeze", ["x", "axis"], ["prediction"])],
        [value("x", F, ("N",))], [value("prediction", F)], [constant("axis", [1], np.int64)],
    ),
    "one_row": model([helper.make_node("Neg", ["x"], ["prediction"])], [value("x", F, (1, 1))], [value("prediction", F, (1, 1))]),
    "other_output": identity(to="scores"),
    "zipmap": zipmap(),
    "with_label": with_label(),
    "square": square(),
    "external_initializer": external("initializer"),
    "external_constant": external("constant"),
}
# Cast needs its attribute.
models["int64_output"].graph.node[0].attribute.append(helper.make_attribute("to", TensorProto.INT64))

encoded = {name: encode(made) for name, made in sorted(models.items())}
Path(__file__).with_name("onnx-models.json").write_text(json.dumps(encoded, indent=2) + "\n")
