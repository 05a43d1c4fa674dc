"""Counts in numbered bins, by integers; weighted, by exact sums of the weights."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

import numpy as np

from disteval import backend
from disteval.errors import DomainError
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.sums import OpenSums
from disteval.protocol import Batch, RowFunction
from disteval.reductions.state import Array, State, declared
from disteval.reductions.sums import float64

_FEW_RUNS = 128


@dataclass(frozen=True, eq=False)
class CountState(State):
    """Rows, and total weights, per cell and bin."""

    counts: Array = declared("int64")
    base: Array = declared("int64", "shared")
    limbs: Array = declared("int64")

    @classmethod
    def zeros(cls, cells: int, bins: int) -> Self:
        """No rows."""
        return cls(
            np.zeros((cells, bins), np.int64),
            np.zeros(1, np.int64),
            np.zeros((cells, bins, 0), np.int64),
        )

    def canonical(self) -> Self:
        limbs, base = limb_arithmetic.normal(self.limbs, int(self.base[0]))
        return type(self)(self.counts, np.array([base], np.int64), limbs)

    @property
    def rows(self) -> int:
        """Rows (or elements) in the first bin of the first cell, counted without weights."""
        return int(self.counts[0, 0])

    def merged(self, other: Self) -> Self:
        """Counts of both."""
        limbs, base = limb_arithmetic.add(
            self.limbs, int(self.base[0]), other.limbs, int(other.base[0])
        )
        return type(self)(self.counts + other.counts, np.array([base], np.int64), limbs)

    def totals(self) -> list[int | Fraction]:
        """Total weight of each bin of the first cell; ints where there were no weights."""
        counts = [int(c) for c in self.counts[0]]
        if not self.limbs.shape[-1]:
            return list(counts)
        weights = limb_arithmetic.to_fractions(self.limbs[0], int(self.base[0]))
        return [c + w for c, w in zip(counts, weights, strict=True)]


class OpenCounts:
    """Counts that are still being added to."""

    __slots__ = ("bins", "counts", "weights")

    def __init__(self, state: CountState) -> None:
        cells, self.bins = state.counts.shape
        self.counts = state.counts.reshape(-1).copy()
        limbs = state.limbs.reshape(cells * self.bins, state.limbs.shape[-1])
        self.weights = OpenSums(limbs.copy(), int(state.base[0]), _no_specials(len(self.counts)))

    def add(self, index: Any, batch: Batch, weight: Any = None) -> None:
        """Count each row (or each element of a flattened batch) in the bin index[i] of its cell.

        Parameters
        ----------
        index : int64 array (n,)
            Bin of each element, n a multiple of the batch's rows.
        weight : float64 array (n,), optional
            Checked by `weights_of_counts`.
        """
        xp = backend.namespace(index)
        if batch.cells is not None:
            each = len(index) // max(batch.rows, 1)
            cells = batch.cells if each == 1 else xp.repeat(batch.cells, each)
            index = index + cells * self.bins
        if weight is not None:
            self.weights.add(weight, index)
        elif len(self.counts) > 4 * len(index):
            np.add.at(self.counts, backend.to_host(index), 1)
        else:
            counted = xp.bincount(index, minlength=len(self.counts))
            self.counts += backend.to_host(counted)

    def sealed(self) -> CountState:
        """The canonical state."""
        limbs, base = self.weights.normal()
        cells = len(self.counts) // self.bins
        return CountState(
            self.counts.reshape(cells, self.bins).copy(),
            np.array([base], np.int64),
            np.ascontiguousarray(limbs.reshape(cells, self.bins, limbs.shape[-1])),
        )


@dataclass(frozen=True)
class Count:
    """How many rows (or elements) a predicate holds for; their total weight with weights.

    Parameters
    ----------
    of : row function
        Booleans (rows,) or (rows, k); in the latter case every element counts.
    weighted : bool
        False: rows are counted whatever their weight.

    Notes
    -----
    State: an integer a cell, or an exact sum of weights.
    Exact: always, to 2**63 rows.
    """

    of: RowFunction
    weighted: bool = True

    def empty(self, cells: int = 1) -> CountState:
        """No rows."""
        return CountState.zeros(cells, 1)

    def update(self, state: CountState | OpenCounts, batch: Batch) -> OpenCounts:
        """Count a batch."""
        counts = OpenCounts(state) if isinstance(state, CountState) else state
        holds = batch.derive(self.of)
        weight = weights_of_counts(batch, holds.shape[1:]) if self.weighted else None
        xp = backend.namespace(holds)
        if weight is None and not batch.sliced:
            counts.counts[0] += int(xp.count_nonzero(holds))
            return counts
        each = int(np.prod(holds.shape[1:], dtype=np.int64))
        if weight is None and batch.runs is not None:
            bounds = batch.runs.bounds * each
            counts.counts[batch.runs.cells] += _true_in_runs(holds.reshape(-1), bounds)
            return counts
        elements = xp.flatnonzero(holds.reshape(-1))
        rows = elements // each
        index = xp.zeros(len(rows), xp.int64)
        cells = None if not batch.sliced else batch.cells[rows]
        chosen = Batch({"rows": rows}, batch.origins, cells, batch.n_cells)
        counts.add(index, chosen, None if weight is None else weight[elements])
        return counts

    def seal(self, state: CountState | OpenCounts) -> CountState:
        """The canonical form."""
        return state if isinstance(state, CountState) else state.sealed()

    def merge(self, a: CountState, b: CountState) -> CountState:
        """Addition."""
        return a.merged(b)


def _true_in_runs(holds: Array, bounds: Array) -> Any:
    if len(bounds) > _FEW_RUNS:
        return np.add.reduceat(holds, bounds[:-1], dtype=np.int64)
    # an eighth of the time, where runs are long
    return [np.count_nonzero(holds[a:b]) for a, b in pairwise(bounds.tolist())]


def weights_of_counts(batch: Batch, shape: tuple[int, ...] = ()) -> Any:
    """The sample weights as float64, or None. Counts refuse negative and infinite ones.

    Parameters
    ----------
    shape : of what a row counts
        Its elements have the weight of their row; or each its own, where weights are of elements
        (of its leading axes, or all of them). The weights are then one flat array.
    """
    if batch.weight is None:
        return None
    weight = float64(batch.weight)
    xp = backend.namespace(weight)
    bad = ~((weight >= 0) & (weight < float("inf")))
    if bool(bad.any()):
        at = int(xp.flatnonzero(bad.reshape(-1))[0])
        row, found = at // (weight.size // len(weight)), float(weight.reshape(-1)[at])
        piece, offset = batch.locate(row)
        msg = (
            "expected finite, non-negative sample weights where rows are counted, got "
            f"{found} in row {offset}{f' of piece {piece}' if piece else ''}; "
            "only sums and means take negative weights"
        )
        raise DomainError(msg)
    if not shape:
        return weight
    aligned = weight.reshape(*weight.shape, *(1,) * (1 + len(shape) - weight.ndim))
    return xp.ascontiguousarray(xp.broadcast_to(aligned, (len(weight), *shape))).reshape(-1)


def _no_specials(sums: int) -> Array:
    return np.zeros((sums, 3), np.int64)
