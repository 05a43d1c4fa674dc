"""The exact mean squared error, against one that is not exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import disteval
from benchmarks import blocked, data
from benchmarks.measuring import Contestant, Report, Settings, contest, memory_targets, within

QUESTION = "exact mean squared error of float32 .npy files, against blocked NumPy"
ROWS = 100_000_000
PEER_ROWS = 10_000_000


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    paths = data.pair(settings.folder, "regression", rows, data.regression)
    few = min(rows, PEER_ROWS)

    def exact() -> float:
        return float(disteval.evaluate(paths[0], paths[1], ["mse"])["mean_squared_error"])

    def sklearn() -> float:
        from sklearn.metrics import mean_squared_error

        y, p = (np.load(path, mmap_mode="r")[:few] for path in paths)
        return float(mean_squared_error(y, p))

    def narrow() -> float:
        return blocked.over_spans(paths, blocked.narrow)

    def wide() -> float:
        return blocked.over_spans(paths, blocked.wide)

    return [
        Contestant("disteval", exact, rows),
        Contestant("numpy float32", narrow, rows, "floor"),
        Contestant("numpy float64", wide, rows, "floor"),
        Contestant("scikit-learn", sklearn, few, "peer"),
    ]


def measure(settings: Settings) -> Report:
    report = contest("mse", contestants(settings), settings)
    ratio = report.ratio("disteval", "floor")
    found = within("time over the faster inexact baseline", ratio, 1.0)
    return replace(report, targets=found + memory_targets(report, 300_000_000))
