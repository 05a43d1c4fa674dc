"""Cosine similarity, with the signs that it has had."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from disteval import backend
from disteval.metrics.base import EPSILON, NO_WEIGHT, is_weightless, mean
from disteval.metrics.regression.fits import moments
from disteval.metrics.regression.outputs import as_float, averaged, exactly
from disteval.metrics.similarity.axes import AlongAxis, Lines
from disteval.numerics import limbs, rows
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Metric, Outcome, Schema, Value
from disteval.reductions import SumState
from disteval.reductions.moments import MomentSums

_LEAST, _MOST = 1.1e-14, 1e150


@dataclass(frozen=True)
class Cosine:
    """Σ n(y) n(p) along the vectors of each row, with n(x) = x / max(norm of x, 1e-7)."""

    lines: Lines

    carries: ClassVar[tuple[str, ...]] = (Y_TRUE, Y_PRED)

    def __call__(self, batch: Batch) -> Any:
        y, p = self.lines.pair(batch)
        xp = backend.namespace(y)
        yy, pp = rows.row_sum(y * y), rows.row_sum(p * p)
        cosine = rows.row_sum(y * p) / xp.sqrt(yy * pp)
        # where a norm counts as 1e-7, or a square leaves the range of float64, or there is a NaN
        odd = ~((yy > _LEAST) & (pp > _LEAST) & (yy < _MOST) & (pp < _MOST))
        if bool(odd.any()):
            n = _normalized(y, yy)
            n *= _normalized(p, pp)
            cosine = xp.where(odd, rows.row_sum(n), cosine)
        return self.lines.values(xp.minimum(xp.maximum(cosine, -1.0), 1.0), batch)


def _normalized(x: Any, squares: Any) -> Any:
    xp = backend.namespace(x)
    largest = rows.row_max(abs(x))
    scaled = x / xp.where(largest > 0, largest, 1.0)[:, None]
    huge = largest * xp.sqrt(rows.row_sum(scaled * scaled))
    norm = xp.where(squares < math.inf, xp.sqrt(squares), huge)
    return x / xp.maximum(norm, EPSILON)[:, None]


@dataclass(frozen=True, repr=False)
class _Cosines(AlongAxis):
    """The mean cosine of vectors, times a sign."""

    sign: ClassVar[int] = 1

    @property
    def values(self) -> Cosine:
        """The cosine of each vector."""
        assert self.lines is not None
        return Cosine(self.lines)

    def compute(self, total: SumState, weight: SumState, *_: Any) -> Value | Outcome:
        """The mean of rows, or of the columns of the dataset."""
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        if self.lines is not None:
            return self.sign * mean(total, weight, self.elements) + 0.0
        sums = moments(self.columns).sums(total)
        found = averaged([exactly(_of(s)) for s in sums], "uniform_average")
        return self.sign * as_float(found) + 0.0


def _of(sums: MomentSums | None) -> float:
    """The cosine of two columns, rounded once."""
    if sums is None:
        return math.nan
    if not sums.xx * sums.yy:
        return 0.0
    root = limbs.sqrt(sums.xy * sums.xy / (sums.xx * sums.yy))
    return math.copysign(root, sums.xy)


@dataclass(frozen=True, repr=False)
class CosineSimilarity(_Cosines):
    """Mean cosine of the angles between labels and predictions, Σ wᵢ cos(yᵢ, pᵢ) / Σ wᵢ.

    Parameters
    ----------
    axis : int
        Along which the vectors lie, the rows being axis 0. -1: each row is a vector. 0: each
        column of the dataset is one, and the value is the mean over columns.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero. A vector of zeros has the cosine 0.0.

    Notes
    -----
    Along a row a vector whose norm is below 1e-7 is divided by that, as in Keras. (N,) is (N, 1)
    here as everywhere, rows of one number, whose cosine is a sign: for the cosine of two whole
    columns say ``axis=0``.

    Shapes: numbers (N, k) or (N, ..., k), y_true and y_pred alike.
    Range: [-1, 1], higher is better.
    State: one exact sum and the total weight; for axis=0 five exact sums a column (`Moments`).
    Exact: the exact mean of the float64 cosines of the rows, rounded once; for axis=0 each is
        the root of a rational number, rounded once.
    Reference: keras.metrics.CosineSimilarity.

    Examples
    --------
    >>> CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [2.0, 2.0]])
    0.5
    >>> CosineSimilarity(axis=0)([3.0, 4.0], [4.0, 3.0])
    0.96
    """

    key: ClassVar[str] = "cosine_similarity"


@dataclass(frozen=True, repr=False)
class CosineLoss(_Cosines):
    """Minus the mean cosine, -Σ wᵢ cos(yᵢ, pᵢ) / Σ wᵢ: Keras's loss, and its metric before 2.3.

    Parameters
    ----------
    axis : int
        As of `CosineSimilarity`.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N, k) or (N, ..., k), y_true and y_pred alike.
    Range: [-1, 1], lower is better.
    State: one exact sum and the total weight; for axis=0 five exact sums a column (`Moments`).
    Exact: as `CosineSimilarity`.
    Reference: keras.losses.CosineSimilarity; keras.metrics.cosine_proximity, Keras 2.0.9 to 2.2.

    Examples
    --------
    >>> CosineLoss()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [2.0, 2.0]])
    -0.5
    """

    sign: ClassVar[int] = -1
    key: ClassVar[str] = "losses:cosine_similarity"


@dataclass(frozen=True, repr=False)
class CosineProximity(_Cosines):
    """Minus the mean cosine over the k numbers of a row, -Σ wᵢ cos(yᵢ, pᵢ) / (k Σ wᵢ), as Keras 1.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N, k) or (N, ..., k), y_true and y_pred alike.
    Range: [-1, 1], lower is better.
    State: one exact sum and the total weight.
    Exact: the exact mean of the float64 cosines of the rows, rounded once.
    Reference: keras.metrics.cosine_proximity of Keras 1 to 2.0.8.

    Examples
    --------
    >>> CosineProximity()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [2.0, 2.0]])
    -0.25
    """

    axis: int = field(default=-1, init=False, repr=False)
    sign: ClassVar[int] = -1
    key: ClassVar[str] = "keras1:cosine_proximity"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        resolved = super().resolve(schema)
        assert isinstance(resolved, CosineProximity)
        assert resolved.lines is not None
        return replace(resolved, elements=resolved.elements * resolved.lines.length)
