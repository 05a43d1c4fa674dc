"""Exact sums of values per row, and of the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np

from disteval import backend
from disteval.errors import DomainError
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.sums import OpenSums
from disteval.protocol import WEIGHT, Batch, RowFunction, Runs, Schema
from disteval.reductions.state import Array, State, declared

_EXACT_INTEGER = 1 << 53


@dataclass(frozen=True, eq=False)
class SumState(State):
    """Exact sums, one per cell and column: integers in limbs, and counts of what is not finite."""

    base: Array = declared("int64", "shared")
    limbs: Array = declared("int64")
    specials: Array = declared("int64")

    @classmethod
    def zeros(cls, cells: int, columns: int) -> Self:
        """Sums of nothing."""
        return cls(
            np.zeros(1, np.int64),
            np.zeros((cells, columns, 0), np.int64),
            np.zeros((cells, columns, 3), np.int64),
        )

    def canonical(self) -> Self:
        limbs, base = limb_arithmetic.normal(self.limbs, int(self.base[0]))
        return type(self)(np.array([base], np.int64), limbs, self.specials)

    def open(self) -> OpenSums:
        """The same sums, to be added to: sum (cell, column) is number cell * columns + column."""
        sums = self.limbs.shape[0] * self.limbs.shape[1]
        limbs = self.limbs.reshape(sums, self.limbs.shape[-1]).copy()
        return OpenSums(limbs, int(self.base[0]), self.specials.reshape(sums, 3).copy())

    @classmethod
    def sealed(cls, sums: OpenSums, columns: int) -> Self:
        """The canonical state of sums in progress."""
        limbs, base = sums.normal()
        cells = len(limbs) // columns
        return cls(
            np.array([base], np.int64),
            np.ascontiguousarray(limbs.reshape(cells, columns, limbs.shape[-1])),
            sums.specials.reshape(cells, columns, 3).copy(),
        )

    def merged(self, other: Self) -> Self:
        """The sums of both, cell by cell."""
        limbs, base = limb_arithmetic.add(
            self.limbs, int(self.base[0]), other.limbs, int(other.base[0])
        )
        return type(self)(np.array([base], np.int64), limbs, self.specials + other.specials)

    def integers(self) -> list[int]:
        """The sums of the first cell, one a column, in units of 2**(32 * base)."""
        return list(limb_arithmetic.to_integers(self.limbs[0]))

    def fractions(self) -> list[Fraction]:
        """The exact sums of the first cell, one a column; what is not finite is left out."""
        return list(limb_arithmetic.to_fractions(self.limbs[0], int(self.base[0])))

    def special(self, column: int = 0) -> float | None:
        """What the first cell's sum is where not all summands were finite: inf, -inf or nan."""
        positive, negative, nans = self.specials[0, column]
        if nans or (positive and negative):
            return math.nan
        if positive or negative:
            return math.inf if positive else -math.inf
        return None

    def value(self, column: int = 0) -> float:
        """The correctly rounded sum."""
        special = self.special(column)
        return limb_arithmetic.to_float(self.fractions()[column]) if special is None else special


@dataclass(frozen=True)
class ExactSum:
    """The exact sum of a row function's float64 values, times the weights where there are any.

    Parameters
    ----------
    of : row function
        Values (rows,) or (rows, k), float64; or an integer column, then exact beyond 2**53.
    columns : int
        1: all values go to one sum; k: one sum for each of the k columns.

    Notes
    -----
    State: limbs of 32 bits on fixed anchors, some 50 bytes a sum (600 at most, for values from
    the smallest double to the largest).
    Exact: merge is integer addition; the sum is that of the values fl(w * x), of any size.
    """

    of: RowFunction
    columns: int = 1

    def empty(self, cells: int = 1) -> SumState:
        """The sums of no rows."""
        return SumState.zeros(cells, self.columns)

    def update(self, state: SumState | OpenSums, batch: Batch) -> OpenSums:
        """Add the values of a batch."""
        sums = state.open() if isinstance(state, SumState) else state
        squared = getattr(self.of, "squared", None)
        if squared is not None and self._fits_kernel(batch):
            y, p = batch["y_true"], batch["y_pred"]
            runs, _ = place(batch, each=math.prod(y.shape[1:]))
            sums.add_difference(y.reshape(-1), p.reshape(-1), runs, squared=squared)
            return sums
        values = batch.derive(self.of)
        if values.dtype.kind in "iub":
            self._add_integers(sums, values, batch)
            return sums
        self._add(sums, _weighted(float64(values), batch), batch)
        return sums

    def seal(self, state: SumState | OpenSums) -> SumState:
        """The canonical form."""
        return state if isinstance(state, SumState) else SumState.sealed(state, self.columns)

    def merge(self, a: SumState, b: SumState) -> SumState:
        """Integer addition."""
        return a.merged(b)

    def reveals(self, schema: Schema) -> frozenset[str]:
        """The columns whose NaN the row function carries, and the weights."""
        carried = frozenset(getattr(self.of, "carries", ()))
        return carried | {WEIGHT} if carried and WEIGHT in schema else carried

    def saw_nan(self, state: SumState) -> bool:
        """Whether some value was NaN."""
        return bool(state.specials[..., 2].any())

    def _fits_kernel(self, batch: Batch) -> bool:
        """Whether the compiled loop that never forms the row values can serve."""
        y, p = batch["y_true"], batch["y_pred"]
        return (
            self.columns == 1
            and batch.weight is None
            and (not batch.sliced or batch.runs is not None)
            and not backend.is_device(y)
            and y.dtype == p.dtype
            and y.dtype in (np.float32, np.float64)
            and y.shape == p.shape
        )

    def _add(self, sums: OpenSums, values: Any, batch: Batch) -> None:
        if self.columns == 1:
            sums.add(values.reshape(-1), *place(batch, each=math.prod(values.shape[1:])))
        else:
            add_columns(sums, values, batch, self.columns)

    def _add_integers(self, sums: OpenSums, values: Any, batch: Batch) -> None:
        xp = backend.namespace(values)
        plain = batch.weight is None and not batch.sliced and self.columns == 1
        if values.dtype.kind == "b" and plain:
            sums.add_whole(int(xp.count_nonzero(values)))
            return
        wide = values.dtype.itemsize > 4 and len(values) > 0
        if wide and (int(values.max()) > _EXACT_INTEGER or int(values.min()) < -_EXACT_INTEGER):
            if batch.weight is not None:
                worst = max(int(values.max()), -int(values.min()))
                msg = (
                    "expected integers within ±2**53 where there are sample weights, got "
                    f"{worst}; leave the weights out, or scale the integers"
                )
                raise DomainError(msg)
            low = (values & xp.asarray(0xFFFFFFFF, dtype=values.dtype)).astype(xp.float64)
            self._add(sums, low, batch)
            values = (values >> 32).astype(xp.float64) * 4294967296.0
        self._add(sums, _weighted(values.astype(xp.float64), batch), batch)


