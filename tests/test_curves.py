"""Curves over all thresholds, against scikit-learn and against brute force in fractions."""

from __future__ import annotations

import functools
import json
import math
import warnings
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

import disteval
from disteval.errors import ArgumentError, BudgetError, LabelError, UndefinedMetricWarning
from disteval.metrics import (
    ConfusionMatrixAtThresholds,
    DetCurve,
    MetricAtThresholds,
    PrecisionRecallCurve,
    RocCurve,
)
from disteval.metrics.curves import curves, vertices
from disteval.metrics.curves.errors import precision_recall_errors, roc_errors
from disteval.metrics.curves.vertices import (
    EveryCorner,
    EveryVertex,
    ThinnedVertices,
    Vertices,
)
from disteval.numerics.scores import KeyOrder
from disteval.reductions import Segment
from tests.references.curves import corners, kept

Array = np.ndarray[Any, np.dtype[Any]]

CURVES: dict[Any, tuple[Any, tuple[str, ...]]] = {
    RocCurve: (sk.roc_curve, ("fpr", "tpr", "thresholds")),
    PrecisionRecallCurve: (sk.precision_recall_curve, ("precision", "recall", "thresholds")),
    DetCurve: (sk.det_curve, ("fpr", "fnr", "thresholds")),
}
COUNTS = ("tn", "fp", "fn", "tp", "thresholds")
WEIGHTS = ("", "int", "float")


