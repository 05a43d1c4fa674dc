"""Scores larger than a worker's budget, on real processes: shared out, lost, spilled."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
from distributed import Client

import disteval
from disteval.metrics.curves.areas import PartialRocArea
from disteval.reductions.scores import SweptScores
from tests.conftest import run_script

pytestmark = pytest.mark.cluster

METRICS = [
    "auc",
    "average_precision",
    "ks_statistic",
    "roc_curve(max_points=50)",
    "brier_score_loss",
]
RNG = np.random.default_rng(11)
P = RNG.random(300_000).astype(np.float32)
Y = (RNG.random(300_000) < P).astype(np.int8)
BUDGET = "128 KiB"


@pytest.fixture(scope="module")
def expected() -> disteval.Result:
    return disteval.evaluate(Y, P, METRICS, scheduler="sync")


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Client, list[int]]]:
    """Two workers whose scratch files are in a folder of this test."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("DISTEVAL_SCRATCH", str(scratch))
    folder = tmp_path / "cluster"
    address = run_script("up.sh", folder, 2).splitlines()[-1]
    try:
        with Client(address) as client:
            client.wait_for_workers(2, timeout=60)
            yield client, [int(pid) for pid in (folder / "pids").read_text().split()]
    finally:
        run_script("down.sh", folder)
    assert not list(scratch.iterdir())


def same(found: disteval.Result, expected: disteval.Result) -> None:
    """One value after the other, and the digest of the states."""
    assert found.digest == expected.digest
    for name in expected:
        np.testing.assert_equal(found[name], expected[name])
    assert found.rows == expected.rows


def is_shared(result: disteval.Result) -> bool:
    """Whether no worker held all scores."""
    return any(isinstance(state, SweptScores) for _, state in result.states)


@pytest.mark.usefixtures("workers")
def test_shares_are_the_same_bits(expected: disteval.Result, tmp_path: Path) -> None:
    for i, (y, p) in enumerate(zip(np.array_split(Y, 9), np.array_split(P, 9), strict=True)):
        np.save(tmp_path / f"y-{i}.npy", y)
        np.save(tmp_path / f"p-{i}.npy", p)
    files = (f"{tmp_path}/y-*.npy", f"{tmp_path}/p-*.npy")
    for budget in (None, BUDGET, "512 KiB"):
        y, p = da.from_array(Y, chunks=50_000), da.from_array(P, chunks=50_000)
        result = disteval.evaluate(y, p, METRICS, memory_budget=budget)
        assert is_shared(result) == (budget is not None)
        same(result, expected)
        same(disteval.evaluate(*files, METRICS, memory_budget=budget), expected)  # one task


def test_killed_worker(workers: tuple[Client, list[int]], expected: disteval.Result) -> None:
    """A worker that dies in the middle takes its shares along: they are made again."""
    client, pids = workers
    y = da.from_array(Y, chunks=10_000).map_blocks(_slowly, dtype=Y.dtype)
    killer = threading.Timer(1.0, os.kill, (pids[1], signal.SIGKILL))
    killer.start()
    result = disteval.evaluate(y, da.from_array(P, chunks=10_000), METRICS, memory_budget=BUDGET)
    killer.join()
    assert len(client.scheduler_info()["workers"]) == 1
    assert is_shared(result)
    same(result, expected)


def _slowly(block: Any) -> Any:
    time.sleep(0.08)
    return block


@pytest.mark.usefixtures("workers")
def test_what_was_not_asked_for_is_gone() -> None:
    """Of shared scores only the sweeps are known that metrics asked for."""
    y, p = da.from_array(Y, chunks=100_000), da.from_array(P, chunks=100_000)
    result = disteval.evaluate(y, p, ["auc"], memory_budget=BUDGET)
    (state,) = (state for _, state in result.states if isinstance(state, SweptScores))
    with pytest.raises(disteval.errors.StateError, match=r"ask for all metrics at once"):
        state.sweep(PartialRocArea(0.5))
