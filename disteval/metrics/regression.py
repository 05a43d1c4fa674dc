"""Errors of numeric predictions, and R²."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.base import (
    NO_WEIGHT,
    RowMean,
    is_weightless,
    require_int,
    require_numbers,
    require_same_shape,
    shown,
    size,
)
from disteval.metrics.rows import AbsoluteError, Every, Raw, SquaredError
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import (
    Count,
    CountState,
    ExactSum,
    Moments,
    SumState,
    TotalWeight,
    quotients,
)

MultiOutput = Literal["uniform_average", "raw_values"] | tuple[float, ...]


@dataclass(frozen=True, repr=False)
class _ErrorMean(RowMean):
    """A mean of element-wise errors, over all outputs, by output, or weighted by output."""

    multioutput: MultiOutput | None = "uniform_average"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        _check_multioutput(self.multioutput, size(schema[Y_PRED].shape))
        if not self.pooled and len(schema[Y_PRED].shape) > 1:
            msg = f"expected rows (N, k) for values by output, got {shown(schema[Y_PRED].shape)}"
            raise ShapeError(msg)
        return self.with_elements(schema)

    @property
    def pooled(self) -> bool:
        """Whether all outputs go to one sum."""
        return self.multioutput == "uniform_average"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """One sum, or one for each output; the total weight."""
        return (ExactSum(self.values, 1 if self.pooled else self.elements), TotalWeight())

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """The mean, rounded once."""
        if is_weightless(weight):
            return self._without_weight()
        if self.pooled:
            return super().compute(total, weight, *flags)
        return _averaged(_exact_means(total, weight), self.multioutput)

    def _without_weight(self) -> Outcome:
        raw = self.multioutput == "raw_values"
        return Outcome(np.zeros(self.elements) if raw else 0.0, undefined=NO_WEIGHT)


@dataclass(frozen=True, repr=False)
class MeanSquaredError(_ErrorMean):
    """Mean squared error, Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): one value over all outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        In squared units of y. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    State: one exact sum (or k), and the total weight.
    Exact: the exact mean of fl(fl(y - p)²), rounded once, for any chunking and order.
    Reference: keras.metrics.MeanSquaredError; sklearn.metrics.mean_squared_error.

    Examples
    --------
    >>> m = MeanSquaredError()
    >>> m.update_state([1.0, 2.0, 3.0], [1.0, 2.0, 5.0])
    >>> m.result()
    1.3333333333333333
    """

    key: ClassVar[str] = "mean_squared_error"

    @property
    def values(self) -> SquaredError:
        """(y - p)²."""
        return SquaredError()


@dataclass(frozen=True, repr=False)
class MeanAbsoluteError(_ErrorMean):
    """Mean absolute error, Σ wᵢ |yᵢ - pᵢ| / Σ wᵢ.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): one value over all outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        In units of y. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    State: one exact sum (or k), and the total weight.
    Exact: the exact mean of fl(|y - p|), rounded once, for any chunking and order.
    Reference: keras.metrics.MeanAbsoluteError; sklearn.metrics.mean_absolute_error.

    Examples
    --------
    >>> MeanAbsoluteError()([1.0, 2.0], [1.0, 5.0])
    1.5
    """

    key: ClassVar[str] = "mean_absolute_error"

    @property
    def values(self) -> AbsoluteError:
        """|y - p|."""
        return AbsoluteError()


@dataclass(frozen=True, repr=False)
class RootMeanSquaredError(_ErrorMean):
    """Root mean squared error, √(Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ).

    Parameters
    ----------
    multioutput : None, "uniform_average", "raw_values" or one weight an output
        For rows (N, k). None: the root of the mean over all outputs, as Keras; otherwise one
        root an output, averaged, as scikit-learn.

    Returns
    -------
    float, or float64 array (k,)
        In units of y. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    State: one exact sum (or k), and the total weight.
    Exact: the root of the exact mean of fl(fl(y - p)²), rounded once.
    Reference: keras.metrics.RootMeanSquaredError; sklearn.metrics.root_mean_squared_error.

    Examples
    --------
    >>> RootMeanSquaredError()([0.0, 0.0], [3.0, 4.0])
    3.5355339059327378
    """

    multioutput: MultiOutput | None = None
    key: ClassVar[str] = "root_mean_squared_error"

    @property
    def values(self) -> SquaredError:
        """(y - p)²."""
        return SquaredError()

    @property
    def pooled(self) -> bool:
        """Whether all outputs go to one sum."""
        return self.multioutput is None

    def compute(self, total: SumState, weight: SumState, *_: Any) -> Value | Outcome:
        """The root, rounded once."""
        if is_weightless(weight):
            return self._without_weight()
        means = _exact_means(total, weight, self.elements if self.pooled else 1)
        roots = [limbs.sqrt(m) if isinstance(m, Fraction) else m for m in means]
        if self.pooled:
            return roots[0]
        finite = [Fraction(root) if math.isfinite(root) else root for root in roots]
        return _averaged(finite, self.multioutput)


@dataclass(frozen=True, repr=False)
class R2Score(Metric):
    """Coefficient of determination, R² = 1 - Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ (yᵢ - ȳ)².

    Parameters
    ----------
    class_aggregation : "uniform_average", "variance_weighted_average" or None
        For rows (N, k): the mean over outputs, their mean weighted by variance, or k values.
    num_regressors : int
        p of the adjusted R², 1 - (1 - R²)(n - 1)/(n - p - 1), with n = N * k; 0 for plain R².

    Returns
    -------
    float, or float64 array (k,)
        Constant targets: 0.0 for wrong predictions, NaN for exact ones, with a warning.

    Notes
    -----
    State: five exact sums an output (`Moments`), the total weight, the number of rows.
    Exact: the rational number that the inputs give, rounded once, at any offset of y.
    Reference: keras.metrics.R2Score.

    Examples
    --------
    >>> R2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """

    class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = (
        "uniform_average"
    )
    num_regressors: int = 0
    outputs: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "r2_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        choices = ("uniform_average", "variance_weighted_average", None)
        if self.class_aggregation not in choices:
            msg = (
                f"expected class_aggregation to be one of {choices}, got {self.class_aggregation!r}"
            )
            raise ArgumentError(msg)
        require_int("num_regressors", self.num_regressors, 0)
        return replace(self, outputs=_outputs(schema))

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Moments, total weight, rows."""
        return (
            Moments(Raw(Y_TRUE), Raw(Y_PRED), self.outputs),
            TotalWeight(),
            Count(Every(), weighted=False),
        )

    def compute(self, moments: SumState, weight: SumState, rows: CountState) -> Value | Outcome:
        """From exact rationals."""
        fits = _fits(moments, weight, self.outputs)
        if fits is None:
            no_weight = is_weightless(weight)
            value = 0.0 if no_weight else math.nan
            reason = NO_WEIGHT if no_weight else "there are infinite values"
            return Outcome(
                value if self.class_aggregation else np.full(self.outputs, value), undefined=reason
            )
        # Keras: 1 - RSS/0 is -inf, which becomes 0; 0/0 stays NaN
        values = [fit.value(exact=math.nan, wrong=Fraction(0)) for fit in fits]
        reason = "y_true is constant" if any(not fit.total for fit in fits) else ""
        n = int(rows.counts[0, 0]) * self.outputs
        return Outcome(self._aggregated(values, fits, n), undefined=reason)

    def _aggregated(self, values: list[Any], fits: list[_Fit], n: int) -> Value:
        if self.class_aggregation is None:
            return np.array([_float(self._adjusted(v, n)) for v in values])
        weights = (
            [fit.total for fit in fits]
            if self.class_aggregation == "variance_weighted_average"
            else [Fraction(1)] * len(values)
        )
        return _float(self._adjusted(_weighted(values, weights), n))

    def _adjusted(self, r: Any, n: int) -> Any:
        p = self.num_regressors
        if not p or n - p - 1 <= 0 or isinstance(r, float):
            return r
        return 1 - (1 - r) * Fraction(n - 1, n - p - 1)


