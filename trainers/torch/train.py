"""The shipped trainer of neural networks: one job in, `model.onnx` and `training.json` out.

job: as of the tabular trainer, and `gpus`. Equal jobs give equal bytes on CPUs of one kind, wherever they were
interrupted; `threads` is part of the job since sums depend on it.
"""

import json
import os
from importlib.metadata import version

# Threads that spin while they wait take the cores from those they wait for. Read once, by OpenMP as it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from device import device_for  # noqa: E402
from export import UNKNOWN_CATEGORY, export  # noqa: E402
from fitting import Fitting  # noqa: E402
from graph import Graph  # noqa: E402
from inputs import Inputs  # noqa: E402
from network import Network  # noqa: E402
from refusal import Refusal  # noqa: E402
from rows import read_rows  # noqa: E402
from targets import Targets  # noqa: E402

LIBRARIES = ("numpy", "onnx", "pyarrow", "torch")


def run(job, context):
    try:
        return train(job, context)
    except Refusal as refusal:
        context.refuse(str(refusal))


def train(job, context):
    graph = Graph(job["features"], job["task"])
    rows = read_rows(job)
    inputs, targets, device = Inputs(rows), Targets(job["task"], rows), device_for(job)
    network = Network(
        numbers=len(inputs.numeric), categories=inputs.categories, outputs=targets.outputs, params=job["params"]
    )
    fitting = Fitting(job, network=network, inputs=inputs, targets=targets, device=device)
    if job["checkpoint"] is not None:
        fitting.resume(job["checkpoint"])
    fitting.run(context)
    metrics = targets.metrics(fitting.scores(), rows.label)
    graph.write(
        "model.onnx", export(graph, rows, job["features"], network=fitting.network, inputs=inputs, targets=targets)
    )
    with open("training.json", "w", encoding="utf-8") as file:
        about = describe(job, rows, device=device, network=network, metrics=metrics)
        json.dump(about, file, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    return {
        "model": {"$file": "model.onnx"},
        "training": {"$file": "training.json"},
        "rows": len(rows.label),
        "rounds": job["params"]["epochs"],
        "metrics": metrics,
        "classes": rows.classes,
    }


def describe(job, rows, *, device, network, metrics):
    """What the model was made of. On a CPU nothing in it depends on when, where or how often the job ran."""
    return {
        "trainer": "torch",
        "libraries": {name: version(name) for name in LIBRARIES},
        **{name: job[name] for name in ("algorithm", "task", "params", "seed", "split", "asOf", "threads")},
        "device": device.name,
        "precision": str(device.precision).removeprefix("torch."),
        "rows": len(rows.label),
        "features": [feature | categories_of(feature, rows) for feature in job["features"]],
        "classes": rows.classes,
        "unknownCategory": UNKNOWN_CATEGORY,
        "weights": sum(weight.numel() for weight in network.parameters()),
        "rounds": job["params"]["epochs"],
        "metrics": metrics,
    }


def categories_of(feature, rows):
    return {"categories": len(rows.vocabularies[feature["name"]])} if feature["type"] == "string" else {}
