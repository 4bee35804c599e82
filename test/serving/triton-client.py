"""Asks a gateway with tritonclient[http] as its manual has it; prints what came as JSON. Argument: host:port."""

import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

client = triton.InferenceServerClient(url=sys.argv[1])
SERVICE = "trips"


def tensor(name, values, datatype, **options):
    array = np.array(values, dtype=np.object_ if datatype == "BYTES" else None)
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, **options)
    return made


# JSON's numbers are exact up to 2^53 only, binary ones are exact.
def trip(shape=lambda values: values, key=2**53 + 1, **options):
    return [
        tensor("trip_id", shape(np.array([key, 2], dtype=np.int64)), "INT64", **options),
        tensor("x", shape(np.array([0.25, -2.0], dtype=np.float32)), "FP32", **options),
        tensor("late", shape(np.array([True, False])), "BOOL", **options),
        tensor("city", shape(np.array(["BOS", "JFK"], dtype=np.object_)), "BYTES", **options),
        tensor("carrier", shape(np.array(["AA", "DL"], dtype=np.object_)), "BYTES", **options),
        tensor("fare", shape(np.array(["0", "0.00"], dtype=np.object_)), "BYTES", **options),
    ]


def column(values):
    return values.reshape(-1, 1)


def probabilities(inputs, **options):
    return client.infer(SERVICE, inputs, **options).as_numpy("probabilities").tolist()


def refused(inputs):
    try:
        client.infer(SERVICE, inputs)
    except InferenceServerException as error:
        return [error.status(), error.message()]


answer = client.infer(SERVICE, trip(), outputs=[triton.InferRequestedOutput("feature:city"), triton.InferRequestedOutput("feature:late")])
print(json.dumps({
    "live": client.is_server_live(),
    "ready": [client.is_server_ready(), client.is_model_ready(SERVICE), client.is_model_ready(SERVICE, "1")],
    "platform": client.get_model_metadata(SERVICE)["platform"],
    "defaults": probabilities(trip()),
    "columns": probabilities(trip(column)),
    "json": probabilities(trip(key=1, binary_data=False), outputs=[triton.InferRequestedOutput("probabilities", binary_data=False)]),
    "version": probabilities(trip(), model_version="1"),
    "gzip": probabilities(trip(), request_compression_algorithm="gzip"),
    "deflate": probabilities(trip(), request_compression_algorithm="deflate"),
    "city": [text.decode() for text in answer.as_numpy("feature:city")],
    "late": answer.as_numpy("feature:late").tolist(),
    "refused": refused(trip()[1:]),
}))