def data(seed: int, weights: str = "", dtype: str = "float64") -> tuple[Array, Array, Array | None]:
    """Scores with ties; weights that are multiples of 1/8, of which sums are exact."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 300))
    y = rng.integers(0, 2, n)
    y[:2] = 0, 1
    p = (rng.integers(0, int(rng.integers(1, 60)) + 1, n) / 16).astype(dtype)
    w = {"": None, "int": rng.integers(0, 4, n), "float": rng.integers(0, 9, n) / 8}[weights]
    if w is not None:
        w[:2] = 1
    return y, p, w


def value(metric: Any, y: Any, p: Any, w: Any = None) -> Any:
    return disteval.evaluate(y, p, {"it": metric}, sample_weight=w)["it"]


def assert_curve(found: Any, names: tuple[str, ...], expected: Any) -> None:
    """The arrays of scikit-learn: names in their order, dtypes, and every number."""
    assert tuple(found) == names
    for name, array in zip(names, expected, strict=True):
        assert found[name].dtype == array.dtype, name
        np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.parametrize("make", CURVES)
@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_curves_are_those_of_scikit_learn(make: Any, drop: bool, weights: str) -> None:
    function, names = CURVES[make]
    for seed in range(25):
        y, p, w = data(seed, weights)
        expected = function(y, p, sample_weight=w, drop_intermediate=drop)
        assert_curve(value(make(drop_intermediate=drop), y, p, w), names, expected)


@pytest.mark.parametrize("make", CURVES)
def test_defaults_are_those_of_scikit_learn(make: Any) -> None:
    function, names = CURVES[make]
    y, p, _ = data(4)
    assert_curve(value(make(), y, p), names, function(y, p))


@pytest.mark.parametrize("make", CURVES)
@pytest.mark.parametrize("dtype", ["float32", "int64", "int16", "uint8"])
def test_other_dtypes(make: Any, dtype: str) -> None:
    function, names = CURVES[make]
    y, p, _ = data(5, dtype=dtype)
    found, expected = value(make(), y, p), function(y, p)
    for name, array in zip(names, expected, strict=True):
        np.testing.assert_array_equal(found[name], array)
    if make is not PrecisionRecallCurve:
        assert found["thresholds"].dtype == np.float64


@pytest.mark.parametrize("make", CURVES)
def test_labels_by_name(make: Any) -> None:
    function, names = CURVES[make]
    y, p, w = data(6, "float")
    words = np.where(y == 1, "yes", "no")
    for pos_label in ("yes", "no"):
        expected = function(words, p, sample_weight=w, pos_label=pos_label)
        assert_curve(value(make(pos_label=pos_label), words, p, w), names, expected)
    assert_curve(value(make(), 2 * y - 1, p, w), names, function(2 * y - 1, p, sample_weight=w))
    assert_curve(value(make(), y == 1, p), names, function(y == 1, p))
    expected = function(y + 4, p, pos_label=4)
    assert_curve(value(make(pos_label=4), y + 4, p), names, expected)
    with pytest.raises(LabelError, match="expected labels 0 and 1, or -1 and 1, got 4, 5"):
        value(make(), y + 4, p)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_confusion_counts_are_those_of_scikit_learn(weights: str) -> None:
    for seed in range(25):
        y, p, w = data(seed, weights)
        found = value(ConfusionMatrixAtThresholds(), y, p, w)
        expected = sk.confusion_matrix_at_thresholds(y, p, sample_weight=w)
        for name, array in zip(COUNTS, expected, strict=True):
            np.testing.assert_array_equal(found[name], array)
        assert found["tp"].dtype == (np.float64 if weights == "float" else np.int64)


def test_confusion_counts_of_weights_are_exact() -> None:
    y, p = np.array([0, 1, 1, 0]), np.array([1.0, 2.0, 2.0, 2.0])
    w = np.array([1e300, 1.0, 2.0**-60, 1e-300])
    found = value(ConfusionMatrixAtThresholds(), y, p, w)
    assert found["tp"].tolist() == [1.0, 1.0]
    assert found["fp"].tolist() == [1e-300, 1e300]
    big = value(ConfusionMatrixAtThresholds(), y, p, np.array([2**53, 1, 2**53, 2**40]))
    assert big["tp"].tolist() == [2**53 + 1] * 2
    assert big["fp"].tolist() == [2**40, 2**53 + 2**40]


def test_infinite_scores_and_zeros() -> None:
    y = np.array([0, 1, 0, 1, 1, 0])
    p = np.array([-math.inf, math.inf, 0.0, -0.0, 1.0, math.inf])
    found = value(RocCurve(drop_intermediate=False), y, p)
    assert found["thresholds"].tolist() == [math.inf, math.inf, 1.0, 0.0, -math.inf]
    assert found["fpr"].tolist() == [0, 1 / 3, 1 / 3, 2 / 3, 1]
    assert found["tpr"].tolist() == [0, 1 / 3, 2 / 3, 1, 1]


def test_rates_are_rounded_once() -> None:
    """scikit-learn adds weights in float64; here each rate is the nearest to the exact one."""
    rng = np.random.default_rng(0)
    y, p, w = rng.integers(0, 2, 200), rng.normal(size=200), rng.random(200)
    found = value(RocCurve(drop_intermediate=False), y, p, w)
    order = np.argsort(-p)
    for label, name in ((0, "fpr"), (1, "tpr")):
        exact = [Fraction(w[i]) if y[i] == label else Fraction(0) for i in order]
        whole = sum(exact)
        rates = [float(sum(exact[:i]) / whole) for i in range(201)]
        assert found[name].tolist() == rates


# --- one class, no rows ---------------------------------------------------------------------------


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_alone(label: int) -> None:
    y, p = np.full(4, label), np.array([0.1, 0.4, 0.4, 0.8])
    for make in (RocCurve, PrecisionRecallCurve):
        function, names = CURVES[make]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = function(y, p)
        if make is PrecisionRecallCurve and label == 1:
            found = value(make(), y, p)
        else:
            with pytest.warns(UndefinedMetricWarning, match="there are no"):
                found = value(make(), y, p)
        assert_curve(found, names, expected)
    with pytest.warns(UndefinedMetricWarning, match="there are no"):
        found = value(DetCurve(), y, p)
    assert np.isnan(found["fnr" if label == 0 else "fpr"]).all()
    counts = value(ConfusionMatrixAtThresholds(), y, p)
    assert counts["tp"].tolist() == ([0, 0, 0] if label == 0 else [1, 3, 4])


@pytest.mark.parametrize("make", [*CURVES, ConfusionMatrixAtThresholds])
@pytest.mark.parametrize("max_points", [None, 10])
def test_no_rows_is_no_curve(make: Any, max_points: int | None) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = value(make(max_points=max_points), [0, 1], [0.5, 0.6], [0.0, 0.0])
    # no counts are what they are
    assert len(caught) == (make is not ConfusionMatrixAtThresholds)
    assert {len(array) for array in found.values()} == {0}


# --- some vertices --------------------------------------------------------------------------------


def segments(
    keys: Array, counts: Array, cuts: list[int]
) -> tuple[list[tuple[Segment, tuple[int, ...]]], tuple[int, ...]]:
    """Cut scores into segments, each with the rows below it; and the totals."""
    found = []
    for a, b in pairwise([0, *cuts, len(keys)]):
        if a < b:
            before = tuple(int(row[:a].sum()) for row in counts)
            found.append((Segment(keys[a:b], counts[:, a:b], KeyOrder(64, "f")), before))
    return found, tuple(int(row.sum()) for row in counts)


def swept(sweep: Any, keys: Array, counts: Array, cuts: list[int]) -> Vertices:
    parts, totals = segments(keys, counts, cuts)
    found = sweep.combine([sweep.over(part, before, totals) for part, before in parts], totals)
    assert isinstance(found, Vertices)
    return found


def assert_same_vertices(a: Vertices, b: Vertices) -> None:
    assert a.scores.tolist() == b.scores.tolist()
    assert a.fp.tolist() == b.fp.tolist()
    assert a.tp.tolist() == b.tp.tolist()
    assert a.gaps == b.gaps


def counts_of(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    keys = KeyOrder(64, "f").keys(np.sort(rng.normal(size=n)))
    high = int(rng.choice([1, 2, 1000]))
    counts = rng.integers(0, high + 1, (2, n)) * (rng.random((2, n)) < rng.random())
    counts[0, counts.sum(axis=0) == 0] = 1
    if rng.random() < 0.2:  # one class at an end, or alone
        counts[int(rng.integers(2)), int(rng.integers(n)) :] = 0
        counts[1, counts.sum(axis=0) == 0] = 1
    return keys, counts.astype(np.int64)


@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_thinned_vertices_are_those_of_the_definition(seed: int, turns: bool) -> None:
    """However they are cut into segments, in machine integers and in Python's."""
    rng = np.random.default_rng(seed)
    n, cells = int(rng.integers(1, 200)), int(rng.choice([1, 2, 7, 40, 500]))
    keys, counts = counts_of(rng, n)
    sweep = ThinnedVertices(cells, turns)
    whole = swept(sweep, keys, counts, [])
    every = swept(EveryVertex(), keys, counts, [])
    if turns:
        every = every.chosen(np.array(corners(every.tp.tolist())))
        assert_same_vertices(swept(EveryCorner(), keys, counts, []), every)
    index = kept(every.fp.tolist(), every.tp.tolist(), cells)
    assert len(whole) <= cells + 3
    assert whole.distinct == len(every)
    assert whole.scores.tolist() == every.scores[index].tolist()
    assert whole.fp.tolist() == every.fp[index].tolist()
    assert whole.tp.tolist() == every.tp[index].tolist()
    for _ in range(4):
        cuts = sorted(rng.integers(0, n + 1, int(rng.integers(0, 30))).tolist())
        for units in (counts, counts.astype(object), counts.astype(object) * 3**50):
            found = swept(sweep, keys, units, cuts)
            if found.negatives + found.positives > counts.sum():
                assert found.scores.tolist() == whole.scores.tolist()
                assert [f // 3**50 for f in found.fp.tolist()] == whole.fp.tolist()
            else:
                assert_same_vertices(found, whole)
            for all_of in (EveryVertex(), EveryCorner()):
                a, b = (swept(all_of, keys, units, own) for own in (cuts, []))
                assert_same_vertices(a, b)


def test_huge_counts_are_exact() -> None:
    keys, counts = counts_of(np.random.default_rng(3), 300)
    huge = counts * (1 << 40)  # beyond 2**63 as a product
    small, large = (swept(ThinnedVertices(20), keys, c, [11, 200]) for c in (counts, huge))
    assert small.scores.tolist() == large.scores.tolist()
    assert [f >> 40 for f in large.fp.tolist()] == small.fp.tolist()
    assert roc_errors(small) == roc_errors(large)


def area(points: list[tuple[int, int]]) -> Fraction:
    """Under straight lines, of counts."""
    return sum((Fraction((x - u) * (y + v), 2) for (u, v), (x, y) in pairwise(points)), Fraction(0))


def crossed_area(points: list[tuple[int, int]], a: tuple[int, int], b: tuple[int, int]) -> float:
    """Between a curve and the straight line from a to b, numerically."""
    x = np.linspace(a[0], b[0], 4001)
    inner = np.interp(x, [u for u, _ in points], [v for _, v in points])
    chord = np.interp(x, [a[0], b[0]], [a[1], b[1]])
    return float(np.trapezoid(abs(inner - chord), x))


@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_errors_of_thinned_curves(seed: int, turns: bool) -> None:
    rng = np.random.default_rng(seed)
    n, cells = int(rng.integers(20, 300)), int(rng.choice([2, 7, 20]))
    keys, counts = counts_of(rng, n)
    sweeps = EveryVertex(), ThinnedVertices(cells, turns)
    every, some = (swept(sweep, keys, counts, []) for sweep in sweeps)
    if not every.negatives or not every.positives:
        return
    pairs = every.negatives * every.positives
    full, thin = ([(0, 0), *zip(v.fp.tolist(), v.tp.tolist(), strict=True)] for v in (every, some))
    errors = roc_errors(some)
    assert errors["area"] == float(area(full) / pairs)
    assert errors["area_error"] == float((area(full) - area(thin)) / pairs)
    between = 0.0
    for a, b in pairwise(thin):
        inside = full[full.index(a) : full.index(b) + 1]
        between += crossed_area(inside, a, b) / pairs
    assert abs(errors["area_error"]) <= errors["area_between"]
    assert between <= errors["area_between"] * (1 + 1e-3) + 1e-12  # of the numerical integral

    def average_precision(points: list[tuple[int, int]]) -> Fraction:
        return sum(
            (Fraction(y - v, every.positives) * Fraction(y, x + y) for (_, v), (x, y) in
             pairwise(points)), Fraction(0),
        )  # fmt: skip

    missed = abs(average_precision(full) - average_precision(thin))
    assert missed <= Fraction(precision_recall_errors(some)["average_precision_error"])


@pytest.mark.parametrize("make", [*CURVES, ConfusionMatrixAtThresholds])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_some_points_are_points_of_the_whole(make: Any, weights: str) -> None:
    rng = np.random.default_rng(8)
    p = rng.normal(size=3_000)
    y = (rng.normal(size=3_000) < p).astype(np.int8)
    w = None if not weights else rng.integers(0, 4, 3_000) / (8 if weights == "float" else 1)
    drop = {} if make is ConfusionMatrixAtThresholds else {"drop_intermediate": False}
    whole, some = (value(make(max_points=n, **drop), y, p, w) for n in (None, 50))
    names = list(whole)
    n = min(map(len, some.values()))
    assert 25 < n <= 50
    rows = set(zip(*(whole[name][: len(whole["thresholds"])] for name in names), strict=True))
    assert set(zip(*(some[name][:n] for name in names), strict=True)) <= rows
    for name in names:
        assert some[name][0] == whole[name][0]
        assert some[name][-1] == whole[name][-1]
    fits = value(make(max_points=5_000), y, p, w)
    for name, array in value(make(), y, p, w).items():
        np.testing.assert_array_equal(fits[name], array)


def test_few_positives_have_a_whole_curve_of_few_points() -> None:
    rng = np.random.default_rng(12)
    p, y = rng.random(20_000), np.zeros(20_000, np.int8)
    y[:30] = 1
    result = disteval.evaluate(y, p, {"few": RocCurve(max_points=100), "all": RocCurve()})
    few = result["few"]
    for name, array in result["all"].items():  # the second point is on the line to the third
        np.testing.assert_array_equal(few[name], np.delete(array, [1]))
    loose = value(RocCurve(max_points=100, drop_intermediate=False), y, p)
    assert len(few["fpr"]) < result.details["few"]["corners"] + 1 == len(loose["fpr"]) <= 61
    assert set(few["thresholds"]) < set(loose["thresholds"])


def test_what_is_certain_of_some_points() -> None:
    rng = np.random.default_rng(9)
    p = rng.normal(size=5_000)
    y = (rng.normal(size=5_000) < p).astype(np.int8)
    metrics = {"roc": RocCurve(100), "precisions": PrecisionRecallCurve(40), "det": DetCurve()}
    result = disteval.evaluate(y, p, metrics)
    roc, precisions, det = (dict(result.details[name]) for name in result)
    assert det["vertices"] == 5_000
    every = value(RocCurve(drop_intermediate=False), y, p)
    turns = np.diff(every["tpr"]) != 0  # at a score, and at the one above a score of a positive
    assert roc["corners"] == np.count_nonzero(turns | np.append(turns[1:], True))
    assert roc["points_kept"] == len(result["roc"]["fpr"]) - 1
    assert roc["area"] == pytest.approx(sk.roc_auc_score(y, p), rel=1e-14)
    thinned = sk.auc(result["roc"]["fpr"], result["roc"]["tpr"])
    assert roc["area"] - thinned == pytest.approx(roc["area_error"], rel=1e-9)
    assert abs(roc["area_error"]) <= roc["area_between"] <= 1 / 100
    assert roc["fpr_gap"] <= 3 / 96
    assert 0 < precisions["average_precision_error"] < 0.05
    assert "points_kept" not in det


@pytest.mark.parametrize("max_points", [0, 4, 2.5, True, "many"])
def test_max_points_is_a_number(max_points: Any) -> None:
    for metric in (RocCurve(max_points=max_points), MetricAtThresholds("f1", max_points)):
        with pytest.raises(ArgumentError, match="max_points to be an integer of at least 5"):
            value(metric, [0, 1], [0.5, 0.6])
    with pytest.raises(ArgumentError, match="expected drop_intermediate to be True or False"):
        value(RocCurve(drop_intermediate=1), [0, 1], [0.5, 0.6])


def test_too_many_vertices_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vertices, "BUDGET", 100)
    monkeypatch.setattr(curves, "BUDGET", 100)
    rng = np.random.default_rng(1)
    y, few, many = rng.integers(0, 2, 500), rng.integers(0, 100, 500) / 128, rng.random(500)
    with pytest.raises(BudgetError, match=r"at most 100 distinct scores, got 500, .* max_points="):
        value(RocCurve(), y, many)
    assert_curve(value(RocCurve(), y, few), CURVES[RocCurve][1], sk.roc_curve(y, few))
    assert len(value(RocCurve(max_points=50), y, many)["fpr"]) <= 50
    many[:] = few
    found = value(RocCurve(max_points=400), y, many)
    assert_curve(found, CURVES[RocCurve][1], sk.roc_curve(y, few))


