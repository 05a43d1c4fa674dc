"""Every benchmark runs, tiny, and its contestants agree."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as program
from benchmarks import data, measuring

FOLDER = Path(program.__file__).parent
HARNESS = {"__init__", "__main__", "measuring", "cold", "data", "blocked"}


@pytest.mark.parametrize("name", program.NAMES)
def test_tiny(name: str, tmp_path: Path) -> None:
    report = importlib.import_module(f"benchmarks.{name}").measure(
        measuring.Settings(tmp_path, tiny=True)
    )
    assert report.figures
    assert report.targets
    assert all(figure.median >= 0 for figure in report.figures)
    assert all(math.isfinite(target.value) for target in report.targets)
    assert measuring.table(report)
    assert measuring.targets(report)


def test_every_file_is_run() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")}
    assert files - HARNESS == set(program.NAMES)


def test_peak_sees_what_was_freed() -> None:
    if measuring.anonymous_bytes() is None:
        pytest.skip("no /proc")
    with measuring.Peak() as peak:
        np.ones(8_000_000).sum()
    assert peak.above is not None
    assert 60e6 < peak.above < 200e6


def test_contestants_must_agree(tmp_path: Path) -> None:
    def saying(value: float) -> measuring.Contestant:
        return measuring.Contestant(str(value), lambda: value, 1, "other")

    settings = measuring.Settings(tmp_path, tiny=True)
    with pytest.raises(AssertionError, match=r"1\.5 says 1\.5, 1\.0 says 1\.0"):
        measuring.contest("mse", [saying(1.0), saying(1.5)], settings)


def test_data_is_made_once(tmp_path: Path) -> None:
    first = data.pair(tmp_path, "regression", 100, data.regression)
    stamp = first[0].stat().st_mtime_ns
    assert data.pair(tmp_path, "regression", 100, data.regression) == first
    assert first[0].stat().st_mtime_ns == stamp
    assert np.load(first[0]).dtype == np.float32


def test_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["nothing"])
    assert "there is no benchmark 'nothing'; there are mse" in capsys.readouterr().err
