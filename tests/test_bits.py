"""The same bits on other processors: fewer vector instructions give the same digests.

Each run is a process of its own, because NumPy and Numba choose their code when they start.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from tests import references

Array = np.ndarray[Any, np.dtype[Any]]

ROWS = 200


def data() -> list[dict[str, Array]]:
    """Make the columns of every row of the reference table."""
    return [row.data(ROWS, i, weights="float") for i, row in enumerate(references.TABLE)]


def digests(columns: list[dict[str, Array]]) -> dict[str, str]:
    """Digest and values of every row of the reference table, as this process computes them."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", disteval.errors.DistevalWarning)
        for i, (row, given) in enumerate(zip(references.TABLE, columns, strict=True)):
            result = references.compute(row, given, scheduler="sync")
            found[f"{i} {references.identifier(row)}"] = f"{result.digest} {result.to_json()}"
    return found


@dataclass(frozen=True)
class Here:
    """What this process computes, and the file of the columns, which others are to read."""

    digests: dict[str, str]
    path: Path

    def agrees(self, **environment: str) -> bool:
        """Whether a fresh interpreter computes the same."""
        code = (
            "import json, pickle, sys; from tests.test_bits import digests; "
            "print(json.dumps(digests(pickle.load(open(sys.argv[1], 'rb')))))"
        )
        run = subprocess.run(
            [sys.executable, "-c", code, str(self.path)],
            cwd=Path(__file__).parents[1],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not run.returncode, run.stderr
        return bool(json.loads(run.stdout) == self.digests)


def levels() -> list[str]:
    """List what NumPy can leave out here: the highest level, the two highest, and so on to all."""
    from numpy._core import _multiarray_umath as umath  # type: ignore[attr-defined]

    known = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]
    return [" ".join(known[i:]) for i in reversed(range(len(known)))]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    columns, path = data(), tmp_path_factory.mktemp("bits") / "columns.pickle"
    path.write_bytes(pickle.dumps(columns))  # NumPy may make other ones there
    return Here(digests(columns), path)


@pytest.mark.skipif(not levels(), reason="NumPy has one level of instructions on this processor")
def test_no_vector_instructions_in_numpy(here: Here) -> None:
    assert here.agrees(NPY_DISABLE_CPU_FEATURES=levels()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("disabled", levels()[:1])
def test_fewer_vector_instructions_in_numpy(disabled: str, here: Here) -> None:
    assert here.agrees(NPY_DISABLE_CPU_FEATURES=disabled)


@pytest.mark.slow
@pytest.mark.parametrize("cpu", ["generic", "host"])
def test_kernels_compiled_for_another_processor(cpu: str, here: Here) -> None:
    everything = {"NPY_DISABLE_CPU_FEATURES": levels()[-1]} if levels() and cpu == "generic" else {}
    assert here.agrees(NUMBA_CPU_NAME=cpu, **everything)
