"""Quantiles of a value of each row, from how often each value occurs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.base import NO_WEIGHT, once_resolved
from disteval.metrics.checks import is_number, require_numbers, require_weights_of, shown, size
from disteval.metrics.curves.quantiles import METHODS, Method, Quantiles
from disteval.metrics.regression.errors import Bias
from disteval.metrics.regression.outputs import (
    ByOutput,
    MultiOutput,
    averaged,
    check_multioutput,
)
from disteval.metrics.regression.percentage import RelativeError
from disteval.metrics.rows import AbsoluteError, Raw, SquaredError
from disteval.protocol import (
    WEIGHT,
    Y_PRED,
    Y_TRUE,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import ScoreCounts, ScoreState
from disteval.reductions.scores import WeightedScoreState

VALUES: dict[str, RowFunction] = {
    "y_true": Raw(Y_TRUE),
    "y_pred": Raw(Y_PRED),
    "error": Bias(),
    "absolute_error": AbsoluteError(),
    "squared_error": SquaredError(),
    "absolute_percentage_error": RelativeError(1e-7, 100.0),
}
"""What a quantile may be of; errors are those of the means of the same names."""


@dataclass(frozen=True, repr=False)
class Quantile(ByOutput):
    """Quantile of a value of each row: of labels, of predictions, or of an error.

    Parameters
    ----------
    q : float in [0, 1], or several
        As it is written: 0.1 is one tenth.
    of : str
        "y_true" (the values, where only they are given), "y_pred", "error" (p - y),
        "absolute_error", "squared_error" or "absolute_percentage_error" (100 means |p - y| = |y|).
    method : None, "linear", "inverted_cdf" or "averaged_inverted_cdf"
        As in NumPy: between two values in proportion; the first value at which the weight so far
        reaches q of the total; the mean of that and the next where it is reached exactly. None:
        "linear", but "averaged_inverted_cdf" where weights are floats.
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): the mean over outputs of their quantiles, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (levels,), (k,) or (levels, k)
        In units of the value. NaN with a warning where the total weight is zero.

    Notes
    -----
    "linear" counts rows, and so takes weights only where they are integers: how often each row is
    repeated. To the other methods the unit of weights makes no difference.

    Shapes: numbers (N,) or (N, k), y_true and y_pred alike; or y_true alone.
    Range: that of the values, no direction.
    State: the distinct values, and how often each occurs.
    Exact: the quantile of the values in their own dtype (errors: in float64), rounded once.
    Reference: numpy.quantile; sklearn.utils.stats for weights and "averaged_inverted_cdf".

    Examples
    --------
    >>> y, p = [1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 3.0, 6.0]
    >>> Quantile(0.95, of="absolute_error")(y, p)
    1.775
    >>> Quantile([0.25, 0.75], method="inverted_cdf")(y)
    array([1., 3.])
    """

    q: float | tuple[float, ...] = 0.5
    of: str = "y_true"
    method: Method | None = None
    multioutput: MultiOutput = field(default="uniform_average", kw_only=True)

    key: ClassVar[str] = "quantile"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes."""
        self._check_arguments()
        resolved = self._by_column(schema) if self._is_column else self.by_output(schema)
        check_multioutput(self.multioutput, resolved.outputs)
        fractional = WEIGHT in schema and schema[WEIGHT].kind == "float"
        if fractional and self.method == "linear":
            msg = (
                "expected sample_weight of integers, how often rows are repeated, for method="
                "'linear', got floats; give integers, or method='averaged_inverted_cdf'"
            )
            raise ArgumentError(msg)
        if self.method is None:
            return replace(resolved, method=METHODS[-1] if fractional else METHODS[0])
        return resolved

    def _check_arguments(self) -> None:
        if not self._levels or not all(is_number(q) and 0 <= q <= 1 for q in self._levels):
            msg = f"expected q in [0, 1], or several, got {self.q!r}"
            raise ArgumentError(msg)
        known: Sequence[tuple[str, Any, Iterable[Any]]] = (
            ("of", self.of, VALUES), ("method", self.method, (None, *METHODS)),
        )  # fmt: skip
        for name, value, choices in known:
            if value not in choices:
                msg = f"expected {name} to be one of {', '.join(map(repr, choices))}, got {value!r}"
                raise ArgumentError(msg)

    def _by_column(self, schema: Schema) -> Quantile:
        """For as many outputs as the one column has."""
        require_numbers(schema, self.of)
        shape = schema[self.of].shape
        if len(shape) > 1:
            msg = f"expected rows of shape (N,) or (N, k) in {self.of}, got {shown(shape)}"
            raise ShapeError(msg)
        return replace(self, outputs=size(shape))

    def weighted_by(self, schema: Schema) -> Metric:
        """Each output by its own weights."""
        require_weights_of(schema, *((self.of,) if self._is_column else (Y_TRUE, Y_PRED)))
        return self

    @property
    def _is_column(self) -> bool:
        return self.of in (Y_TRUE, Y_PRED)

    @property
    def _levels(self) -> tuple[float, ...]:
        return self.q if isinstance(self.q, tuple) else (self.q,)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """How often each value occurs."""
        return (ScoreCounts(VALUES[self.of], classes=1, columns=self.outputs),)

    @property
    def sweeps(self) -> tuple[Quantiles, ...]:
        """The quantiles."""
        # the shortest decimal of a double is how it was written
        levels = tuple(Fraction(repr(float(q))) for q in self._levels)
        return (Quantiles(levels, once_resolved(self, self.method)),)

    def compute(self, state: ScoreState | WeightedScoreState) -> Value | Outcome:
        """Of each output; then their mean, rounded once."""
        (sweep,) = self.sweeps
        if isinstance(state, WeightedScoreState) and self.method == "linear":
            sweep = replace(sweep, row=1 / state.unit)
        found = state.sweep(sweep)
        nothing = [math.nan] * len(self._levels)
        columns = [nothing if values is None else values for values in found]
        values = [averaged(list(row), self.multioutput) for row in zip(*columns, strict=True)]
        undefined = NO_WEIGHT if None in found else ""
        if not isinstance(self.q, tuple):
            return Outcome(values[0], undefined=undefined)
        labels = () if self.multioutput == "raw_values" else self.q
        return Outcome(np.array(values), labels, undefined)


