"""Correlation of labels and predictions: along each row, or of the whole dataset."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from disteval import backend
from disteval.metrics.base import EPSILON, NO_WEIGHT, is_weightless, mean
from disteval.metrics.regression.fits import moments
from disteval.metrics.regression.outputs import averaged, exactly, weights_of_outputs
from disteval.metrics.similarity.axes import AlongAxis, Lines
from disteval.numerics import limbs, rows
from disteval.protocol import Batch, Outcome, RowFunction, Schema, Value
from disteval.reductions import SumState
from disteval.reductions.moments import MomentSums

_UNDEFINED = "a vector is constant, or not finite"


class Spread(NamedTuple):
    """Sums over each vector, of deviations from the means, and the difference of the means."""

    both: Any
    true: Any
    pred: Any
    shift: Any


@dataclass(frozen=True)
class Spreads:
    """Second moments of the vectors of each row."""

    lines: Lines

    def __call__(self, batch: Batch) -> Spread:
        y, p = self.lines.pair(batch)
        dy, y_mean = _deviations(y)
        dp, p_mean = _deviations(p)
        shift = (y[:, 0] - p[:, 0]) + (y_mean - p_mean)
        both, true, pred = (rows.row_sum(a * b) for a, b in ((dy, dp), (dy, dy), (dp, dp)))
        return Spread(both, true, pred, shift)


def _deviations(x: Any) -> tuple[Any, Any]:
    """Deviations from the mean, and the mean less the first value; of equal values exactly 0."""
    d = x - x[:, :1]
    middle = rows.row_sum(d) / x.shape[1]
    d -= middle[:, None]
    return d, middle


@dataclass(frozen=True)
class RowCorrelation:
    """Pearson's correlation of the vectors of each row; NaN where one is constant."""

    lines: Lines

    def __call__(self, batch: Batch) -> Any:
        s = batch.derive(Spreads(self.lines))
        xp = backend.namespace(s.both)
        product = s.true * s.pred
        safe = (product > 1e-280) & (product < math.inf)
        root = xp.where(safe, xp.sqrt(product), xp.sqrt(s.true) * xp.sqrt(s.pred))
        r = s.both / root
        return self.lines.values(xp.minimum(xp.maximum(r, -1.0), 1.0), batch)


@dataclass(frozen=True)
class RowConcordance:
    """Lin's concordance of the vectors of each row, with 1e-7 in the denominator."""

    lines: Lines

    def __call__(self, batch: Batch) -> Any:
        s = batch.derive(Spreads(self.lines))
        k = float(self.lines.length)
        denominator = (s.true + s.pred) / k + s.shift * s.shift + EPSILON
        return self.lines.values(2.0 * (s.both / k) / denominator, batch)


class _Scatter(NamedTuple):
    """Exact central moments of two columns, times the square of the weight."""

    both: Fraction
    true: Fraction
    pred: Fraction
    shift: Fraction
    weight: Fraction


def _scatter(s: MomentSums, w: Fraction) -> _Scatter:
    return _Scatter(w * s.xy - s.x * s.y, w * s.xx - s.x * s.x, w * s.yy - s.y * s.y, s.x - s.y, w)


@dataclass(frozen=True, repr=False)
class _Correlations(AlongAxis):
    """The mean correlation of vectors."""

    def is_of_dataset(self, schema: Schema) -> bool:
        """Rows of one number have no correlation: that of the dataset is meant."""
        return not schema["y_true"].shape

    def of_columns(self, scatter: _Scatter) -> float:
        """The correlation of two columns, rounded once."""
        raise NotImplementedError

    def compute(self, total: SumState, weight: SumState, *_: Any) -> Value | Outcome:
        """The mean of rows, or of the columns of the dataset."""
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        value = (
            self._of_dataset(total, weight)
            if self.lines is None
            else mean(total, weight, self.elements)
        )
        return value if value == value else Outcome(value, undefined=_UNDEFINED)  # noqa: PLR0124

    def _of_dataset(self, total: SumState, weight: SumState) -> Any:
        sums = moments(self.columns).sums(total)
        pairs = zip(sums, weights_of_outputs(weight, self.columns), strict=True)
        found = [
            math.nan if s is None or weight.special() is not None
            else self.of_columns(_scatter(s, w))
            for s, w in pairs
        ]  # fmt: skip
        return averaged([exactly(r) for r in found], "uniform_average")


@dataclass(frozen=True, repr=False)
class PearsonCorrelation(_Correlations):
    """Pearson's correlation of y and p: of the vectors of each row, averaged, or of the dataset.

    Parameters
    ----------
    axis : int
        Along which the vectors lie, the rows being axis 0. -1: each row is a vector. 0: each
        column of the dataset is one, and the value is the mean over columns. Of (N,) and (N, 1)
        the value is always the dataset's.

    Returns
    -------
    float
        NaN with a warning where a vector is constant. 0.0 with a warning where the total weight
        is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ..., k), y_true and y_pred alike.
    Range: [-1, 1], higher is better.
    State: one exact sum and the total weight; of the dataset five exact sums a column (`Moments`).
    Exact: the exact mean of the float64 correlations of the rows, rounded once; of the dataset,
        the root of the rational number that the inputs give, rounded once, at any offset.
    Reference: keras.metrics.PearsonCorrelation; numpy.corrcoef.

    Examples
    --------
    >>> PearsonCorrelation()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.9819805060619657
    >>> PearsonCorrelation()([[1.0, 2.0], [1.0, 2.0]], [[0.0, 5.0], [5.0, 0.0]])
    0.0
    """

    key: ClassVar[str] = "pearson_correlation"

    @property
    def values(self) -> RowFunction:
        """The correlation of each vector."""
        assert self.lines is not None
        return RowCorrelation(self.lines)

    def of_columns(self, scatter: _Scatter) -> float:
        """Covariance over the root of the product of variances."""
        product = scatter.true * scatter.pred
        if product <= 0:
            return math.nan
        return math.copysign(limbs.sqrt(scatter.both**2 / product), scatter.both) + 0.0


@dataclass(frozen=True, repr=False)
class ConcordanceCorrelation(_Correlations):
    """Lin's concordance, 2 Cov(y, p) / (Var y + Var p + (ȳ - p̄)² + 1e-7), of rows or the dataset.

    Parameters
    ----------
    axis : int
        As of `PearsonCorrelation`.

    Returns
    -------
    float
        0.0 for constant vectors, and with a warning where the total weight is zero.

    Notes
    -----
    The 1e-7 is Keras's: scale values whose variance is as small.

    Shapes: numbers (N,), (N, k) or (N, ..., k), y_true and y_pred alike.
    Range: [-1, 1], higher is better.
    State: one exact sum and the total weight; of the dataset five exact sums a column (`Moments`).
    Exact: the exact mean of the float64 values of the rows, rounded once; of the dataset, the
        rational number that the inputs give, rounded once, at any offset.
    Reference: keras.metrics.ConcordanceCorrelation.

    Examples
    --------
    >>> ConcordanceCorrelation()([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    0.571428...
    """

    key: ClassVar[str] = "concordance_correlation"

    @property
    def values(self) -> RowFunction:
        """The concordance of each vector."""
        assert self.lines is not None
        return RowConcordance(self.lines)

    def of_columns(self, scatter: _Scatter) -> float:
        """Twice the covariance over variances and the squared difference of the means."""
        both, true, pred, shift, w = scatter
        if not w:
            return math.nan
        floor = Fraction(EPSILON) * w * w
        return limbs.to_float(2 * both / (true + pred + shift * shift + floor))
