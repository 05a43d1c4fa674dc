"""Exact sums of rows in numbered bins: of the weight, and of the columns of a row function."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Self

import numpy as np

from disteval import backend
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.sums import OpenSums
from disteval.protocol import Batch, RowFunction, Runs
from disteval.reductions.sorting import sorted_batch
from disteval.reductions.state import Array, State, declared
from disteval.reductions.sums import float64


class BinTotals(NamedTuple):
    """What fell into one bin.

    Parameters
    ----------
    rows : whatever their weight
    weight : exact; what is not finite is left out
    values : the exact sum of each column, each value times the row's weight
    finite : whether all weights and values were finite
    """

    rows: int
    weight: Fraction
    values: tuple[Fraction, ...]
    finite: bool


_FEW_BINS = 64


@dataclass(frozen=True, eq=False)
class BinnedState(State):
    """Rows, total weight and sums per cell and bin; the weight is the first of the sums."""

    rows: Array = declared("int64")
    base: Array = declared("int64", "shared")
    limbs: Array = declared("int64")
    specials: Array = declared("int64")

    @classmethod
    def zeros(cls, cells: int, bins: int, columns: int) -> Self:
        """No rows."""
        return cls(
            np.zeros((cells, bins), np.int64),
            np.zeros(1, np.int64),
            np.zeros((cells, bins, 1 + columns, 0), np.int64),
            np.zeros((cells, bins, 1 + columns, 3), np.int64),
        )

    def canonical(self) -> Self:
        limbs, base = limb_arithmetic.normal(self.limbs, int(self.base[0]))
        return type(self)(self.rows, np.array([base], np.int64), limbs, self.specials)

    def merged(self, other: Self) -> Self:
        """The sums of both, bin by bin."""
        limbs, base = limb_arithmetic.add(
            self.limbs, int(self.base[0]), other.limbs, int(other.base[0])
        )
        base_of_both = np.array([base], np.int64)
        return type(self)(
            self.rows + other.rows, base_of_both, limbs, self.specials + other.specials
        )

    def totals(self) -> list[BinTotals]:
        """What fell into each bin of the first cell."""
        return bin_totals(self.rows, self.base, self.limbs, self.specials)


def bin_totals(rows: Array, base: Array, limbs: Array, specials: Array) -> list[BinTotals]:
    """Exact totals of each bin of the first cell."""
    sums = limb_arithmetic.to_fractions(limbs[0], int(base[0]))
    finite = ~specials[0].any(axis=(1, 2))
    return [
        BinTotals(int(n), of_bin[0], tuple(of_bin[1:]), bool(ok))
        for n, of_bin, ok in zip(rows[0], sums, finite, strict=True)
    ]


class OpenBins:
    """Bins that are still being added to.

    Parameters
    ----------
    rows : int64 array (cells, bins)
    base, limbs, specials : as in a state
    """

    __slots__ = ("columns", "rows", "shape", "sums")

    def __init__(self, rows: Array, base: int, limbs: Array, specials: Array) -> None:
        self.shape = rows.shape
        self.columns = limbs.shape[2] - 1
        self.rows = rows.reshape(-1).copy()
        places = rows.size * (1 + self.columns)
        self.sums = OpenSums(
            limbs.reshape(places, limbs.shape[-1]).copy(), base, specials.reshape(places, 3).copy()
        )

    def add(self, bins: Any, values: Any, batch: Batch) -> None:
        """Add the rows of a batch.

        Parameters
        ----------
        bins : int64 array (rows,)
            The bin of each row.
        values : array (rows,), or (rows, columns)
        """
        if not batch.rows:
            return
        xp = backend.namespace(values)
        values = values if values.dtype == xp.float64 else float64(values)
        values = values.reshape(batch.rows, self.columns)
        at = xp.asarray(bins)
        if self.rows.size <= _FEW_BINS and xp is np and not batch.sliced:
            self._add_sorted(at, values, batch)
            return
        if batch.sliced:
            at = at + batch.cells * self.shape[1]
        counts = backend.to_host(xp.bincount(at, minlength=len(self.rows)))
        self.rows += counts
        at = at * (1 + self.columns)
        if batch.weight is None:
            whole = np.zeros((len(self.rows), 1 + self.columns), np.int64)
            whole[:, 0] = counts
            self.sums.add_counts(whole.reshape(-1))
        else:
            weight = float64(batch.weight)
            self.sums.add(weight, at)
            values = values * weight[:, None]
        for j in range(self.columns):
            self.sums.add(xp.ascontiguousarray(values[:, j]), at + (1 + j))

    def _add_sorted(self, at: Array, values: Array, batch: Batch) -> None:
        """Add the rows bin by bin: a third of the time of one by one, where bins are few."""
        columns: dict[Any, Any] = {
            j: np.ascontiguousarray(values[:, j]) for j in range(self.columns)
        }
        if batch.weight is not None:
            weight = float64(batch.weight)
            columns = {j: column * weight for j, column in columns.items()} | {-1: weight}
        rows = Batch(columns or {"bins": at}, buffers=batch._buffers)
        ordered = sorted_batch(rows, at.astype(np.int32), len(self.rows))
        assert ordered.runs is not None
        cells, bounds = ordered.runs
        counts = np.zeros(len(self.rows), np.int64)
        counts[cells] = np.diff(bounds)
        self.rows += counts
        if batch.weight is None:
            whole = np.zeros((len(self.rows), 1 + self.columns), np.int64)
            whole[:, 0] = counts
            self.sums.add_counts(whole.reshape(-1))
        for j in columns:
            self.sums.add(ordered[j], Runs(cells * (1 + self.columns) + (1 + j), bounds))

    def normal(self) -> tuple[Array, Array, Array, Array]:
        """Rows, base, limbs and specials, by cell and bin."""
        limbs, base = self.sums.normal()
        shape = (*self.shape, 1 + self.columns)
        return (
            self.rows.reshape(self.shape).copy(),
            np.array([base], np.int64),
            np.ascontiguousarray(limbs.reshape(*shape, limbs.shape[-1])),
            self.sums.specials.reshape(*shape, 3).copy(),
        )


@dataclass(frozen=True)
class BinnedSums:
    """For each of a number of bins: rows, total weight, and the sums of a row function.

    Parameters
    ----------
    bin : row function
        The bin of each row, int64 (rows,), in [0, bins).
    of : row function
        Values (rows,) or (rows, columns).
    bins : int
    columns : int
        Values of a row.

    Notes
    -----
    State: an integer and 1 + columns exact sums a bin.
    Exact: always; the sums are those of the values fl(w * x).
    """

    bin: RowFunction
    of: RowFunction
    bins: int
    columns: int = 1

    def empty(self, cells: int = 1) -> BinnedState:
        """No rows."""
        return BinnedState.zeros(cells, self.bins, self.columns)

    def update(self, state: BinnedState | OpenBins, batch: Batch) -> OpenBins:
        """Add a batch."""
        if isinstance(state, BinnedState):
            state = OpenBins(state.rows, int(state.base[0]), state.limbs, state.specials)
        state.add(batch.derive(self.bin), batch.derive(self.of), batch)
        return state

    def seal(self, state: BinnedState | OpenBins) -> BinnedState:
        """The canonical form."""
        return state if isinstance(state, BinnedState) else BinnedState(*state.normal())

    def merge(self, a: BinnedState, b: BinnedState) -> BinnedState:
        """Addition."""
        return a.merged(b)
