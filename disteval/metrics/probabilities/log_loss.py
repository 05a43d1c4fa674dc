"""Log loss, and the share of it that a model explains, by the definitions of scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Self

import numpy as np

from disteval import backend
from disteval.metrics.base import NO_WEIGHT, NOT_FINITE, TOO_FEW, once_resolved
from disteval.metrics.checks import check_score_range, require_bool
from disteval.metrics.classes import Classes, Found, Label, classes_of
from disteval.metrics.decimals import log
from disteval.metrics.rows import PRED, Raw
from disteval.numerics import elementary, limbs, rows
from disteval.protocol import (
    Y_PRED,
    Batch,
    Column,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import Count, CountState, LabelState, MinMax, MinMaxState

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class NegativeLog:
    """-log p of each probability, p clipped to [eps, 1 - eps]."""

    of: RowFunction
    eps: float

    def __call__(self, batch: Batch) -> Any:
        p = batch.derive(self.of)
        xp = backend.namespace(p)
        return -elementary.log(xp.minimum(xp.maximum(p, self.eps), 1.0 - self.eps))


@dataclass(frozen=True)
class NotOne:
    """True where the probabilities of a row do not sum to 1."""

    tolerance: float

    def __call__(self, batch: Batch) -> Any:
        return abs(rows.row_sum(batch.derive(PRED)) - 1.0) > self.tolerance


@dataclass(frozen=True, repr=False)
class ClassProbabilityMetric(Metric):
    """A metric of the probability of each row's label, y_pred (N, classes) or (N,)."""

    labels: tuple[Label, ...] | None = field(default=None, kw_only=True)
    classes: Classes | None = field(default=None, kw_only=True, repr=False)
    eps: float = field(default=_EPS, kw_only=True, repr=False)
    """Of the dtype of y_pred; set by `resolve`."""

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; whose probability each column is."""
        return self.with_classes(schema, classes_of(schema, self.labels))

    def with_classes(self, schema: Schema, classes: Classes) -> Self:
        """The metric for this schema."""
        return replace(self, classes=classes, eps=eps_of(schema[Y_PRED]))

    @property
    def resolved(self) -> Classes:
        """Whose probability each column is, once resolved."""
        return once_resolved(self, self.classes)

    @property
    def values(self) -> RowFunction:
        """The value of a row, of what `Classes.picked` gives."""
        raise NotImplementedError

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sums by label, the range of the probabilities, and rows that do not sum to 1."""
        flags: tuple[Reduction[Any], ...] = (MinMax(Raw(Y_PRED)),)
        if not self.resolved.single:
            tolerance = 1e-8 + math.sqrt(self.eps)  # numpy.isclose, as scikit-learn calls it
            flags += (Count(NotOne(tolerance), weighted=False),)
        return (*flags, *self.resolved.needs(self.values))

    def compute(self, low_high: MinMaxState, *states: Any) -> Value | Outcome:
        """The formula of the totals."""
        check_score_range(low_high, str(self.name), "apply a softmax to rows")
        note = ""
        if not self.resolved.single:
            note, states = _not_one(states[0]), states[1:]
        found = self._found(*states)
        if not found.finite:
            return Outcome(math.nan, undefined=NOT_FINITE)
        value = self.of_totals(found)
        outcome = value if isinstance(value, Outcome) else Outcome(value)
        return replace(outcome, note=note)

    def _found(self, state: LabelState, *flags: CountState) -> Found:
        return self.resolved.found(str(self.name), state, *flags)

    def of_totals(self, found: Found) -> Value | Outcome:
        """The formula."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class LogLoss(ClassProbabilityMetric):
    """Mean of -log p, p the probability that y_pred gives to the row's label.

    Parameters
    ----------
    normalize : bool
        False: the sum (of each loss times its weight), not the mean.
    labels : sequence of labels, optional
        The label of each column of y_pred, sorted; of one score a row, the negative and the
        positive label. By default those that occur in y_true, of which there must be as many.

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero. Rows whose probabilities do not
        sum to 1 are taken as they are, with a warning.

    Notes
    -----
    p is clipped to [eps, 1 - eps], the machine epsilon of y_pred's dtype (2.2e-16 for float64,
    1.2e-7 for float32, 9.8e-4 for float16).
    Shapes: labels (N,) of any kind, or rows (N, C) of one 1 and zeros, and probabilities (N, C)
    or, of the larger of two labels, (N,).
    Range: [0, inf), lower is better.
    State: for each label the rows, the weight and one exact sum; C sums where the labels are
    not known beforehand. More than 64 columns without `labels` are those of 0, 1, ..., C - 1.
    Exact: the exact mean of the row values, rounded once; each row value by the library's own
    logarithm (below 1 ulp), the same on every machine.
    Reference: sklearn.metrics.log_loss.

    Examples
    --------
    >>> y_pred = [[0.1, 0.9], [0.9, 0.1], [0.8, 0.2], [0.35, 0.65]]
    >>> round(LogLoss()(["spam", "ham", "ham", "spam"], y_pred), 12)
    0.216161874681
    """

    normalize: bool = True

    key: ClassVar[str] = "log_loss"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; whose probability each column is."""
        require_bool("normalize", self.normalize)
        return super().resolve(schema)

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        return NegativeLog(self.resolved.probabilities, self.eps)

    def of_totals(self, found: Found) -> Value | Outcome:
        """The mean or the sum, rounded once."""
        if not found.weight:
            return Outcome(0.0, undefined=NO_WEIGHT)
        return limbs.to_float(found.total / found.weight if self.normalize else found.total)


