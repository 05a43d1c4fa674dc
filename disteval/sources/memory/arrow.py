"""Arrow arrays and tables in memory, read a few rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from disteval.errors import ColumnTypeError
from disteval.protocol import Column
from disteval.sources.columns.arrow import ArrowChunks, arrow_column, is_list, list_length
from disteval.sources.memory.parts import LONG_CHUNKS, InParts, in_parts
from disteval.sources.side_by_side import SideBySide
from disteval.sources.table import ColumnData


@dataclass(frozen=True, eq=False)
class ArrowColumn(InParts):
    """Arrow arrays, chunked or not, one after the other.

    Parameters
    ----------
    name : of the column, for errors
    """

    name: str

    @property
    def copies(self) -> bool:
        """Whether reads are copies: they are not where values lie in memory as NumPy's do."""
        import pyarrow as pa

        return any(
            isinstance(part, pa.ChunkedArray)
            or bool(part.null_count)
            or not (pa.types.is_integer(part.type) or pa.types.is_floating(part.type))
            for part in self.parts
        )

    def read(self, part: int, start: int, stop: int) -> Any:
        """The rows: a view where Arrow's memory allows it."""
        return self._chunks.column(self.name, self.parts[part][start:stop], self.column)

    @cached_property
    def _chunks(self) -> ArrowChunks:
        return ArrowChunks()

    def __getstate__(self) -> dict[str, Any]:
        # Arrow pickles all of the memory that a slice is of
        parts = tuple(_alone(part) for part in self.parts)
        return {"parts": parts, "column": self.column, "name": self.name}


def column(name: str, values: Any, *, text: bool = False) -> ColumnData:
    """The column of an Arrow array; of a table or record batch, its columns side by side.

    Parameters
    ----------
    name : for errors
    values : pyarrow Array, ChunkedArray, Table or RecordBatch
    text : whether dates will do, as text
    """
    import pyarrow as pa

    if isinstance(values, pa.Table | pa.RecordBatch):
        names = values.schema.names
        columns = [_array_column(n, values.column(i), text=text) for i, n in enumerate(names)]
        return SideBySide.of(name, names, columns)
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        msg = (
            f"expected {name} to be an Arrow array or table, got {type(values).__name__}; read it "
            "into a table first"
        )
        raise ColumnTypeError(msg)
    return _array_column(name, values, text=text)


def _array_column(name: str, array: Any, *, text: bool) -> ArrowColumn:
    length = (_first_length(array) or 0) if is_list(array.type) else 0
    found = arrow_column(name, array.type, dates=text, length=length)
    parts = in_parts(array, getattr(array, "chunks", ()))
    return ArrowColumn(parts, found or Column(np.dtype(np.float64)), name)


def _first_length(array: Any) -> int | None:
    """The length of the first list that is not missing; None where all are."""
    for start in range(0, len(array), LONG_CHUNKS):
        length = list_length(array[start : start + LONG_CHUNKS])
        if length is not None:
            return length
    return None


def _alone(array: Any) -> Any:
    """The rows of a slice, in memory of their own."""
    import pyarrow as pa

    if isinstance(array, pa.ChunkedArray):
        return pa.chunked_array([_alone(chunk) for chunk in array.chunks], array.type)
    return pa.concat_arrays([array])
