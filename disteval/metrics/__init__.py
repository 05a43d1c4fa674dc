"""Every metric, by family, and the table of names.

A class (`MeanSquaredError`) or a function (`mean_squared_error`, or an alias, `mse`) of the table
is imported when it is first used.

    table           a line for each metric: its names, and where its class lies
    names           what a string, or any other way to ask for a metric, means
    base, rows      what families share: means of row values, row functions
    checks          what metrics refuse
    catalogue       the metrics as data; presets: those that most people want

and a folder for each family.
"""

from __future__ import annotations

from typing import Any

from disteval.metrics.base import RowMean
from disteval.metrics.names import aliases, as_metrics, get
from disteval.metrics.table import TABLE

__all__ = ["RowMean", "aliases", "as_metrics", "get"]

_CLASSES = {entry.class_name: entry for entry in TABLE}


def __getattr__(name: str) -> Any:
    if name in _CLASSES:
        return _CLASSES[name].make
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *_CLASSES})
