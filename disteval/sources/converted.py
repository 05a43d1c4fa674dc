"""Columns that other libraries hold: converted to arrays where they are read, some rows at a time.

Nothing is converted when a column is opened, and only the rows of a task are sent with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from disteval.errors import ArgumentError, ColumnTypeError
from disteval.numerics.words import Vocabulary, Words
from disteval.protocol import Column
from disteval.sources.arrow_chunks import side_by_side
from disteval.sources.table import ColumnData, Table


@dataclass(frozen=True, eq=False)
class Converted:
    """Arrays of another library, one after the other.

    Parameters
    ----------
    parts : arrays that can be sliced by rows without a copy
    column : what they become
    convert : a function at the top level of a module (or a partial of one): some rows to an array
    """

    parts: tuple[Any, ...]
    column: Column
    convert: Callable[[Any], Any]

    copies: ClassVar[bool] = True

    @property
    def lengths(self) -> tuple[int, ...]:
        """Rows of each part."""
        return tuple(len(part) for part in self.parts)

    def token(self, part: int) -> str:  # noqa: ARG002  (none has a name)
        """What is in memory has no name."""
        return ""

    def read(self, part: int, start: int, stop: int) -> Any:
        """The rows, converted."""
        return self.convert(self.parts[part][start:stop])

    def restrict(self, part: int, start: int, stop: int) -> Self:
        """A view of the rows."""
        return replace(self, parts=(self.parts[part][start:stop],))


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Columns of one value a row next to each other: one column a class.

    Parameters
    ----------
    names : of the columns, in order
    columns : their data, of equal total length
    """

    names: tuple[str, ...]
    columns: tuple[ColumnData, ...]

    copies: ClassVar[bool] = True

    @classmethod
    def of(cls, what: str, names: Sequence[str], columns: Sequence[ColumnData]) -> ColumnData:
        """The columns as one; a single one is itself.

        Parameters
        ----------
        what : they are together, for errors
        """
        if not names:
            msg = f"expected at least one column for {what}, got none"
            raise ArgumentError(msg)
        if len(set(names)) < len(names):
            twice = next(name for name in names if list(names).count(name) > 1)
            msg = f"expected different columns for {what}, got {twice!r} more than once"
            raise ArgumentError(msg)
        if len(names) == 1:
            return columns[0]
        both = cls(tuple(names), tuple(columns))
        _check_together(what, both.names, [data.column for data in columns])
        return both

    @cached_property
    def column(self) -> Column:
        """The widest dtype of all, one value a column."""
        dtypes = [data.column.dtype for data in self.columns]
        dtype = dtypes[0] if dtypes[0].kind == "U" else np.result_type(*dtypes)
        return Column(dtype, (len(self.columns),))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Rows between any two boundaries of parts."""
        return tuple(piece.rows or 0 for piece in self._table.pieces())

    def token(self, part: int) -> str:
        """The name of the first column's part."""
        return self._table.name(part)

    def read(self, part: int, start: int, stop: int) -> Any:
        """The rows, (rows, columns)."""
        found = self._table.rows(part, self.names, start, stop)
        return side_by_side([found[name] for name in self.names], self.column)

    def restrict(self, part: int, start: int, stop: int) -> SideBySide:
        """The rows of each column."""
        return SideBySide(self.names, self._table.narrowed(part, start, stop))

    @cached_property
    def _table(self) -> Table:
        return Table(tuple(zip(self.names, self.columns, strict=True)))

    def __getstate__(self) -> dict[str, Any]:
        return {"names": self.names, "columns": self.columns}


def _check_together(what: str, names: Sequence[str], columns: Sequence[Column]) -> None:
    kinds = {column.kind for column in columns}
    alike = len(kinds) == 1 or kinds == {"int", "float"}
    if not alike or any(column.shape for column in columns):
        given = ", ".join(
            f"{name}: {column.kind}{f' {column.shape}' if column.shape else ''}"
            for name, column in zip(names, columns, strict=True)
        )
        msg = (
            f"expected the columns of {what} to hold one value a row, all numbers, all strings or "
            f"all booleans, got {given}"
        )
        raise ColumnTypeError(msg)
    if kinds == {"int"} and np.result_type(*(column.dtype for column in columns)).kind == "f":
        msg = f"expected integers of one signedness in the columns of {what}, got mixed ones"
        raise ColumnTypeError(msg)


def whole(data: ColumnData) -> Any:
    """All rows of a column, read at once."""
    return joined([data.read(i, 0, n) for i, n in enumerate(data.lengths)])


def joined(parts: Sequence[Any]) -> Any:
    """Arrays, masked arrays or words, one after the other."""
    if len(parts) == 1:
        return parts[0]
    if any(isinstance(part, Words) for part in parts):
        vocabulary = Vocabulary()
        return Words(np.concatenate([vocabulary.codes(p) for p in parts]), vocabulary.words)
    masked = any(isinstance(part, np.ma.MaskedArray) for part in parts)
    return (np.ma.concatenate if masked else np.concatenate)(parts)


def looked_up(codes: Any, values: Any) -> Any:
    """The value of each code; -1 is missing.

    Parameters
    ----------
    codes : int array (rows,)
    values : array (n,), or Words
    """
    if isinstance(values, Words):
        return Words(np.append(values.codes, np.int32(-1))[codes], values.vocabulary)
    missing = codes < 0
    if values.dtype.kind == "f":
        return np.append(values, values.dtype.type(np.nan))[codes]
    taken = np.append(values, values.dtype.type(0))[codes]
    return np.ma.MaskedArray(taken, missing) if missing.any() else taken
