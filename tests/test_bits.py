"""The same bits on other processors: fewer vector instructions give the same digests.

Each run is a process of its own, because NumPy and Numba choose their code when they start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, np.dtype[Any]]

N = 20_011


def data() -> dict[str, dict[str, Array]]:
    """Make fixed columns for every family, by operations that every processor rounds alike."""
    rng = np.random.default_rng(20_011)
    x = (rng.random((N, 4)) - 0.5) * np.ldexp(1.0, rng.integers(-40, 40, (N, 4)))
    noise = (rng.random((N, 4)) - 0.5) / 8
    weight = rng.random(N)
    p = rng.random((N, 4)) + 1e-3
    p = p / (p[:, :1] + p[:, 1:2] + p[:, 2:3] + p[:, 3:])
    y = rng.integers(0, 4, N)
    logits = (p[:, 0] - 0.25) * 50
    words = np.array(["north", "éast", "south", "west"])
    return {
        "regression": {"y_true": x[:, 0], "y_pred": x[:, 0] + noise[:, 0]},
        "weighted": {"y_true": x, "y_pred": x + noise, "sample_weight": weight},
        "float32": {"y_true": x.astype(np.float32), "y_pred": (x + noise).astype(np.float32)},
        "binary": {"y_true": (y > 1).astype(np.int8), "y_pred": p[:, 0], "sample_weight": weight},
        "half": {"y_true": (y > 1), "y_pred": p[:, 0].astype(np.float16)},
        "logits": {"y_true": (y > 1).astype(np.float64), "y_pred": logits},
        "sparse": {"y_true": y, "y_pred": p, "sample_weight": weight},
        "one-hot": {"y_true": np.eye(4)[y], "y_pred": p.astype(np.float32)},
        "class logits": {"y_true": y, "y_pred": (p - 0.25) * 300},
        "labels": {"y_true": y, "y_pred": np.roll(y, 1), "sample_weight": weight},
        "strings": {"y_true": words[y], "y_pred": words[np.roll(y, 1)]},
    }


def asked() -> dict[str, list[Any]]:
    """Every metric, by family."""
    from disteval import metrics as m

    regression = ["mse", "rmse", "mae", "r2", "sklearn:r2_score", "mean", "sum",
                  "sklearn:root_mean_squared_error"]  # fmt: skip
    binary = ["accuracy", "binary_accuracy", "bce", "precision", "recall", "fbeta_score", "f1",
              "mcc", "confusion_matrix", "sklearn:precision", "sklearn:recall", "sklearn:f1_score",
              "sklearn:fbeta_score", m.Precision(thresholds=(0.1, 0.3))]  # fmt: skip
    labels = ["Accuracy", "confusion_matrix", "mcc", "precision", "recall", "f1", "fbeta_score"]
    sparse = ["sparse_categorical_accuracy", "scce", "confusion_matrix"]
    return {
        "regression": regression,
        "weighted": regression,
        "float32": regression,
        "binary": binary,
        "half": binary,
        "logits": [m.BinaryCrossentropy(from_logits=True), m.BinaryAccuracy(threshold=0.0)],
        "sparse": sparse,
        "one-hot": ["categorical_accuracy", "cce", "bce", m.Recall(top_k=2), "f1"],
        "class logits": [m.SparseCategoricalCrossentropy(from_logits=True)],
        "labels": labels,
        "strings": labels,
    }


def digests() -> dict[str, str]:
    """Digest and values of every family, as this process computes them."""
    import disteval

    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", disteval.errors.UndefinedMetricWarning)
        for family, columns in data().items():
            result = disteval.evaluate(
                columns["y_true"],
                columns["y_pred"],
                asked()[family],
                sample_weight=columns.get("sample_weight"),
                scheduler="sync",
            )
            found[family] = f"{result.digest} {json.dumps(result.to_dict()['metrics'])}"
    return found


def in_a_process(**environment: str) -> dict[str, str]:
    """`digests` of a fresh interpreter."""
    code = "import json; from tests.test_bits import digests; print(json.dumps(digests()))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not run.returncode, run.stderr
    found: dict[str, str] = json.loads(run.stdout)
    return found


def levels() -> list[str]:
    """List what NumPy can leave out here: the highest level, the two highest, and so on to all."""
    from numpy._core import _multiarray_umath as umath  # type: ignore[attr-defined]

    known = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]
    return [" ".join(known[i:]) for i in reversed(range(len(known)))]


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    return digests()


@pytest.mark.parametrize("disabled", levels())
def test_fewer_vector_instructions_in_numpy(disabled: str, here: dict[str, str]) -> None:
    assert in_a_process(NPY_DISABLE_CPU_FEATURES=disabled) == here


@pytest.mark.slow
@pytest.mark.parametrize("cpu", ["generic", "host"])
def test_kernels_compiled_for_another_processor(cpu: str, here: dict[str, str]) -> None:
    everything = {"NPY_DISABLE_CPU_FEATURES": levels()[-1]} if levels() and cpu == "generic" else {}
    assert in_a_process(NUMBA_CPU_NAME=cpu, **everything) == here


def test_every_metric_is_asked_for() -> None:
    from disteval.metrics import as_metrics
    from disteval.metrics.table import TABLE

    keys = {type(metric) for wanted in asked().values() for metric in as_metrics(wanted)}
    assert {entry.make for entry in TABLE} == keys
