"""Feature tables: what a run's `features` nodes have published, or what a registered model's provenance names."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from .errors import ReaderError
from .objects import Objects, parsed
from .parquet import read_parquet
from .results import output, results
from .table import Table


def read(objects: Objects, run: str, feature_set: str | None) -> Table:
    named = re.fullmatch(r"([a-z][a-z0-9-]*)@([1-9]\d*)", run)
    tables = dict(_of_model(objects, named[1], int(named[2])) if named else _of_run(objects, run))
    if not tables:
        raise ReaderError("unknown-run", f'"{run}": expected a run that has made features, or a registered model, got neither')
    wanted = feature_set if feature_set is not None else next(iter(tables)) if len(tables) == 1 else None
    if wanted not in tables:
        message = f'"{run}": expected one feature set of {", ".join(sorted(tables))}, got {feature_set or "no name"}'
        raise ReaderError("ambiguous-features", message)
    return Table(wanted, read_parquet(objects, tables[wanted]), tables[wanted])


Named = Iterator[tuple[str, str]]


def _of_run(objects: Objects, run: str) -> Named:
    """A run that took the features of an earlier one has none of its own; what it has registered names them."""
    for result in results(objects, b'"node":"features'):
        table = output(objects, result).get("table") if result["meta"]["run"] == run else None
        if table is not None:
            yield table["set"], table["file"]["$file"]
    for model in objects.names("registry"):
        for version in range(1, objects.head(f"registry/{model}") + 1):
            if _predicate(objects, f"registry/{model}/{version}")["run"] == run:
                yield from _of_model(objects, model, version)


def _of_model(objects: Objects, model: str, version: int) -> Named:
    if not 1 <= version <= objects.head(f"registry/{model}"):
        return
    provenance = _predicate(objects, f"registry/{model}/{version}")["provenance"]
    statement = _payload(objects.artifact(provenance), provenance)
    for made_of in statement["predicate"]["buildDefinition"]["resolvedDependencies"]:
        if made_of["annotations"]["kind"] == "feature-table":
            yield made_of["name"], made_of["digest"]["sha256"]


def _predicate(objects: Objects, key: str) -> dict[str, Any]:
    return _payload(objects.get(key), objects.root / key)["predicate"]


def _payload(envelope: bytes, path: object) -> dict[str, Any]:
    """Signatures are for `anneal verify`: here only bytes are compared with the digests that name them."""
    return parsed(base64.b64decode(parsed(envelope, path)["payload"]), path)
