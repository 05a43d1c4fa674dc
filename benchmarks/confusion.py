"""The confusion table of 1,000 classes, against one big bincount."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import disteval
from benchmarks import data
from benchmarks.measuring import Contestant, Report, Settings, contest, memory_targets, within

QUESTION = "confusion counts of int32 labels of 1,000 classes, against numpy.bincount"
ROWS = 100_000_000
PEER_ROWS = 2_000_000
CASES = {"right": data.labels_right, "random": data.labels_random}


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    few = min(rows, PEER_ROWS)
    found = []
    for case, make in CASES.items():
        paths = data.pair(settings.folder, f"labels-{case}", rows, make)
        found += [
            Contestant(f"disteval {case}", _exact(paths), rows, "disteval", case),
            Contestant(f"bincount {case}", _bincount(paths), rows, "floor", case),
            Contestant(f"scikit-learn {case}", _sklearn(paths, few), few, "peer", case),
        ]
    return found


def measure(settings: Settings) -> Report:
    report = contest("confusion", contestants(settings), settings, 5)
    found = memory_targets(report, 200_000_000)
    for case in CASES:
        ratio = report.ratio(f"disteval {case}", "floor")
        found += within(f"time over bincount's, {case}", ratio, 1.0)
    return replace(report, targets=found)


def _share(table: Any) -> float:
    """Accuracy, for the contestants of fewer rows to agree with the others."""
    return round(float(np.trace(table) / table.sum()), 2)


def _exact(paths: tuple[Path, Path]) -> Callable[[], float]:
    def run() -> float:
        result = disteval.evaluate(paths[0], paths[1], ["confusion_matrix"])
        return _share(np.asarray(result["confusion_matrix"]))

    return run


def _bincount(paths: tuple[Path, Path]) -> Callable[[], float]:
    def run() -> float:
        y, p = (np.load(path, mmap_mode="r") for path in paths)
        counts = np.bincount(y * data.CLASSES + p, minlength=data.CLASSES**2)
        return _share(counts.reshape(data.CLASSES, data.CLASSES))

    return run


def _sklearn(paths: tuple[Path, Path], rows: int) -> Callable[[], float]:
    def run() -> float:
        from sklearn.metrics import confusion_matrix

        y, p = (np.load(path, mmap_mode="r")[:rows] for path in paths)
        return _share(confusion_matrix(y, p))

    return run
