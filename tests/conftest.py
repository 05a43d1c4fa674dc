"""What all tests share: Hypothesis profiles, and a cluster of real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# the same examples every time: a failure that comes and goes helps nobody
settings.register_profile(
    "disteval",
    deadline=None,  # the first example compiles
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("disteval")

ROOT = Path(__file__).parents[1]


def run_script(name: str, *arguments: object) -> str:
    """Run a script of cluster/local with this environment's dask."""
    dask = Path(sys.executable).with_name("dask")
    environment = os.environ | {"DASK": str(dask), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(ROOT / "cluster" / "local" / name), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="session")
def cluster_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, processes of their own on this machine."""
    folder = tmp_path_factory.mktemp("cluster")
    address = run_script("up.sh", folder, 2)
    yield address.splitlines()[-1]
    run_script("down.sh", folder)
