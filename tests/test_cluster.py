"""Real scheduler and worker processes, started through cluster/local."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
from distributed import Client
from hypothesis import given, settings

import disteval
from disteval import errors
from tests import strategies
from tests.conftest import ROOT, run_script

pytestmark = pytest.mark.cluster

METRICS = ["mse", "r2", "mae"]
RNG = np.random.default_rng(7)
Y = RNG.normal(size=60_000).astype(np.float32)
P = (Y + RNG.normal(size=60_000) * 0.3).astype(np.float32)


@pytest.fixture(scope="module")
def expected() -> disteval.Result:
    return disteval.evaluate(Y, P, METRICS, scheduler="sync")


def same(a: disteval.Result, b: disteval.Result) -> None:
    assert a.digest == b.digest
    assert dict(a) == dict(b)
    assert a.rows == b.rows


def test_by_address(cluster_address: str, expected: disteval.Result) -> None:
    same(disteval.evaluate(Y, P, METRICS, scheduler=cluster_address), expected)


def test_active_client(cluster_address: str, expected: disteval.Result, tmp_path: Path) -> None:
    for i, (y, p) in enumerate(zip(np.array_split(Y, 7), np.array_split(P, 7), strict=True)):
        np.save(tmp_path / f"y-{i}.npy", y)
        np.save(tmp_path / f"p-{i}.npy", p)
    with Client(cluster_address) as client:
        client.wait_for_workers(2, timeout=60)
        same(disteval.evaluate(Y, P, METRICS), expected)
        same(disteval.evaluate(f"{tmp_path}/y-*.npy", f"{tmp_path}/p-*.npy", METRICS), expected)
        y, p = da.from_array(Y, chunks=7_001), da.from_array(P, chunks=5_000)
        same(disteval.evaluate(y, p, METRICS), expected)
        batches = [(Y[i : i + 999], P[i : i + 999]) for i in range(0, len(Y), 999)]
        same(disteval.evaluate(batches, None, METRICS), expected)


def test_examples(cluster_address: str) -> None:
    """Drawn data, cut and shuffled at random, on two processes as everywhere else."""
    with Client(cluster_address) as client:

        @settings(max_examples=25)
        @given(strategies.examples())
        def check(example: strategies.Example) -> None:
            results = strategies.run_all_ways(example, scheduler=client)
            strategies.assert_same(results)

        check()


def test_errors_keep_their_type(cluster_address: str) -> None:
    bad = Y.copy()
    bad[1234] = np.nan
    with pytest.raises(errors.MissingValueError, match=r"1 in y_true .* row 1234"):
        disteval.evaluate(bad, P, METRICS, scheduler=cluster_address)
    with pytest.raises(errors.DomainError, match="non-negative sample weights"):
        disteval.evaluate(
            Y > 0, P > 0, ["mcc"], sample_weight=-np.ones(len(Y)), scheduler=cluster_address
        )


def _slow_source() -> str:
    return textwrap.dedent("""
        import time, numpy as np, disteval
        from disteval.protocol import Schema, Column, Piece

        class SlowSource:
            number = Column(np.dtype("f8"))
            schema = Schema((("y_true", number), ("y_pred", number)))
            replayable = True
            def __init__(self, pieces, seconds):
                self.n, self.seconds = pieces, seconds
            def pieces(self):
                return [Piece(None, 1 << 30, str(i)) for i in range(self.n)]
            def read(self, piece, columns, rows=None):
                for block in range(20):
                    time.sleep(self.seconds)
                    values = np.full(5000, float(piece + block))
                    yield {"y_true": values, "y_pred": np.ones(5000)}
            def restrict(self, pieces):
                return self
    """)


def test_killed_worker(tmp_path: Path, expected: disteval.Result) -> None:
    """A worker that dies takes no row with it, and no row is counted twice."""
    folder = tmp_path / "cluster"
    address = run_script("up.sh", folder, 2).splitlines()[-1]
    try:
        pids = [int(pid) for pid in (folder / "pids").read_text().split()]
        with Client(address) as client:
            client.wait_for_workers(2, timeout=60)
            y = da.from_array(Y, chunks=600).map_blocks(_slowly, dtype=Y.dtype)
            killer = threading.Timer(0.7, os.kill, (pids[1], signal.SIGKILL))
            killer.start()
            result = disteval.evaluate(y, da.from_array(P, chunks=600), METRICS)
            killer.join()
            assert len(client.scheduler_info()["workers"]) == 1
        same(result, expected)
    finally:
        run_script("down.sh", folder)


def _slowly(block: Any) -> Any:
    time.sleep(0.03)
    return block


def test_lost_cluster(tmp_path: Path) -> None:
    """A task that kills every worker ends in an error that says what was lost."""
    folder = tmp_path / "cluster"
    address = run_script("up.sh", folder, 5).splitlines()[-1]
    try:
        with Client(address) as client:
            client.wait_for_workers(5, timeout=60)
            y = da.from_array(Y, chunks=60_000).map_blocks(_die, dtype=Y.dtype)
            with pytest.raises(errors.ClusterError, match="ran out of memory"):
                disteval.evaluate(y, da.from_array(P, chunks=60_000), METRICS)
    finally:
        run_script("down.sh", folder)


def _die(block: Any) -> Any:
    if len(block) == len(Y):
        os.kill(os.getpid(), signal.SIGKILL)
    return block


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_ctrl_c(scheduler: str, tmp_path: Path) -> None:
    """An interrupt ends the evaluation at the next block; no thread goes on computing."""
    program = tmp_path / "program.py"
    program.write_text(
        _slow_source()
        + textwrap.dedent(f"""
        import threading
        print("started", flush=True)
        began = time.perf_counter()
        try:
            disteval.evaluate(SlowSource(64, 0.02), None, ["mse"], scheduler={scheduler!r})
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        time.sleep(0.5)
        busy = time.process_time()
        time.sleep(0.3)
        print("idle" if time.process_time() - busy < 0.1 else "busy", flush=True)
        """)
    )
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        sent = time.perf_counter()
        assert process.stdout.readline() == "interrupted\n"
        # generous: this asserts that the span was not run to its end (25 s), not a speed
        assert time.perf_counter() - sent < 5
        assert process.stdout.readline() == "idle\n"
        assert process.wait(timeout=20) == 0
