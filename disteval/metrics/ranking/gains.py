"""Discounted cumulative gains of rows that rank the same number of items."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, DomainError, ShapeError
from disteval.metrics.base import RowMean
from disteval.metrics.checks import (
    require_bool,
    require_int,
    require_number_arguments,
    require_numbers,
    require_same_shape,
    shown,
)
from disteval.metrics.decimals import DIGITS
from disteval.metrics.rows import PRED, TRUE, Raw
from disteval.numerics import rows
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Array,
    Batch,
    Metric,
    Reduction,
    RowFunction,
    Schema,
)
from disteval.reductions import MinMax


@dataclass(frozen=True)
class Gain:
    """Σ over ranks r = 1, 2, ... of y / log_base(r + 1), items ranked by a column.

    Parameters
    ----------
    by : row function
        The scores (rows, items) that rank the items, the largest first.
    k : int, optional
        Only the first k ranks count.
    log_base : float
    ignore_ties : bool
        False: items of equal score share the mean of their y. True: the last of them is first.
    """

    by: RowFunction
    k: int | None
    log_base: float
    ignore_ties: bool

    def __call__(self, batch: Batch) -> Any:
        y, score = batch.derive(TRUE), batch.derive(self.by)
        xp = backend.namespace(y)
        if self.ignore_ties:
            order = xp.argsort(score, axis=1, kind="stable")[:, ::-1]
        else:
            order = xp.argsort(-score, axis=1, kind="stable")
        at = xp.arange(len(y))[:, None]
        ranked = y[at, order]
        if not self.ignore_ties:
            ranked = _shared(xp, ranked, score[at, order])
        kept = ranked[:, : self.k]
        weights = xp.asarray(discounts(kept.shape[1], self.log_base))
        return rows.row_sum(xp.ascontiguousarray(kept * weights))


@dataclass(frozen=True)
class NormalizedGain:
    """The gain over that of the best ranking; 0.0 where that is 0."""

    gain: Gain

    def __call__(self, batch: Batch) -> Any:
        gain = batch.derive(self.gain)
        best = batch.derive(Gain(TRUE, self.gain.k, self.gain.log_base, ignore_ties=True))
        xp = backend.namespace(gain)
        # the means of ties are rounded: no ranking is better than the best
        quotient = xp.minimum(gain / xp.where(best == 0.0, 1.0, best), 1.0)
        return xp.where(best == 0.0, 0.0, quotient)


def _shared(xp: Any, ranked: Any, score: Any) -> Any:
    """The gains, with the mean over items of equal score in place of those that differ."""
    items = ranked.shape[1]
    columns = [xp.ascontiguousarray(ranked[:, j]) for j in range(items)]
    new = [score[:, j] != score[:, j - 1] for j in range(1, items)]
    if all(bool(start.all()) for start in new):
        return ranked
    totals, counts, mixed = [columns[0]], [xp.ones(len(ranked))], [xp.zeros(len(ranked), bool)]
    for j in range(1, items):
        start = new[j - 1]
        totals.append(xp.where(start, columns[j], totals[-1] + columns[j]))
        counts.append(xp.where(start, 1.0, counts[-1] + 1.0))
        mixed.append(~start & (mixed[-1] | (columns[j] != columns[j - 1])))
    out = xp.empty(ranked.shape)
    mean, differ = totals[-1] / counts[-1], mixed[-1]
    for j in reversed(range(items)):
        out[:, j] = xp.where(differ, mean, columns[j])
        if j:
            start = new[j - 1]
            mean = xp.where(start, totals[j - 1] / counts[j - 1], mean)
            differ = xp.where(start, mixed[j - 1], differ)
    return out


@functools.lru_cache(maxsize=64)
def discounts(ranks: int, log_base: float) -> Array:
    """1 / log_base(r + 1) for the ranks r = 1, 2, ..., each the nearest double."""
    base = DIGITS.ln(Decimal(log_base))
    quotients = (DIGITS.divide(base, DIGITS.ln(Decimal(r + 1))) for r in range(1, ranks + 1))
    return np.array([float(quotient) for quotient in quotients])


@dataclass(frozen=True, repr=False)
class _GainMetric(RowMean):
    """What both have: checks of rows of items."""

    k: int | None = None

    def check_rows(self, schema: Schema) -> None:
        """Refuse what is no row of items and scores."""
        require_int("k", self.k, 1)
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        shape = schema[Y_TRUE].shape
        if len(shape) != 1:
            msg = (
                "expected rows (N, items) of at least two items, each with its gain in y_true and "
                f"its score in y_pred, got {shown(shape)}"
            )
            raise ShapeError(msg)


@dataclass(frozen=True, repr=False)
class DCG(_GainMetric):
    """Discounted cumulative gain: mean of Σ y / log_base(r + 1), r the rank of y's score.

    Parameters
    ----------
    k : int, optional
        Only the k best scores of a row count; by default all.
    log_base : float
        A smaller one discounts faster.
    ignore_ties : bool
        False: items of equal score share the mean of their y, as if all orders of them were
        averaged. True: the last of them is first.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N, items), gains in y_true and scores in y_pred.
    Range: (-inf, inf), higher is better.
    State: one exact sum and the total weight.
    Exact: the exact mean of the row values, rounded once; a row is added from the first rank
    on, with discounts that are the nearest doubles.
    Reference: sklearn.metrics.dcg_score.

    Examples
    --------
    >>> round(DCG()([[10, 0, 0, 1, 5]], [[0.1, 0.2, 0.3, 4, 70]]), 12)
    9.499457825917
    >>> DCG(k=1)([[10, 0, 0, 1, 5]], [[1, 0, 0, 0, 1]])
    7.5
    """

    log_base: float = 2
    ignore_ties: bool = False

    key: ClassVar[str] = "dcg_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes."""
        require_number_arguments(log_base=self.log_base)
        if not 0 < self.log_base < float("inf") or self.log_base == 1:
            msg = f"expected log_base above 0 and not 1, got {self.log_base}"
            raise ArgumentError(msg)
        require_bool("ignore_ties", self.ignore_ties)
        self.check_rows(schema)
        return self

    @property
    def values(self) -> RowFunction:
        """The gain of each row."""
        return Gain(PRED, self.k, float(self.log_base), self.ignore_ties)