# --- a metric at thresholds -----------------------------------------------------------------------

OF_LABELS = {
    "f1_score": sk.f1_score,
    "fbeta_score(beta=2.0)": lambda *a, **k: sk.fbeta_score(*a, beta=2.0, **k),
    "precision": sk.precision_score,
    "recall(pos_label=0, average='binary')": lambda *a, **k: sk.recall_score(*a, pos_label=0, **k),
    "jaccard_score": sk.jaccard_score,
    "balanced_accuracy_score": sk.balanced_accuracy_score,
    "matthews_corrcoef": sk.matthews_corrcoef,
    "cohen_kappa_score": sk.cohen_kappa_score,
    "accuracy": sk.accuracy_score,
    "accuracy_score": sk.accuracy_score,
    "zero_one_loss": sk.zero_one_loss,
    "f1_score(average='macro')": lambda *a, **k: sk.f1_score(*a, average="macro", **k),
}


@pytest.mark.parametrize("name", OF_LABELS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_metrics_at_thresholds_are_those_of_scikit_learn(name: str, weights: str) -> None:
    for seed in range(2):
        y, p, w = data(seed, weights)
        found = value(MetricAtThresholds(name, max_points=None), y, p, w)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values, cuts = sk.metric_at_thresholds(y, p, OF_LABELS[name], sample_weight=w)
        np.testing.assert_array_equal(found["thresholds"], cuts)
        # scikit-learn rounds several times, the square root's argument among them
        np.testing.assert_allclose(found["values"], values, rtol=1e-13, atol=1e-15)


def test_metrics_at_some_thresholds() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(4_000)
    y = (rng.random(4_000) < p).astype(int)
    some, every = (value(MetricAtThresholds("f1", n), y, p) for n in (None, 1_000))
    at = np.isin(some["thresholds"], every["thresholds"])
    assert at.sum() == len(every["thresholds"]) <= 1_000
    np.testing.assert_array_equal(some["values"][at], every["values"])


def test_where_a_metric_is_undefined_is_told() -> None:
    y, p = np.array([0, 1, 1, 0]), np.array([0.1, 0.4, 0.4, 0.3])
    metric = MetricAtThresholds("mcc")
    result = disteval.evaluate(y, p, [metric])
    assert str(metric.name) == "metric_at_thresholds(metric='matthews_corrcoef')"
    assert result[metric.name]["values"].tolist() == [1.0, 0.5773502691896257, 0.0]
    (reason,) = result.details[metric.name]["undefined"].items()
    assert reason == ("all true labels or all predictions are the same", 1)


def test_a_metric_of_no_labels_is_refused() -> None:
    for name in ("mse", "auc", "log_loss"):
        with pytest.raises(ArgumentError, match=r"expected a metric of true and predicted labels"):
            value(MetricAtThresholds(name), [0, 1], [0.5, 0.6])
    with pytest.raises(ArgumentError, match="expected a metric of one number"):
        value(MetricAtThresholds("f1_score(average=None)"), [0, 1], [0.5, 0.6])
    with pytest.raises(ArgumentError, match="expected a metric of one number"):
        value(MetricAtThresholds("confusion_matrix"), [0, 1], [0.5, 0.6])


def test_functions_of_scikit_learn_are_names() -> None:
    y, p, _ = data(3)
    asked = [sk.roc_curve, functools.partial(sk.det_curve, drop_intermediate=True)]
    result = disteval.evaluate(y, p, [*asked, MetricAtThresholds(sk.f1_score)])
    assert list(result) == [
        "roc_curve", "det_curve(drop_intermediate=True)",
        "metric_at_thresholds(metric='sklearn:f1_score')",
    ]  # fmt: skip
    by_name = disteval.metrics.metric_at_thresholds(y, p, metric="f1")
    assert by_name["values"].tolist() == sk.metric_at_thresholds(y, p, sk.f1_score)[0].tolist()


def test_curves_of_groups() -> None:
    y, p, w = data(12, "float")
    group = np.arange(len(y)) % 3
    metrics = ["roc_curve", "roc_curve(max_points=9)"]
    result = disteval.evaluate(y, p, metrics, by=group, sample_weight=w)
    for label, part in result.slices.items():
        own = group == label
        alone = disteval.evaluate(y[own], p[own], metrics, sample_weight=w[own])  # type: ignore[index]
        for name in metrics:
            for key, array in alone[name].items():
                np.testing.assert_array_equal(part[name][key], array)


def test_names_with_arguments() -> None:
    asked = "metric_at_thresholds(metric='fbeta_score(beta=2.0)', max_points=20)"
    (metric,) = disteval.metrics.as_metrics(asked)
    assert str(metric) == asked
    assert metric == MetricAtThresholds(disteval.metrics.FBetaScore(beta=2.0), 20)
    assert str(MetricAtThresholds("f1", pos_label="yes")).endswith(", pos_label='yes')")


# --- how curves are shown -------------------------------------------------------------------------


def many_points() -> disteval.Result:
    rng = np.random.default_rng(2)
    p = rng.integers(0, 1 << 20, 2_000) / (1 << 20)
    y = (rng.random(2_000) < p).astype(int)
    metrics = ["roc_curve(max_points=100)", "precision_recall_curve", ("few", DetCurve(8))]
    return disteval.evaluate(y, p, [*metrics, "mcc(threshold=0.5)"])


def test_a_curve_is_shown_by_a_few_of_its_points() -> None:
    result = many_points()
    roc, precisions = result["roc_curve(max_points=100)"], result["precision_recall_curve"]
    for text in (str(result), result.to_markdown(), result._repr_html_()):
        assert f"11 of {len(roc['fpr'])} points; to_frame() has all" in text
        n = len(precisions["recall"])
        assert f"11 of {n:,} points; to_frame() has all" in text
        assert "more rows" not in text
    assert len(str(result).splitlines()) < 50
    lines = [line.split() for line in str(result).splitlines()]
    assert ["point", "fpr", "tpr", "thresholds"] in lines
    assert ["0", "0.000000", "0.000000", "inf"] in lines
    assert [str(n - 1), "1.000000", "0.000000"] in lines  # which has no threshold
    assert ["point", "fpr", "fnr", "thresholds"] in lines


def test_curves_as_data() -> None:
    result = many_points()
    roc = result["roc_curve(max_points=100)"]
    assert list(result.scalars()) == ["matthews_corrcoef_threshold_0.5"]
    frame = result.to_frame()
    own = frame[frame.metric == "roc_curve(max_points=100)"]
    assert own.value.tolist() == [*roc["fpr"], *roc["tpr"], *roc["thresholds"]]
    assert own.label.tolist()[:2] == [("fpr", 0), ("fpr", 1)]
    found = json.loads(result.to_json())["metrics"]["roc_curve(max_points=100)"]
    assert found["fpr"] == roc["fpr"].tolist()
    assert found["thresholds"] == ["inf", *roc["thresholds"].tolist()[1:]]


def test_an_empty_curve_is_shown() -> None:
    with pytest.warns(UndefinedMetricWarning):
        result = disteval.evaluate([0, 1], [0.1, 0.2], ["roc_curve"], sample_weight=[0, 0])
    assert "fpr" in str(result)


def test_plots(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    result = many_points()
    ax = result.plot("roc_curve(max_points=100)", path=tmp_path / "roc.png")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("fpr", "tpr")
    np.testing.assert_array_equal(
        ax.lines[0].get_ydata(), result["roc_curve(max_points=100)"]["tpr"]
    )
    assert (tmp_path / "roc.png").stat().st_size > 1000
    again = result.plot("precision_recall_curve", path=tmp_path / "b.svg")
    assert again.lines[0].get_drawstyle() == "steps-post"
    y, p, _ = data(3)
    counts = disteval.evaluate(y, p, ["confusion_matrix_at_thresholds"])
    drawn = counts.plot(path=tmp_path / "c.png")
    assert [line.get_label().split(": ")[1] for line in drawn.lines] == ["tn", "fp", "fn", "tp"]
    with pytest.raises(ArgumentError, match=r"expected curves of one kind in a plot, got .*; plot"):
        result.plot()
    with pytest.raises(ArgumentError, match="expected names of curves over thresholds"):
        result.plot("mcc(threshold=0.5)")
    with pytest.raises(ArgumentError, match="got none in the result"):
        disteval.evaluate([1.0], [1.0], ["mse"]).plot()
