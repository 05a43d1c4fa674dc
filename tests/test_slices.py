"""Slices: every group's values are those of `evaluate` on that group's rows alone."""

from __future__ import annotations

import warnings
from typing import Any

import dask.array as da
import numpy as np
import pytest

import disteval
from disteval import errors
from tests import references
from tests.references import TABLE, Array, Columns, Row

rows = pytest.mark.parametrize("row", TABLE, ids=references.identifier)

N = 400
GROUPS = {
    "text": np.array(["", "é", "FR", "a longer name"]),
    "integers": np.array([-(2**40), -7, 0, 3]),
    "booleans": np.array([False, True]),
}


def evaluate(columns: Columns, metrics: Any, **options: Any) -> disteval.Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.UndefinedMetricWarning)
        weight = columns.get("sample_weight")
        return disteval.evaluate(
            columns["y_true"], columns.get("y_pred"), metrics, sample_weight=weight, **options
        )


def assert_groups_alone(
    result: disteval.Result, columns: Columns, by: Array, metrics: Any, **options: Any
) -> None:
    """Values, labels, states, rows: all `==`; the overall value is the ungrouped one."""
    whole = evaluate(columns, metrics, **options)
    assert result.digest == whole.digest
    assert repr(dict(result)) == repr(dict(whole))
    assert list(result.slices) == np.unique(by).tolist()
    assert sum(part.rows.used for part in result.slices.values()) == len(by)
    for label, part in result.slices.items():
        alone = evaluate({k: v[by == label] for k, v in columns.items()}, metrics, **options)
        assert part.digest == alone.digest
        assert repr(dict(part)) == repr(dict(alone))
        assert part.labels == alone.labels
        assert part.rows == alone.rows
        assert part.notes == alone.notes


@rows
@pytest.mark.parametrize("weights", ["", "float"])
@pytest.mark.parametrize("kind", GROUPS)
def test_every_metric(row: Row, weights: str, kind: str) -> None:
    """Small groups among them; on threads, in one thread, from tiny chunks."""
    columns = row.data(N, 11, weights=weights)
    rng = np.random.default_rng(12)
    by = rng.choice(
        GROUPS[kind], N, p=[0.01, 0.99] if kind == "booleans" else [0.02, 0.5, 0.4, 0.08]
    )
    result = evaluate(columns, [row.metric], by=by)
    assert_groups_alone(result, columns, by, [row.metric])
    cuts = (7, 100, 13, N - 120)
    lazy = {name: da.from_array(v, chunks=(cuts, *v.shape[1:])) for name, v in columns.items()}
    for scheduler in ("threads", "sync"):
        again = evaluate(lazy, [row.metric], by=da.from_array(by, chunks=50), scheduler=scheduler)
        assert {k: s.digest for k, s in again.slices.items()} == {
            k: s.digest for k, s in result.slices.items()
        }


@pytest.mark.parametrize("groups", [1, 6, 1000])
def test_many_groups_over_many_blocks(groups: int) -> None:
    rng = np.random.default_rng(groups)
    n = 600_000
    y = rng.integers(0, 2, n)
    columns: Columns = {"y_true": y, "y_pred": (0.6 * rng.random(n) + 0.4 * y).astype(np.float32)}
    by = rng.integers(0, groups, n)
    metrics = ["mse", "accuracy", "binary_crossentropy", "f1", "r2"]
    result = evaluate(columns, metrics, by=by)
    assert result.digest == evaluate(columns, metrics).digest
    assert len(result.slices) == groups
    for label in list(result.slices)[:: max(groups // 5, 1)]:
        alone = evaluate({name: v[by == label] for name, v in columns.items()}, metrics)
        assert result.slices[label].digest == alone.digest
        assert dict(result.slices[label]) == dict(alone)


@pytest.mark.cluster
def test_on_a_cluster(cluster_address: str) -> None:
    rng = np.random.default_rng(0)
    n = 10_000
    columns: Columns = {"y_true": rng.integers(0, 2, n), "y_pred": rng.random(n)}
    by = rng.choice(GROUPS["text"], n)
    here = evaluate(columns, "binary", by=by)
    lazy = {name: da.from_array(v, chunks=999) for name, v in columns.items()}
    there = evaluate(lazy, "binary", by=da.from_array(by, chunks=1234), scheduler=cluster_address)
    assert {k: s.digest for k, s in there.slices.items()} == {
        k: s.digest for k, s in here.slices.items()
    }


def test_what_the_result_says() -> None:
    result = disteval.evaluate(
        [1, 0, 1, 1], [1, 0, 0, 1], ["accuracy"], by=["FR", "DE", "FR", "DE"]
    )
    assert result.by == "by"
    assert {label: part["accuracy"] for label, part in result.slices.items()} == {
        "DE": 1.0,
        "FR": 0.5,
    }
    assert result["accuracy"] == 0.75


def test_a_group_in_which_a_metric_is_undefined_warns_once() -> None:
    y = np.array([0, 0, 1, 1, 0, 0])
    with pytest.warns(errors.UndefinedMetricWarning) as caught:
        result = disteval.evaluate(y, y, ["recall"], by=[1, 1, 2, 2, 3, 3])
    (warning,) = caught
    assert "in 2 of 3 groups: 1, 3" in str(warning.message)
    assert [part["recall"] for part in result.slices.values()] == [0.0, 1.0, 0.0]
    assert any("in 2 of 3 groups" in note for note in result.notes)


def test_what_cannot_be_groups() -> None:
    y = np.array([0, 1, 1])
    with pytest.raises(errors.LabelError, match=r"labels in by, got 0\.5"):
        disteval.evaluate(y, y, ["accuracy"], by=np.array([0.5, 1, 2]))
    with pytest.raises(errors.ShapeError, match=r"one group label a row, got by of shape"):
        disteval.evaluate(y, y, ["accuracy"], by=np.ones((3, 2), int))
    with pytest.raises(errors.LengthMismatchError, match="by: 2"):
        disteval.evaluate(y, y, ["accuracy"], by=np.array([1, 2]))
    many = np.arange(100_001)
    with pytest.raises(errors.BudgetError, match=r"at most 100,000 groups.*Round or bin"):
        disteval.evaluate(many, many, ["mse"], by=many)


def test_missing_groups_are_dropped_as_missing_values_are() -> None:
    y = np.array([0, 1, 1, 0])
    by = np.ma.MaskedArray([1, 2, 1, 2], [False, False, True, False])
    with pytest.raises(errors.MissingValueError, match="no missing values, got 1 in by among 4"):
        disteval.evaluate(y, y, ["accuracy"], by=by)
    result = disteval.evaluate(y, y, ["accuracy"], by=by, nan_policy="omit")
    assert result.rows.dropped == {"by: missing": 1}
    assert {label: part.rows.used for label, part in result.slices.items()} == {1: 1, 2: 2}
    floats = np.array([1.0, np.nan, 1.0, 2.0])
    result = disteval.evaluate(y, y, ["accuracy"], by=floats, nan_policy="omit")
    assert list(result.slices) == [1, 2]