@dataclass(frozen=True, repr=False)
class SklearnR2Score(Metric):
    """R² by scikit-learn's conventions: 1 - Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ (yᵢ - ȳ)².

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values", "variance_weighted" or one weight an output
        For rows (N, k): the mean over outputs, k values, or weighted means.
    force_finite : bool
        Constant targets give 1.0 for exact predictions and 0.0 for wrong ones; False: NaN and
        -inf.

    Returns
    -------
    float, or float64 array (k,)
        NaN with a warning for fewer than two rows.

    Notes
    -----
    State: five exact sums an output (`Moments`), the total weight, the number of rows.
    Exact: the rational number that the inputs give, rounded once, at any offset of y.
    Reference: sklearn.metrics.r2_score.

    Examples
    --------
    >>> SklearnR2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """

    multioutput: MultiOutput | Literal["variance_weighted"] = "uniform_average"
    force_finite: bool = True
    outputs: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "sklearn:r2_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        outputs = _outputs(schema)
        if self.multioutput != "variance_weighted":
            _check_multioutput(self.multioutput, outputs)
        return replace(self, outputs=outputs)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Moments, total weight, rows."""
        return (
            Moments(Raw(Y_TRUE), Raw(Y_PRED), self.outputs),
            TotalWeight(),
            Count(Every(), weighted=False),
        )

    def compute(self, moments: SumState, weight: SumState, rows: CountState) -> Value | Outcome:
        """From exact rationals."""
        fits = _fits(moments, weight, self.outputs)
        if int(rows.counts[0, 0]) < 2 or fits is None:
            return Outcome(math.nan, undefined="R² needs two rows with a weight, and finite values")
        exact, wrong = (Fraction(1), Fraction(0)) if self.force_finite else (math.nan, -math.inf)
        values = [fit.value(exact, wrong) for fit in fits]
        if self.multioutput == "variance_weighted":
            totals = [fit.total for fit in fits]
            return _float(_weighted(values, totals if any(totals) else [Fraction(1)] * len(fits)))
        if self.multioutput == "raw_values" and self.outputs == 1:
            return np.array([_float(values[0])])
        return _averaged(values, self.multioutput)


@dataclass(frozen=True)
class _Fit:
    """Residual and total sum of squares of one output, exact."""

    residual: Fraction
    total: Fraction

    def value(self, exact: Any, wrong: Any) -> Any:
        """R², or what it is for a constant target."""
        if self.total:
            return 1 - self.residual / self.total
        return wrong if self.residual else exact


def _fits(moments: SumState, weight: SumState, outputs: int) -> list[_Fit] | None:
    w = weight.fractions()[0]
    sums = Moments(Raw(Y_TRUE), Raw(Y_PRED), outputs).sums(moments)
    if not w or any(s is None for s in sums):
        return None
    return [_Fit(s.xx - 2 * s.xy + s.yy, s.xx - s.x * s.x / w) for s in sums if s is not None]


def _exact_means(total: SumState, weight: SumState, elements: int = 1) -> list[Any]:
    """Exact mean of each column; inf or nan where a value was not finite."""
    w = weight.fractions()[0] * elements
    rounded = quotients(total, weight)
    finite = weight.special() is None
    return [
        s / w if finite and total.special(j) is None else rounded[j]
        for j, s in enumerate(total.fractions())
    ]


def _outputs(schema: Schema) -> int:
    require_numbers(schema, Y_TRUE, Y_PRED)
    require_same_shape(schema)
    shape = schema[Y_PRED].shape
    if len(shape) > 1:
        msg = f"expected rows of shape (N,) or (N, k) for R², got {shown(shape)}"
        raise ShapeError(msg)
    return size(shape)


def _check_multioutput(multioutput: Any, outputs: int) -> None:
    if isinstance(multioutput, tuple):
        if len(multioutput) != outputs:
            msg = f"expected one weight for each of {outputs} outputs, got {len(multioutput)}"
            raise ArgumentError(msg)
        numbers = all(isinstance(w, int | float) and math.isfinite(w) for w in multioutput)
        if not numbers or not any(multioutput):
            msg = f"expected finite weights of outputs, not all zero, got {multioutput!r}"
            raise ArgumentError(msg)
    elif multioutput not in ("uniform_average", "raw_values", None):
        msg = (
            "expected multioutput 'uniform_average', 'raw_values' or one weight an output, got "
            f"{multioutput!r}"
        )
        raise ArgumentError(msg)


def _averaged(values: list[Any], multioutput: Any) -> Value:
    if multioutput == "raw_values":
        return np.array([_float(v) for v in values])
    weights = (
        [Fraction(w) for w in multioutput]
        if isinstance(multioutput, tuple)
        else [Fraction(1)] * len(values)
    )
    return _float(_weighted(values, weights))


def _weighted(values: list[Any], weights: list[Fraction]) -> Any:
    """Weighted mean; plain floats (NaN, infinities) carry over."""
    specials = [float(v) for v in values if isinstance(v, float)]
    if specials:
        return math.fsum(specials) if len({*specials}) == 1 else math.nan
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else math.nan


def _float(value: Any) -> float:
    return limbs.to_float(value) if isinstance(value, Fraction) else float(value)
