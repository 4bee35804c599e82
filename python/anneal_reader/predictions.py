"""The prediction log: segments `traffic/<service>/<hour>/<gateway>=<n>` of a JSON record a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from .errors import ReaderError
from .objects import Objects
from .table import Table

if TYPE_CHECKING:
    import pyarrow


def read(objects: Objects, service: str, start: str | datetime, end: str | datetime) -> Table:
    known = objects.names("traffic")
    if service not in known:
        there = ", ".join(known) or "none yet"
        raise ReaderError("unknown-service", f'service "{service}": expected one with a log ({there}), got no such service')
    begin, until = _utc(start), _utc(end)
    first, last = _millis(begin), _millis(until)
    predicted: dict[tuple[str, int], dict[str, Any]] = {}
    told: dict[str, dict[str, Any]] = {}
    for record in _records(objects, service, begin):
        if record["type"] == "prediction" and first <= record["at"] < last:
            predicted[record["id"], record["at"]] = record
        if record["type"] == "outcome" and record["at"] >= told.get(record["id"], record)["at"]:
            told[record["id"]] = record
    ordered = [predicted[key] for key in sorted(predicted, key=lambda key: (key[1], key[0]))]
    return Table(service, _table([_row(record, told.get(record["id"])) for record in ordered]), None)


def _records(objects: Objects, service: str, start: datetime) -> Iterator[dict[str, Any]]:
    """From the hour of `start` on: an outcome may be told long after. A line that a power cut left is no record."""
    begin = start.strftime("%Y-%m-%dT%H")
    for hour in objects.names(f"traffic/{service}"):
        if hour < begin:
            continue
        for segment in objects.names(f"traffic/{service}/{hour}"):
            for line in objects.get(f"traffic/{service}/{hour}/{segment}").split(b"\n"):
                record = _record(line)
                if record is not None:
                    yield record


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    known = isinstance(record, dict) and record.get("type") in ("prediction", "outcome")
    return record if known and "id" in record and "at" in record else None


def _row(record: dict[str, Any], outcome: dict[str, Any] | None) -> dict[str, Any]:
    plain = {name: record[name] for name in ("id", "at", "event", "model", "version", "generation", "weight")}
    groups = {
        "request": record["request"],
        "feature": record["features"],
        "outcome": {} if outcome is None else outcome["outcomes"],
    }
    named = {f"{group}.{name}": value for group, values in groups.items() for name, value in values.items()}
    return {**plain, "prediction": record["prediction"], **named}


def _table(rows: list[dict[str, Any]]) -> pyarrow.Table:
    import pyarrow

    names = list(dict.fromkeys(name for row in rows for name in row)) or ["id", "at", "event"]
    columns = {name: pyarrow.array([row.get(name) for row in rows]) for name in names}
    if rows:
        columns["at"] = columns["at"].cast(pyarrow.timestamp("ms", tz="UTC"))
        columns["event"] = pyarrow.array([_event(row["event"]) for row in rows], pyarrow.timestamp("us", tz="UTC"))
    return pyarrow.table(columns)


def _event(text: str | None) -> datetime | None:
    return None if text is None else _utc(text)


def _utc(time: str | datetime) -> datetime:
    try:
        parsed = time if isinstance(time, datetime) else datetime.fromisoformat(time.replace("Z", "+00:00"))
    except ValueError:
        message = f"time: expected ISO 8601 such as '2026-01-31T07:00:00Z', got {time!r}"
        raise ReaderError("time-invalid", message) from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def _millis(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
