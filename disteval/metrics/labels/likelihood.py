"""Likelihood ratios: how much a prediction changes the odds of the positive label."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from disteval.errors import ArgumentError, LabelError
from disteval.metrics.checks import is_number
from disteval.metrics.labels.confusion import TableMetric
from disteval.metrics.labels.pairs import Label, Table
from disteval.numerics import limbs
from disteval.parameters import NAN
from disteval.protocol import Metric, Outcome, Schema, Value

_RATIOS = ("LR+", "LR-")
_NAMES = ("positive_likelihood_ratio", "negative_likelihood_ratio")


@dataclass(frozen=True)
class _Ratio:
    """A likelihood ratio, and why it is undefined, or ""."""

    value: float
    undefined: str


@dataclass(frozen=True, repr=False)
class ClassLikelihoodRatios(TableMetric):
    """Likelihood ratios of two labels: positive, recall / fpr, and negative, fnr / specificity.

    Parameters
    ----------
    labels : two labels, optional
        The negative and the positive one. By default the two that occur, sorted.
    replace_undefined_by : float, or mapping of "LR+" and "LR-" to float
        The values where they are undefined: NaN, 1.0 for both, or for each its own; at least 1 for
        "LR+", in [0, 1] for "LR-".
    threshold : float, optional
        Where y_pred is one score a row: above it is `pos_label`; 0.5 by default.
    pos_label : label
        What a high score predicts, where the labels are not 0 and 1.

    Returns
    -------
    mapping of "positive_likelihood_ratio" and "negative_likelihood_ratio" to float
        `replace_undefined_by` with a warning where no negative is predicted wrongly (positive
        ratio) or rightly (negative ratio); NaN with a warning where no label is positive.

    Notes
    -----
    Shapes: labels (N,), one score (N,), or a score for each of two classes (N, 2).
    Range: 0 or more, no direction.
    State: 4 integers, or exact sums of weights (`ConfusionCounts`).
    Exact: quotients of exact totals, each rounded once.
    Reference: sklearn.metrics.class_likelihood_ratios.

    Examples
    --------
    >>> ClassLikelihoodRatios()([0, 1, 0, 1, 0], [1, 1, 0, 0, 0])
    {'positive_likelihood_ratio': 1.5, 'negative_likelihood_ratio': 0.75}
    """

    labels: tuple[Label, ...] | None = None
    replace_undefined_by: Any = math.nan
    threshold: float | None = field(default=None, kw_only=True)
    key: ClassVar[str] = "class_likelihood_ratios"

    def __post_init__(self) -> None:
        given = self.replace_undefined_by
        if isinstance(given, Mapping):  # as pairs, which compare and hash
            object.__setattr__(self, "replace_undefined_by", tuple(sorted(given.items(), key=repr)))
        super().__post_init__()

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule that makes labels of predictions."""
        labels: Any = self.labels
        if labels is not None and not (isinstance(labels, tuple) and len(labels) == 2):
            msg = f"expected labels to be the negative and the positive one, got {labels!r}"
            raise ArgumentError(msg)
        self._fallbacks()
        return super().resolve(schema)

    def of_table(self, table: Table) -> Value | Outcome:
        """Both."""
        ratios = self.ratios(table)
        reasons = [f"{name} {r.undefined}" for name, r in ratios.items() if r.undefined]
        values = {name: ratio.value for name, ratio in ratios.items()}
        return Outcome(values, undefined="; ".join(reasons))

    def ratios(self, table: Table) -> dict[str, _Ratio]:
        """Positive and negative, from exact totals."""
        fallbacks = self._fallbacks()
        counts = self._two(table).counts.astype(object)
        tn, fp, fn, tp = (Fraction(v) for v in counts.ravel())
        positive, negative = tp + fn, tn + fp
        pairs = ((tp * negative, fp, "fp"), (fn * negative, tn, "tn"))
        found = []
        for (numerator, factor, what), fallback in zip(pairs, fallbacks, strict=True):
            if not factor:
                found.append(_Ratio(fallback, f"is undefined: {what} is 0"))
            elif not positive:
                found.append(_Ratio(math.nan, "is undefined: no true label is positive"))
            else:
                found.append(_Ratio(limbs.to_float(numerator / (factor * positive)), ""))
        return dict(zip(_NAMES, found, strict=True))

    def _two(self, table: Table) -> Table:
        seen = table.labels
        if len(seen) > 2:
            msg = f"{self.name}: expected two labels, got {len(seen)}: {list(seen)[:6]}"
            raise LabelError(f"{msg}; choose two, such as y_true == {seen[-1]!r} against the rest")
        if self.labels is not None:
            return table.chosen(self.labels, str(self.name))
        if len(seen) == 2:
            return table
        if set(seen) <= {0, 1}:
            return table.over((0, 1))
        msg = (
            f"{self.name}: expected two labels, got {list(seen)} alone; give labels= the negative "
            "and the positive one"
        )
        raise LabelError(msg)

    def _fallbacks(self) -> tuple[float, float]:
        given = self.replace_undefined_by
        if given == NAN:
            return math.nan, math.nan
        if given == 1 and isinstance(given, int | float):
            return 1.0, 1.0
        pairs = given if isinstance(given, tuple) else ()
        of = dict(pairs) if all(isinstance(p, tuple) and len(p) == 2 for p in pairs) else {}
        positive, negative = (of.get(name) for name in _RATIOS)
        if not (_within(positive, 1, math.inf) and _within(negative, 0, 1)):
            msg = (
                "expected replace_undefined_by NaN, 1.0 or {'LR+': NaN or at least 1, 'LR-': NaN "
                f"or in [0, 1]}}, got {of or given!r}"
            )
            raise ArgumentError(msg)
        return float(positive), float(negative)  # type: ignore[arg-type]

    @staticmethod
    def as_returned(value: Mapping[str, float]) -> tuple[float, float]:
        """The value as scikit-learn's function returns it."""
        positive, negative = (value[name] for name in _NAMES)
        return positive, negative


