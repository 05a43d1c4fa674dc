"""Smallest and largest value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from disteval import backend
from disteval.protocol import Batch, RowFunction
from disteval.reductions.state import Array, State, declared


@dataclass(frozen=True, eq=False)
class MinMaxState(State):
    """Smallest and largest value per cell; (inf, -inf) where there was none."""

    low: Array = declared("float64", fill=np.inf)
    high: Array = declared("float64", fill=-np.inf)


@dataclass(frozen=True)
class MinMax:
    """The smallest and the largest value of a row function; NaN is passed over.

    Notes
    -----
    State: two numbers a cell.
    Exact: always. The zeros are one value, +0.0.
    """

    of: RowFunction

    def empty(self, cells: int = 1) -> MinMaxState:
        """No value."""
        return MinMaxState(np.full(cells, np.inf), np.full(cells, -np.inf))

    def update(self, state: MinMaxState, batch: Batch) -> MinMaxState:
        """Take a batch into account."""
        values = batch.derive(self.of)
        if not values.size:
            return state
        xp = backend.namespace(values)
        if not batch.sliced:
            # NaN, which is inf - inf or the like after nan_policy, is passed over
            if xp is np:
                low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
            elif values.dtype.kind == "f":
                nan = xp.isnan(values)
                low = xp.where(nan, np.inf, values).min()
                high = xp.where(nan, -np.inf, values).max()
            else:
                low, high = values.min(), values.max()
            _extend(state.low[:1], float(low), np.minimum)
            _extend(state.high[:1], float(high), np.maximum)
            return state
        if batch.runs is not None:
            cells = batch.runs.cells
            flat = values.reshape(-1)
            starts = batch.runs.bounds[:-1] * (len(flat) // len(values))
            low = np.fmin.reduceat(flat, starts) + 0.0
            high = np.fmax.reduceat(flat, starts) + 0.0
            state.low[cells] = np.fmin(state.low[cells], low)
            state.high[cells] = np.fmax(state.high[cells], high)
            return state
        host = backend.to_host(values).astype(np.float64).reshape(len(values), -1)
        cells = backend.to_host(batch.cells)
        np.fmin.at(state.low, cells, np.fmin.reduce(host, axis=1) + 0.0)
        np.fmax.at(state.high, cells, np.fmax.reduce(host, axis=1) + 0.0)
        return state

    def seal(self, state: MinMaxState) -> MinMaxState:
        """A copy: updates write into the state."""
        return MinMaxState(state.low.copy(), state.high.copy())

    def merge(self, a: MinMaxState, b: MinMaxState) -> MinMaxState:
        """The wider range."""
        return MinMaxState(np.minimum(a.low, b.low), np.maximum(a.high, b.high))


def _extend(bound: Array, value: float, choose: np.ufunc) -> None:
    if value == value:  # noqa: PLR0124  (not NaN)
        bound[0] = choose(bound[0], value + 0.0)