@dataclass(frozen=True, repr=False)
class Median(Quantile):
    """Median of a value of each row: of labels, of predictions, or of an error.

    Parameters
    ----------
    of : str
        "y_true" (the values, where only they are given), "y_pred", "error" (p - y),
        "absolute_error", "squared_error" or "absolute_percentage_error" (100 means |p - y| = |y|).
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): the mean over outputs of their medians, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        In units of the value. NaN with a warning where the total weight is zero.

    Notes
    -----
    The mean of two values where half of the weight is reached exactly.

    Shapes: numbers (N,) or (N, k), y_true and y_pred alike; or y_true alone.
    Range: that of the values, no direction.
    State: the distinct values, and how often each occurs.
    Exact: the median of the values in their own dtype (errors: in float64), rounded once.
    Reference: numpy.median; sklearn.metrics.median_absolute_error for weights.

    Examples
    --------
    >>> Median()([1.0, 2.0, 10.0, 4.0])
    3.0
    >>> Median(of="error")([1.0, 2.0, 3.0], [2.0, 2.5, 9.0])
    1.0
    """

    q: float = field(default=0.5, init=False, repr=False)
    of: str = "y_true"
    method: Method = field(default="averaged_inverted_cdf", init=False, repr=False)

    key: ClassVar[str] = "median"


@dataclass(frozen=True, repr=False)
class MedianAbsoluteError(Median):
    """Median absolute error, the median of |y - p|.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): the mean over outputs of their medians, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        In units of y. NaN with a warning where the total weight is zero.

    Notes
    -----
    The mean of two errors where half of the weight is reached exactly.

    Shapes: numbers (N,) or (N, k), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: the distinct errors, and how often each occurs.
    Exact: the median of fl(|y - p|), rounded once.
    Reference: sklearn.metrics.median_absolute_error.

    Examples
    --------
    >>> MedianAbsoluteError()([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0])
    0.5
    """

    of: str = field(default="absolute_error", init=False, repr=False)

    key: ClassVar[str] = "median_absolute_error"
