"""Batches whose rows are sorted by cell: reductions then run along each cell's rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.numerics.contiguous import for_kernel
from disteval.numerics.words import Words
from disteval.protocol import Batch, Origin, Runs
from disteval.reductions.state import Array


class SortedBatch(Batch):
    """The rows of a batch in the order of their cells. Any order of rows gives the same states.

    Parameters
    ----------
    batch : the rows as they came
    runs : the cells that occur, and where the rows of each start
    n_cells : how many cells there are
    positions : int32 array (rows,), the new place of each row; None: rows stay where they are
    """

    __slots__ = ("_positions", "_sorted")

    def __init__(self, batch: Batch, runs: Runs, n_cells: int, positions: Array | None) -> None:
        super().__init__(batch.columns, batch.origins, None, n_cells, batch._buffers)
        self.runs = runs
        self._positions = positions
        self._sorted: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._sorted:
            column = super().__getitem__(name)
            self._sorted[name] = column if self._positions is None else self._moved(name, column)
        return self._sorted[name]

    def locate(self, row: int) -> Origin:
        """Where a row of the batch comes from."""
        if self._positions is not None:
            row = int(np.flatnonzero(self._positions == row)[0])
        return super().locate(row)

    def _moved(self, name: str, column: Any) -> Any:
        if isinstance(column, Words):
            return Words(self._scattered(name, column.codes), column.vocabulary)
        return self._scattered(name, column)

    def _scattered(self, name: str, values: Any) -> Any:
        from disteval.numerics.kernels import counting

        out = self.buffer(("sorted", name), values.shape, values.dtype)
        if values.ndim == 1 and values.flags.c_contiguous and values.dtype.kind != "U":
            counting.scatter(for_kernel(values), self._positions, out)
        else:
            out[self._positions] = values
        return out


def sorted_batch(batch: Batch, cells: Array, n_cells: int) -> SortedBatch:
    """The batch with the rows of each cell together.

    Parameters
    ----------
    cells : int32 array (rows,)
    """
    from disteval.numerics.kernels import counting

    counts = np.zeros((counting.LANES, n_cells), np.int64)
    counting.count_cells(cells, counts)
    rows = counts.sum(axis=0)
    present = np.flatnonzero(rows)
    ends = np.cumsum(rows)
    runs = Runs(present, np.concatenate([np.zeros(1, np.int64), ends[present]]))
    if len(present) == 1:
        return SortedBatch(batch, runs, n_cells, None)
    starts = (ends - rows) + np.cumsum(counts, axis=0) - counts
    positions = batch.buffer("positions", cells.shape, np.int32)
    counting.sort_cells(cells, starts, positions)
    return SortedBatch(batch, runs, n_cells, positions)
