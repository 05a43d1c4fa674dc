"""Iterables of batches: a generator is read once, anything that can be iterated again, again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from disteval.errors import EmptyDataError, ReplayError, ShapeError, UnknownNameError
from disteval.protocol import BY, WEIGHT, Y_PRED, Y_TRUE, Piece, Schema
from disteval.sources.columns.kinds import column_of
from disteval.sources.memory.frames import as_mapping
from disteval.sources.memory.libraries import as_array, memory_column
from disteval.sources.memory.parts import whole
from disteval.sources.names import as_names, check_names
from disteval.sources.side_by_side import SideBySide

Named = tuple[tuple[str, Any], ...]
"""What one column of a batch is made of: a column by its name, or several side by side."""

_NAMES = (Y_TRUE, Y_PRED, WEIGHT)


class Batches:
    """Rows from an iterable of batches: tuples ``(y_true, y_pred, sample_weight)`` or tables.

    Parameters
    ----------
    iterable : of tuples of arrays, of mappings from column name to array, or of dataframes
        An iterator (a generator) is read once, in one task; a sequence in pieces.
    columns : mapping of str to str or tuple of str, optional
        For tables: the column that each of y_true, y_pred, sample_weight and by is, or the
        columns that it is side by side.
    """

    def __init__(
        self, iterable: Iterable[Any], columns: Mapping[str, str | tuple[str, ...]] | None = None
    ) -> None:
        self._columns = {role: as_names(given) for role, given in (columns or {}).items()}
        self._pieces: list[Piece] | None = None
        self._first = 0  # the number of the first piece, where some are left out
        iterator = iter(iterable)
        # an object may hand out the same iterator each time
        self._once = iterator is iterable or (
            not isinstance(iterable, Sequence) and iter(iterable) is iterator
        )
        taken: list[Any] = []
        first = None
        for batch in iterator:
            taken.append(batch)
            # empty lists tell no kinds
            rows = self._rows_of(batch)
            first = batch if first is None or rows else first
            if rows:
                break
        self._data: Any = itertools.chain(taken, iterator) if self._once else iterable
        if first is None:
            msg = "expected at least one batch, got an empty iterable"
            raise EmptyDataError(msg)
        # later ones are checked against it
        self.schema = Schema(
            tuple((name, column_of(array)) for name, array in self._named(first).items())
        )

    @property
    def replayable(self) -> bool:
        """Whether the iterable starts anew each time."""
        return not self._once

    def pieces(self) -> Sequence[Piece]:
        """One piece a batch for a sequence; else one piece of unknown length."""
        if not isinstance(self._data, Sequence):
            return [Piece(None, 0, "batches")]
        if self._pieces is None:
            size = self.schema.row_bytes
            lengths = [self._rows_of(batch) for batch in self._data]
            self._pieces = [Piece(n, n * size, f"batch {i}") for i, n in enumerate(lengths)]
        return self._pieces

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """One batch of a sequence; else all batches in order."""
        if isinstance(self._data, Sequence):
            yield self._cut(self._data[piece - self._first], columns, rows)
            return
        if self._data is None:
            msg = (
                "this iterator of batches has been read already; give a list, or an object that "
                "can be iterated again"
            )
            raise ReplayError(msg)
        data, self._data = self._data, None if self._once else self._data
        for batch in data:
            yield self._cut(batch, columns, None)

    def restrict(self, pieces: slice) -> Batches:
        """Only these batches of a sequence."""
        if not isinstance(self._data, Sequence):
            return self
        data = list(self._data[pieces.start - self._first : pieces.stop - self._first])
        part = Batches.__new__(Batches)
        part.__dict__ |= self.__dict__ | {"_data": data, "_first": pieces.start, "_pieces": None}
        return part

    def _rows_of(self, batch: Any) -> int:
        """Rows of its first column; nothing is converted to count them, but for what is wrong."""
        for role, ((_, values), *_) in self._given(batch).items():
            try:
                return len(values)
            except TypeError:
                return len(as_array(role, values))  # says what it is
        return 0

    def _cut(self, batch: Any, columns: Sequence[str], rows: slice | None) -> Mapping[str, Any]:
        named = self._named(batch)
        missing = [name for name in columns if name not in named]
        if missing:
            msg = f"expected every batch to have {', '.join(columns)}, got {', '.join(named)}"
            raise ShapeError(msg)
        return {name: named[name] if rows is None else named[name][rows] for name in columns}

    def _named(self, batch: Any) -> dict[str, Any]:
        """The columns of a batch as arrays."""
        found = {role: _array(role, given) for role, given in self._given(batch).items()}
        if not found:
            msg = "expected batches of arrays, got one of None"
            raise ShapeError(msg)
        return found

    def _given(self, batch: Any) -> dict[str, Named]:
        """The columns of a batch as they came."""
        if not isinstance(batch, tuple | list):
            table = as_mapping(batch)
            if table is not None:
                return self._of_table(table)
        if not isinstance(batch, tuple | list) or not 1 <= len(batch) <= len(_NAMES):
            msg = (
                "expected batches to be (y_true, y_pred) or (y_true, y_pred, sample_weight), or "
                f"tables, got {type(batch).__name__}"
            )
            if not hasattr(batch, "__len__"):
                msg += "; an iterator of single values is to be given as list(...) of it"
            raise ShapeError(msg)
        named = zip(_NAMES, batch, strict=False)
        return {role: ((role, given),) for role, given in named if given is not None}

    def _of_table(self, table: Mapping[Any, Any]) -> dict[str, Named]:
        wanted = self._columns or {name: (name,) for name in (*_NAMES, BY) if name in table}
        if not wanted:
            msg = (
                f"expected batches with columns named {', '.join(_NAMES)}, got "
                f"{', '.join(map(str, table)) or 'none'}; name them by y_true= and y_pred=, with "
                "data=batches"
            )
            raise UnknownNameError(msg)
        names = [name for several in wanted.values() for name in several]
        check_names(names, table, "its columns are", lead="a batch has no column")
        return {role: tuple([(n, table[n]) for n in several]) for role, several in wanted.items()}


def _array(role: str, given: Named) -> Any:
    """A column of a batch as one array."""
    if len(given) == 1:
        return as_array(role, given[0][1], text=role == BY)
    data = [memory_column(name, values) for name, values in given]
    return whole(SideBySide.of(role, [name for name, _ in given], data))
