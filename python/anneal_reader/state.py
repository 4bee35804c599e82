from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from . import dataset, features, predictions
from .errors import ReaderError
from .objects import Objects
from .table import Table


def open(state_folder: str | os.PathLike[str] = ".anneal") -> State:
    """The state folder of a project, or a store itself. Raises `store-missing`."""
    folder = Path(state_folder)
    for root in (folder / "store", folder):
        if (root / "artifacts").is_dir() or (root / "traffic").is_dir():
            return State(Objects(root))
    message = f'folder "{folder}": expected the state of a project (.anneal) or its store, got neither'
    raise ReaderError("store-missing", message)


class State:
    """What one project has made. Each call reads anew, and writes nothing."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def datasets(self) -> list[dict[str, Any]]:
        """The newest version of each source: `source`, `version`, `rows`, `parts`, `span`, `digest`, `run`."""
        return dataset.newest(self._objects)

    def dataset(self, source: str, version: int | None = None) -> Table:
        """What was read of a source and kept its contract, by default the newest version. With `$part` and `$row`,
        its place in the source. Raises `unknown-dataset`, `unknown-version`."""
        return dataset.read(self._objects, source, version)

    def features(self, run: str, feature_set: str | None = None) -> Table:
        """The feature table of a run (`run:flight-delay:…`) or of a registered model (`flight-delay@3`): each feature
        as float32, bool or text, with `$label`, `$time`, `$bucket`, `$part` and `$row`. `feature_set`: which one, where
        a run has several. Raises `unknown-run`, `ambiguous-features`."""
        return features.read(self._objects, run, feature_set)

    def predictions(self, service: str, start: str | datetime, end: str | datetime) -> Table:
        """What a service's gateways answered with wall time in [start, end), and what became known of it since.
        A time without a zone is UTC. Raises `unknown-service`, `time-invalid`."""
        return predictions.read(self._objects, service, start, end)
