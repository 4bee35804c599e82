"""Datasets: chains `datasets/<source>/<n>`, each revision of which names a manifest by its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ReaderError, corrupt
from .objects import Objects, artifact_key, canonical, sha256
from .parquet import read_parquet
from .results import output, results
from .table import Table

if TYPE_CHECKING:
    import pyarrow


def newest(objects: Objects) -> list[dict[str, Any]]:
    heads = [(source, objects.head(f"datasets/{source}")) for source in objects.names("datasets")]
    return [_record(objects, source, head) for source, head in heads if head > 0]


def read(objects: Objects, source: str, version: int | None) -> Table:
    import pyarrow

    record = _record(objects, source, _version(objects, source, version))
    parts = _manifest(objects, record)["parts"]
    tables = [_part(objects, part) for part in parts]
    data = pyarrow.concat_tables(tables) if tables else pyarrow.table({})
    return Table(f"{source}@{record['version']}", data, record["digest"])


def _version(objects: Objects, source: str, version: int | None) -> int:
    known = objects.names("datasets")
    if source not in known:
        there = ", ".join(known) or "none yet"
        raise ReaderError("unknown-dataset", f'dataset "{source}": expected one of the store\'s ({there}), got no such source')
    head = objects.head(f"datasets/{source}")
    wanted = head if version is None else version
    if not 1 <= wanted <= head:
        message = f'dataset "{source}": expected a version from 1 to {head}, got {wanted}'
        raise ReaderError("unknown-version", message)
    return wanted


def _record(objects: Objects, source: str, version: int) -> dict[str, Any]:
    return {**objects.json(f"datasets/{source}/{version}"), "version": version}


def _manifest(objects: Objects, record: dict[str, Any]) -> dict[str, Any]:
    """The validation that let the dataset pass has it; it is the one of this digest."""
    for result in results(objects, b'"node":"validate'):
        answer = output(objects, result)
        manifest = answer.get("dataset") if isinstance(answer, dict) else None
        if manifest is not None and manifest["source"] == record["source"]:
            if sha256(canonical(manifest)) == record["digest"]:
                return manifest
    message = (
        f'dataset "{record["source"]}" version {record["version"]}: expected its manifest of sha256 '
        f'{record["digest"]}, got none; run {record["run"]} again'
    )
    raise ReaderError("object-missing", message)


def _part(objects: Objects, part: dict[str, Any]) -> pyarrow.Table:
    digest = part["file"]["$file"]
    table = read_parquet(objects, digest)
    if table.num_rows != part["rows"]:
        raise corrupt(objects.root / artifact_key(digest), f"{part['rows']} rows", str(table.num_rows))
    return table
