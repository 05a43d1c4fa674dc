"""Tables in memory, whatever library they are of, as mappings from name to column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from disteval.sources.columns.arrow import arrow
from disteval.sources.memory.libraries import library
from disteval.sources.memory.polars import refuse_lazy


class Frame(Mapping[Any, Any]):
    """A dataframe or an Arrow table by its columns.

    Parameters
    ----------
    table : pandas or Polars DataFrame, pyarrow Table or RecordBatch, NumPy structured array
    names : of its columns
    """

    def __init__(self, table: Any, names: list[Any]) -> None:
        self.table = table
        self._names = names

    def __iter__(self) -> Iterator[Any]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: Any) -> Any:
        return self.table[name]


def as_mapping(data: Any) -> Mapping[Any, Any] | None:
    """The columns of a table in memory by name; None where it is no table."""
    if isinstance(data, Mapping):
        return data
    if isinstance(data, np.ndarray):
        return Frame(data, list(data.dtype.names)) if data.dtype.names else None
    kind = library(data)
    if kind == "polars":
        refuse_lazy("data=", data)
    if kind in ("pandas", "polars") and hasattr(data, "columns"):
        return Frame(data, list(data.columns))
    if kind == "pyarrow" and hasattr(data, "column") and hasattr(data, "schema"):
        return Frame(data, list(data.schema.names))
    if not kind and hasattr(data, "__arrow_c_stream__"):
        # a table of another library that hands its columns on as Arrow's (DuckDB, Ibis, ...)
        pa = arrow(f"a {type(data).__module__}.{type(data).__qualname__}")
        return as_mapping(pa.table(data))
    return None
