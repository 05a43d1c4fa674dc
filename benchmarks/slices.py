"""Values for each group from one pass, against the pass without groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import disteval
from benchmarks import data
from benchmarks.measuring import Contestant, Report, Settings, contest, memory_targets, within

QUESTION = "mse, accuracy and log loss for 6 and 1,000 groups, against the run without groups"
ROWS = 100_000_000
METRICS = ["mse", "accuracy", "binary_crossentropy"]
LIMITS = {"6 groups": 1.5, "1,000 groups": 2.5}


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    paths = data.pair(settings.folder, "scores", rows, data.scores)
    few, many = data.pair(settings.folder, "groups", rows, data.groups)
    text, _ = data.pair(settings.folder, "countries", rows, data.countries)
    return [
        Contestant("ungrouped", _evaluated(paths, None), rows, "floor"),
        Contestant("6 groups", _evaluated(paths, few), rows),
        Contestant("1,000 groups", _evaluated(paths, many), rows),
        Contestant("6 countries as text", _evaluated(paths, text), rows, "other"),
    ]


def measure(settings: Settings) -> Report:
    report = contest("slices", contestants(settings), settings)
    found = memory_targets(report, 300_000_000)
    for name, limit in LIMITS.items():
        ratio = report.ratio(name, "floor")
        found += within(f"time over that without groups, {name}", ratio, limit)
    return replace(report, targets=found)


def _evaluated(paths: tuple[Path, Path], by: Path | None) -> Callable[[], list[float]]:
    def run() -> list[float]:
        result = disteval.evaluate(*paths, METRICS, by=None if by is None else str(by))
        parts = result.slices.values()
        if parts:
            weights = [part.rows.used for part in parts]
            values = [part["accuracy"] for part in parts]
            assert np.isclose(np.average(values, weights=weights), result["accuracy"])
        return list(result.values())

    return run
