"""Slices: every group's values are those of `evaluate` on that group's rows alone."""

from __future__ import annotations

import warnings
from typing import Any

import dask.array as da
import numpy as np
import pytest

import disteval
from disteval import errors
from disteval.engine import blocks
from disteval.protocol import Metric
from disteval.reductions import keyed
from tests import references, stand_in
from tests.references import TABLE, Array, Columns, Together

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


def assert_each_alone(part: disteval.Result, columns: Columns, metrics: list[Metric]) -> None:
    """The same where a metric refuses the rows of the group: NaN there, with the reason."""
    for metric in metrics:
        name = str(metric.name)
        value = part[name]
        try:
            own = evaluate(columns, [metric])[name]
        except errors.InputError as error:
            refused = str(error)
        else:
            assert repr(value) == repr(own)
            continue
        assert np.isnan(value)
        assert refused in part.notes


def assert_groups_alone(
    result: disteval.Result, columns: Columns, by: Array, metrics: list[Metric]
) -> None:
    """Values, labels, states, rows: all `==`; the overall value is the ungrouped one."""
    whole = evaluate(columns, metrics)
    assert result.digest == whole.digest
    assert repr(dict(result)) == repr(dict(whole))
    assert list(result.slices) == np.unique(by).tolist()
    assert sum(part.rows.used for part in result.slices.values()) == len(by)
    for label, part in result.slices.items():
        own = {k: v[by == label] for k, v in columns.items()}
        try:
            alone = evaluate(own, metrics)
        except errors.InputError:
            assert_each_alone(part, own, metrics)
            continue
        assert part.digest == alone.digest
        assert repr(dict(part)) == repr(dict(alone))
        assert part.labels == alone.labels
        assert part.rows == alone.rows
        assert part.notes == alone.notes


@pytest.mark.parametrize("group", references.together(TABLE), ids=str)
@pytest.mark.parametrize(
    ("kind", "weights"), [("text", "float"), ("integers", ""), ("booleans", "float")]
)
def test_every_metric(group: Together, weights: str, kind: str) -> None:
    """Small groups among them; on threads, in one thread, from tiny chunks."""
    columns = group.rows[0].data(N, 11, weights=weights)
    rng = np.random.default_rng(12)
    by = rng.choice(
        GROUPS[kind], N, p=[0.01, 0.99] if kind == "booleans" else [0.02, 0.5, 0.4, 0.08]
    )
    if any(metric.passes > 1 for metric in group.metrics):
        with pytest.raises(errors.ArgumentError, match="which by= cannot slice"):
            evaluate(columns, group.metrics, by=by)
        return
    result = evaluate(columns, group.metrics, by=by)
    assert_groups_alone(result, columns, by, group.metrics)
    cuts = (7, 100, 13, N - 120)
    lazy = {name: da.from_array(v, chunks=(cuts, *v.shape[1:])) for name, v in columns.items()}
    for scheduler in ("threads", "sync"):
        chunked = da.from_array(by, chunks=50)
        again = evaluate(lazy, group.metrics, by=chunked, scheduler=scheduler)
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


def test_each_group_accounts_for_its_own_rows() -> None:
    """Rows that are dropped are counted in their group, under the names that the user gave."""
    data = {
        "salt and pepper": np.array([1.0, np.nan, 3.0, 4.0, np.nan, np.nan]),
        "p": np.array([1.0, 1.0, np.nan, 4.0, np.nan, 1.0]),
        "g": ["a", "a", "b", "b", None, "c"],
    }
    result = disteval.evaluate(
        "salt and pepper", "p", "mse", data=data, by="g", nan_policy="omit", progress=False
    )
    assert result.rows.dropped == {
        "salt and pepper: NaN": 2,
        "p: NaN": 1,
        "salt and pepper and p and g: missing": 1,
    }
    assert {label: part.rows.seen for label, part in result.slices.items()} == {"a": 2, "b": 2}
    assert result.slices["a"].rows.dropped == {"salt and pepper: NaN": 1}
    assert result.slices["b"].rows.dropped == {"p: NaN": 1}
    with pytest.raises(errors.MissingValueError, match="got 3 in salt and pepper, 2 in p, 1 in g"):
        disteval.evaluate("salt and pepper", "p", "mse", data=data, by="g")


def test_a_column_named_as_the_role_of_another() -> None:
    """Neither takes the other's place in the account of rows."""
    pandas = pytest.importorskip("pandas")
    y = pandas.Series([1.0, np.nan, 3.0, np.nan, 5.0], name="y_pred")
    p = np.array([np.nan, 1.0, 1.0, 1.0, 1.0])
    rows = disteval.evaluate(y, p, "mse", nan_policy="omit").rows
    assert rows.dropped == {"y_true: NaN": 2, "y_pred: NaN": 1}
    assert rows.seen == rows.used + 3


@pytest.mark.parametrize("by", [["a", "b", "b", "c", "a"], [True, False, False, True, True]])
def test_nan_propagates_in_its_own_group(by: list[Any]) -> None:
    y = np.array([1.0, np.nan, 3.0, np.nan, 2.0])
    result = disteval.evaluate(y, np.zeros(5), ["mse", "mae"], by=by, nan_policy="propagate")
    assert np.isnan(result["mse"])
    for label, part in result.slices.items():
        own = y[np.array(by) == label]
        alone = disteval.evaluate(own, np.zeros(len(own)), ["mse", "mae"], nan_policy="propagate")
        assert repr(dict(part)) == repr(dict(alone))
        assert part.rows.dropped == alone.rows.dropped
    assert list(result.slices) == np.unique(by).tolist()


