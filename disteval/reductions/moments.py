"""Exact first and second moments of one or two columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from disteval import backend
from disteval.numerics import products
from disteval.numerics.sums import OpenSums
from disteval.protocol import WEIGHT, Batch, RowFunction, Schema
from disteval.reductions.sums import SumState, float64, place


class MomentSums(NamedTuple):
    """Exact weighted sums of one output column."""

    x: Fraction
    y: Fraction
    xx: Fraction
    xy: Fraction
    yy: Fraction


@dataclass(frozen=True)
class Moments:
    """Exact sums of x, y, x*x, x*y and y*y, times the weights where there are any.

    The weights are of rows, or of single elements: one for each column, or for so many in turn.

    Parameters
    ----------
    x, y : row functions
        Values (rows,) or (rows, k).
    columns : int
        The k of the values; 1 for (rows,).

    Notes
    -----
    State: five exact sums a column.
    Exact: the sums are those of the products of the inputs themselves, not of rounded products,
    so that variance, R² and correlation are exact rationals, rounded once, at any offset.
    """

    x: RowFunction
    y: RowFunction
    columns: int = 1

    def empty(self, cells: int = 1) -> SumState:
        """The sums of no rows."""
        return SumState.zeros(cells, 5 * self.columns)

    def update(self, state: SumState | OpenSums, batch: Batch) -> OpenSums:
        """Add the rows of a batch."""
        sums = state.open() if isinstance(state, SumState) else state
        x, y = (_matrix(batch.derive(f)) for f in (self.x, self.y))
        narrow = products.is_narrow(x.dtype) and products.is_narrow(y.dtype)
        if narrow and self._fits_kernel(batch, x, y):
            runs, _ = place(batch, 5)
            sums.add_moments(x.reshape(-1), y.reshape(-1), runs)
            return sums
        x, y = float64(x), float64(y)
        weights = None if batch.weight is None else _matrix(float64(batch.weight))
        for j in range(self.columns):
            a, b = (_column(v, j) for v in (x, y))
            weight = (
                None if weights is None else _column(weights, j * weights.shape[1] // self.columns)
            )
            for k, factors in enumerate(((a,), (b,), (a, a), (a, b), (b, b))):
                index = place(batch, 5 * self.columns, 5 * j + k)
                given = factors if weight is None else (weight, *factors)
                # a single factor times nothing is itself; narrow pairs are exact in float64
                if len(given) == 1:
                    sums.add(given[0], *index)
                elif narrow and weight is None:
                    sums.add(given[0] * given[1], *index)
                else:
                    products.add_products(sums, given, *index)
        return sums

    def seal(self, state: SumState | OpenSums) -> SumState:
        """The canonical form."""
        return state if isinstance(state, SumState) else SumState.sealed(state, 5 * self.columns)

    def merge(self, a: SumState, b: SumState) -> SumState:
        """Integer addition."""
        return a.merged(b)

    def reveals(self, schema: Schema) -> frozenset[str]:
        """The columns whose NaN the row functions carry, and the weights."""
        carried = frozenset((*getattr(self.x, "carries", ()), *getattr(self.y, "carries", ())))
        return carried | {WEIGHT} if carried and WEIGHT in schema else carried

    def saw_nan(self, state: SumState) -> bool:
        """Whether some value was NaN."""
        return bool(state.specials[..., 2].any())

    def _fits_kernel(self, batch: Batch, x: Any, y: Any) -> bool:
        """Whether the compiled loop that forms the products in cache can serve."""
        return (
            self.columns == 1
            and batch.weight is None
            and (not batch.sliced or batch.runs is not None)
            and not backend.is_device(x)
            and x.dtype == y.dtype == "float32"
        )

    def sums(self, state: SumState) -> list[MomentSums | None]:
        """The sums of each column; None where a value was not finite."""
        fractions = state.fractions()
        return [
            None
            if state.specials[0, 5 * j : 5 * j + 5].any()
            else MomentSums(*fractions[5 * j : 5 * j + 5])
            for j in range(self.columns)
        ]


def _column(values: Any, j: int) -> Any:
    """Column j, contiguous."""
    return backend.namespace(values).ascontiguousarray(values[:, j])


def _matrix(values: Any) -> Any:
    return values.reshape(len(values), math.prod(values.shape[1:]))


def variance(s: Fraction, ss: Fraction, weight: Fraction) -> Fraction:
    """Population variance from a sum, a sum of squares and the total weight."""
    return (weight * ss - s * s) / (weight * weight)
