"""Iterables of batches: a generator is read once, anything that can be iterated again, again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from disteval.errors import EmptyDataError, ReplayError, ShapeError, UnknownNameError
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Piece, Schema
from disteval.sources.memory import as_array, column_of

_NAMES = (Y_TRUE, Y_PRED, WEIGHT)


class Batches:
    """Rows from an iterable of batches: tuples ``(y_true, y_pred, sample_weight)`` or mappings.

    Parameters
    ----------
    iterable : of tuples of arrays, or of mappings from column name to array
        An iterator (a generator) is read once, in one task; a sequence in pieces.
    columns : mapping of str to str, optional
        For mappings: the column that each of y_true, y_pred and sample_weight is.
    """

    def __init__(self, iterable: Iterable[Any], columns: Mapping[str, str] | None = None) -> None:
        self._columns = columns
        self._pieces: list[Piece] | None = None
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
            first = batch if first is None or self._rows_of(batch) else first
            if self._rows_of(batch):
                break
        self._data: Any = itertools.chain(taken, iterator) if self._once else iterable
        if first is None:
            msg = "expected at least one batch, got an empty iterable"
            raise EmptyDataError(msg)
        self._schema = Schema(
            tuple((name, column_of(array)) for name, array in self._named(first).items())
        )

    @property
    def schema(self) -> Schema:
        """Kinds and shapes of the first batch; later ones are checked against it."""
        return self._schema

    @property
    def replayable(self) -> bool:
        """Whether the iterable starts anew each time."""
        return not self._once

    def pieces(self) -> Sequence[Piece]:
        """One piece a batch for a sequence; else one piece of unknown length."""
        if not isinstance(self._data, Sequence):
            return [Piece(None, 0, "batches")]
        if self._pieces is None:
            size = self._schema.row_bytes
            lengths = [len(next(iter(self._named(batch).values()))) for batch in self._data]
            self._pieces = [Piece(n, n * size, f"batch {i}") for i, n in enumerate(lengths)]
        return self._pieces

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """One batch of a sequence; else all batches in order."""
        if isinstance(self._data, Sequence):
            yield self._cut(self._data[piece], columns, rows)
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
        portion = _Portion(pieces.start, list(self._data[pieces]))
        part = Batches.__new__(Batches)
        part._columns, part._once, part._schema = self._columns, False, self._schema
        part._data, part._pieces = portion, None
        return part

    def _rows_of(self, batch: Any) -> int:
        return len(next(iter(self._named(batch).values()), ()))

    def _cut(self, batch: Any, columns: Sequence[str], rows: slice | None) -> Mapping[str, Any]:
        named = self._named(batch)
        missing = [name for name in columns if name not in named]
        if missing:
            msg = f"expected every batch to have {', '.join(columns)}, got {', '.join(named)}"
            raise ShapeError(msg)
        return {name: named[name] if rows is None else named[name][rows] for name in columns}

    def _named(self, batch: Any) -> dict[str, Any]:
        if isinstance(batch, Mapping):
            wanted = self._columns or {name: name for name in _NAMES if name in batch}
            if not wanted:
                msg = (
                    f"expected batches with columns named {', '.join(_NAMES)}, got "
                    f"{_listed(batch)}; name them by y_true= and y_pred=, with data=batches"
                )
                raise UnknownNameError(msg)
            missing = [column for column in wanted.values() if column not in batch]
            if missing:
                msg = f"a batch has no column {missing[0]!r}; its columns are {_listed(batch)}"
                raise UnknownNameError(msg)
            return {name: as_array(column, batch[column]) for name, column in wanted.items()}
        if not isinstance(batch, tuple | list) or not 1 <= len(batch) <= len(_NAMES):
            msg = (
                "expected batches to be (y_true, y_pred) or (y_true, y_pred, sample_weight), got "
                f"{type(batch).__name__}"
            )
            raise ShapeError(msg)
        named = zip(_NAMES, batch, strict=False)
        found = {name: as_array(name, array) for name, array in named if array is not None}
        if not found:
            msg = "expected batches of arrays, got one of None"
            raise ShapeError(msg)
        return found


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(str, names)) or "none"


class _Portion(Sequence[Any]):
    """A run of a sequence under its own numbers."""

    def __init__(self, first: int, items: list[Any]) -> None:
        self._first = first
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __getitem__(self, i: Any) -> Any:
        return self._items[i - self._first]
