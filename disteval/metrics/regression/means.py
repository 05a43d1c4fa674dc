"""Means of errors of elements: over all of them, or by output. Families build on these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from disteval.metrics.base import NO_WEIGHT, RowMean, is_weightless
from disteval.metrics.checks import require_numbers, require_same_shape
from disteval.metrics.regression.outputs import (
    ByOutput,
    MultiOutput,
    as_float,
    averaged,
    check_multioutput,
    exact_means,
    exactly,
)
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import ExactSum, SumState

CARRIED = (Y_TRUE, Y_PRED)
"""The columns whose NaN an error carries."""


@dataclass(frozen=True, repr=False)
class ElementMean(RowMean):
    """A mean over all elements of rows of numbers, y_true and y_pred alike."""

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        return self.with_elements(schema)


@dataclass(frozen=True, repr=False)
class OutputMean(ByOutput, ElementMean):
    """A mean of errors over all outputs, by output, or weighted by output."""

    multioutput: MultiOutput | None = field(default="uniform_average", kw_only=True)

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds, shapes and the outputs."""
        if self.pooled:
            return super().resolve(schema)
        resolved = self.by_output(schema)
        check_multioutput(self.multioutput, resolved.outputs)
        return resolved

    def weighted_by(self, schema: Schema) -> Metric:
        """Each element by its own weight."""
        kind = ElementMean if self.pooled else ByOutput
        return kind.weighted_by(self, schema)

    @property
    def pooled(self) -> bool:
        """Whether all outputs go to one sum."""
        return self.multioutput == "uniform_average"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """One sum, or one for each output; the total weight; the flags."""
        if self.pooled:
            return super().needs
        return (ExactSum(self.values, self.outputs), self.total_weight, *self.checks)

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """The mean, rounded once."""
        if self.pooled:
            return super().compute(total, weight, *flags)
        self.check(*flags)
        if is_weightless(weight):
            return self._without_weight()
        return averaged(exact_means(total, weight), self.multioutput)

    def _without_weight(self) -> Outcome:
        raw = self.multioutput == "raw_values"
        return Outcome(np.zeros(self.outputs) if raw else 0.0, undefined=NO_WEIGHT)


@dataclass(frozen=True, repr=False)
class RootMean(OutputMean):
    """The root of a mean, over all outputs (`multioutput=None`), or one an output."""

    @property
    def pooled(self) -> bool:
        """Whether all outputs go to one sum."""
        return self.multioutput is None

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """The root, rounded once."""
        self.check(*flags)
        if is_weightless(weight):
            return self._without_weight()
        means = exact_means(total, weight, self.elements if self.pooled else 1)
        roots = [m if isinstance(m, float) else limbs.sqrt(m) for m in means]
        if self.pooled:
            return as_float(roots[0])
        return averaged([exactly(root) for root in roots], self.multioutput)
