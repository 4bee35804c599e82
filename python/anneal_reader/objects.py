"""The objects of a store: files of a folder, by key."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from .errors import ReaderError, corrupt


class Objects:
    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self, folder: str) -> list[str]:
        """What lies directly in a folder; nothing where there is none."""
        try:
            return sorted(entry.name for entry in (self.root / folder).iterdir())
        except FileNotFoundError:
            return []

    def head(self, chain: str) -> int:
        """The highest revision of a chain such as `datasets/flights`; 0 where there is none."""
        return max((int(name) for name in self.names(chain) if name.isascii() and name.isdigit()), default=0)

    def get(self, key: str) -> bytes:
        path = self.root / key
        try:
            return path.read_bytes()
        except FileNotFoundError:
            message = f'file "{path}": expected it to be there, got none; run again what made it'
            raise ReaderError("object-missing", message) from None

    def json(self, key: str) -> Any:
        return parsed(self.get(key), self.root / key)

    def artifact(self, digest: str) -> bytes:
        """Bytes by their SHA-256, which is looked at anew: what comes out is what was put in."""
        key = artifact_key(digest)
        content = self.get(key)
        found = sha256(content)
        if found != digest:
            raise corrupt(self.root / key, f"sha256 {digest}", found)
        return content


def artifact_key(digest: str) -> str:
    return f"artifacts/{digest[:2]}/{digest}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def parsed(content: bytes, path: object) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise corrupt(path, "JSON", str(error)) from None


def canonical(value: Any) -> bytes:
    """JSON as RFC 8785 has it, for values of texts and whole numbers, in which all that is read here is written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
