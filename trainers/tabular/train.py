"""The shipped tabular trainer: one job in, `model.onnx` and `training.json` out.

job: `features` [{name, type}], `task`, `algorithm`, `params` with every default written out, `seed`, `split`, `asOf`,
`table` {$file}, `checkpoint` {segment, file: {$file}} or null, `threads`. Equal jobs give equal bytes, wherever they
were interrupted; `threads` is part of the job since sums depend on it.
"""

import json
import os
from importlib import import_module
from importlib.metadata import version

# Threads that spin while they wait take the cores from those they wait for. Read once, by OpenMP as it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# The others load scikit-learn, when they are asked for.
import boosting  # noqa: E402, F401
from graph import Graph  # noqa: E402
from refusal import Refusal  # noqa: E402
from rows import read_rows  # noqa: E402

ALGORITHMS = {"lightgbm": "boosting", "linear": "linear", "random-forest": "forest"}
LIBRARIES = ("lightgbm", "numpy", "onnx", "pyarrow", "scikit-learn", "scipy")


def run(job, context):
    try:
        return train(job, context)
    except Refusal as refusal:
        context.refuse(str(refusal))


def train(job, context):
    graph = Graph(job["features"], job["task"])
    rows = read_rows(job)
    fitted = import_module(ALGORITHMS[job["algorithm"]]).fit(job, rows, context)
    graph.write("model.onnx", fitted.export(graph))
    with open("training.json", "w", encoding="utf-8") as file:
        json.dump(describe(job, rows, fitted), file, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    return {
        "model": {"$file": "model.onnx"},
        "training": {"$file": "training.json"},
        "rows": len(rows.label),
        "rounds": fitted.rounds,
        "metrics": fitted.metrics,
        "classes": rows.classes,
    }


def describe(job, rows, fitted):
    """What the model was made of. Nothing in it depends on when, where or how often the job ran."""
    return {
        "trainer": "tabular",
        "libraries": {name: version(name) for name in LIBRARIES},
        **{name: job[name] for name in ("algorithm", "task", "params", "seed", "split", "asOf", "threads")},
        "rows": len(rows.label),
        "features": [feature | categories_of(feature, rows) for feature in job["features"]],
        "classes": rows.classes,
        "unknownCategory": fitted.unknown_category,
        "rounds": fitted.rounds,
        "segments": fitted.segments,
        "metrics": fitted.metrics,
    }


def categories_of(feature, rows):
    return {"categories": len(rows.vocabularies[feature["name"]])} if feature["type"] == "string" else {}