@dataclass(frozen=True, repr=False)
class D2LogLoss(ClassProbabilityMetric):
    """D², the fraction of log loss explained: 1 - log loss / log loss of the class shares.

    Parameters
    ----------
    labels : sequence of labels, optional
        The label of each column of y_pred, sorted; of one score a row, the negative and the
        positive label. By default those that occur in y_true, of which there must be as many.

    Returns
    -------
    float
        NaN with a warning for fewer than two rows, or where the total weight is zero. Where all
        rows have one label, the null model's loss is that of the probability 1 - 2.2e-16, and a
        warning says so.

    Notes
    -----
    The null model gives every row the classes' shares of the total weight; its loss is
    -Σ Wₖ log(Wₖ / W).
    Shapes: labels (N,) of any kind, or rows (N, C) of one 1 and zeros, and probabilities (N, C)
    or, of the larger of two labels, (N,).
    Range: (-inf, 1], higher is better.
    State: that of `log_loss`.
    Exact: row values as in `log_loss`, summed exactly; logarithms of shares to 40 digits; one
    rounding at the end.
    Reference: sklearn.metrics.d2_log_loss_score.

    Examples
    --------
    >>> round(D2LogLoss()([0, 1, 1, 0], [0.1, 0.8, 0.9, 0.2]), 12)
    0.763034405834
    """

    key: ClassVar[str] = "d2_log_loss_score"

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        return NegativeLog(self.resolved.probabilities, self.eps)

    def of_totals(self, found: Found) -> Value | Outcome:
        """From exact totals, rounded once."""
        if found.rows < 2:
            return Outcome(math.nan, undefined=TOO_FEW)
        if not found.weight:
            return Outcome(math.nan, undefined=NO_WEIGHT)
        value = limbs.to_float(1 - found.total / null_loss(found.weights))
        alone = sum(1 for weight in found.weights if weight) == 1
        return Outcome(value, undefined=ONE_LABEL if alone else "")


ONE_LABEL = "all rows with a weight have one label, which the null model knows"


def eps_of(column: Column) -> float:
    """The machine epsilon of the dtype that arrived."""
    return float(np.finfo(column.dtype).eps) if column.kind == "float" else _EPS


def null_loss(weights: Iterable[Fraction]) -> Fraction:
    """-Σ Wₖ log(Wₖ / W), shares clipped as probabilities in float64; to 40 digits."""
    weights = list(weights)
    whole = sum(weights, Fraction(0))
    low, high = Fraction(_EPS), 1 - Fraction(_EPS)
    return -sum((w * log(min(max(w / whole, low), high)) for w in weights if w), Fraction(0))


def _not_one(state: CountState) -> str:
    n = state.rows
    return f"y_pred does not sum to 1 in {n:,} of the rows; it is taken as it is" if n else ""
