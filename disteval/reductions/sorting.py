"""Batches whose rows are sorted by cell: reductions then run along each cell's rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.numerics.contiguous import for_kernel
from disteval.numerics.words import Words
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Origin, Runs
from disteval.reductions.state import Array


class SortedBatch(Batch):
    """The rows of a batch in the order of their cells. Any order of rows gives the same states.

    Parameters
    ----------
    batch : the rows as they came
    runs : the cells that occur, and where the rows of each start
    n_cells : how many cells there are
    cells : int32 array (rows,)
    starts : int64 array (lanes, cells), where the rows of each lane and cell start
    """

    __slots__ = ("_cell_of_row", "_places", "_sorted", "_starts")

    def __init__(self, batch: Batch, runs: Runs, n_cells: int, cells: Array, starts: Array) -> None:
        # memory of its own: what is derived of the rows as they came may still be wanted
        buffers = batch._buffers.setdefault(SortedBatch, {})
        super().__init__(batch.columns, batch.origins, None, n_cells, buffers)
        self.runs, self.kept = runs, batch.kept
        self._cell_of_row, self._starts = cells, starts
        self._places: Array | None = None
        self._sorted: dict[str, Any] = {}
        if len(runs.cells) == 1:
            self._sorted = dict(batch.columns)

    def __getitem__(self, name: str) -> Any:
        if name not in self._sorted and name in self.columns:
            if name in (Y_TRUE, Y_PRED):
                self._sort_pair()
            if name not in self._sorted:
                self._sorted[name] = self._moved(name, self._positions())
        return self._sorted[name] if name in self._sorted else super().__getitem__(name)

    def locate(self, row: int) -> Origin:
        """Where a row of the batch comes from."""
        assert self.runs is not None
        if len(self.runs.cells) > 1:
            row = int(np.flatnonzero(self._positions() == row)[0])
        return super().locate(row)

    def _positions(self) -> Array:
        """The new place of each row."""
        from disteval.numerics.kernels import counting

        if self._places is None:
            self._places = self.buffer("positions", self._cell_of_row.shape, np.int32)
            counting.positions_of(self._cell_of_row, self._starts.copy(), self._places)
        return self._places

    def _sort_pair(self) -> None:
        """Labels and predictions, which most plans want both, in one go where they fit."""
        from disteval.numerics.kernels import counting

        columns = [self.columns.get(name) for name in (Y_TRUE, Y_PRED)]
        if not all(_is_plain(column) for column in columns):
            return
        moved = [self._room(name) for name in (Y_TRUE, Y_PRED)]
        as_numbers = (_bits(_codes(column)) for column in (*columns, *moved))
        counting.scatter_pair(self._cell_of_row, self._starts.copy(), *as_numbers)
        self._sorted |= zip((Y_TRUE, Y_PRED), moved, strict=True)

    def _moved(self, name: str, positions: Array) -> Any:
        from disteval.numerics.kernels import counting

        column, out = self.columns[name], self._room(name)
        if _is_plain(column):
            counting.scatter(_bits(_codes(column)), positions, _bits(_codes(out)))
        else:
            _codes(out)[positions] = _codes(column)
        return out

    def _room(self, name: str) -> Any:
        """Memory for the column with its rows sorted."""
        column = self.columns[name]
        values = _codes(column)
        out = self.buffer(("sorted", name), values.shape, values.dtype)
        return Words(out, column.vocabulary) if isinstance(column, Words) else out


def _codes(column: Any) -> Any:
    return column.codes if isinstance(column, Words) else column


def _is_plain(column: Any) -> bool:
    """Whether the compiled loops can move the rows: as integers of 32 or 64 bits."""
    if column is None:
        return False
    values = _codes(column)
    return bool(values.ndim == 1 and values.flags.c_contiguous and values.dtype.itemsize in (4, 8))


def _bits(values: Any) -> Any:
    """The same memory as integers: two specialisations serve all dtypes."""
    return for_kernel(values).view(np.int32 if values.dtype.itemsize == 4 else np.int64)


def sorted_batch(batch: Batch, cells: Array, n_cells: int) -> SortedBatch:
    """The batch with the rows of each cell together.

    Parameters
    ----------
    cells : int32 array (rows,)
    """
    from disteval.numerics.kernels import counting

    counts = np.zeros((_lanes(n_cells), n_cells), np.int64)
    counting.count_cells(cells, counts)
    rows = counts.sum(axis=0)
    present = np.flatnonzero(rows)
    ends = np.cumsum(rows)
    runs = Runs(present, np.concatenate([np.zeros(1, np.int64), ends[present]]))
    starts = (ends - rows) + np.cumsum(counts, axis=0) - counts
    return SortedBatch(batch, runs, n_cells, cells, starts)


def _lanes(cells: int) -> int:
    """How many rows are counted side by side, each by counters of its own.

    A row of the same cell as the row before waits for its counter: rare among many cells, whose
    rows go to so many places that more of them would only leave the caches.
    """
    return 4 if cells <= 8 else 1