@dataclass(frozen=True)
class TotalWeight:
    """The exact sum of the sample weights; without weights, the number of rows.

    Parameters
    ----------
    columns : int
        1: all weights go to one sum; k: each of the k weights of a row to a sum of its own.

    Notes
    -----
    State: one exact sum a cell (or k).
    Exact: always.
    """

    columns: int = 1

    def empty(self, cells: int = 1) -> SumState:
        """No weight."""
        return SumState.zeros(cells, self.columns)

    def update(self, state: SumState | OpenSums, batch: Batch) -> OpenSums:
        """Add the weights of a batch."""
        sums = state.open() if isinstance(state, SumState) else state
        weight = batch.weight
        if weight is not None and self.columns > 1:
            add_columns(sums, float64(weight).reshape(batch.rows, -1), batch, self.columns)
        elif weight is not None:
            each = math.prod(weight.shape[1:])
            sums.add(float64(weight).reshape(-1), *place(batch, each=each))
        elif not batch.sliced:
            sums.add_whole(batch.rows)
        elif batch.runs is not None:
            counts = np.zeros(len(sums.limbs), np.int64)
            counts[batch.runs.cells] = np.diff(batch.runs.bounds)
            sums.add_counts(counts)
        else:
            xp = backend.namespace(batch.cells)
            counts = xp.bincount(batch.cells, minlength=len(sums.limbs))
            sums.add_counts(backend.to_host(counts).astype(np.int64))
        return sums

    def seal(self, state: SumState | OpenSums) -> SumState:
        """The canonical form."""
        return state if isinstance(state, SumState) else SumState.sealed(state, self.columns)

    def merge(self, a: SumState, b: SumState) -> SumState:
        """Integer addition."""
        return a.merged(b)


def _weighted(values: Any, batch: Batch) -> Any:
    """Fl(w * x): one rounding a row, the same everywhere."""
    if batch.weight is None:
        return values
    weight = float64(batch.weight)
    return values * weight.reshape(*weight.shape, *(1,) * (values.ndim - weight.ndim))


def float64(array: Any) -> Any:
    """The array widened to C-contiguous float64 (itself where it is that already)."""
    xp = backend.namespace(array)
    if array.dtype.kind in "iu" and array.dtype.itemsize > 4 and len(array):
        worst = max(int(array.max()), -int(array.min()))
        if worst > _EXACT_INTEGER:
            msg = f"expected integers within ±2**53, got {worst}; scale them, or give floats"
            raise DomainError(msg)
    return xp.ascontiguousarray(array, dtype=xp.float64)


def place(batch: Batch, columns: int = 1, column: int = 0, each: int = 1) -> tuple[Any, int]:
    """The `index` and `to` of `OpenSums.add` for the values of a batch.

    Parameters
    ----------
    columns, column : how many sums a cell has, and which of them
    each : values of a row
    """
    if not batch.sliced:
        return None, column
    if batch.runs is not None:
        return Runs(batch.runs.cells * columns + column, batch.runs.bounds * each), 0
    cells = batch.cells
    if each != 1:
        cells = backend.namespace(cells).repeat(cells, each)
    return cells * columns + column, 0


def add_columns(sums: OpenSums, values: Any, batch: Batch, columns: int) -> None:
    """Add values (rows, k) to the sums 0, 1, ... of the row's cell, which has `columns` sums."""
    xp = backend.namespace(values)
    for j in range(values.shape[1]):
        sums.add(xp.ascontiguousarray(values[:, j]), *place(batch, columns, j))


def quotients(total: SumState, weight: SumState, elements: int = 1) -> list[float]:
    """Mean of each column of the first cell, rounded once; NaN for zero weight.

    ``elements`` is how many values of a row went to each sum.
    """
    w = int(weight.integers()[0]) * elements
    w_base, base = int(weight.base[0]), int(total.base[0])
    w_special = weight.special()
    out = []
    for column, s in enumerate(total.integers()):
        special = total.special(column)
        if w_special is not None:
            out.append(math.nan)
        elif special is not None:
            out.append(special if w > 0 else math.nan if w == 0 else -special)
        else:
            out.append(limb_arithmetic.to_quotient(s, base, w, w_base) if w else math.nan)
    return out
