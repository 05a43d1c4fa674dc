"""Several labels a row: true and predicted indicators (N, C), a column a label."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, LabelError
from disteval.metrics.checks import check_score_range, require_number_arguments, shown
from disteval.metrics.labels.pairs import ByLabel
from disteval.metrics.rows import Above, NonZero, NotBinary, Raw
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Reduction, Schema
from disteval.reductions import Count, CountState, MinMax, ThresholdCounts


@dataclass(frozen=True)
class Indicators:
    """What is known of indicators before any row is read.

    Parameters
    ----------
    columns : how many labels there are
    threshold : predicted is what lies above it
    scores : whether predictions are scores, not 0 and 1
    in_unit : whether scores must lie in [0, 1]
    """

    columns: int
    threshold: float = 0.5
    scores: bool = False
    in_unit: bool = False

    @property
    def rule(self) -> str:
        """How predictions become labels, in words; "" where they are labels."""
        return f"y_pred > {self.threshold}" if self.scores else ""

    @property
    def counts(self) -> ThresholdCounts:
        """What is right, predicted and true, a column."""
        return ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (self.threshold,), self.columns)

    @property
    def flags(self) -> tuple[Reduction[Any], ...]:
        """Values that are no indicators, or the range of the scores."""
        true = Count(NotBinary(Y_TRUE), weighted=False)
        if not self.scores:
            return (true, Count(NotBinary(Y_PRED), weighted=False))
        return (true, MinMax(Raw(Y_PRED))) if self.in_unit else (true,)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The counts and the flags."""
        return (self.counts, *self.flags)

    def check(self, name: str, *flags: Any) -> None:
        """Refuse what the flags tell of."""
        _check_indicators(flags[0], name, Y_TRUE)
        if not self.scores:
            _check_indicators(flags[1], name, Y_PRED)
        elif self.in_unit:
            check_score_range(flags[1], name, "give threshold=0.0")

    def totals(self, name: str, counts: CountState, *flags: Any) -> ByLabel:
        """Exact totals of each column, after the checks that only the rows allow."""
        self.check(name, *flags)
        tables = self.counts.table(counts)
        tp, fp, fn = ([Fraction(t[0]) for t in side] for side in zip(
            *((t.tp, t.fp, t.fn) for t in tables), strict=True
        ))  # fmt: skip
        first = tables[0]
        return ByLabel(
            tuple(range(self.columns)),
            tuple(tp),
            tuple(a + b for a, b in zip(tp, fp, strict=True)),
            tuple(a + b for a, b in zip(tp, fn, strict=True)),
            sum((Fraction(v[0]) for v in (first.tp, first.fp, first.tn, first.fn)), Fraction(0)),
            whole=isinstance(first.tp[0], int),
        )


@dataclass(frozen=True)
class RowTotals:
    """How many labels of each row are right, predicted and true, of all or of these columns."""

    threshold: float
    columns: tuple[int, ...] | None = None

    def __call__(self, batch: Batch) -> tuple[Any, Any, Any]:
        true, pred = batch[Y_TRUE] != 0, batch.derive(Above(Y_PRED, self.threshold))
        if self.columns is not None:
            true, pred = true[:, list(self.columns)], pred[:, list(self.columns)]
        xp = backend.namespace(true)
        right, predicted, known = (
            xp.count_nonzero(part, axis=1).astype(xp.int64) for part in (true & pred, pred, true)
        )
        return right, predicted, known


@dataclass(frozen=True)
class RowsEqual:
    """1.0 where all indicators of a row are right, else 0.0."""

    threshold: float

    def __call__(self, batch: Batch) -> Any:
        right, predicted, true = batch.derive(RowTotals(self.threshold))
        return ((right == predicted) & (right == true)).astype(np.float64)


@dataclass(frozen=True)
class EachEqual:
    """1.0 where an indicator is right, else 0.0."""

    threshold: float

    def __call__(self, batch: Batch) -> Any:
        pred = batch.derive(Above(Y_PRED, self.threshold))
        return (pred == (batch[Y_TRUE] != 0)).astype(np.float64)


def indicators_of(
    schema: Schema, threshold: float | None, *, wanted: bool = False
) -> Indicators | None:
    """The indicators of this schema; None where the columns are something else.

    Integers and booleans (N, C) on both sides are indicators as they are. Scores (N, C) are where
    there is a threshold for them, or where indicators are `wanted`.
    """
    true, pred = schema[Y_TRUE], schema[Y_PRED]
    if len(pred.shape) != 1 or true.shape != pred.shape or "str" in (true.kind, pred.kind):
        return None
    columns = pred.shape[0]
    if pred.kind != "float":
        return Indicators(columns)
    if threshold is None:
        return Indicators(columns, scores=True, in_unit=True) if wanted else None
    require_number_arguments(threshold=threshold)
    return Indicators(columns, float(threshold), scores=True)


def require_columns(labels: tuple[Any, ...] | None, columns: int) -> None:
    """Refuse labels= that are no columns."""
    wrong = [label for label in labels or () if not _is_column(label, columns)]
    if wrong:
        msg = (
            f"expected labels in [0, {columns}), the columns of indicators {shown((columns,))}, "
            f"got {wrong[:6]}"
        )
        raise ArgumentError(msg)


def _is_column(label: Any, columns: int) -> bool:
    return isinstance(label, int) and not isinstance(label, bool) and 0 <= label < columns


def _check_indicators(state: CountState, name: str, column: str) -> None:
    others = state.rows
    if others:
        msg = (
            f"{name}: expected indicators 0 and 1 in {column} (N, C), got {others:,} other values; "
            "give one label a row as (N,)"
        )
        raise LabelError(msg)
