from __future__ import annotations

from typing import TYPE_CHECKING

from .objects import Objects

if TYPE_CHECKING:
    import pyarrow


def read_parquet(objects: Objects, digest: str) -> pyarrow.Table:
    """A Parquet artifact out of the bytes that were verified, so that none can change in between."""
    import pyarrow
    import pyarrow.parquet

    return pyarrow.parquet.read_table(pyarrow.BufferReader(objects.artifact(digest)))
