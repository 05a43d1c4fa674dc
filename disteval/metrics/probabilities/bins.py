"""Probabilities in equal bins, each with what came true: what measures of calibration share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.checks import (
    check_binary,
    check_label_range,
    check_one_hot,
    check_score_range,
    require_int,
    require_numbers,
    require_positive,
    shown,
)
from disteval.metrics.rows import PRED, ArgMax, Equals, Labels, NotBinary, Raw, Tied
from disteval.numerics import rows
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
from disteval.reductions import BinnedState, BinnedSums, BinTotals, Count, MinMax


@dataclass(frozen=True)
class Confidence:
    """The probability that a row's prediction is right: the score, or the largest of a row."""

    largest: bool

    def __call__(self, batch: Batch) -> Any:
        return rows.row_max(batch[Y_PRED]) if self.largest else batch.derive(PRED)


@dataclass(frozen=True)
class UniformBin:
    """The bin of a probability among equal ones: (0, 1/n], (1/n, 2/n], ...; 0 is in the first."""

    of: RowFunction
    bins: int

    def __call__(self, batch: Batch) -> Any:
        p = batch.derive(self.of)
        xp = backend.namespace(p)
        # a search among the edges would take four times as long; what is no probability, or NaN,
        # is judged by a flag once all rows are in
        p = xp.fmin(xp.fmax(p, 0.0), 1.0)
        near = xp.minimum((p * self.bins).astype(xp.int64), self.bins - 1)
        inner = edges_of(self.bins)[1:-1]
        low, high = (xp.asarray(np.array(e)) for e in ([-1.0, *inner], [*inner, 2.0]))
        return near - (p <= low[near]) + (p > high[near])


@dataclass(frozen=True)
class ScoreAndHit:
    """The probability, and 1.0 where it came true: (rows, 2)."""

    score: RowFunction
    true: RowFunction
    pred: RowFunction | None

    def __call__(self, batch: Batch) -> Any:
        score, true = batch.derive(self.score), batch.derive(self.true)
        xp = backend.namespace(score)
        hit = true == 1 if self.pred is None else true == batch.derive(self.pred)
        return xp.stack([score, hit.astype(xp.float64)], axis=1)


@dataclass(frozen=True, repr=False)
class BinnedMetric(Metric):
    """A metric of probabilities in equal bins."""

    n_bins: int = 15
    pos_label: int | str | None = field(default=None, kw_only=True)
    true: RowFunction = field(default=Labels(Y_TRUE), kw_only=True, repr=False)
    classes: int = field(default=0, kw_only=True, repr=False)
    """Columns of y_pred; 0 for one score a row. Set by `resolve`."""
    one_hot: bool = field(default=False, kw_only=True, repr=False)

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes."""
        require_int("n_bins", self.n_bins, 1, optional=False)
        require_numbers(schema, Y_PRED)
        true, pred = schema[Y_TRUE], schema[Y_PRED]
        if true.shape not in ((), pred.shape) or len(pred.shape) > 1:
            msg = (
                "expected one label a row with one score or a score for each class, got y_true "
                f"{shown(true.shape)} and y_pred {shown(pred.shape)}"
            )
            raise ShapeError(msg)
        if pred.shape:
            return self._of_classes(schema)
        if self.pos_label is None:
            require_numbers(schema, Y_TRUE)
            return self
        require_positive(schema, self.pos_label)
        return replace(self, true=Equals(Y_TRUE, self.pos_label))

    def _of_classes(self, schema: Schema) -> Metric:
        require_numbers(schema, Y_TRUE)
        if self.pos_label is not None:
            msg = (
                f"pos_label={self.pos_label!r} is for one score a row, got a score for each "
                "class; leave it out, or give the scores of that class alone"
            )
            raise ArgumentError(msg)
        (classes,) = schema[Y_PRED].shape
        one_hot = bool(schema[Y_TRUE].shape)
        true: RowFunction = ArgMax(Y_TRUE) if one_hot else Labels(Y_TRUE)
        return replace(self, true=true, classes=classes, one_hot=one_hot)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The bins, and flags of what is no probability or no label."""
        score = Confidence(bool(self.classes))
        pred = ArgMax(Y_PRED) if self.classes else None
        values = ScoreAndHit(score, self.true, pred)
        bins = BinnedSums(UniformBin(score, self.n_bins), values, self.n_bins, 2)
        return (bins, MinMax(Raw(Y_PRED)), *self._flags())

    def _flags(self) -> tuple[Reduction[Any], ...]:
        if self.one_hot:
            return tuple(Count(f, weighted=False) for f in (Tied(Y_TRUE), NotBinary(Y_TRUE)))
        if self.classes:
            return (MinMax(self.true),)
        return () if self.pos_label is not None else (Count(NotBinary(Y_TRUE), weighted=False),)

    def compute(self, state: BinnedState, scores: Any, *flags: Any) -> Value | Outcome:
        """The formula of the bins."""
        name = str(self.name)
        check_score_range(scores, name, "apply a softmax to rows")
        for flag in flags:
            if self.one_hot:
                check_one_hot(flag, name, "give one label a row")
            elif self.classes:
                check_label_range(flag, self.classes)
            else:
                check_binary(flag, name)
        return self.of_bins(state.totals())

    def of_bins(self, bins: list[BinTotals]) -> Value | Outcome:
        """The formula of the exact totals of each bin."""
        raise NotImplementedError


def edges_of(bins: int) -> list[float]:
    """The edges of equal bins of [0, 1]: those of ``numpy.linspace(0, 1, bins + 1)``."""
    return [*(i * (1.0 / bins) for i in range(bins)), 1.0]
