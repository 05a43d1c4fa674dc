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
import sklearn.metrics as sk

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


@pytest.mark.parametrize("as_labels", [False, True])
def test_several_labels_a_row(as_labels: bool) -> None:
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, (50, 3)), rng.random((50, 3))
    hard = (p > 0.5).astype(int)
    result = disteval.evaluate(y, hard if as_labels else p, "multilabel")
    assert result["precision"] == sk.precision_score(y, hard, average="micro")
    assert result["recall"] == sk.recall_score(y, hard, average="micro")
    for average in ("micro", "macro"):
        name = f"f1_score(threshold=0.5, average='{average}')"
        assert result[name] == pytest.approx(sk.f1_score(y, hard, average=average), rel=1e-15)
    assert set(result.rules.values()) == {"y_pred > 0.5"}


def test_the_rule_that_makes_labels_is_told() -> None:
    one_hot, scores = np.eye(3), np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    for y in (one_hot, [0, 1, 2]):
        result = disteval.evaluate(y, scores, ["accuracy", "confusion_matrix"])
        assert result["accuracy"] == 2 / 3
        assert set(result.rules.values()) == {"the place of the largest of y_pred"}
    assert disteval.evaluate(Y, P, "binary_accuracy").rules == {"binary_accuracy": "y_pred > 0.5"}


def test_true_labels_that_are_whole_floats() -> None:
    assert disteval.evaluate([0.0, 1.0, 2.0], [0, 1, 1], "accuracy")["accuracy"] == 2 / 3


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
