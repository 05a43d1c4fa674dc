"""Quotients of what is right, predicted and true: for each label, or averaged."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from disteval.errors import ArgumentError, LabelError
from disteval.metrics.labels.confusion import TableMetric, require_labels_argument
from disteval.metrics.labels.pairs import ByLabel, Label, Table
from disteval.numerics import limbs
from disteval.parameters import NAN
from disteval.protocol import (
    Metric,
    Outcome,
    Schema,
    Value,
)

Average = Literal["auto", "binary", "micro", "macro", "weighted"] | None
_AVERAGES = ("auto", "binary", "micro", "macro", "weighted", None)


@dataclass(frozen=True, repr=False)
class LabelScore(TableMetric):
    """A quotient of what is right, predicted and true, for each label or averaged."""

    average: Average = field(default="auto", kw_only=True)
    labels: tuple[Label, ...] | None = field(default=None, kw_only=True)
    zero_division: Any = field(default="warn", kw_only=True)

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule that makes labels of predictions."""
        self.check_arguments()
        return self.with_pair(schema)

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        require_labels_argument(self.labels)
        if self.average not in _AVERAGES:
            msg = f"expected average to be one of {_AVERAGES}, got {self.average!r}"
            raise ArgumentError(msg)
        if self.zero_division not in ("warn", 0, 1, NAN):
            msg = f"expected zero_division 'warn', 0, 1 or nan, got {self.zero_division!r}"
            raise ArgumentError(msg)

    def quotient(
        self, right: Fraction, predicted: Fraction, true: Fraction
    ) -> tuple[Fraction, Fraction]:
        """Numerator and denominator."""
        raise NotImplementedError

    def of_table(self, table: Table) -> Value | Outcome:
        """One value a label, or their average."""
        return self.of_totals(table.by_label())

    def of_totals(self, totals: ByLabel) -> Value | Outcome:
        """One value a label, or their average."""
        average = self.average
        if average == "auto":
            known = self.pos_label in totals.labels or set(totals.labels) <= {0, 1}
            binary = self.labels is None and known and len(totals.labels) <= 2
            average = "binary" if binary else None
        if average == "binary":
            return self._binary(totals)
        totals = selected(totals, self.labels)
        if average == "micro":
            sums = (sum(t, Fraction(0)) for t in (totals.right, totals.predicted, totals.true))
            return self._single(*sums)
        return self._over_labels(totals, average)

    def _binary(self, totals: ByLabel) -> Outcome:
        if len(totals.labels) > 2:
            msg = (
                f"{self.name}: expected two labels for average='binary', got "
                f"{len(totals.labels)}: {list(totals.labels)[:6]}; choose average='micro', "
                "'macro', 'weighted' or None"
            )
            raise LabelError(msg)
        if self.pos_label not in totals.labels and len(totals.labels) == 2:
            msg = (
                f"{self.name}: expected pos_label among the labels {list(totals.labels)}, got "
                f"{self.pos_label!r}; give pos_label={totals.labels[1]!r}, or average='macro'"
            )
            raise LabelError(msg)
        one = selected(totals, (self.pos_label,))
        return self._single(one.right[0], one.predicted[0], one.true[0])

    def _single(self, right: Fraction, predicted: Fraction, true: Fraction) -> Outcome:
        numerator, denominator = self.quotient(right, predicted, true)
        if denominator:
            return Outcome(limbs.to_float(numerator / denominator))
        return Outcome(self._undefined, undefined=self._reason(()))

    def _over_labels(self, totals: ByLabel, average: Average) -> Outcome:
        parts = [
            self.quotient(*p) for p in zip(totals.right, totals.predicted, totals.true, strict=True)
        ]
        undefined = [label for label, (_, d) in zip(totals.labels, parts, strict=True) if not d]
        fallback = self._undefined
        values = [n / d if d else _exact_or_nan(fallback) for n, d in parts]
        reason = self._reason(tuple(undefined)) if undefined else ""
        if average is None:
            array = np.array([math.nan if v is None else limbs.to_float(v) for v in values])
            return Outcome(array, labels=totals.labels, undefined=reason)
        weights = totals.true if average == "weighted" else (Fraction(1),) * len(values)
        pairs = [(v, w) for v, w in zip(values, weights, strict=True) if v is not None]
        if not any(w for _, w in pairs):
            pairs = [(v, Fraction(1)) for v, _ in pairs]
        if not pairs:
            return Outcome(math.nan, undefined=reason or "there are no labels")
        total = sum(w for _, w in pairs)
        value = sum((v * w for v, w in pairs), Fraction(0)) / total
        return Outcome(limbs.to_float(value), undefined=reason)

    @property
    def _undefined(self) -> float:
        return 0.0 if self.zero_division == "warn" else float(self.zero_division)

    def _reason(self, labels: tuple[Any, ...]) -> str:
        if self.zero_division != "warn":
            return ""
        return f"0/0{' for the labels ' + str(list(labels)[:6]) if labels else ''}, taken as 0.0"


def _exact_or_nan(value: float) -> Fraction | None:
    return None if math.isnan(value) else Fraction(value)


def selected(totals: ByLabel, labels: tuple[Any, ...] | None) -> ByLabel:
    """The totals of these labels, in their order; zeros for those that never occur."""
    if labels is None:
        return totals
    at = {label: i for i, label in enumerate(totals.labels)}
    zero = Fraction(0)

    def pick(values: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        return tuple(values[at[label]] if label in at else zero for label in labels)

    return ByLabel(labels, pick(totals.right), pick(totals.predicted), pick(totals.true))
