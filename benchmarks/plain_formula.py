"""A metric whose row formula is plain NumPy, against blocked NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

import disteval
from benchmarks import blocked, data
from benchmarks.measuring import Contestant, Report, Settings, contest, memory_targets, within
from disteval.metrics.base import RowMean
from disteval.metrics.rows import PRED, TRUE

QUESTION = "a metric that is one line of NumPy over float64 columns, against blocked NumPy"
ROWS = 100_000_000


@dataclass(frozen=True)
class SquaredDifference:
    """(y - p)**2 as a user would write it."""

    def __call__(self, batch: disteval.Batch) -> Any:
        return (batch.derive(TRUE) - batch.derive(PRED)) ** 2


@dataclass(frozen=True, repr=False)
class PlainSquaredError(RowMean):
    """The mean of `SquaredDifference`."""

    key: ClassVar[str] = "plain_squared_error"

    @property
    def values(self) -> SquaredDifference:
        """(y - p)**2."""
        return SquaredDifference()


def mse(y_true: Any, y_pred: Any) -> Any:
    """The same as a plain function, in which disteval finds the squared error that it has."""
    return np.mean((y_true - y_pred) ** 2)


def smape(y_true: Any, y_pred: Any) -> Any:
    """A plain function of which disteval has no part."""
    return np.mean(2 * np.abs(y_pred - y_true) / (np.abs(y_true) + np.abs(y_pred)))


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    paths = data.pair(settings.folder, "regression", rows, data.regression)

    def exact() -> float:
        result = disteval.evaluate(paths[0], paths[1], [PlainSquaredError()])
        return float(result["plain_squared_error"])

    def function() -> float:
        return float(disteval.evaluate(paths[0], paths[1], mse)["mse"])

    def relative() -> float:
        return float(disteval.evaluate(paths[0], paths[1], smape)["smape"])

    def relative_in_numpy() -> float:
        return blocked.over_spans(paths, blocked.relative)

    def narrow() -> float:
        return blocked.over_spans(paths, blocked.narrow)

    def wide() -> float:
        return blocked.over_spans(paths, blocked.wide)

    return [
        Contestant("disteval", exact, rows),
        Contestant("a function", function, rows, "other"),
        Contestant("numpy float32", narrow, rows, "floor"),
        Contestant("numpy float64", wide, rows, "floor"),
        Contestant("smape", relative, rows, "other", group="smape"),
        Contestant("numpy smape", relative_in_numpy, rows, "floor", group="smape"),
    ]


def measure(settings: Settings) -> Report:
    report = contest("plain_formula", contestants(settings), settings)
    ratio = report.ratio("disteval", "floor")
    found = within("time over the faster inexact baseline", ratio, 1.5)
    found += within("the same of a function", report.ratio("a function", "floor"), 1.5)
    found += within("a function of one's own", report.ratio("smape", "floor"), 1.5)
    return replace(report, targets=found + memory_targets(report, 300_000_000))
