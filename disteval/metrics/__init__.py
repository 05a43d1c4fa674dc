"""Every metric, by family, and the table of names.

A class (`MeanSquaredError`) or a function (`mean_squared_error`, or an alias, `mse`) of the table
is imported when it is first used.

    table           a line for each metric: its names, and where its class lies
    names           what a name means; absent: names of what is not here
    asking          what any other way to ask for a metric means
    functions       metrics as functions; foreign: those of Keras and scikit-learn
    base, rows      what families share: means of row values, row functions
    checks          what metrics refuse; negated: minus a metric
    catalogue       the metrics as data; presets: those that most people want
    cloning         clones

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
