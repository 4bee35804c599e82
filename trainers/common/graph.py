"""Builds the exported model by hand: the same model gives the same bytes, and nothing in it is hidden in a converter."""

import numpy as np
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from refusal import Refusal

ML = "ai.onnx.ml"
# The newest that a release of onnxruntime from 2022 on runs.
OPSETS = (("", 17), (ML, 3))
IR_VERSION = 8
LARGEST_MODEL = 2**31 - 1

INPUT_TYPES = {"number": TensorProto.FLOAT, "boolean": TensorProto.BOOL, "string": TensorProto.STRING}


class Graph:
    """One input [N, 1] per feature; output `probabilities` FLOAT [N, classes] or `prediction` FLOAT [N, 1].
    Inner tensors have names that no feature can have."""

    def __init__(self, features, task):
        self.task = task
        self.output = "prediction" if task == "regression" else "probabilities"
        if any(feature["name"] == self.output for feature in features):
            raise Refusal(f'feature "{self.output}": expected a name other than the output\'s; rename it')
        self._inputs = [
            helper.make_tensor_value_info(feature["name"], INPUT_TYPES[feature["type"]], ["N", 1])
            for feature in features
        ]
        self._nodes = []
        self._constants = []

    def add(self, operator, *inputs, domain="", **attributes):
        output = f"${len(self._nodes)}"
        node = helper.make_node(operator, list(inputs), [output], domain=domain)
        node.attribute.extend(attribute(name, value) for name, value in sorted(attributes.items()))
        self._nodes.append(node)
        return output

    def constant(self, array):
        name = f"$c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def number(self, feature):
        """A number or boolean as FLOAT [N, 1]."""
        if feature["type"] == "number":
            return feature["name"]
        return self.add("Cast", feature["name"], to=TensorProto.FLOAT)

    def lookup(self, feature, strings, values, unknown):
        """A string as one FLOAT or INT64 [N, 1]."""
        kind = "int64" if isinstance(unknown, int) else "float"
        attributes = {"keys_strings": strings, f"values_{kind}s": values, f"default_{kind}": unknown}
        return self.add("LabelEncoder", feature["name"], domain=ML, **attributes)

    def doubles(self, columns):
        """Columns side by side as DOUBLE: what follows decides and sums as the library that trained it does."""
        side_by_side = self.add("Concat", *columns, axis=1)
        return self.add("Cast", side_by_side, to=TensorProto.DOUBLE)

    def answer(self, scores):
        """Raw scores [N, 1] or [N, classes] as probabilities, or as the prediction that they are."""
        if self.task == "regression":
            return scores
        if self.task == "multiclass":
            return self.add("Softmax", scores, axis=1)
        opposite = self.add("Neg", scores)
        return self.add("Concat", self.add("Sigmoid", opposite), self.add("Sigmoid", scores), axis=1)

    def write(self, path, answer):
        """Of a batch of rows; an answer of doubles is rounded here."""
        cast = helper.make_node("Cast", [answer], [self.output], to=TensorProto.FLOAT)
        output = helper.make_tensor_value_info(self.output, TensorProto.FLOAT, ["N", None])
        graph = helper.make_graph([*self._nodes, cast], "model", self._inputs, [output], self._constants)
        opsets = [helper.make_opsetid(*opset) for opset in OPSETS]
        model = helper.make_model(graph, producer_name="anneal", opset_imports=opsets, ir_version=IR_VERSION)
        if model.ByteSize() > LARGEST_MODEL:
            raise Refusal(f"model: expected up to 2 GiB, got {model.ByteSize()} bytes; train fewer or smaller trees")
        with open(path, "wb") as file:
            file.write(model.SerializeToString(deterministic=True))


def attribute(name, value):
    """`value`: what `make_attribute` takes, which looks at each element, or an array of whole numbers or bytes."""
    if not isinstance(value, np.ndarray):
        return helper.make_attribute(name, value)
    if value.dtype.kind == "S":
        return AttributeProto(name=name, type=AttributeProto.STRINGS, strings=value.tolist())
    return AttributeProto(name=name, type=AttributeProto.INTS, ints=value.tolist())
