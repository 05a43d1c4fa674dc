"""Five metrics in one pass, against scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import disteval
from benchmarks import data
from benchmarks.measuring import Contestant, Report, Settings, contest, memory_targets, within

QUESTION = "mse, mae, r2, accuracy and binary cross-entropy in one pass, against scikit-learn"
ROWS = 100_000_000
PEER_ROWS = 10_000_000
METRICS = ["mse", "mae", "r2", "accuracy", "binary_crossentropy"]


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    few = min(rows, PEER_ROWS)
    paths = data.pair(settings.folder, "scores", rows, data.scores)
    # the peer keeps all columns in memory
    head = paths if few == rows else data.pair(settings.folder, "scores", few, data.scores)

    def exact() -> list[float]:
        return list(disteval.evaluate(paths[0], paths[1], METRICS).values())

    def sklearn() -> list[float]:
        from sklearn import metrics

        y, p = (np.load(path, mmap_mode="r") for path in head)
        return [
            metrics.mean_squared_error(y, p),
            metrics.mean_absolute_error(y, p),
            metrics.r2_score(y, p),
            metrics.accuracy_score(y, p > 0.5),
            metrics.log_loss(y, p),
        ]

    return [
        Contestant("disteval", exact, rows),
        Contestant("scikit-learn", sklearn, few, "peer"),
    ]


def measure(settings: Settings) -> Report:
    report = contest("five_metrics", contestants(settings), settings)
    ratio = report.ratio("disteval", "peer")
    found = within("time a row over scikit-learn's", ratio, 1 / 15)
    return replace(report, targets=found + memory_targets(report, 300_000_000))
