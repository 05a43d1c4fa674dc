"""One run of a user's `update_state`: which columns it gets, and what it may leave behind."""

from __future__ import annotations

import copy
import inspect
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval.errors import ArgumentError
from disteval.formula.embedding import embedded
from disteval.formula.keras_style.extended import Extended, formula_of
from disteval.formula.keras_style.stateful import Stateful, inner_metrics, record
from disteval.formula.keras_style.variables import Variable, is_rows, is_symbolic
from disteval.formula.views import is_weight
from disteval.parameters import same
from disteval.protocol import BY, WEIGHT, Y_PRED, Y_TRUE, Metric, Schema

_COLLECTIONS = (list, dict, set, deque)
_PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Update:
    """`update_state` of a metric, as a function of columns: the metric after the update.

    Parameters
    ----------
    metric : with nothing accumulated
    positional : columns that are given by position
    named : columns that are given by name
    """

    metric: Stateful | Extended
    positional: tuple[str, ...]
    named: tuple[str, ...] = ()

    @classmethod
    def of(cls, metric: Stateful | Extended, schema: Schema) -> Update:
        """The update that a class's signature and a dataset's columns ask for."""
        signature = inspect.signature(type(metric).update_state)
        parameters = [*signature.parameters.values()][1:]
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
        positional = tuple(name for name in (Y_TRUE, Y_PRED) if name in schema)
        further = {p.name for p in parameters[len(positional) :]}
        named = tuple(
            name
            for name in schema.names
            if name not in (*positional, BY) and (name in further or (takes_any and name == WEIGHT))
        )
        own = type(metric).__name__
        if WEIGHT in schema and WEIGHT not in named:
            msg = (
                f"sample_weight is given, and {own}.update_state does not take it; add the "
                "parameter sample_weight=None and use it, or leave the weights out"
            )
            raise ArgumentError(msg)
        try:
            signature.bind(metric, *positional, **dict.fromkeys(named))
        except TypeError as error:
            msg = (
                f"expected {own}.update_state to take {', '.join((*positional, *named))}, got "
                f"update_state{signature} ({error})"
            )
            raise ArgumentError(msg) from None
        return cls(metric.fresh(), positional, named)

    def __call__(self, columns: Mapping[str, Any]) -> Stateful | Extended:
        """A fresh metric, updated once."""
        metric = self.metric.fresh()
        self.again(metric, columns)
        return metric

    def again(self, metric: Stateful | Extended, columns: Mapping[str, Any]) -> None:
        """Update a metric; what it keeps must be in its variables."""
        symbolic = any(map(is_symbolic, columns.values()))
        if symbolic:
            record_updates(metric)
        before = {name: _looked_at(value) for name, value in metric.__dict__.items()}
        metric.update_state(
            *(columns[name] for name in self.positional),
            **{name: columns[name] for name in self.named},
        )
        for name, value in metric.__dict__.items():
            if name != "_disteval" and _keeps(value, before.get(name), symbolic=symbolic):
                own = type(metric).__name__
                msg = (
                    f"{own}.update_state changes self.{name}, which is lost where parts of the "
                    "data are evaluated apart; keep it in a variable: "
                    f"self.{name} = self.add_weight(...) in __init__, self.{name}.assign_add(...) "
                    "in update_state"
                )
                raise KeptError(msg)


class Inside:
    """What a metric inside of another accumulates of symbolic rows: its value for the dataset."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._values: list[Any] = []

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """Ask for the value of the metric, of these rows."""
        if self._values:
            msg = f"{self._metric.name}: expected one update with all rows, got another"
            raise ArgumentError(msg)
        if not is_rows(y_true):
            msg = f"{self._metric.name}: expected rows, got {type(y_true).__name__}"
            raise ArgumentError(msg)
        if sample_weight is None and is_rows(y_pred) and is_weight(y_pred._node):
            y_pred, sample_weight = None, y_pred  # Mean.update_state(values, sample_weight)
        value = embedded(y_true._run, self._metric, y_true, y_pred, sample_weight)
        self._values.append(value)

    def value(self) -> Any:
        """The answer."""
        return self._values[0] if self._values else 0.0

    def reset_state(self) -> None:
        """Forget the rows."""
        self._values.clear()

    def merge_state(self, others: Any) -> None:
        """Refuse: there are all rows in it."""
        msg = f"{self._metric.name}: expected an update with rows, got {others!r} to merge"
        raise ArgumentError(msg)


def record_updates(metric: Metric) -> None:
    """Let a metric, and those inside of it, take symbolic rows."""
    if isinstance(metric, Stateful | Extended):
        for inner in inner_metrics(metric):
            record_updates(inner)
    if not isinstance(metric, Stateful):
        formula = formula_of(metric) if isinstance(metric, Extended) else metric
        metric.__dict__["_accumulator"] = Inside(formula)


class KeptError(ArgumentError):
    """An update leaves something behind that is no variable."""


def check_unchanged(metric: Stateful | Extended) -> None:
    """Refuse attributes set after construction: a plan makes the metric anew."""
    if isinstance(metric, Extended) or record(metric).updates:
        return
    made = metric.fresh().__dict__
    for name, value in metric.__dict__.items():
        plain = isinstance(value, _PLAIN) and isinstance(made.get(name), _PLAIN)
        if (plain and not same(value, made.get(name))) or name not in made:
            msg = (
                f"expected {metric!r} as its constructor makes it, got the attribute {name} set "
                f"to {value!r:.80} afterwards; make it an argument of the constructor"
            )
            raise ArgumentError(msg)


@dataclass(frozen=True)
class _Looked:
    """An attribute before an update."""

    value: Any
    content: Any = None


def _looked_at(value: Any) -> _Looked:
    if isinstance(value, (np.ndarray, *_COLLECTIONS)):
        return _Looked(value, copy.copy(value))
    return _Looked(value)


def _keeps(value: Any, before: _Looked | None, *, symbolic: bool) -> bool:
    """Whether an attribute holds something of the rows that an update has seen."""
    if before is not None and value is before.value:
        if isinstance(value, np.ndarray):
            return not np.array_equal(value, before.content)
        if not isinstance(value, _COLLECTIONS):
            return False
        kept = list(value.values() if isinstance(value, dict) else value)
        had = before.content.values() if isinstance(value, dict) else before.content
        known = set(map(id, had))
        return any(_is_state(part, symbolic=symbolic) for part in kept if id(part) not in known)
    return _is_state(value, symbolic=symbolic)


def _is_state(value: Any, *, symbolic: bool) -> bool:
    """Whether a new value is of the rows; what is a plain number under symbolic rows is not."""
    if isinstance(value, list | tuple | dict):
        parts = value.values() if isinstance(value, dict) else value
        return any(_is_state(part, symbolic=symbolic) for part in parts)
    if isinstance(value, Variable):
        return False
    if symbolic or is_symbolic(value):
        return is_symbolic(value)
    return isinstance(value, int | float | np.generic | np.ndarray) and not isinstance(value, bool)
