"""The first hour of a new user: each obvious call, at the first try."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import disteval

if TYPE_CHECKING:
    from pathlib import Path

Y = [0, 1, 1, 0, 1]
P = [0.1, 0.9, 0.4, 0.2, 0.8]
TABLE: dict[str, Any] = {"label": Y, "score": P, "country": ["FR", "DE", "FR", "FR", "DE"]}


def test_numpy() -> None:
    assert disteval.evaluate(np.array(Y), np.array(P), "accuracy")["accuracy"] == 0.8


def test_lists_of_string_labels() -> None:
    result = disteval.evaluate(["cat", "dog", "cat"], ["cat", "cat", "cat"], ["accuracy", "f1"])
    assert result["accuracy"] == 2 / 3
    assert result.labels["f1_score"] == ("cat", "dog")


def test_a_pandas_frame() -> None:
    frame = pd.DataFrame(TABLE)
    assert disteval.evaluate(frame["label"], frame["score"], ["accuracy"])["accuracy"] == 0.8
    result = disteval.evaluate("label", "score", ["accuracy"], data=frame, by="country")
    assert result.slices["FR"]["accuracy"] == 2 / 3


def test_a_polars_frame() -> None:
    result = disteval.evaluate("label", "score", ["mse"], data=pl.DataFrame(TABLE))
    assert result["mse"] == pytest.approx(0.092)  # as typed above: 0.1, 0.9, ... are not exact


def test_a_dask_frame_with_an_active_client() -> None:
    import dask.dataframe as dd
    from distributed import Client

    with Client(processes=False, n_workers=1, dashboard_address=":0"):
        frame = dd.from_pandas(pd.DataFrame(TABLE), npartitions=2)
        assert disteval.evaluate("label", "score", ["accuracy"], data=frame)["accuracy"] == 0.8


def test_parquet_by_glob_from_the_shell_piped_into_a_reader(tmp_path: Path) -> None:
    for part in range(3):
        pd.DataFrame(TABLE).to_parquet(tmp_path / f"part-{part}.parquet")
    evaluate = f"{sys.executable} -m disteval evaluate {tmp_path}/*.parquet"
    asked = "--y-true label --y-pred score -m accuracy --json"
    reader = f"{sys.executable} -c 'import json, sys; print(json.load(sys.stdin)[\"metrics\"])'"
    line = f"{evaluate} {asked} | {reader}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == {"accuracy": 0.8}, done.stderr


def test_three_class_columns() -> None:
    frame = pd.DataFrame(
        {"y": [0, 2], "p_cat": [0.7, 0.1], "p_dog": [0.2, 0.2], "p_owl": [0.1, 0.7]}
    )
    result = disteval.evaluate("y", ["p_cat", "p_dog", "p_owl"], "multiclass", data=frame)
    assert result["accuracy"] == 1.0


def test_a_torch_loop() -> None:
    torch = pytest.importorskip("torch")
    evaluator = disteval.Evaluator(["accuracy", "binary_crossentropy"])
    for y, p in zip(
        torch.tensor(Y).split(2), torch.tensor(P, requires_grad=True).split(2), strict=True
    ):
        evaluator.update_state(y, p)
    assert evaluator.result()["accuracy"] == 0.8


def test_three_f_betas_at_once() -> None:
    betas = [disteval.metrics.FBetaScore(beta=beta) for beta in (0.5, 1.0, 2.0)]
    result = disteval.evaluate(Y, P, betas)
    assert list(result) == ["fbeta_score(beta=0.5)", "fbeta_score", "fbeta_score(beta=2.0)"]
