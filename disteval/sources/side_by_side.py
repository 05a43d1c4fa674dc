"""Columns next to each other as one: one column a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from disteval.errors import ArgumentError
from disteval.protocol import Column
from disteval.sources.columns.kinds import stacked_column
from disteval.sources.columns.values import stacked
from disteval.sources.table import ColumnData, Table


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Columns of one value a row next to each other.

    Parameters
    ----------
    names : of the columns, in order
    columns : their data, of equal total length
    column : what they are together
    """

    names: tuple[str, ...]
    columns: tuple[ColumnData, ...]
    column: Column

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
        column = stacked_column(what, names, [data.column for data in columns])
        return cls(tuple(names), tuple(columns), column)

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
        return stacked([found[name] for name in self.names], self.column)

    def restrict(self, part: int, start: int, stop: int) -> SideBySide:
        """The rows of each column."""
        return SideBySide(self.names, self._table.narrowed(part, start, stop), self.column)

    @cached_property
    def _table(self) -> Table:
        return Table(tuple(zip(self.names, self.columns, strict=True)))

    def __getstate__(self) -> dict[str, Any]:
        return {"names": self.names, "columns": self.columns, "column": self.column}
