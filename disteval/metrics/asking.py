"""What was asked for, in any way in which metrics can be asked for, as metrics."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from disteval.errors import ArgumentError, UnknownNameError
from disteval.metrics.foreign import recognised
from disteval.metrics.functions import CustomMetric, MetricFunction
from disteval.metrics.names import find, get
from disteval.metrics.presets import PRESETS, preset_names
from disteval.protocol import Metric, Schema

FromFunction = Callable[[Any], Metric]
"""What makes a metric of a plain function."""


def as_metrics(
    asked: Any, schema: Schema | None = None, function: FromFunction | None = None
) -> list[Metric]:
    """The metrics that were asked for.

    Parameters
    ----------
    asked : str, Metric, function, (name, metric), mapping of name to metric, or a sequence of these
    schema : of the data, on which the presets depend
    function : makes a metric of a plain function of ``(y_true, y_pred)``; None: they are refused
    """
    if asked is None:
        msg = (
            "expected metrics to say what to compute, such as ['accuracy', 'mse'] or a preset "
            f"({', '.join(map(repr, PRESETS))}), got none"
        )
        raise ArgumentError(msg)
    if isinstance(asked, Mapping) and asked:
        return [as_metric(m, function).renamed(str(name)) for name, m in asked.items()]
    several = isinstance(asked, Sequence | Mapping) and not isinstance(asked, str)
    if not several or _is_pair(asked):
        asked = [asked]
    if not asked:
        msg = f"expected at least one metric, got an empty {type(asked).__name__}"
        raise ArgumentError(msg)
    metrics: list[Metric] = []
    for item in asked:
        if isinstance(item, str) and item.strip() in PRESETS:
            have = {metric.name for metric in metrics}
            preset = [get(name) for name in preset_names(item.strip(), schema)]
            metrics += [metric for metric in preset if metric.name not in have]
        else:
            metrics.append(as_metric(item, function))
    return metrics


def as_metric(asked: Any, function: FromFunction | None = None) -> Metric:
    """The one metric that was asked for."""
    if isinstance(asked, Metric):
        return asked
    if isinstance(asked, str):
        return get(asked)
    if isinstance(asked, tuple) and len(asked) == 2 and isinstance(asked[0], str):
        return as_metric(asked[1], function).renamed(asked[0])
    if isinstance(asked, CustomMetric):
        return as_metric(asked.function, function).renamed(asked.__name__)
    found = _known(asked) or recognised(asked)
    if found is not None:
        return found
    if function is not None and callable(asked) and not isinstance(asked, type):
        return function(asked)
    msg = f"expected a metric name, a Metric or a (name, metric) pair, got {_foreign(asked)}"
    raise ArgumentError(msg)


def _known(asked: Any) -> Metric | None:
    """A function or a class of ours, or a partial of one."""
    arguments: Mapping[str, Any] = {}
    if isinstance(asked, functools.partial):
        arguments, places, asked = asked.keywords, asked.args, asked.func
        if isinstance(asked, MetricFunction) and (places or "sample_weight" in arguments):
            msg = (
                f"expected the parameters of {asked.__name__} by name in a partial of it, and "
                "y_true, y_pred and sample_weight as arguments of evaluate"
            )
            raise ArgumentError(msg)
    if isinstance(asked, MetricFunction):
        return asked.metric(**arguments)
    if isinstance(asked, type) and issubclass(asked, Metric):
        try:
            return asked(**arguments)
        except TypeError as error:
            msg = f"{asked.__name__}: {error}; give an instance, {asked.__name__}(...)"
            raise ArgumentError(msg) from error
    return None


def _is_pair(asked: Any) -> bool:
    """Whether this is one metric with a name of its own, and not two metrics."""
    if not (isinstance(asked, tuple) and len(asked) == 2 and isinstance(asked[0], str)):
        return False
    name, metric = asked
    if isinstance(metric, str) or name.strip() in PRESETS:
        return False
    try:
        get(name)
    except (UnknownNameError, ArgumentError):
        return True
    return False


def _foreign(asked: Any) -> str:
    """What is no metric, and what to give in its place."""
    if isinstance(asked, AbstractSet):
        return f"a set; give a list, {sorted(map(str, asked))!r:.80}"
    kind = "class" if isinstance(asked, type) else "function" if callable(asked) else "object"
    library = str(getattr(asked, "__module__", None) or "").partition(".")[0]
    known = library not in ("", "builtins", "__main__")
    if not hasattr(asked, "__name__"):
        if not known:
            return f"{asked!r:.80}"
        kind = "object"
    name = str(getattr(asked, "__name__", type(asked).__name__))
    of = f" of {library}" if known else ""
    for same in (f"{library}:{name}", name):
        with contextlib.suppress(UnknownNameError):
            return f"the {kind} {name}{of}; give its name, {find(same).name!r}"
    return (
        f"the {kind} {name}{of}; for a formula of your own write a disteval.Metric: "
        '"Adding a metric" in the README'
    )
