"""Metrics as functions of the whole data: ``metrics.mse(y_true, y_pred)``."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

from disteval.errors import ArgumentError
from disteval.metrics.names import R_PREFIX, find, get
from disteval.metrics.table import TABLE, Entry
from disteval.protocol import Metric

SYMBOLIC = "__disteval_metric__"
"""The method of symbolic rows that takes a metric of them, instead of evaluating it."""


class MetricFunction:
    """A metric as a function of the whole data.

    In a list of metrics it stands for its metric; called, it evaluates that metric alone. On the
    symbolic rows of a user's own function it is a part of that function's formula.

    Parameters
    ----------
    entry : of the table of names
    """

    def __init__(self, entry: Entry) -> None:
        names = [name for name in (entry.name, *entry.aliases) if name.isidentifier()]
        self.entry = entry
        self.__name__ = self.__qualname__ = names[0] if names else entry.name
        self.__doc__ = entry.make.__doc__
        self.__signature__ = _signature(entry)

    def __call__(
        self,
        y_true: Any,
        y_pred: Any = None,
        *parameters: Any,
        sample_weight: Any = None,
        **named: Any,
    ) -> Any:
        """The value over all rows.

        Parameters
        ----------
        y_true, y_pred, sample_weight : as for `disteval.evaluate`
        *parameters, **named
            Of the metric, in the order in which its library takes them.
        """
        metric = self.metric(*parameters, **named)
        for rows in (y_true, y_pred, sample_weight):
            if hasattr(type(rows), SYMBOLIC):
                return getattr(rows, SYMBOLIC)(metric, y_true, y_pred, sample_weight)
        # the evaluator is a later layer, found by the package's public name for it
        evaluate = sys.modules["disteval"].evaluate
        result = evaluate(y_true, y_pred, [metric], sample_weight=sample_weight)
        returned = getattr(metric, "as_returned", None)  # where its library's function differs
        value = result[metric.name]
        return returned(value) if returned else value

    def metric(self, *parameters: Any, **named: Any) -> Metric:
        """The metric that the function stands for, with these parameters."""
        known = [name for name, _ in _parameters(self.entry)]
        if len(parameters) > len(known):
            msg = (
                f"{self.__name__}: expected y_true, y_pred and at most {len(known)} parameters"
                f"{': ' if known else ''}{', '.join(known)}; got {len(parameters)} after y_pred"
            )
            raise ArgumentError(msg)
        placed = dict(zip(known, parameters, strict=False))
        twice = sorted(placed.keys() & named.keys())
        if twice:
            msg = f"{self.__name__}: expected {twice[0]} once, got it by place and by name"
            raise ArgumentError(msg)
        return get(self.entry.name, **placed, **named)

    def __repr__(self) -> str:
        return f"<disteval.metrics.{self.__name__}{self.__signature__}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (function, (self.entry.name,))


@functools.cache
def _function(entry: Entry) -> MetricFunction:
    return MetricFunction(entry)


def function(name: str) -> MetricFunction:
    """The function of a name; one and the same for all names of a metric."""
    return _function(find(name))


def attribute(name: str) -> type[Metric] | MetricFunction | None:
    """What `disteval.metrics` has under a name: a class, a function, or nothing.

    Every name and alias of the table that is an identifier is one of a function, except those of
    classes: the class's own, and aliases that are written as one (`LogCosh`, and not `MSE`).
    """
    if name in _CLASSES:
        return _CLASSES[name].make
    entry = _NAMES.get(name) or _NAMES.get(name.removeprefix(R_PREFIX))
    if entry is None:
        return None
    return entry.make if _is_class_name(name) and not entry.defaults else _function(entry)


def attributes() -> list[str]:
    """The names under which `attribute` has something; R's are left out."""
    return sorted({*_CLASSES, *_NAMES})


_CLASSES = {entry.class_name: entry for entry in TABLE}
_NAMES = {
    name: entry for entry in TABLE for name in (entry.name, *entry.aliases) if name.isidentifier()
}


def _is_class_name(name: str) -> bool:
    return name[0].isupper() and any(map(str.islower, name))


def _parameters(entry: Entry) -> list[tuple[str, Any]]:
    """Name and default of each parameter that may be given by its place."""
    own = dict(entry.defaults)
    return [
        (spec.name, own.get(spec.name, spec.default))
        for spec in dataclasses.fields(entry.make)
        if spec.repr and not spec.kw_only
    ]


def _signature(entry: Entry) -> inspect.Signature:
    place, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    given = _parameters(entry)
    alone = "column" in dict(given)  # a metric of one column, y_true where it is alone
    rows = [inspect.Parameter("y_true", place)]
    rows += [inspect.Parameter("y_pred", place, **({"default": None} if alone else {}))]
    own = [
        inspect.Parameter(
            name,
            place,
            default=inspect.Parameter.empty if default is dataclasses.MISSING else default,
        )
        for name, default in given
    ]
    defaults = dict(entry.defaults)
    named = [
        inspect.Parameter(spec.name, keyword, default=defaults.get(spec.name, spec.default))
        for spec in dataclasses.fields(entry.make)
        if spec.repr and spec.kw_only and spec.name != "name"
    ]
    weight = inspect.Parameter("sample_weight", keyword, default=None)
    return inspect.Signature([*rows, *own, *named, weight])


class CustomMetric:
    """A function of the user's own under a name: what ``(name, function)`` means in a list.

    Parameters
    ----------
    name : of the value
    function : of y_true and y_pred
    """

    def __init__(self, name: str, function: Any) -> None:
        self.function = function
        self.__name__ = self.__qualname__ = name
        self.__doc__ = function.__doc__

    def __call__(self, *columns: Any, **named: Any) -> Any:
        """Call the function."""
        return self.function(*columns, **named)

    def __repr__(self) -> str:
        return f"custom_metric({self.__name__!r}, {self.function!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (CustomMetric, (self.__name__, self.function))


def custom_metric(name: str, function: Callable[..., Any]) -> CustomMetric:
    """A function of your own as a metric of this name, as in R's interface to Keras.

    Parameters
    ----------
    name : str
        The key of the value in the result.
    function : callable
        Of ``(y_true, y_pred)``.

    Examples
    --------
    >>> custom_metric("mean_pred", max)
    custom_metric('mean_pred', <built-in function max>)
    """
    wrong: tuple[Any, Any] = (name, function)  # which may come the other way round
    if not (isinstance(wrong[0], str) and callable(wrong[1])):
        msg = (
            f"expected custom_metric(name, function), got {name!r:.40} and {function!r:.40}; "
            "the name comes first"
        )
        raise ArgumentError(msg)
    return CustomMetric(name, function)
