"""Metrics with a formula of their own whose `update_state` or `result` a user has extended.

``class Scaled(metrics.MeanSquaredError)`` with an `update_state` that changes the columns and
gives them to ``super().update_state``: the metric of the changed columns. Likewise a `result` that
makes something of ``super().result()``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Self

from disteval.errors import StateError
from disteval.formula.keras_style.variables import as_input
from disteval.parameters import same, snake
from disteval.protocol import WEIGHT, Accumulator, Metric, Schema


class Extended(Metric):
    """What a class with an `update_state` of its own has, whose base has a formula."""

    def __post_init__(self) -> None:
        if self.name is None:
            self.__dict__["name"] = snake(type(self).__name__)
        super().__post_init__()

    @property
    def _accumulated(self) -> Accumulator:
        found: Accumulator | None = self.__dict__.get("_accumulator")
        if found is None:
            assert Metric.accumulator is not None
            found = self.__dict__["_accumulator"] = Metric.accumulator(formula_of(self))
        return found

    def merge_state(self, others: Metric | Sequence[Metric]) -> None:
        """Add the rows that equal metrics elsewhere have seen."""
        for other in [others] if isinstance(others, Metric) else others:
            if other != self:
                msg = f"expected a metric equal to this {self!r} to merge, got {other!r}"
                raise StateError(msg)
        super().merge_state(others)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of ``data=`` that `update_state` takes besides y_true and y_pred."""
        return further_columns(type(self))

    def resolve(self, schema: Schema) -> Metric:
        """What a plan computes: the base's formula, of the columns that it is given."""
        from disteval.formula.keras_style.planned import planned

        return planned(self, schema)

    def fresh(self) -> Self:
        """The same metric without what it has accumulated."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__getstate__())
        return made

    def renamed(self, name: str) -> Self:
        """The same metric under another name."""
        made = self.fresh()
        made.__dict__["name"] = name
        return made

    def canonical_string(self) -> str:
        """The class, and the parameters that differ from their defaults."""
        return type(self).__name__ + super().canonical_string()[len(self.key) :]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        ours, theirs = self.__getstate__(), other.__getstate__()
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def __getstate__(self) -> dict[str, Any]:
        return {name: v for name, v in self.__dict__.items() if name != "_accumulator"}


def formula_of(metric: Extended) -> Metric:
    """The metric that is extended, with the same parameters."""
    base = next(cls for cls in type(metric).__mro__ if _is_formula(cls))
    made: Metric = object.__new__(base)
    made.__dict__.update(Metric.__getstate__(metric))
    return made


def _is_formula(cls: Any) -> bool:
    """Whether a base is a metric of which users have changed nothing."""
    return (
        issubclass(cls, Metric)
        and not issubclass(cls, Extended)
        and cls.update_state is Metric.update_state
        and cls.result is Metric.result
    )


def further_columns(cls: type[Metric]) -> tuple[str, ...]:
    """The parameters of `update_state`, after the first two, that must be given."""
    parameters = list(inspect.signature(cls.update_state).parameters.values())[3:]
    return tuple(
        p.name
        for p in parameters
        if p.default is p.empty
        and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        and p.name != WEIGHT
    )


def extend(cls: type[Metric]) -> None:
    """Make a class with an `update_state` or `result` of its own one that extends its base's."""
    if not issubclass(cls, Extended):
        cls.__bases__ = (Extended, *cls.__bases__)
    function = cls.update_state
    if function is not Metric.update_state and not hasattr(function, "given_arrays"):
        cls.update_state = given_arrays(function)  # type: ignore[method-assign]


def given_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """`update_state` for whatever NumPy can read, in float64."""

    @functools.wraps(function)
    def update_state(self: Metric, *args: Any, **kwargs: Any) -> Any:
        kept = self.__dict__.get("_disteval")
        if kept is not None:
            kept.updates += 1
        given = {key: as_input(value) for key, value in kwargs.items()}
        return function(self, *map(as_input, args), **given)

    update_state.given_arrays = True  # type: ignore[attr-defined]
    return update_state
