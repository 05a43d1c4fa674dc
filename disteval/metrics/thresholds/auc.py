"""The area under a curve through thresholds of a score."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, get_args

from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.base import EPSILON, NO_WEIGHT
from disteval.metrics.checks import (
    check_binary,
    check_score_range,
    require_bool,
    require_int,
    require_number_arguments,
    shown,
)
from disteval.metrics.rows import NotBinary, Raw
from disteval.metrics.thresholds.areas import Curve, Kind, Method, area, bounds, table_of
from disteval.metrics.thresholds.scores import (
    Sigmoid,
    positive,
    require_buckets,
    require_scores,
    require_weights,
)
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Outcome, Reduction, RowFunction, Schema, Value
from disteval.reductions import BucketCounts, Count, MinMax, ThresholdCounts, are_even

BUCKETS = 200
_DECIMALS = 10**6


@dataclass(frozen=True, repr=False)
class AUC(Metric):
    """Area under the curve of a score's decisions at thresholds: ROC, or precision and recall.

    Parameters
    ----------
    num_thresholds : int, optional
        How many thresholds, evenly from 0 to 1, part the scores; those between the same two are
        ties. 200 by default, for scores within [0, 1] and labels 0 and 1; a given number takes
        others as Keras does, scores beyond the ends as at them, labels other than 0 as positive.
    curve : "ROC", "PR" or "PRGAIN"
        Of true over false positive rate, precision over recall, or precision gain over recall gain.
    summation_method : "interpolation", "minoring" or "majoring"
        Between thresholds: the mean height, the lower or the higher. On the "PR" curve
        "interpolation" is that of Davis and Goadrich.
    thresholds : sequence of floats, optional
        In place of `num_thresholds`: those within [0, 1] that part the scores.
    multi_label : bool
        For rows (N, k): the mean of the areas of the columns, not the area of all together.
    num_labels : int, optional
        k, to be checked.
    label_weights : sequence of floats, optional
        One a column: weights of the mean or, without `multi_label`, of the column's values.
    from_logits : bool
        Whether y_pred are logits, of which the sigmoid is taken.

    Returns
    -------
    float
        0.0 with a warning where there are no positives, no negatives or no rows; precision needs
        no negatives.

    Notes
    -----
    The area of the scores themselves, without thresholds, lies between "minoring" and "majoring"
    of the ROC curve, which the result tells.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], of "PRGAIN" also below 0, higher is better.
    State: two integers a threshold (and column, with `multi_label` or `label_weights`), or exact
    sums of weights.
    Exact: for these thresholds: an exact fraction, rounded once; with the logarithms of the "PR"
    interpolation to 40 digits before. A mean of columns is rounded once more.
    Reference: keras.metrics.AUC.

    Examples
    --------
    >>> AUC()([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    0.75
    >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    0.75
    """

    num_thresholds: int | None = None
    curve: Kind = "ROC"
    summation_method: Method = "interpolation"
    thresholds: tuple[float, ...] | None = None
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: tuple[float, ...] | None = None
    from_logits: bool = False
    columns_apart: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "auc"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments and shapes."""
        self._check_arguments()
        require_scores(schema)
        shape = schema[Y_PRED].shape
        apart = self.multi_label or self.label_weights is not None
        if apart and len(shape) > 1:
            msg = f"{self!r}: expected rows (N, labels), got {shown(shape)}"
            raise ShapeError(msg)
        labels = shape[-1] if apart and shape else 1
        for name in ("num_labels", "label_weights"):
            given = getattr(self, name)
            count = len(given) if isinstance(given, tuple) else given
            if count is not None and count != labels:
                msg = f"{self!r}: expected {name} for {labels} labels, got {count}"
                raise ArgumentError(msg)
        return replace(self, columns_apart=labels)

    def _check_arguments(self) -> None:
        choices = {"curve": get_args(Kind), "summation_method": get_args(Method)}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                msg = f"expected {name} to be one of {known}, got {getattr(self, name)!r}"
                raise ArgumentError(msg)
        for name in ("multi_label", "from_logits"):
            require_bool(name, getattr(self, name))
        require_buckets(self.num_thresholds, 2)
        require_int("num_labels", self.num_labels, 1)
        if self.num_labels is not None and not self.multi_label:
            msg = f"num_labels={self.num_labels} is for multi_label=True; leave it out"
            raise ArgumentError(msg)
        _require_numbers("thresholds", self.thresholds, 1.0)
        _require_numbers("label_weights", self.label_weights, math.inf)

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements: each counts with its own."""
        require_weights(schema)
        return self

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The counts; and, unless thresholds were asked for, whether these scores fit them."""
        if not self._strict:
            return (self._counts,)
        labels = Count(NotBinary(Y_TRUE), weighted=False)
        return (self._counts, labels) if self.from_logits else (
            self._counts, labels, MinMax(Raw(Y_PRED)),
        )  # fmt: skip

    @property
    def _strict(self) -> bool:
        return self.num_thresholds is None and self.thresholds is None

    @property
    def _inner(self) -> tuple[float, ...]:
        return tuple(sorted(float(t) for t in self.thresholds or ()))

    @property
    def _counts(self) -> BucketCounts | ThresholdCounts:
        pred: RowFunction = Sigmoid() if self.from_logits else Raw(Y_PRED)
        if self.thresholds is None:
            return BucketCounts(
                positive(), pred, self.num_thresholds or BUCKETS, self.columns_apart
            )
        if are_even((0.0, *self._inner, 1.0)):
            return BucketCounts(positive(), pred, len(self._inner) + 2, self.columns_apart)
        # Keras's ends: a score of 0 is above the first, and one of 1 not above the last
        cuts = (-EPSILON, *self._inner, 1.0 + EPSILON)
        return ThresholdCounts(positive(), pred, cuts, self.columns_apart)

    def compute(self, *states: Any) -> Value | Outcome:
        """The area, or the mean of those of the columns."""
        if self._strict:
            check_binary(states[1], str(self.name))
            if not self.from_logits:
                hint = "give from_logits=True"
                check_score_range(states[2], str(self.name), hint)
        counts = self._counts
        tables = counts.table(states[0])
        weights = [Fraction(w) for w in self.label_weights or (1,) * len(tables)]
        if self.label_weights and not self.multi_label:
            tables, weights = [table_of(tables, weights)], [Fraction(1)]
        curves = [Curve.of(table) for table in tables]
        if isinstance(counts, BucketCounts):  # the first threshold is below 0, the last above 1
            curves = [curve.from_all().to_none() for curve in curves]
        areas = [area(curve, self.curve, self.summation_method) for curve in curves]
        rule = f"{len(counts.thresholds)} thresholds of y_pred"
        if self.curve == "ROC" and all(curve.whole and not curve.missing for curve in curves):
            lows, highs = zip(*map(bounds, curves), strict=True)
            rule += f"; without them the area lies in {_interval(lows, highs, weights)}"
        return Outcome(_mean(areas, weights), undefined=self._undefined(curves), rule=rule)

    def _undefined(self, curves: list[Curve]) -> str:
        fine = ("", "negatives") if self.curve == "PR" else ("",)
        missing = [curve.missing for curve in curves]
        bad = [i for i, what in enumerate(missing) if what not in fine]
        if not bad:
            return ""
        if all(missing[i] == "rows" for i in range(len(curves))):
            return NO_WEIGHT
        where = f" in the columns {bad[:6]} of {len(curves)}" if len(curves) > 1 else ""
        what = " or ".join(dict.fromkeys(missing[i] for i in bad))
        return f"there are no {what}{where}"


def _require_numbers(name: str, values: Any, high: float) -> None:
    """Refuse what is neither None nor numbers in [0, high]."""
    if values is None:
        return
    if not isinstance(values, tuple) or not values:
        msg = f"expected {name} to be a list of numbers, got {values!r}"
        raise ArgumentError(msg)
    for value in values:
        require_number_arguments(**{name: value})
        if not 0 <= value <= high or math.isinf(value):
            bound = "within [0, 1]" if high == 1 else "finite and not negative"
            msg = f"expected {name} {bound}, got {value!r}"
            raise ArgumentError(msg)


def _exact_mean(values: Any, weights: list[Fraction]) -> Fraction:
    """0/0 is 0, as in Keras."""
    total = sum(weights, Fraction(0))
    parts = (Fraction(value) * w for value, w in zip(values, weights, strict=True))
    return sum(parts, Fraction(0)) / total if total else Fraction(0)


def _mean(values: list[float], weights: list[Fraction]) -> float:
    return limbs.to_float(_exact_mean(values, weights))


def _interval(lows: Any, highs: Any, weights: list[Fraction]) -> str:
    """Both ends to six decimals, rounded outwards."""
    low = math.floor(_exact_mean(lows, weights) * _DECIMALS) / _DECIMALS
    high = math.ceil(_exact_mean(highs, weights) * _DECIMALS) / _DECIMALS
    return f"[{low}, {high}]"