@dataclass(frozen=True, repr=False)
class NDCG(_GainMetric):
    """Normalised discounted cumulative gain: mean of DCG / DCG of the best ranking of the row.

    Parameters
    ----------
    k : int, optional
        Only the k best scores of a row count; by default all.
    ignore_ties : bool
        False: items of equal score share the mean of their y, as if all orders of them were
        averaged. True: the last of them is first.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero. A row of zeros in y_true counts as 0.0.

    Notes
    -----
    Shapes: numbers (N, items), gains of at least 0 in y_true and scores in y_pred.
    Range: [0, 1], higher is better.
    State: one exact sum, the total weight, the range of y_true.
    Exact: the exact mean of the row values, rounded once; both gains of a row are added from the
    first rank on, with discounts that are the nearest doubles. A perfect ranking is 1.0.
    Reference: sklearn.metrics.ndcg_score.

    Examples
    --------
    >>> round(NDCG()([[10, 0, 0, 1, 5]], [[0.1, 0.2, 0.3, 4, 70]]), 12)
    0.695694044381
    >>> NDCG(k=1)([[10, 0, 0, 1, 5]], [[1, 0, 0, 0, 1]])
    0.75
    """

    ignore_ties: bool = False

    key: ClassVar[str] = "ndcg_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes."""
        require_bool("ignore_ties", self.ignore_ties)
        self.check_rows(schema)
        return self

    @property
    def values(self) -> RowFunction:
        """The normalised gain of each row."""
        return NormalizedGain(Gain(PRED, self.k, 2.0, self.ignore_ties))

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the gains."""
        return (MinMax(Raw(Y_TRUE)),)

    def check(self, *states: Any) -> None:
        """Refuse negative gains."""
        if states[0].low[0] < 0:
            msg = (
                f"{self.name}: expected gains of at least 0 in y_true, got "
                f"{float(states[0].low[0])}; shift them, or use dcg_score"
            )
            raise DomainError(msg)
