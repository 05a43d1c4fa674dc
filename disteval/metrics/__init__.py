"""Every metric, by family, and the table of names.

A class (`MeanSquaredError`) or a function (`mean_squared_error`, or an alias, `mse`) of the table
is imported when it is first used.

    table           a line for each metric: its names, and where its class lies
    names           what a name means
    absent          names that users know of what is not here
    presets         the metrics that most people want
    asking          what any other way to ask for a metric means
    foreign         metrics of Keras and scikit-learn, recognised
    functions       metrics as functions
    catalogue       the metrics as data
    cloning         clones
    negated         minus a metric

What families share:

    base            means of row values
    rows            row functions
    checks          what metrics refuse
    classes         which label each column of y_pred stands for
    decimals        logarithms of exact numbers

and a folder for each family.
"""

from __future__ import annotations

from typing import Any

from disteval.metrics.asking import as_metrics
from disteval.metrics.base import RowMean
from disteval.metrics.catalogue import listings
from disteval.metrics.cloning import clone_metric, clone_metrics
from disteval.metrics.functions import attribute, attributes, custom_metric
from disteval.metrics.names import aliases, get
from disteval.protocol import Metric

__all__ = [
    "Metric",
    "RowMean",
    "aliases",
    "as_metrics",
    "clone_metric",
    "clone_metrics",
    "custom_metric",
    "get",
    "listings",
]


def __getattr__(name: str) -> Any:
    found = attribute(name)
    if found is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *attributes()})
