"""Metrics of Keras and scikit-learn, recognised by module and name; neither is imported.

A function, a class or an object of theirs becomes the metric of the same name and parameters.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections.abc import Mapping
from typing import Any

from disteval.errors import ArgumentError
from disteval.metrics.names import find, get
from disteval.metrics.negated import Negated
from disteval.protocol import Metric

_KERAS = ("keras", "tf_keras", "tensorflow")
# of Keras's objects: how they compute, and what wraps a function
_HOW = ("dtype", "reduction", "fn")
_WRAPPERS = ("MeanMetricWrapper", "LossFunctionWrapper", "SumOverBatchSizeMetricWrapper")


def recognised(asked: Any) -> Metric | None:
    """The metric that an object of Keras or scikit-learn is; None for any other object."""
    if isinstance(asked, functools.partial):
        return _partial(asked) if library_of(asked.func) else None
    if _is_scorer(asked):
        return _scorer(asked)
    library = library_of(asked)
    if library is None:
        _refuse_subclass(asked)
        return None
    if hasattr(asked, "__name__"):
        return get(_name(library, asked))
    return _object(library, asked)


def library_of(asked: Any) -> str | None:
    """The prefix under which a function, a class or an object is known; None elsewhere."""
    first, *parts = str(getattr(asked, "__module__", "")).split(".")
    if first == "sklearn":
        return "sklearn" if parts[:1] == ["metrics"] else None
    if first not in _KERAS:
        return None
    # where Keras's functions of losses are metrics too, the sign of one differs: the cosine's
    return "losses" if "losses" in parts else "keras" if "metrics" in parts else None


def _partial(asked: functools.partial[Any]) -> Metric:
    library, name = library_of(asked.func), asked.func.__name__
    if asked.args:
        msg = (
            f"expected keyword arguments alone in a partial of {name}, got {asked.args!r:.60}; "
            "the places are those of y_true and y_pred"
        )
        raise ArgumentError(msg)
    return _get(_name(str(library), asked.func), asked.keywords)


def _name(library: str, function: Any) -> str:
    if library == "sklearn" and function.__name__ == "auc":  # which is no metric of labels
        msg = (
            "expected a function of y_true and y_pred, got sklearn.metrics.auc, which takes the "
            "points of a curve; ask for 'auc' by its name"
        )
        raise ArgumentError(msg)
    return f"{library}:{function.__name__}"


def _get(name: str, arguments: Mapping[str, Any]) -> Metric:
    if arguments.get("sample_weight") is not None:
        msg = f"{name}: expected sample_weight as an argument of evaluate, got it in the metric"
        raise ArgumentError(msg)
    return get(name, **_meant(name, arguments))


def _meant(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as our metric takes them, without those that say nothing."""
    known = {field.name for field in dataclasses.fields(find(name).make)}
    if arguments.get("thresholds") is not None:  # Keras gives their number with them
        known.discard("num_thresholds")
        arguments = {key: value for key, value in arguments.items() if key != "num_thresholds"}
    found = {}
    for key, value in arguments.items():
        nothing = value is None or (key == "axis" and value == -1)
        # `pos_label` is nobody's where scikit-learn's scorers set it to None
        if (nothing and key not in known) or (key == "pos_label" and value is None):
            continue
        found[key] = value.value if isinstance(value, enum.Enum) else value
    return found


# --- objects ----------------------------------------------------------------------------------


def _is_scorer(asked: Any) -> bool:
    return library_of(type(asked)) == "sklearn" and hasattr(asked, "_score_func")


def _scorer(asked: Any) -> Metric:
    """What `sklearn.metrics.make_scorer` made."""
    function, kwargs = asked._score_func, dict(asked._kwargs)
    library = library_of(function)
    if library is None:
        msg = (
            f"expected a scorer of a metric of scikit-learn, got one of {function!r:.60}; give "
            "the function itself"
        )
        raise ArgumentError(msg)
    metric = _get(_name(library, function), kwargs)
    return Negated(metric) if asked._sign < 0 else metric


def _object(library: str, asked: Any) -> Metric:
    """A metric or a loss of Keras that has its parameters."""
    name = type(asked).__name__
    if not hasattr(asked, "get_config"):
        msg = f"expected a metric of Keras with get_config(), got {asked!r:.60}"
        raise ArgumentError(msg)
    kwargs = dict(getattr(asked, "_fn_kwargs", {}))
    if name in _WRAPPERS:
        return _wrapped(asked, kwargs)
    if getattr(asked, "_from_logits", False):  # which AUC's config leaves out
        kwargs["from_logits"] = True
    config = {**kwargs, **asked.get_config()}
    return _get(f"{library}:{name}", {k: v for k, v in config.items() if k not in _HOW})


def _wrapped(asked: Any, kwargs: dict[str, Any]) -> Metric:
    """A function that is Keras's or the user's own, in an object that takes its mean."""
    function = getattr(asked, "_fn", None) or asked.fn
    library = library_of(function)
    if library is None:
        return get("mean_metric_wrapper", fn=function, **kwargs, name=asked.name)
    return _get(f"{library}:{function.__name__}", {**kwargs, "name": asked.name})


def _refuse_subclass(asked: Any) -> None:
    """Refuse the user's own subclasses of Keras's metrics and losses."""
    make = asked if isinstance(asked, type) else type(asked)
    bases = [base.__name__ for base in make.__mro__ if library_of(base) in ("keras", "losses")]
    if bases:
        msg = (
            f"{make.__name__} is a {bases[0]} of Keras, which sees one batch after the other; "
            "derive it from disteval.Metric instead, with the same methods"
        )
        raise ArgumentError(msg)
