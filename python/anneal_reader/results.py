"""What nodes of runs have published: chains `results/<2 hex>/<key>.<n>`, whose last revision is the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .errors import corrupt
from .objects import Objects, parsed, sha256

_START = b'{"result":'
_SUM = len(b',"sum":"') + 64 + len(b'"}')


def results(objects: Objects, said: bytes) -> Iterator[dict[str, Any]]:
    """Each result whose bytes have `said` in them. Its sum is verified first: nothing else names its bytes."""
    for folder in objects.names("results"):
        for name in objects.names(f"results/{folder}"):
            key = f"results/{folder}/{name}"
            content = objects.get(key)
            if content.startswith(_START) and said in content:
                yield _result(objects, key, content)


def output(objects: Objects, result: dict[str, Any]) -> Any:
    """What the node has answered: within the result where it is small, else the artifact of this digest."""
    if "value" in result:
        return result["value"]
    return parsed(objects.artifact(result["digest"]), result["digest"])


def _result(objects: Objects, key: str, content: bytes) -> dict[str, Any]:
    record = parsed(content, objects.root / key)
    found = sha256(content[len(_START) : -_SUM])
    if record.get("sum") != found:
        raise corrupt(objects.root / key, f"sha256 {record.get('sum')}", found)
    return record["result"]
