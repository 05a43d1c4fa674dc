"""Every metric of the reference table against its reference, and against itself in other ways."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import disteval
from disteval.errors import UndefinedMetricWarning
from disteval.metrics.table import TABLE as NAMES
from tests import references, strategies
from tests.references import TABLE, Array, Columns, Row, Together, compute
from tests.strategies import Example, flat_value

rows = pytest.mark.parametrize("row", TABLE, ids=references.identifier)
weightings = pytest.mark.parametrize("weights", ["", "int", "float"])

LAYOUTS = tuple(layout for layout in strategies.LAYOUTS if layout != "list")


def test_the_table_has_every_name() -> None:
    asked = {row.metric.key if not isinstance(row.metric, str) else row.metric for row in TABLE}
    assert {entry.name for entry in NAMES} <= asked


def upcast(columns: Columns) -> Columns:
    return {
        name: array.astype(np.float64) if array.dtype.kind == "f" else array
        for name, array in columns.items()
    }


def reference(row: Row, columns: Columns) -> Array:
    wide = upcast(columns)
    value = row.reference(wide["y_true"], wide.get("y_pred"), wide.get("sample_weight"))
    return flat_value(value).astype(np.float64)


def assert_parity(row: Row, columns: Columns, ours: Any) -> None:
    """Within 2 ulp of the reference, or at least as close to the exact value."""
    theirs, mine = reference(row, columns), flat_value(ours).astype(np.float64)
    assert mine.shape == theirs.shape
    with np.errstate(invalid="ignore"):  # an infinite threshold less itself
        near = abs(mine - theirs) <= 2 * np.spacing(abs(theirs))
    near |= (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
    if near.all():
        return
    assert row.exact is not None, (mine, theirs)
    wide = upcast(columns)
    found = row.exact(wide["y_true"], wide.get("y_pred"), wide.get("sample_weight"))
    exact = found if isinstance(found, list) else [found]
    pairs = zip(near.ravel(), mine.ravel().tolist(), theirs.ravel().tolist(), exact, strict=True)
    for close, a, b, e in pairs:
        assert close or abs(Fraction(a) - e) <= abs(Fraction(b) - e), (a, b, float(e))


@rows
@weightings
def test_the_reference_agrees(row: Row, weights: str) -> None:
    for n, seed in ((400, 0), (37, 1)):
        columns = row.data(n, seed, weights=weights)
        assert_parity(row, columns, compute(row, columns)[row.name])


@rows
def test_other_dtypes(row: Row) -> None:
    """Narrow floats and integers: the value of the same numbers in float64."""
    for dtype in row.dtypes:
        columns = row.data(500, 2, weights="float")
        narrow = {
            name: array.astype(dtype) if array.dtype == np.float64 else array
            for name, array in columns.items()
        }
        ours = compute(row, narrow)
        if row.own_clip:
            # the clip's bounds 1e-7 are those of the dtype: compare inside them
            inside = ((narrow["y_pred"] > 1e-6) & (narrow["y_pred"] < 1 - 1e-6)).reshape(500, -1)
            narrow = {name: array[inside.all(axis=1)] for name, array in narrow.items()}
            ours = compute(row, narrow)
        assert_parity(row, narrow, ours[row.name])


NUMERIC = [row for row in TABLE if row.make in (references.values, references.one_column)]


@pytest.mark.parametrize("row", NUMERIC, ids=references.identifier)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64", "uint64", "bool"])
def test_integer_values(row: Row, dtype: str) -> None:
    for n in (300,):
        columns = {
            name: (array > 0 if dtype == "bool" else abs(array) % 100).astype(dtype)
            for name, array in row.data(n, 3).items()
        }
        wide = {name: array.astype(np.float64) for name, array in columns.items()}
        assert_parity(row, wide, compute(row, columns)[row.name])


@pytest.mark.parametrize("group", references.together(TABLE), ids=str)
@weightings
def test_all_ways_are_one(group: Together, weights: str) -> None:
    """Chunks, orders, layouts, schedulers, evaluators, merges: values and digests are ==."""
    columns = group.rows[0].data(600, 4, weights=weights)
    rng = np.random.default_rng(5)
    cuts = tuple(sorted(rng.integers(0, 600, rng.integers(0, 9)).tolist()))
    first, *layouts = LAYOUTS
    example = Example(columns, group.metrics, cuts, int(rng.integers(1 << 30)), first)
    ways = strategies.run_all_ways if "y_pred" in columns else all_ways_of_one_column
    results = ways(example)
    for layout in layouts:
        laid = {k: strategies.laid_out(v, layout) for k, v in columns.items()}
        results[layout] = strategies.evaluate(
            example, laid["y_true"], laid.get("y_pred"), laid.get("sample_weight")
        )
    strategies.assert_same(results)


def all_ways_of_one_column(example: Example) -> dict[str, disteval.Result]:
    """`run_all_ways` gives batches as tuples; one column goes by its name."""
    order = np.random.default_rng(example.seed).permutation(example.rows)
    arrays = example.arrays
    merged = [disteval.Evaluator(example.metrics) for _ in example.chunks()]
    for evaluator, chunk in zip(merged, example.chunks(order), strict=True):
        evaluator.update_state(chunk["y_true"], sample_weight=chunk.get("sample_weight"))
    lazy = strategies.dask_columns(example)
    results = {
        scheduler: strategies.evaluate(
            example, arrays["y_true"], None, arrays.get("sample_weight"), scheduler
        )
        for scheduler in ("sync", "threads")
    }
    results["batches"] = strategies.evaluate(example, example.chunks(order))
    results["dask"] = strategies.evaluate(example, lazy["y_true"], None, lazy.get("sample_weight"))
    tree = strategies.merged_at_random(merged, np.random.default_rng(example.seed))
    results["merged"] = strategies.result_of(tree)
    return results


@pytest.mark.parametrize("row", [row for row in TABLE if row.weighted], ids=references.identifier)
def test_integer_weights_are_repeated_rows(row: Row) -> None:
    columns = row.data(400, 6, weights="int")
    weight = columns.pop("sample_weight")
    repeated = {name: np.repeat(array, weight, axis=0) for name, array in columns.items()}
    weighted = compute(row, columns | {"sample_weight": weight})[row.name]
    value = compute(row, repeated)[row.name]
    np.testing.assert_array_equal(flat_value(weighted), flat_value(value))


@rows
def test_zero_weight_is_an_absent_row(row: Row) -> None:
    columns = row.data(400, 7, weights="float")
    present = columns["sample_weight"] > 0
    assert not present.all()
    kept = {name: array[present] for name, array in columns.items()}
    present_alone = flat_value(compute(row, kept)[row.name])
    np.testing.assert_array_equal(flat_value(compute(row, columns)[row.name]), present_alone)


@pytest.mark.parametrize("row", [row for row in TABLE if row.alone], ids=references.identifier)
def test_a_metric_alone(row: Row) -> None:
    """`update_state` and `merge_state` of the metric itself."""
    columns = row.data(200, 8, weights="float")
    (a,) = disteval.metrics.as_metrics(row.metric)
    (b,) = disteval.metrics.as_metrics(row.metric)
    b = b.renamed(str(b.name))
    for metric, part in ((a, slice(0, 90)), (b, slice(90, 200))):
        metric.reset_state()
        metric.update_state(
            columns["y_true"][part],
            columns["y_pred"][part] if "y_pred" in columns else None,
            sample_weight=columns["sample_weight"][part],
        )
    a.merge_state(b)
    value = compute(row, columns)[row.name]
    np.testing.assert_array_equal(flat_value(a.result()), flat_value(value))
    a.reset_state()


@rows
def test_no_weight_has_a_value_and_a_warning(row: Row) -> None:
    """Total weight zero: one warning, and never a division by zero."""
    columns = row.data(50, 9) | {"sample_weight": np.zeros(50)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = compute(row, columns)[row.name]
    assert all(issubclass(w.category, UndefinedMetricWarning) for w in caught)
    silent = row.name == "sum" or "confusion" in row.name or row.undefined is not None
    assert len(caught) == (0 if silent else 1)
    found = flat_value(value).astype(np.float64)
    assert (np.isnan(found) | (found == 0) | (found == row.undefined)).all()


@pytest.mark.parametrize("metric", ["sum", "mean", "accuracy", "binary_accuracy"])
def test_float32_rows_beyond_their_integers(metric: str) -> None:
    """A float32 counter stops at 2**24."""
    n = 2**24 + 1000
    ones = np.ones(n, np.float32)
    if metric == "sum":
        assert disteval.evaluate(ones, metrics=["sum"])["sum"] == n
        return
    ones[:1000] = 0.0
    pred = np.ones(n, np.float32)
    result = disteval.evaluate(ones, None if metric == "mean" else pred, [metric])
    assert result[metric] == (n - 1000) / n
    assert result.rows.used == n


def test_float32_weights_beyond_their_integers() -> None:
    n = 2**24 + 1000
    y = np.zeros(n, np.int8)
    matrix = disteval.evaluate(y, y, ["confusion_matrix"], sample_weight=np.ones(n, np.float32))
    np.testing.assert_array_equal(matrix["confusion_matrix"], [[n]])
