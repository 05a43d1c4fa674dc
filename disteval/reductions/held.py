"""Rows as they are, for what compares every row with every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from disteval import backend
from disteval.errors import BudgetError
from disteval.protocol import Batch, RowFunction
from disteval.reductions.state import Array, State, declared
from disteval.reductions.sums import float64

MAX_ROWS = 8192


@dataclass(frozen=True, eq=False)
class HeldState(State):
    """Rows of numbers, those of one cell after those of the other, sorted by their bytes."""

    counts: Array = declared("int64")
    values: Array = declared("float64", "shared")

    def take(self, index: Array) -> Self:
        """The state whose cell i is this state's cell index[i], or an empty one where it is -1."""
        counts, there = np.zeros(len(index), np.int64), index[index >= 0]
        counts[index >= 0] = self.counts[there]
        stops = np.cumsum(self.counts)
        parts = [self.values[stops[i] - self.counts[i] : stops[i]] for i in there]
        return type(self)(counts, np.concatenate([self.values[:0], *parts]))

    def cell(self, i: int) -> Self:
        """The state of one cell."""
        return self.take(np.array([i]))


class OpenHeld:
    """Rows that are still being collected."""

    __slots__ = ("cells", "parts", "rows")

    def __init__(self, state: HeldState) -> None:
        self.cells = state.cells
        self.rows = len(state.values)
        self.parts = [(_numbers(state), state.values)]

    def add(self, cells: Array, values: Array) -> None:
        """Add rows, each to its cell."""
        self.rows += len(values)
        check_budget(self.rows)
        self.parts.append((cells, values))


@dataclass(frozen=True)
class HeldRows:
    """All rows of some row functions, side by side in float64.

    Parameters
    ----------
    of : row functions
        Values (rows,) or (rows, k): numbers, integers within ±2**53.
    columns : int
        Values of a row, of all functions together.

    Notes
    -----
    State: 8 bytes a value; at most 8,192 rows, in all cells together.
    Exact: always. The zeros are one value, and so are NaN.
    """

    of: tuple[RowFunction, ...]
    columns: int

    def empty(self, cells: int = 1) -> HeldState:
        """No rows."""
        return HeldState(np.zeros(cells, np.int64), np.zeros((0, self.columns)))

    def update(self, state: HeldState | OpenHeld, batch: Batch) -> OpenHeld:
        """Add a batch."""
        held = OpenHeld(state) if isinstance(state, HeldState) else state
        if batch.rows:
            check_budget(held.rows + batch.rows)
            values = [
                backend.to_host(float64(batch.derive(of))).reshape(batch.rows, -1) for of in self.of
            ]
            cells = np.zeros(batch.rows, np.int64)
            if batch.sliced:
                cells = backend.to_host(batch.cells).astype(np.int64)
            held.add(cells, np.concatenate(values, axis=1))
        return held

    def seal(self, state: HeldState | OpenHeld) -> HeldState:
        """The rows in order."""
        if isinstance(state, HeldState):
            return state
        cells, values = (np.concatenate(part) for part in zip(*state.parts, strict=True))
        return _sorted(cells, values, state.cells)

    def merge(self, a: HeldState, b: HeldState) -> HeldState:
        """The rows of both."""
        check_budget(len(a.values) + len(b.values))
        cells = np.concatenate([_numbers(a), _numbers(b)])
        return _sorted(cells, np.concatenate([a.values, b.values]), a.cells)


def check_budget(rows: int) -> None:
    """Refuse rows that would take too long to compare."""
    if rows > MAX_ROWS:
        msg = (
            f"expected at most {MAX_ROWS:,} rows where every row is compared with every other, got "
            f"{rows:,} or more; evaluate a sample of the rows"
        )
        raise BudgetError(msg)


def _numbers(state: HeldState) -> Array:
    """The cell of each row."""
    return np.repeat(np.arange(state.cells), state.counts)


def _sorted(cells: Array, values: Array, n_cells: int) -> HeldState:
    values = np.ascontiguousarray(values) + 0.0  # one zero
    values[np.isnan(values)] = np.nan  # one NaN
    if len(values):
        order = np.argsort(values.view(f"V{values.itemsize * values.shape[1]}").reshape(-1))
        order = order[np.argsort(cells[order], kind="stable")]
        values = values[order]
    return HeldState(np.bincount(cells, minlength=n_cells).astype(np.int64), values)
