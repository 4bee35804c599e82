"""Reads what an Anneal store holds, as pandas, polars or Arrow. Nothing is ever written.

    import anneal_reader as anneal

    state = anneal.open(".anneal")
    state.dataset("flights").pandas()
"""

from .errors import ReaderError
from .state import State, open
from .table import Table

__all__ = ["ReaderError", "State", "Table", "open"]
