"""Which values occur, while they are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from disteval import backend
from disteval.numerics.contiguous import for_kernel
from disteval.protocol import Batch, RowFunction
from disteval.reductions.state import Array, State, declared

MOST = 8
_SAMPLE = 1024


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


class Signs(NamedTuple):
    """Which values are above zero; all of them or-ed, of integers on the host, else None."""

    above: Any
    bits: int | None = None


@dataclass(frozen=True)
class SignsOf:
    """The signs of numbers, and in the same pass whether there are others than 0 and 1.

    Parameters
    ----------
    of : row function
    """

    of: RowFunction

    def __call__(self, batch: Batch) -> Signs:
        values = batch.derive(self.of)
        if not isinstance(values, np.ndarray) or values.dtype.char not in "ilqILQ":
            return Signs(values if values.dtype == bool else values > 0)
        from disteval.numerics.kernels.counting import above_zero

        above = np.empty(values.shape, bool)
        flat = for_kernel(np.ascontiguousarray(values).reshape(-1))
        return Signs(above, int(above_zero(flat, above.reshape(-1))))


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
            whole = values.dtype.kind in "iu"
            bits = batch.derive(SignsOf(self.of)).bits if whole else None
            new = _new_values(values, state, bits)
            cells = np.zeros(len(new), np.int64)
        else:
            new = backend.to_host(values).astype(np.float64).reshape(-1)
            cells = np.repeat(backend.to_host(batch.cells), len(new) // batch.rows)
            keep = _are_new(new, cells, state)
            new, cells = new[keep], cells[keep]
        return _with(state, cells, new) if len(new) else state

    def seal(self, state: DistinctState) -> DistinctState:
        """The state itself."""
        return state

    def merge(self, a: DistinctState, b: DistinctState) -> DistinctState:
        """The values of both."""
        cells, places = np.nonzero(_counted(b))
        merged = _with(a, cells, b.values[cells, places])
        number = np.where(b.number > MOST, MOST + 1, merged.number)
        return DistinctState(merged.values, number)


def _new_values(values: Any, state: DistinctState, bits: int | None) -> Array:
    """What an only cell does not know yet; nearly always nothing."""
    known = state.of_cell()
    ends = _ends(values, bits) if values.dtype.kind in "iub" else None
    if ends is not None and _covers(known, *ends):
        return np.zeros(0)
    if state.number[0] > MOST:  # only values below the largest of the smallest matter
        values = values[values < known[-1]]
    values = values.reshape(-1)
    # a few rows tell nearly all values, in no time
    first = _distinct(_others(values[:_SAMPLE], known))
    if len(first) > MOST:
        return _distinct(_others(values, known))
    known = [*known, *first.tolist()]
    if ends is not None and _covers(known, *ends):
        return first
    return np.concatenate([first, _distinct(_others(values, known))])


def _ends(values: Any, bits: int | None) -> tuple[int, int]:
    """Between what integers lie."""
    if bits is not None and 0 <= bits <= 1:  # no other bit is set in any
        return 0, bits
    return int(values.min()), int(values.max())


def _covers(known: list[float], low: int, high: int) -> bool:
    """Whether all integers from low to high are known."""
    return high - low < MOST and {*range(low, high + 1)} <= {*known}


def _others(values: Any, known: list[float]) -> Any:
    """The values that are not known."""
    if not known or not values.size:
        return values
    xp = backend.namespace(values)
    old = xp.zeros(values.shape, bool)
    for value in known:
        # integers are compared as such, in half the time
        whole = values.dtype.kind in "iu" and value.is_integer()
        old |= values == (int(value) if whole else value)
    return values[:0] if bool(old.all()) else values[~old]


def _distinct(values: Any) -> Array:
    """Each value once, on the host; no NaN, and one zero."""
    if not values.size:
        return np.zeros(0)
    found = backend.to_host(backend.namespace(values).unique(values)).astype(np.float64) + 0.0
    return np.asarray(found[~np.isnan(found)])


def _are_new(values: Array, cells: Array, state: DistinctState) -> Array:
    """Which values their cells do not know yet."""
    new = ~np.isnan(values) & ((state.number <= MOST)[cells] | (values < state.values[cells, -1]))
    counted = _counted(state)
    for place in np.flatnonzero(counted.any(axis=0)).tolist():
        new &= (values != state.values[cells, place]) | ~counted[cells, place]
    return np.asarray(new)


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