@dataclass(frozen=True, repr=False)
class PositiveLikelihoodRatio(ClassLikelihoodRatios):
    """Positive likelihood ratio, recall / fpr: the odds if the positive label is predicted.

    Parameters
    ----------
    labels, replace_undefined_by, threshold, pos_label
        As for `class_likelihood_ratios`.

    Returns
    -------
    float
        `replace_undefined_by` with a warning where no negative is predicted wrongly; NaN with a
        warning where no label is positive.

    Notes
    -----
    Shapes: labels (N,), one score (N,), or a score for each of two classes (N, 2).
    Range: 0 or more, higher is better.
    State: 4 integers, or exact sums of weights (`ConfusionCounts`).
    Exact: a quotient of exact totals, rounded once.
    Reference: sklearn.metrics.class_likelihood_ratios; the scorer "positive_likelihood_ratio".

    Examples
    --------
    >>> PositiveLikelihoodRatio()([0, 1, 0, 1, 0], [1, 1, 0, 0, 0])
    1.5
    """

    key: ClassVar[str] = "positive_likelihood_ratio"

    def of_table(self, table: Table) -> Value | Outcome:
        """Of positives."""
        ratio = self.ratios(table)[self.key]
        return Outcome(ratio.value, undefined=ratio.undefined)


@dataclass(frozen=True, repr=False)
class NegativeLikelihoodRatio(ClassLikelihoodRatios):
    """Negative likelihood ratio, fnr / specificity: the odds if the negative label is predicted.

    Parameters
    ----------
    labels, replace_undefined_by, threshold, pos_label
        As for `class_likelihood_ratios`.

    Returns
    -------
    float
        `replace_undefined_by` with a warning where no negative is predicted rightly; NaN with a
        warning where no label is positive.

    Notes
    -----
    Shapes: labels (N,), one score (N,), or a score for each of two classes (N, 2).
    Range: 0 or more, lower is better.
    State: 4 integers, or exact sums of weights (`ConfusionCounts`).
    Exact: a quotient of exact totals, rounded once.
    Reference: sklearn.metrics.class_likelihood_ratios; the scorer "neg_negative_likelihood_ratio".

    Examples
    --------
    >>> NegativeLikelihoodRatio()([0, 1, 0, 1, 0], [1, 1, 0, 0, 0])
    0.75
    """

    key: ClassVar[str] = "negative_likelihood_ratio"

    def of_table(self, table: Table) -> Value | Outcome:
        """Of negatives."""
        ratio = self.ratios(table)[self.key]
        return Outcome(ratio.value, undefined=ratio.undefined)


def _within(value: Any, low: float, high: float) -> bool:
    """Whether a value is NaN, or a number in this interval."""
    if value == NAN:
        return True
    return is_number(value) and low <= value <= high
