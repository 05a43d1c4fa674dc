"""Minus a metric: scikit-learn's ``neg_`` scorers, of which higher is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from disteval.protocol import Metric, Outcome, Reduction, Schema, Value

NEGATED = "neg_"
"""What stands before the name of a negated metric."""


@dataclass(frozen=True, repr=False)
class Negated(Metric):
    """Minus another metric: its errors as scores, of which higher is better.

    Parameters
    ----------
    metric : Metric
        What is negated.

    Notes
    -----
    State: that of the metric; nothing is computed twice where it is asked for too.
    Exact: as the metric, since a change of sign rounds nothing.
    Reference: the scorers of scikit-learn that begin with ``neg_``.
    """

    metric: Metric

    def canonical_string(self) -> str:
        """The scorer's name, with the arguments of the metric."""
        return NEGATED + unprefixed(str(self.metric.name))

    @property
    def passes(self) -> int:  # type: ignore[override]  # a class variable elsewhere
        """Those of the metric."""
        return self.metric.passes

    def resolve(self, schema: Schema) -> Metric:
        """The form of the metric."""
        return replace(self, metric=self.metric.resolve(schema))

    def weighted_by(self, schema: Schema) -> Metric:
        """The metric for weights of single elements."""
        return replace(self, metric=self.metric.weighted_by(schema))

    @property
    def reads(self) -> tuple[str, ...]:
        """What the metric reads."""
        return self.metric.reads

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """What the metric needs."""
        return self.metric.needs

    @property
    def sweeps(self) -> tuple[Any, ...]:
        """What the metric asks of its states."""
        return self.metric.sweeps

    def compute(self, *states: Any) -> Value | Outcome:
        """Minus the value."""
        value = self.metric.compute(*states)
        if isinstance(value, Outcome):
            return replace(value, value=_minus(value.value))
        return _minus(value)

    def then(self, *states: Any) -> Metric | None:
        """The next pass of the metric."""
        following = self.metric.then(*states)
        return None if following is None else replace(self, metric=following)


def unprefixed(name: str) -> str:
    """The name without scikit-learn's prefix: its scorers are no others'."""
    return name.removeprefix("sklearn:")


def _minus(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {key: _minus(part) for key, part in value.items()}
    negated: Value = 0 - cast("float", value)  # and no negative zero
    return negated
