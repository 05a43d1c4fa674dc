"""Shares, or numbers, of rows whose labels are right or wrong, as scikit-learn counts them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.base import RowMean, once_resolved
from disteval.metrics.checks import require_bool
from disteval.metrics.labels.accuracy import ChosenAccuracy, ScoreAccuracy
from disteval.metrics.labels.indicators import EachEqual, Indicators, RowsEqual, indicators_of
from disteval.numerics import limbs
from disteval.protocol import (
    Y_PRED,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import SumState


@dataclass(frozen=True, repr=False)
class _IndicatorShare(RowMean):
    """The share of rows (or of all indicators, `elements` a row) that are right."""

    indicators: Indicators = field(kw_only=True)

    @property
    def values(self) -> RowFunction:
        """1.0 for what is right."""
        equal = EachEqual if self.elements > 1 else RowsEqual
        return equal(self.indicators.threshold)

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """What are no indicators."""
        return self.indicators.flags

    def check(self, *states: Any) -> None:
        """Refuse them."""
        self.indicators.check(str(self.name), *states)

    @property
    def rule(self) -> str:
        """How predictions become labels."""
        return self.indicators.rule


@dataclass(frozen=True, repr=False)
class _Share(Metric):
    """The share, or the number, of what is right or wrong."""

    threshold: float | None = field(default=None, kw_only=True)
    form: RowMean | None = field(default=None, kw_only=True, repr=False)
    """What is right, for the schema; set by `resolve`."""

    wrong: ClassVar[bool] = True
    each: ClassVar[bool] = False
    """Whether indicators count one by one, not a row of them."""

    def resolve(self, schema: Schema) -> Metric:
        """The form for this schema."""
        return replace(self, form=self._form(schema))

    def _form(self, schema: Schema) -> Any:
        found = indicators_of(schema, self.threshold)
        if found is not None:
            elements = found.columns if self.each else 1
            return _IndicatorShare(indicators=found, elements=elements, name=self.name)
        if self.threshold is None:
            return ChosenAccuracy(name=self.name).resolve(schema)
        if schema[Y_PRED].kind != "float" or schema[Y_PRED].shape:
            msg = f"{self!r}: threshold= is for scores, one a row or in y_true's shape (N, C)"
            raise ArgumentError(msg)
        form = ScoreAccuracy(self.threshold, in_unit=False, name=self.name)
        return form.resolve(schema)

    @property
    def right(self) -> RowMean:
        """What is right, once resolved."""
        return once_resolved(self, self.form)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Those of what is right."""
        return self.right.needs

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """From exact totals, rounded once."""
        found = self.right.compute(total, weight, *flags)
        outcome = found if isinstance(found, Outcome) else Outcome(found)
        if outcome.undefined or weight.special() is not None:
            return outcome
        right, every = total.fractions()[0], weight.fractions()[0] * self.right.elements
        return replace(outcome, value=limbs.to_float(self.of(right, every)))

    def of(self, right: Fraction, every: Fraction) -> Fraction:
        """The share."""
        return (every - right if self.wrong else right) / every


@dataclass(frozen=True, repr=False)
class _CountedShare(_Share):
    """The share or the number of rows."""

    normalize: bool = True

    def resolve(self, schema: Schema) -> Metric:
        """The form for this schema."""
        require_bool("normalize", self.normalize)
        return super().resolve(schema)

    def of(self, right: Fraction, every: Fraction) -> Fraction:
        """The share, or the total weight."""
        return super().of(right, every) * (1 if self.normalize else every)


@dataclass(frozen=True, repr=False)
class AccuracyScore(_CountedShare):
    """Share of rows whose labels are right: of several labels a row, all of them.

    Parameters
    ----------
    normalize : bool
        False: the number of rows, or their total weight.
    threshold : float, optional
        Where y_pred are scores: above it is positive.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: labels (N,), one score (N,), a score a class (N, C), or indicators (N, C) on both sides.
    Range: [0, 1], or up to the total weight, higher is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: sklearn.metrics.accuracy_score. The string "accuracy" is Keras's rule.

    Examples
    --------
    >>> AccuracyScore(normalize=False)(["a", "b", "c"], ["a", "b", "a"])
    2.0
    >>> AccuracyScore()([[1, 1], [0, 1]], [[1, 1], [1, 1]])
    0.5
    """

    wrong: ClassVar[bool] = False
    key: ClassVar[str] = "accuracy_score"


@dataclass(frozen=True, repr=False)
class ZeroOneLoss(_CountedShare):
    """Share of rows whose labels are wrong: of several labels a row, any of them.

    Parameters
    ----------
    normalize, threshold
        As for `accuracy_score`.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: labels (N,), one score (N,), a score a class (N, C), or indicators (N, C) on both sides.
    Range: [0, 1], or up to the total weight, lower is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: sklearn.metrics.zero_one_loss.

    Examples
    --------
    >>> ZeroOneLoss()(["a", "b", "c"], ["a", "b", "a"])
    0.3333333333333333
    """

    key: ClassVar[str] = "zero_one_loss"


@dataclass(frozen=True, repr=False)
class HammingLoss(_Share):
    """Share of labels that are wrong: of several labels a row, each by itself.

    Parameters
    ----------
    threshold
        As for `accuracy_score`.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: labels (N,), one score (N,), a score a class (N, C), or indicators (N, C) on both sides.
    Range: [0, 1], lower is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: sklearn.metrics.hamming_loss.

    Examples
    --------
    >>> HammingLoss()([[0, 1], [1, 1]], [[0, 0], [0, 0]])
    0.75
    """

    each: ClassVar[bool] = True
    key: ClassVar[str] = "hamming_loss"
