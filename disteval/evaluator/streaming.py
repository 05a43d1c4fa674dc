"""The streaming `Evaluator`, which every metric alone delegates to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from disteval.engine import Partial, Plan, RowCounts
from disteval.engine.blocks import Blocks, without_nan
from disteval.engine.budgets import bytes_of
from disteval.engine.checks import check_nan, check_schema, refuse_passes
from disteval.errors import ArgumentError, DistevalError, ReplayError, StateError
from disteval.evaluator.asked import metrics_of
from disteval.evaluator.outcomes import outcomes_of, result_of, said, undefined, warn
from disteval.metrics.base import NO_WEIGHT
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Column,
    Metric,
    NanPolicy,
    Origin,
    Outcome,
    Schema,
    Value,
)
from disteval.result import Result
from disteval.sources import open_source
from disteval.sources.table import Table

STREAM = "a stream of batches"


class Evaluator:
    """A plan that takes batches as they come, with Keras's verbs.

    Parameters
    ----------
    metrics : as for `evaluate`
    nan_policy, memory_budget : as for `evaluate`

    Examples
    --------
    >>> ev = Evaluator(["mse", "mae"])
    >>> ev.update_state([1.0, 2.0], [1.0, 4.0])
    >>> ev.update_state([3.0], [3.0])
    >>> dict(ev.result())
    {'mean_squared_error': 1.3333333333333333, 'mean_absolute_error': 0.6666666666666666}
    """

    def __init__(
        self,
        metrics: Any,
        *,
        nan_policy: NanPolicy = "raise",
        memory_budget: int | str | None = None,
    ) -> None:
        self._asked = metrics
        self._metrics = tuple(metrics_of(metrics))
        self._policy: NanPolicy = nan_policy
        self._budget = bytes_of(memory_budget)
        Plan.build((), Schema(()), nan_policy)  # refuses an unknown policy at once
        for metric in self._metrics:
            refuse_passes(metric, STREAM)
            if metric.reads:
                msg = (
                    f"{metric.name} takes the column {metric.reads[0]!r} besides y_true and "
                    "y_pred, which a stream of batches does not bring; use evaluate(..., data=)"
                )
                raise ArgumentError(msg)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget all rows."""
        self._plan: Plan | None = None
        self._blocks: Blocks | None = None
        self._open: tuple[Any, ...] = ()
        self._dirty = False
        self._sealed: Partial | None = None
        self._rows = RowCounts()
        self._batches = 0
        self._failure: Exception | None = None

    reset_states = reset_state

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """Add a batch. The first one decides kinds and shapes; others must have the same."""
        single = isinstance(y_true, int | float | np.generic) or (
            isinstance(y_true, np.ndarray) and not y_true.ndim
        )
        if y_pred is None and single:
            y_true = [y_true]  # a loss, as Mean and Sum take it in Keras
        self._refuse_failed()
        source = open_source(y_true, y_pred, sample_weight)
        if not isinstance(source, Table):
            msg = "expected arrays in update_state; give evaluate() files, Dask arrays or batches"
            raise StateError(msg)
        if not source.pieces():
            return  # no rows tell no kinds
        plan = self._planned(source.schema)
        if source.schema.names != plan.schema.names:
            msg = (
                f"expected every batch to have {', '.join(plan.schema.names)}, got "
                f"{', '.join(source.schema.names)}"
            )
            raise StateError(msg)
        assert self._blocks is not None
        batch, self._batches = self._batches, self._batches + 1
        row = 0
        for i in range(len(source.pieces())):
            for chunk in source.read(i, plan.schema.names):
                self._add(self._blocks.push(chunk, Origin(batch, row)))
                row += len(chunk[Y_TRUE])

    def merge_state(self, others: Any) -> None:
        """Add the rows that others (an Evaluator, or an iterable of them) have seen."""
        group = [others] if isinstance(others, Evaluator) else list(others)
        for other in group:
            if not isinstance(other, Evaluator):
                msg = f"expected Evaluators to merge, got {type(other).__name__}"
                raise StateError(msg)
            if metrics_of(other._asked) != metrics_of(self._asked):
                msg = (
                    f"expected an evaluator of {list(self._metrics)}, got one of "
                    f"{list(other._metrics)}"
                )
                raise StateError(msg)
            if other._policy != self._policy:
                msg = f"expected nan_policy {self._policy!r}, got {other._policy!r}"
                raise StateError(msg)
        seen = [other._current() for other in group if other._plan is not None]
        if not seen:
            return
        merged = self._planned(seen[0][0].schema)
        for plan, _ in seen:
            if plan.reductions != merged.reductions or _kinds(plan) != _kinds(merged):
                msg = (
                    "expected evaluators of the same kinds and shapes of columns, got "
                    f"{_kinds(merged)} and {_kinds(plan)}"
                )
                raise StateError(msg)
        _, total = self._current()
        for _, theirs in seen:
            states = merged.merge(total.states, theirs.states)
            total = Partial(states, total.rows + theirs.rows)
        self._sealed, self._rows = total, total.rows

    def result(self) -> Result:
        """Values over all rows so far. Changes nothing; ask as often as you like."""
        try:
            plan, partial = self._current()
        except DistevalError:
            if self._plan is not None or self._failure is not None:
                raise
            # no batch yet, and a metric that wants other shapes: as Keras, 0.0
            nothing = {str(m.name): Outcome(0.0, undefined=NO_WEIGHT) for m in self._metrics}
            outcomes, result = nothing, result_of(nothing, RowCounts(), [], None)
        else:
            states = list(zip(plan.reductions, partial.states, strict=True))
            if plan.then(partial.states) is not None:  # the rows took a branch not foreseen
                msg = f"expected metrics of one pass over {STREAM}; evaluate arrays or files"
                raise ReplayError(msg)
            outcomes = outcomes_of(plan, partial.states, partial.rows)
            result = result_of(outcomes, partial.rows, states, plan)
        warn(undefined(outcomes), said(outcomes))
        return result

    def value(self) -> Value:
        """The value of the only metric; where that has several results, all of them by name."""
        values = dict(self.result())
        several = len(values) > 1
        return values if several else next(iter(values.values()))

    def _planned(self, schema: Schema) -> Plan:
        if self._plan is None:
            check_schema(schema)
            self._metrics = tuple(metrics_of(self._asked, schema))  # a preset depends on it
            plan = Plan.build(self._metrics, schema, self._policy, budget=self._budget)
            for metric in plan.metrics:  # only the columns may tell
                refuse_passes(metric, STREAM)
            self._plan = plan
            self._blocks = Blocks(self._plan.schema)
            self._open = self._plan.empty()
        return self._plan

    def _add(self, batches: Iterable[Batch]) -> None:
        assert self._plan is not None
        try:
            with np.errstate(all="ignore"):
                for batch in batches:
                    clean, counted = without_nan(batch)
                    self._rows += counted
                    if clean.rows:
                        self._open = self._plan.update(self._open, clean)
                        self._dirty = True
        except Exception as error:
            # some states hold the batch and some do not: there is no right value from here on
            self._failure = error
            raise

    def _refuse_failed(self) -> None:
        if self._failure is not None:
            msg = (
                f"an earlier batch could not be evaluated ({self._failure}); "
                "reset_state() to start anew without it"
            )
            raise StateError(msg) from self._failure

    def _current(self) -> tuple[Plan, Partial]:
        """The plan and the states of all rows so far."""
        self._refuse_failed()
        if self._plan is None or self._blocks is None:
            plan = Plan.build(self._metrics, _unknown_schema(), self._policy)
            return plan, Partial(plan.seal(plan.empty()), RowCounts())
        self._add(self._blocks.flush())
        plan = self._plan
        if self._dirty or self._sealed is None:
            states = plan.seal(self._open)
            if self._sealed is not None:
                states = plan.merge(self._sealed.states, states)
            self._sealed = Partial(states, self._rows)
            self._open, self._dirty = plan.empty(), False
        partial = Partial(self._sealed.states, self._rows)
        check_nan(plan, partial.rows)
        return plan, partial


def _unknown_schema() -> Schema:
    column = Column(np.dtype(np.float64))
    return Schema(((Y_TRUE, column), (Y_PRED, column)))


def _kinds(plan: Plan) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (column.kind, column.shape) for name, column in plan.schema.columns}


def _adopt(cls: type[Metric]) -> None:
    from disteval.formula.keras_style.stateful import adopt  # at its first use: most runs have none

    adopt(cls)


Metric.accumulator = lambda metric: Evaluator([metric])
Metric.adopt = _adopt
