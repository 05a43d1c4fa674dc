"""Where rows come from. One format a file; `open_source` finds the one that fits."""

from disteval.sources.batches import Batches
from disteval.sources.opening import open_source
from disteval.sources.table import Table

__all__ = ["Batches", "Table", "open_source"]
