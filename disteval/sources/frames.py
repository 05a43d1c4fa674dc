"""Tables in memory, whatever library they are of, as mappings from name to column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, MissingExtraError
from disteval.sources.memory import library


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
        if self._names.count(name) > 1:
            msg = (
                f"expected one column {name!r}, got {self._names.count(name)} of that name; "
                "rename them"
            )
            raise ArgumentError(msg)
        return self.table[name]


def as_mapping(data: Any) -> Mapping[Any, Any] | None:
    """The columns of a table in memory by name; None where it is no table."""
    if isinstance(data, Mapping):
        return data
    if isinstance(data, np.ndarray):
        return Frame(data, list(data.dtype.names)) if data.dtype.names else None
    kind = library(data)
    if kind == "polars":
        from disteval.sources.polars_frames import refuse_lazy

        refuse_lazy("data=", data)
    if kind in ("pandas", "polars") and hasattr(data, "columns"):
        return Frame(data, list(data.columns))
    if kind == "pyarrow" and hasattr(data, "column") and hasattr(data, "schema"):
        return Frame(data, list(data.schema.names))
    if not kind and hasattr(data, "__arrow_c_stream__"):
        return as_mapping(_arrow_table(data))
    return None


def _arrow_table(data: Any) -> Any:
    """A table of another library that hands its columns on as Arrow's (DuckDB, Ibis, ...)."""
    try:
        import pyarrow as pa
    except ImportError as error:
        what = f"{type(data).__module__}.{type(data).__qualname__}"
        msg = f"expected pyarrow, to read a {what}; pip install 'disteval[parquet]'"
        raise MissingExtraError(msg) from error
    return pa.table(data)
