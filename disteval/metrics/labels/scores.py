"""Ratios of what is right, predicted and true: for each label, or averaged."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from disteval.errors import ArgumentError, LabelError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import shown
from disteval.metrics.labels.confusion import TableMetric, require_labels_argument
from disteval.metrics.labels.indicators import (
    Indicators,
    RowTotals,
    indicators_of,
    require_columns,
)
from disteval.metrics.labels.pairs import ByLabel, Label
from disteval.numerics import limbs
from disteval.parameters import NAN
from disteval.protocol import (
    Y_PRED,
    Batch,
    Metric,
    Outcome,
    Reduction,
    Schema,
    Value,
)
from disteval.reductions import LabelState, LabelSums

Average = Literal["auto", "binary", "micro", "macro", "weighted", "samples"] | None
_AVERAGES = ("auto", "binary", "micro", "macro", "weighted", "samples", None)


@dataclass(frozen=True)
class Ratio:
    """A multiple of what is right, by a sum of multiples of what is predicted, true and right.

    Parameters
    ----------
    predicted, true, right : factors of the totals in the denominator
    numerator : factor of what is right
    """

    predicted: Fraction = Fraction(0)
    true: Fraction = Fraction(0)
    right: Fraction = Fraction(0)
    numerator: Fraction = Fraction(1)

    def parts(self, right: Any, predicted: Any, true: Any) -> tuple[Any, Any]:
        """Numerator and denominator of exact totals."""
        denominator = self.predicted * predicted + self.true * true + self.right * right
        return self.numerator * right, denominator

    def key(self, base: int, right: Any, predicted: Any, true: Any) -> Any:
        """A number for rows of one denominator: their totals are below `base`."""
        if self.right:  # of Jaccard's, whose denominator counts labels
            return predicted + true - right
        return (predicted * base if self.predicted else 0) + (true if self.true else 0)

    def denominator(self, key: int, base: int) -> Fraction:
        """The denominator of the rows of a key."""
        if self.right:
            return Fraction(key)
        return self.predicted * (key // base) + self.true * (key % base)


@dataclass(frozen=True)
class RowRight:
    """How many labels of each row are right."""

    totals: RowTotals

    def __call__(self, batch: Batch) -> Any:
        return batch.derive(self.totals)[0]


@dataclass(frozen=True)
class RowKey:
    """The key of each row's denominator."""

    ratio: Ratio
    totals: RowTotals
    base: int

    def __call__(self, batch: Batch) -> Any:
        return self.ratio.key(self.base, *batch.derive(self.totals))


