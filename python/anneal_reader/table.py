from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True)
class Table:
    """Rows that were read and verified. `name` says of what, `digest` (SHA-256) which; a log has none."""

    name: str
    data: pyarrow.Table
    digest: str | None

    @property
    def rows(self) -> int:
        return self.data.num_rows

    def arrow(self) -> pyarrow.Table:
        return self.data

    def pandas(self) -> pandas.DataFrame:
        return self.data.to_pandas()

    def polars(self) -> polars.DataFrame:
        import polars

        frame = polars.from_arrow(self.data)
        assert isinstance(frame, polars.DataFrame)
        return frame
