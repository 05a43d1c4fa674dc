"""Clones of metrics, as Keras 2 has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from disteval.protocol import Metric


def clone_metric(metric: Any) -> Any:
    """An equal metric that has seen no rows; what has no state, such as a function, as it is.

    Examples
    --------
    >>> from disteval.metrics import MeanSquaredError
    >>> metric = MeanSquaredError()
    >>> metric.update_state([1.0], [2.0])
    >>> clone = clone_metric(metric)
    >>> clone == metric, clone is metric
    (True, False)
    """
    # a renamed metric is a new one, whether its class is one of ours or in Keras's style
    return metric.renamed(str(metric.name)) if isinstance(metric, Metric) else metric


def clone_metrics(metrics: Any) -> Any:
    """A clone of each metric of a list, a tuple or a mapping, which stays one.

    Examples
    --------
    >>> clone_metrics({"a": "mse", "b": max})
    {'a': 'mse', 'b': <built-in function max>}
    """
    if isinstance(metrics, Mapping):
        return {name: clone_metrics(metric) for name, metric in metrics.items()}
    if isinstance(metrics, list | tuple):
        return type(metrics)(map(clone_metrics, metrics))
    return clone_metric(metrics)
