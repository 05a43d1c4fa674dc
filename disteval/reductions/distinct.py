"""Which values occur, while they are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval import backend
from disteval.protocol import Batch, RowFunction
from disteval.reductions.state import Array, State, declared

MOST = 8


@dataclass(frozen=True, eq=False)
class DistinctState(State):
    """The smallest distinct values of each cell, ascending, inf after them; and their number.

    A number of MOST + 1 stands for any above MOST.
    """

    values: Array = declared("float64", fill=np.inf)
    number: Array = declared("int64")

    def of_cell(self, cell: int = 0) -> list[float]:
        """The values of a cell."""
        found: list[float] = self.values[cell, : min(int(self.number[cell]), MOST)].tolist()
        return found


@dataclass(frozen=True)
class DistinctValues:
    """The distinct values of a row function, the smallest 8; NaN is passed over.

    Parameters
    ----------
    of : row function
        Numbers (rows,) or (rows, k), all together.

    Notes
    -----
    State: nine numbers a cell.
    Exact: always, within ±2**53. The zeros are one value.
    """

    of: RowFunction

    def empty(self, cells: int = 1) -> DistinctState:
        """No values."""
        return DistinctState(np.full((cells, MOST), np.inf), np.zeros(cells, np.int64))

    def update(self, state: DistinctState, batch: Batch) -> DistinctState:
        """Take a batch into account."""
        values = batch.derive(self.of)
        if not values.size:
            return state
        if not batch.sliced:
            new = _new_values(values, state.of_cell())
            return _with(state, np.zeros(len(new), np.int64), new) if len(new) else state
        flat = backend.to_host(values).astype(np.float64).reshape(-1)
        cells = np.repeat(backend.to_host(batch.cells), len(flat) // batch.rows)
        keep = ~np.isnan(flat)
        return _with(state, cells[keep], flat[keep])

    def seal(self, state: DistinctState) -> DistinctState:
        """The state itself."""
        return state

    def merge(self, a: DistinctState, b: DistinctState) -> DistinctState:
        """The values of both."""
        cells, places = np.nonzero(np.isfinite(b.values) | _counted(b))
        merged = _with(a, cells, b.values[cells, places])
        number = np.where(np.maximum(a.number, b.number) > MOST, MOST + 1, merged.number)
        return DistinctState(merged.values, number)


def _new_values(values: Any, known: list[float]) -> Array:
    """Those that are not known; nearly always none."""
    xp = backend.namespace(values)
    if known:
        old = values == known[0]
        for value in known[1:]:
            old |= values == value
        if bool(old.all()):
            return np.zeros(0)
        values = values[~old]
    found = backend.to_host(xp.unique(values.reshape(-1))).astype(np.float64) + 0.0
    return np.asarray(found[~np.isnan(found)])


def _counted(state: DistinctState) -> Array:
    """Where values are, infinity among them."""
    return np.arange(MOST) < np.minimum(state.number, MOST)[:, None]


def _with(state: DistinctState, cells: Array, values: Array) -> DistinctState:
    """The state with these values of cells."""
    at, places = np.nonzero(_counted(state))
    cells = np.concatenate([at, cells])
    values = np.concatenate([state.values[at, places], values + 0.0])
    order = np.lexsort((values, cells))
    cells, values = cells[order], values[order]
    first = np.ones(len(cells), bool)
    first[1:] = (cells[1:] != cells[:-1]) | (values[1:] != values[:-1])
    cells, values = cells[first], values[first]
    rank = np.arange(len(cells)) - np.searchsorted(cells, cells)
    number = np.bincount(cells, minlength=state.cells).astype(np.int64)
    number = np.where(state.number > MOST, MOST + 1, np.minimum(number, MOST + 1))
    out = np.full((state.cells, MOST), np.inf)
    few = rank < MOST
    out[cells[few], rank[few]] = values[few]
    return DistinctState(out, number)
