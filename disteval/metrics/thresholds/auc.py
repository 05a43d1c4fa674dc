"""The area under a curve through all scores, or through thresholds of them, as in Keras."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, cast, get_args

from disteval import backend
from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.checks import (
    require_bool,
    require_int,
    require_numbers,
    require_positive,
    require_same_shape,
    shown,
)
from disteval.metrics.curves.areas import (
    EVERY_SCORE,
    Area,
    Mixed,
    RocArea,
    described,
    mean_of,
    missing,
    missing_in,
    unit_of,
)
from disteval.metrics.curves.base import Above, Is, Label, Rounded, check_two_labels
from disteval.metrics.curves.precision import GainArea, PrecisionArea
from disteval.metrics.rows import Raw
from disteval.metrics.thresholds.areas import Kind
from disteval.metrics.thresholds.binned import (
    above,
    below,
    binned,
    counts_of,
    interval,
    require_numbers_within,
)
from disteval.metrics.thresholds.scores import (
    Sigmoid,
    positive,
    require_buckets,
    require_scores,
    require_weights,
)
from disteval.numerics.areas import RangeSummary
from disteval.numerics.precision import Method
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import (
    BucketCounts,
    DistinctValues,
    ScoreCounts,
    Sweep,
    ThresholdCounts,
)

MOST_MIXED = 128
"""Columns of which each is two of 256 classes."""
OF_PRECISION = ("average_precision", "trapezoid")


@dataclass(frozen=True)
class ColumnAndClass:
    """2 j for a negative of column j (rows, k), 2 j + 1 for a positive."""

    positive: RowFunction

    def __call__(self, batch: Batch) -> Any:
        positive = batch.derive(self.positive)
        xp = backend.namespace(positive)
        columns = xp.arange(positive.shape[1], dtype=xp.uint8)
        return 2 * columns + positive.astype(xp.uint8)


_LEAST_BITS, _MOST_BITS = 10, 24  # of float32: sign, exponent and a bit; and all


@dataclass(frozen=True, repr=False)
class AUC(Metric):
    """Area under the ROC curve, or under that of precision and recall, through all scores.

    Under the ROC curve: the probability that a positive scores above a negative, ties half.

    Parameters
    ----------
    num_thresholds : int, optional
        As in Keras: so many thresholds, evenly from 0 to 1, part the scores, and those between
        the same two are ties; scores beyond the ends count as at them, labels other than 0 as
        positive. By default every score is a threshold.
    curve : "ROC", "PR" or "PRGAIN"
        Of true over false positive rate, precision over recall, or precision gain over recall gain.
    summation_method : "interpolation", "minoring", "majoring", "average_precision", "trapezoid"
        Between thresholds: the mean height, the lower or the higher. On the "PR" curve
        "interpolation" is that of Davis and Goadrich, as in Keras and XGBoost; there are also
        "average_precision", the height at the lower threshold, as in scikit-learn, and
        "trapezoid", the mean height, as in Spark.
    thresholds : sequence of floats, optional
        In place of `num_thresholds`: those within [0, 1] that part the scores.
    multi_label : bool
        For rows (N, k): the mean of the areas of the columns, not the area of all together.
    num_labels : int, optional
        k, to be checked.
    label_weights : sequence of floats, optional
        One a column: weights of the mean or, without `multi_label`, of the column's values.
    from_logits : bool
        Whether y_pred are logits. Without thresholds that changes nothing: logits are in the same
        order as their sigmoids (and tie less). With thresholds the sigmoid is taken.
    pos_label : label, optional
        The positive one; by default 1 of {0, 1} or {-1, 1}.
    score_bits : int, optional
        Round scores to so many bits, for one cheap pass and a small state. The value is then the
        area of the rounded scores, not exact; the result tells between what the exact one lies.

    Returns
    -------
    float
        NaN with a warning where there are no positives, no negatives or no rows; precision needs
        no negatives. With thresholds 0.0, as in Keras.

    Notes
    -----
    The result tells the numerator and denominator of an area under the ROC curve, the pairs that
    tie, DeLong's standard error and the 95 % interval from it; of thresholds, between what the
    area of the scores themselves lies.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], of "PRGAIN" also below 0, higher is better.
    State: 4 or 8 bytes for each distinct score and class, over the budget in scratch files. With
    thresholds two integers each (and column, with `multi_label` or `label_weights`), or exact
    sums of weights.
    Exact: under the ROC curve a quotient of integers, rounded once, as are means of columns;
    under others to 100 bits and more before. With thresholds an exact fraction for these, with
    the logarithms of the "PR" interpolation to 40 digits; a mean of columns is rounded once more.
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
    pos_label: Label | None = field(default=None, kw_only=True)
    score_bits: int | None = field(default=None, kw_only=True)
    columns_apart: int = field(default=1, kw_only=True, repr=False)
    single: bool = field(default=True, kw_only=True, repr=False)
    """Whether a row has one score; set by `resolve`."""

    key: ClassVar[str] = "auc"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments and shapes."""
        self._check_arguments()
        self._check_kinds(schema)
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
        resolved = replace(self, columns_apart=labels, single=not shape)
        if resolved._mixed and labels > MOST_MIXED:
            msg = (
                f"expected label_weights for at most {MOST_MIXED} columns of which every score is "
                f"a threshold, got {labels}; give num_thresholds=, or multi_label=True"
            )
            raise ArgumentError(msg)
        return resolved

    def _check_kinds(self, schema: Schema) -> None:
        if self.pos_label is None and schema[Y_TRUE].kind != "str":
            require_scores(schema)
            return
        require_numbers(schema, Y_PRED)
        require_same_shape(schema)
        require_positive(schema, self.pos_label)

    def _check_arguments(self) -> None:
        choices = {"curve": get_args(Kind), "summation_method": get_args(Method)}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                msg = f"expected {name} to be one of {known}, got {getattr(self, name)!r}"
                raise ArgumentError(msg)
        if self.curve != "PR" and self.summation_method in OF_PRECISION:
            msg = (
                f"summation_method={self.summation_method!r} is for curve='PR', got "
                f"{self.curve!r}; give 'interpolation'"
            )
            raise ArgumentError(msg)
        for name in ("multi_label", "from_logits"):
            require_bool(name, getattr(self, name))
        require_buckets(self.num_thresholds, 2)
        require_int("num_labels", self.num_labels, 1)
        if self.num_labels is not None and not self.multi_label:
            msg = f"num_labels={self.num_labels} is for multi_label=True; leave it out"
            raise ArgumentError(msg)
        require_numbers_within("thresholds", self.thresholds, 1.0)
        require_numbers_within("label_weights", self.label_weights, math.inf)
        self._check_bits()

    def _check_bits(self) -> None:
        if self.score_bits is None:
            return
        require_int("score_bits", self.score_bits)
        if not _LEAST_BITS <= self.score_bits <= _MOST_BITS:
            msg = (
                f"expected score_bits from {_LEAST_BITS} to {_MOST_BITS}, got {self.score_bits}; "
                "leave it out for the area of the scores as they are"
            )
            raise ArgumentError(msg)
        if not self._exact or self.curve != "ROC" or self.columns_apart > 1 or self.label_weights:
            msg = (
                "score_bits= is for the ROC curve of all scores together; leave out "
                "num_thresholds=, thresholds=, curve= and label_weights="
            )
            raise ArgumentError(msg)

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements: each counts with its own."""
        require_weights(schema)
        return self

    @property
    def _exact(self) -> bool:
        return self.num_thresholds is None and self.thresholds is None

    @property
    def _mixed(self) -> bool:
        """Whether the columns are counted as one, each with its weight."""
        return self._exact and self.columns_apart > 1 and not self.multi_label

    @property
    def _positive(self) -> RowFunction:
        if self.pos_label is not None:
            return Is(self.pos_label)
        return Above() if self._exact else positive()

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The counts; the labels that there are, where these must be 0 and 1."""
        if not self._exact:
            return (self._counts,)
        labels = () if self.pos_label is not None else (DistinctValues(Raw(Y_TRUE)),)
        return (self._scores, *labels)

    @property
    def _scores(self) -> ScoreCounts:
        columns = self.columns_apart
        if self._mixed:
            return ScoreCounts(Raw(Y_PRED), ColumnAndClass(self._positive), classes=2 * columns)
        scores = Raw(Y_PRED) if self.score_bits is None else Rounded(self.score_bits)
        return ScoreCounts(scores, self._positive, columns=columns)

    @property
    def sweeps(self) -> tuple[Sweep[Any, Any], ...]:
        """The area, where every score is a threshold."""
        if not self._exact:
            return ()
        kinds: dict[str, Sweep[Any, Any]] = {
            "ROC": RocArea(),
            "PR": PrecisionArea(self.summation_method),
            "PRGAIN": GainArea(self.summation_method),
        }
        found = kinds[self.curve]
        return (Mixed(found, self._integer_weights) if self._mixed else found,)

    @property
    def _integer_weights(self) -> tuple[int, ...]:
        weights = [Fraction(w) for w in self.label_weights or ()]
        unit = math.lcm(*(w.denominator for w in weights))
        return tuple(int(w * unit) for w in weights)

    @property
    def _counts(self) -> BucketCounts | ThresholdCounts:
        pred: RowFunction = Sigmoid() if self.from_logits else Raw(Y_PRED)
        cuts = self.thresholds or self.num_thresholds or ()
        return counts_of(self._positive, pred, cuts, self.columns_apart)

    def compute(self, *states: Any) -> Value | Outcome:
        """The area, or the mean of those of the columns."""
        if not self._exact:
            how = self.curve, self.summation_method, self.label_weights
            return binned(self._counts, states[0], *how, together=not self.multi_label)
        if len(states) > 1:
            check_two_labels(states[1], str(self.name))
        (sweep,) = self.sweeps
        found = states[0].sweep(sweep)
        columns = [self._area(each) for each in found]
        needs_none = self.curve == "PR"
        reasons = [missing(a.negatives, a.positives, precision=needs_none) for a in columns]
        weights: Any = (self.label_weights if self.multi_label else None) or (1,) * len(columns)
        value = mean_of([a.value for a in columns], weights)
        used = [reason if w else "" for reason, w in zip(reasons, weights, strict=True)]
        details: dict[str, Any] = {"exact": True}
        if self.curve == "ROC" and len(found) == 1 and found[0].pairs:
            unit = None if self._mixed else unit_of(states[0])
            details = described(found[0], unit, independent=self.single)
        outcome = Outcome(value, undefined=missing_in(used), rule=EVERY_SCORE, details=details)
        return outcome if self.score_bits is None else self._of_rounded(outcome, found[0])

    def _area(self, found: Any) -> Area:
        """Of a column."""
        if not isinstance(found, RangeSummary):
            return cast("Area", found)
        area = Area.of(found)
        if area.value is None or self.summation_method == "interpolation":
            return area
        low, high = found.bounds
        return replace(area, value=low if self.summation_method == "minoring" else high)

    def _of_rounded(self, outcome: Outcome, found: RangeSummary) -> Outcome:
        """Of scores of few bits: what is known of the scores themselves."""
        if not found.pairs:
            return replace(outcome, details={"exact": False})
        low, high = found.bounds
        certified = {"lo": below(low), "hi": above(high), "exact": False}
        known = {k: outcome.details[k] for k in ("positives", "negatives", "ties")}
        rule = (
            f"every score of y_pred, rounded to {self.score_bits} bits, is a threshold; the area "
            f"of the scores themselves lies in {interval(low, high)}"
        )
        return replace(outcome, rule=rule, details={**known, **certified})
