"""Areas of each row of several labels, from its own scores, and their mean over rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from disteval import backend
from disteval.metrics.base import NO_WEIGHT, is_weightless, mean
from disteval.metrics.curves.base import check_two_labels
from disteval.metrics.rows import Raw
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Metric, Outcome, Reduction, RowFunction
from disteval.reductions import (
    Count,
    CountState,
    DistinctState,
    DistinctValues,
    ExactSum,
    SumState,
    TotalWeight,
)


@dataclass(frozen=True)
class RowRoc:
    """The area under the ROC curve of each row's scores; 0.0 where it is not defined."""

    positive: RowFunction

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(self.positive), batch[Y_PRED]
        xp = backend.namespace(p)
        w = xp.zeros(len(p), xp.int64)
        for j in range(p.shape[1]):
            own = p[:, j : j + 1]
            pairs = xp.where(y, 0, 2 * (own > p) + (own == p)).sum(axis=1)
            w += xp.where(y[:, j], pairs, 0)
        some = y.sum(axis=1)
        every = 2 * some * (p.shape[1] - some)
        return w.astype(xp.float64) / xp.maximum(every, 1).astype(xp.float64)


@dataclass(frozen=True)
class RowPrecision:
    """The average precision of each row's scores; 0.0 where there are no positives."""

    positive: RowFunction

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(self.positive), batch[Y_PRED]
        xp = backend.namespace(p)
        total = xp.zeros(len(p), xp.float64)
        for j in range(p.shape[1]):
            seen = p >= p[:, j : j + 1]
            precision = (seen & y).sum(axis=1).astype(xp.float64) / xp.maximum(seen.sum(axis=1), 1)
            total = total + xp.where(y[:, j], precision, 0.0)
        return total / xp.maximum(y.sum(axis=1), 1).astype(xp.float64)


@dataclass(frozen=True)
class Lacking:
    """True where a row has no positives, or, where it matters, no negatives."""

    positive: RowFunction
    negatives_too: bool

    def __call__(self, batch: Batch) -> Any:
        y = batch.derive(self.positive)
        some = y.sum(axis=1)
        return (some == 0) | ((some == y.shape[1]) & self.negatives_too)


@dataclass(frozen=True, repr=False)
class MeanOverRows(Metric):
    """The mean over rows of the area of each."""

    values: RowFunction = field(kw_only=True)
    lacking: Lacking = field(kw_only=True)
    checked: bool = field(default=True, kw_only=True)
    """Whether labels must be 0 and 1, or -1 and 1."""

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum, the weight, rows that have no area, and the labels."""
        labels = (DistinctValues(Raw(Y_TRUE)),) if self.checked else ()
        return (ExactSum(self.values), TotalWeight(), Count(self.lacking), *labels)

    def compute(
        self, total: SumState, weight: SumState, lacking: CountState, *labels: DistinctState
    ) -> Outcome:
        """The quotient, rounded once; NaN where an area is not defined without negatives."""
        for state in labels:
            check_two_labels(state, str(self.name))
        if is_weightless(weight):
            return Outcome(math.nan if self.lacking.negatives_too else 0.0, undefined=NO_WEIGHT)
        value, reason = mean(total, weight), ""
        if lacking.totals()[0]:
            both = self.lacking.negatives_too
            reason = f"there are rows without positives{' or without negatives' if both else ''}"
            value = math.nan if both else value
        return Outcome(value, undefined=reason, details={"exact": True})
