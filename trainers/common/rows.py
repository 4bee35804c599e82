"""Reads the training rows of a feature table. Rows of the holdout never leave the Parquet reader."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from refusal import Refusal


@dataclass(frozen=True)
class Rows:
    names: list
    #: float32 [rows, features]: numbers, 0 and 1 for booleans, codes for strings.
    matrix: np.ndarray
    #: By feature, in the order of code points; a string's code is its place.
    vocabularies: dict
    #: float64 [rows]: the number, or the place among the classes.
    label: np.ndarray
    #: Null for a regression.
    classes: list | None


def read_rows(job):
    pa.set_cpu_count(job["threads"])
    table = read_table(job)
    if table.num_rows == 0:
        raise Refusal("training rows: expected some, got none; widen the window or shorten the holdout")
    # Columns are filled, and binned, one by one.
    matrix = np.empty((table.num_rows, len(job["features"])), dtype=np.float32, order="F")
    vocabularies = {}
    for place, feature in enumerate(job["features"]):
        name = feature["name"]
        column = without_nulls(table.column(name), name)
        if feature["type"] == "string":
            vocabularies[name], matrix[:, place] = encode(column)
        else:
            matrix[:, place] = finite(column.cast(pa.float32()).to_numpy(), name)
    if (matrix == matrix[0]).all():
        raise Refusal("features: expected one that varies over the training rows, got constants; choose others")
    label, classes = read_label(without_nulls(table.column("$label"), "$label"), job["task"])
    return Rows([feature["name"] for feature in job["features"]], matrix, vocabularies, label, classes)


def read_table(job):
    dataset = ds.dataset(job["table"]["$file"], format="parquet")
    split = "$time" if job["split"]["by"] == "time" else "$bucket"
    columns = [*(feature["name"] for feature in job["features"]), "$label"]
    for name in [*columns, split]:
        if name not in dataset.schema.names:
            raise Refusal(f'feature table: expected a column "{name}", got none; compute the features again')
    return dataset.to_table(columns=columns, filter=in_training(job, dataset.schema))


def in_training(job, schema):
    """The complement of the holdout. A row without a time is in neither."""
    split = job["split"]
    if split["by"] == "key":
        return ds.field("$bucket") >= split["holdoutShare"]
    if job["asOf"] is None:
        raise Refusal("split by time: expected an asOf, got none; split by key")
    as_of = datetime.fromisoformat(job["asOf"].removesuffix("Z"))
    end = as_of - timedelta(milliseconds=split["holdoutMillis"])
    return ds.field("$time") < pa.scalar(end, type=schema.field("$time").type)


def read_label(column, task):
    if task == "regression":
        return finite(column.cast(pa.float64()).to_numpy(), "$label"), None
    if task == "binary":
        label = column.cast(pa.float64()).to_numpy()
        classes, seen = ["false", "true"], [["false", "true"][int(value)] for value in np.unique(label)]
    else:
        classes, label = encode(column)
        seen = classes
    if len(seen) < 2:
        got = seen[0][:64]
        raise Refusal(f'training rows: expected at least two classes, got only "{got}"; widen the window')
    return label.astype(np.float64), classes


def encode(column):
    """The distinct strings in order, and each row's place among them."""
    found = pc.dictionary_encode(column.cast(pa.string()).combine_chunks())
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    strings = found.dictionary.to_pylist()
    vocabulary = sorted(strings)
    places = {string: place for place, string in enumerate(vocabulary)}
    return vocabulary, np.array([places[string] for string in strings])[found.indices.to_numpy()]


def without_nulls(column, name):
    if column.null_count:
        raise Refusal(f'column "{name}": expected no null, got {column.null_count}; compute the features again')
    return column


def finite(values, name):
    bad = np.count_nonzero(~np.isfinite(values))
    if bad:
        raise Refusal(f'column "{name}": expected finite numbers, got {bad} others; bound the expression')
    return values