def test_missing_groups_touch_no_group() -> None:
    result = disteval.evaluate(
        [1.0, 2.0], [1.0, 1.0], "mse", by=["a", None], nan_policy="propagate"
    )
    assert np.isnan(result["mse"])
    assert result.slices["a"]["mse"] == 0.0


def test_a_group_that_a_metric_refuses() -> None:
    """NaN with the reason, which names the metric once; the other groups have their values."""
    y, p = [5, 7, 5, 5], [0.1, 0.9, 0.8, 0.2]
    with pytest.warns(errors.UndefinedMetricWarning) as caught:
        result = disteval.evaluate(y, p, ["f1_score", "mse"], by=["a", "a", "b", "b"])
    (warning,) = caught
    assert str(warning.message).startswith("f1_score: expected two label values")
    assert np.isnan(result.slices["b"]["f1_score"])
    for label in ("a", "b"):
        own = [i for i, name in enumerate("aabb") if name == label]
        alone = disteval.evaluate([y[i] for i in own], [p[i] for i in own], ["mse"])
        assert result.slices[label]["mse"] == alone["mse"]


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("groups", [7, 8, 9, 16, 17, 65, 700])
def test_groups_that_appear_late(groups: int, text: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One new group a block at least, across every doubling of the room for them."""
    monkeypatch.setattr(blocks, "block_rows", lambda _: 4)
    rng = np.random.default_rng(groups)
    by = np.concatenate([np.arange(groups), rng.integers(0, groups, 3 * groups)])
    y, p = rng.normal(size=(2, 4 * groups)).astype(np.float32)
    labels = np.char.add("group ", by.astype(str)) if text else 3 * by - groups
    metrics = ["mse", "r2", "mae"]
    result = evaluate({"y_true": y, "y_pred": p}, metrics, by=labels)
    assert list(result.slices) == np.unique(labels).tolist()
    for label in np.unique(labels)[:: max(groups // 9, 1)].tolist():
        own = labels == label
        alone = evaluate({"y_true": y[own], "y_pred": p[own]}, metrics)
        assert result.slices[label].digest == alone.digest
        assert result.slices[label].rows == alone.rows


def test_groups_that_fill_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there is memory for them; few groups of the same states are none too many."""
    monkeypatch.setattr(keyed, "MAX_BYTES", 100_000)
    monkeypatch.setattr(blocks, "block_rows", lambda _: 100)
    y = np.random.default_rng(0).normal(size=(1_000, 10))
    metric = disteval.metrics.R2Score(class_aggregation=None)
    with pytest.raises(errors.BudgetError, match=r"over all groups, got .* fit; use"):
        disteval.evaluate(y, y + 1, [metric], by=np.arange(1_000))
    assert len(disteval.evaluate(y, y + 1, [metric], by=np.arange(1_000) % 9).slices) == 9


def test_lost_rows_of_too_many_groups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed, "MAX_KEYS", 50)
    y = np.full(100, np.nan)
    y[0] = 1.0
    with pytest.raises(errors.BudgetError, match="at most 50 groups"):
        disteval.evaluate(y, y, "mse", by=np.arange(100), nan_policy="omit")


@pytest.mark.parametrize("what", ["weight", "label"])
def test_errors_name_the_row_as_it_came(what: str) -> None:
    """Rows are joined, left out and sorted by group before the metrics see them."""
    rng = np.random.default_rng(3)
    for at in range(0, 60, 7):
        y, p, w = rng.integers(0, 2, 60).astype(float), rng.random(60), rng.random(60)
        p[rng.random(60) < 0.3] = np.nan
        p[at] = 0.5
        (w if what == "weight" else y)[at] = -1.0 if what == "weight" else 0.25
        by = rng.choice(np.array(["a", "b", "c"]), 60)
        columns = {"y_true": y, "y_pred": p, "sample_weight": w, "by": by}
        batches = [{k: v[i : i + 20] for k, v in columns.items()} for i in (0, 20, 40)]
        where = f"row {at % 20}{f' of piece {at // 20}' if at >= 20 else ''};"
        with pytest.raises(errors.InputError, match=where):
            disteval.evaluate(batches, metrics=["confusion_matrix"], nan_policy="omit")


@pytest.mark.parametrize("kind", ["integers", "masked", "text"])
@pytest.mark.parametrize("policy", ["omit", "propagate"])
def test_on_a_device(kind: str, policy: Any) -> None:
    """Labels and predictions on a device, groups there or not: as on the host."""
    xp: Any = stand_in.namespace
    rng = np.random.default_rng(4)
    y, p, by = rng.integers(0, 2, 300), rng.random(300), rng.integers(0, 5, 300)
    p[rng.random(300) < 0.1] = np.nan
    groups: Any = by
    if kind == "masked":
        groups = np.ma.MaskedArray(by, rng.random(300) < 0.1)
    elif kind == "text":
        groups = np.array(["", "é", "FR", "a", "b"])[by]
    metrics, options = ["mse", "f1_score", "r2"], {"nan_policy": policy}
    here = evaluate({"y_true": y, "y_pred": p}, metrics, by=groups, **options)
    moved = xp.asarray(by) if kind == "integers" else groups
    there = evaluate(
        {"y_true": xp.asarray(y), "y_pred": xp.asarray(p)}, metrics, by=moved, **options
    )
    assert there.rows == here.rows
    assert list(there.slices) == list(here.slices)
    for label, part in here.slices.items():
        assert there.slices[label].digest == part.digest
        assert there.slices[label].rows == part.rows
        assert repr(dict(there.slices[label])) == repr(dict(part))