@dataclass(frozen=True, repr=False)
class LabelTotals(TableMetric):
    """A formula of what is right, predicted and true of each label, or of each indicator."""

    labels: tuple[Label, ...] | None = field(default=None, kw_only=True)
    indicators: Indicators | None = field(default=None, kw_only=True, repr=False)
    """Of rows with several labels; set by `resolve`."""

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule that makes labels of predictions."""
        self.check_arguments()
        found = indicators_of(schema, self.threshold, wanted=self.samples)
        if found is not None:
            self.check_columns(found)
            return replace(self, indicators=found)
        if self.samples:
            msg = (
                f"{self!r}: average='samples' is for indicators (N, C) of several labels a row, "
                f"got y_pred {shown(schema[Y_PRED].shape)}; choose average='micro', 'macro' or "
                "'weighted'"
            )
            raise ArgumentError(msg)
        return self.with_pair(schema)

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        require_labels_argument(self.labels)

    def check_columns(self, indicators: Indicators) -> None:
        """Refuse arguments that mean nothing of indicators."""
        require_columns(self.labels, indicators.columns)

    @property
    def samples(self) -> bool:
        """Whether the ratio of each row is meant."""
        return False

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Counts by label or by column, and flags."""
        return super().needs if self.indicators is None else self.indicators.needs

    @property
    def rule(self) -> str:
        """How predictions become labels, in words."""
        return self.labelled.rule if self.indicators is None else self.indicators.rule

    def totals(self, *states: Any) -> ByLabel:
        """Exact totals of each label, or of each column of indicators."""
        if self.indicators is not None:
            return self.indicators.totals(str(self.name), *states)
        return self.labelled.table(str(self.name), *states).by_label()

    def compute(self, *states: Any) -> Value | Outcome:
        """The formula."""
        value = self.of_totals(self.totals(*states))
        return replace(value, rule=self.rule)

    def of_totals(self, totals: ByLabel) -> Outcome:
        """The formula of the totals."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class LabelScore(LabelTotals):
    """A ratio of what is right, predicted and true, for each label or averaged."""

    average: Average = field(default="auto", kw_only=True)
    zero_division: Any = field(default="warn", kw_only=True)

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        if self.average not in _AVERAGES:
            msg = f"expected average to be one of {_AVERAGES}, got {self.average!r}"
            raise ArgumentError(msg)
        require_zero_division(self.zero_division)

    def check_columns(self, indicators: Indicators) -> None:
        """Refuse arguments that mean nothing of indicators."""
        super().check_columns(indicators)
        if self.average == "binary":
            msg = (
                f"{self!r}: average='binary' is for one column, got "
                f"{shown((indicators.columns,))}; choose average='micro', 'macro', 'weighted', "
                "'samples' or None"
            )
            raise ArgumentError(msg)

    @property
    def ratio(self) -> Ratio:
        """What is divided by what."""
        raise NotImplementedError

    @property
    def samples(self) -> bool:
        """Whether the ratio of each row is meant."""
        return self.average == "samples"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Counts by label or by column; or sums over rows."""
        if not self.samples or self.indicators is None:
            return super().needs
        return (self.of_each_row, *self.indicators.flags)

    @property
    def of_each_row(self) -> LabelSums:
        """What is right in the rows of each denominator."""
        columns: Any = self.labels
        assert self.indicators is not None
        totals = RowTotals(self.indicators.threshold, columns)
        return LabelSums(RowKey(self.ratio, totals, self._base), RowRight(totals))

    @property
    def _base(self) -> int:
        assert self.indicators is not None
        return self.indicators.columns + 1

    def compute(self, *states: Any) -> Value | Outcome:
        """One value a label, or their average."""
        if not self.samples or self.indicators is None:
            return super().compute(*states)
        self.indicators.check(str(self.name), *states[1:])
        return replace(self.of_rows(states[0]), rule=self.rule)

    def of_totals(self, totals: ByLabel) -> Outcome:
        """One value a label, or their average."""
        average = self.average
        if average == "auto":
            average = "binary" if self._is_binary(totals) else None
        if average == "binary":
            return self._binary(totals)
        totals = totals.of(self.labels)
        if average == "micro":
            sums = (sum(t, Fraction(0)) for t in (totals.right, totals.predicted, totals.true))
            return self._single(*sums)
        return self._over_labels(totals, average)

    def _is_binary(self, totals: ByLabel) -> bool:
        if self.indicators is not None or self.labels is not None or len(totals.labels) > 2:
            return False
        return self.pos_label in totals.labels or set(totals.labels) <= {0, 1}

    def of_rows(self, rows: LabelState) -> Outcome:
        """The mean of the rows' ratios; those that are undefined count as `zero_division`."""
        total = weight = undefined = Fraction(0)
        for key, of_key in rows.totals().items():
            if not of_key.finite:
                return Outcome(math.nan, undefined="there are infinite weights")
            denominator = self.ratio.denominator(key, self._base)
            weight += of_key.weight
            if denominator:
                total += self.ratio.numerator * of_key.values[0] / denominator
            else:
                undefined += of_key.weight
        warns = self.zero_division == "warn"
        if not weight:
            return Outcome(self._undefined, undefined=NO_WEIGHT if warns else "")
        reason = "0/0 in rows without labels, taken as 0.0" if undefined and warns else ""
        fallback = _exact_or_nan(self._undefined)
        if fallback is None:
            weight -= undefined
            return Outcome(limbs.to_float(total / weight) if weight else math.nan)
        return Outcome(limbs.to_float((total + fallback * undefined) / weight), undefined=reason)

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
        one = totals.of((self.pos_label,))
        return self._single(one.right[0], one.predicted[0], one.true[0])

    def _single(self, right: Fraction, predicted: Fraction, true: Fraction) -> Outcome:
        numerator, denominator = self.ratio.parts(right, predicted, true)
        if denominator:
            return Outcome(limbs.to_float(numerator / denominator))
        return Outcome(self._undefined, undefined=self._reason(()))

    def _over_labels(self, totals: ByLabel, average: Average) -> Outcome:
        each = zip(totals.right, totals.predicted, totals.true, strict=True)
        parts = [self.ratio.parts(*part) for part in each]
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
            return Outcome(math.nan, undefined="" if values else "there are no labels")
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


def require_zero_division(value: Any) -> None:
    """Refuse what 0/0 cannot be."""
    if value not in ("warn", 0, 1, NAN):
        msg = f"expected zero_division 'warn', 0, 1 or nan, got {value!r}"
        raise ArgumentError(msg)


def _exact_or_nan(value: float) -> Fraction | None:
    return None if math.isnan(value) else Fraction(value)
