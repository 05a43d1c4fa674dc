"""Exact operating points: every search against all thresholds tried, in fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pytest

import disteval
from disteval import metrics as dm
from disteval.engine import Plan
from disteval.errors import (
    ArgumentError,
    LabelError,
    ShapeError,
    UndefinedMetricWarning,
)
from disteval.metrics.curves.areas import PartialRocArea, RocArea
from disteval.metrics.curves.crossings import EqualErrors, InAll, MostSensitive, MostSpecific, Top
from disteval.metrics.curves.operating import least_count
from disteval.metrics.curves.optima import FirstPrecise, HighestRatio, MostApart
from disteval.metrics.curves.precision import GainArea, PrecisionArea
from disteval.metrics.curves.vertices import (
    EveryCorner,
    ThinnedVertices,
    Vertices,
    corners_of,
)
from disteval.numerics.precision import Method
from disteval.numerics.scores import KeyOrder
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Column, Schema
from disteval.reductions import ScoreCounts, Segment
from disteval.reductions.scores.shares import SweptScores
from tests.references import points as brute

Array = np.ndarray[Any, np.dtype[Any]]
RATES = (0.0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.99, 1.0)
BETAS = (0.0, 0.1, 0.5, 1.0, 1.7, 1e-200, 1e200)
SWEEPS: tuple[Any, ...] = (
    MostApart(), EqualErrors(), InAll(), Top(1), Top(7), Top(10**9),
    *(Top(share=Fraction(1, k)) for k in (1, 3, 10, 10**6)),
    *(MostSensitive(rate) for rate in RATES), *(MostSensitive(rate, "fpr") for rate in RATES),
    *(MostSpecific(rate) for rate in RATES), *(FirstPrecise(rate) for rate in RATES),
    *(HighestRatio(recall=rate) for rate in RATES), *(HighestRatio(beta) for beta in BETAS),
)  # fmt: skip


def value(metric: Any, y: Any, p: Any, w: Any = None) -> Any:
    (found,) = disteval.evaluate(y, p, [metric], sample_weight=w).values()
    return found


def outcome(metric: Any, y: Any, p: Any, w: Any = None) -> tuple[Any, dict[str, Any]]:
    result = disteval.evaluate(y, p, [metric], sample_weight=w)
    ((name, found),) = result.items()
    return found, dict(result.details[name])


def undefined(metric: Any, y: Any, p: Any, reason: str, w: Any = None) -> Any:
    with pytest.warns(UndefinedMetricWarning, match=reason):
        return value(metric, y, p, w)


# --- sweeps, whatever the segments --------------------------------------------------------------


def swept(sweep: Any, counts: Array, keys: Array, cuts: list[int]) -> Any:
    """What a sweep makes of counts that are cut at these places; arrays are used again."""
    order = KeyOrder(64, "f")
    totals = tuple(int(row.sum()) for row in counts)
    results = []
    for start, stop in zip([0, *cuts], [*cuts, len(keys)], strict=True):
        before = tuple(int(row[:start].sum()) for row in counts)
        segment = Segment(keys[start:stop].copy(), counts[:, start:stop].copy(), order)
        results.append(sweep.over(segment, before, totals))
        segment.keys[:] = 0
        segment.counts[:] = 0
    return sweep.combine(results, totals)


def cuts_of(rng: np.random.Generator, n: int) -> list[int]:
    """Some of them at the ends, or twice: segments without scores."""
    return sorted(rng.integers(0, n + 1, rng.integers(0, 5)).tolist())


def table(rng: np.random.Generator, n: int, most: int) -> tuple[Array, Array]:
    """Counts of n scores, none of them without rows, and their keys."""
    counts = rng.integers(0, most + 1, (2, n)) * (rng.random((2, n)) < 0.8)
    counts[rng.integers(0, 2, n), np.arange(n)] += 1
    scores = np.sort(rng.choice(np.arange(-3 * n, 3 * n), n, replace=False) / 4)
    return counts.astype(np.int64), KeyOrder(64, "f").keys(scores)


@pytest.mark.parametrize("sweep", SWEEPS, ids=str)
def test_a_sweep_does_not_depend_on_segments(sweep: Any) -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 63, 64, 65, 130, 300):
        for most in (1, 3, 1000):
            counts, keys = table(rng, n, most)
            whole = swept(sweep, counts, keys, [])
            exact = counts.astype(object)
            for columns in (counts, exact):
                assert swept(sweep, columns, keys, cuts_of(rng, n)) == whole
            assert swept(sweep, exact, keys, []) == whole


MERGING: tuple[Any, ...] = (
    *(sweep for sweep in SWEEPS if getattr(sweep, "may_merge", False)),
    RocArea(), *(PartialRocArea(rate) for rate in RATES if rate),
    *(PrecisionArea(method) for method in get_args(Method)),
    *(GainArea(method) for method in ("minoring", "trapezoid")),
    *(ThinnedVertices(cells, corners=True) for cells in (1, 10, 1_000)), EveryCorner(),
)  # fmt: skip


@pytest.mark.parametrize("sweep", MERGING, ids=str)
def test_scores_without_positives_may_come_merged(sweep: Any) -> None:
    """As wholes, or where segments were cut, and with all scores beside them."""
    rng = np.random.default_rng(1)
    for n in (1, 2, 5, 64, 65, 300):
        for share in (0.0, 0.1, 0.5):
            counts, keys = table(rng, n, 3)
            counts[1] *= rng.random(n) < share
            counts[0, counts.sum(axis=0) == 0] = 1
            for columns in (counts, counts.astype(object)):
                cuts = [0, *cuts_of(rng, n), n]
                parts = [
                    corners_of(Segment(keys[a:b], columns[:, a:b], KeyOrder(64, "f")))
                    for a, b in pairwise(cuts)
                    if b > a
                ]
                merged = np.concatenate([part.counts for part in parts], axis=1)
                own = np.concatenate([part.keys for part in parts])
                cuts = np.cumsum([len(part.keys) for part in parts])[:-1].tolist()
                whole = shown(swept(sweep, columns, keys, []))
                assert shown(swept(sweep, merged, own, cuts)) == whole
                assert shown(swept(sweep, merged, own, [])) == whole


def shown(found: Any) -> Any:
    """What can be compared."""
    if not isinstance(found, Vertices):
        return found
    columns = found.scores, found.fp, found.tp, found.gaps
    return [list(column) for column in columns], found.negatives, found.positives


@pytest.mark.parametrize("sweep", SWEEPS, ids=str)
@pytest.mark.parametrize("unit", [1 << 20, 1 << 36, (1 << 42) + 1, 1 << 50])
def test_counts_beyond_a_word(sweep: Any, unit: int) -> None:
    """Products of 62 bits and more, sums of more than 53, and ties of all sizes."""
    rng = np.random.default_rng(unit)
    for n in (5, 130, 500):
        counts, keys = table(rng, n, 2)
        for nudge in (0, 1):
            large = counts * unit + nudge * rng.integers(0, 2, counts.shape)
            whole = swept(sweep, large.astype(object), keys, [])
            assert swept(sweep, large, keys, cuts_of(rng, n)) == whole


@pytest.mark.parametrize("sweep", [MostApart(), HighestRatio(), HighestRatio(1.0)], ids=str)
def test_differences_about_as_large_as_a_word(sweep: Any) -> None:
    """Of 2**58 to 2**66, beside totals of 2**50."""
    rng = np.random.default_rng(8)
    for bits in range(8, 17):
        for n in (5, 40, 200):
            counts, keys = table(rng, n, 3)
            counts <<= bits
            counts[:, rng.integers(0, n, 2)] += [[1 << 50, 3], [5, 1 << 50]]
            whole = swept(sweep, counts.astype(object), keys, [])
            assert swept(sweep, counts, keys, cuts_of(rng, n)) == whole


@pytest.mark.parametrize("unit", [1, 3**10, 3**20, 3**28])
def test_the_same_f1_at_many_thresholds(unit: int) -> None:
    """Points (T/2 + s, 2 s) all have an F1 of 2/3; products of floats do not know."""
    rng, n = np.random.default_rng(9), 200
    counts = np.array([[2], [1]]) * np.full(n, unit)
    counts[:, -1] = 0, (n - 1) * unit
    keys = KeyOrder(64, "f").keys(np.arange(n, dtype=np.float64))
    for cuts in ([], [1, 64], [150]):
        assert swept(HighestRatio(1.0), counts, keys, cuts).threshold == 0.0
    for _ in range(30):  # nearly the same
        moved = counts + rng.integers(0, 2, counts.shape)
        whole = swept(HighestRatio(1.0), moved.astype(object), keys, [])
        assert swept(HighestRatio(1.0), moved, keys, cuts_of(rng, n)) == whole


def test_a_precision_that_a_product_misses() -> None:
    """t / (t + f) is the bound as a float, and the bound times (t + f) above t."""
    pairs = [(t, f) for t in range(64, 128) for f in range(1, 60) if t / (t + f) * (t + f) > t]
    keys = KeyOrder(64, "f").keys(np.arange(65, dtype=np.float64))
    assert pairs
    for t, f in pairs:
        counts = np.ones((2, 65), np.int64)
        counts[0, :64] = 0
        counts[:, 64] = f, t - 64
        assert swept(FirstPrecise(t / (t + f)), counts, keys, []).threshold == 0.0


def test_equal_points_everywhere() -> None:
    """The first of many that are the best: curves that go straight, and back and forth."""
    n = 1000
    keys = KeyOrder(64, "f").keys(np.arange(n, dtype=np.float64))
    steps = np.arange(n)
    patterns = [steps % 2, (steps // 2) % 2, steps >= n // 2, steps < n // 2, steps % 3 == 0]
    for positive in patterns:
        counts = np.stack([~positive.astype(bool), positive.astype(bool)]).astype(np.int64)
        for sweep in SWEEPS:
            whole = swept(sweep, counts.astype(object), keys, [])
            assert swept(sweep, counts, keys, [1, 64, 500]) == whole


def test_both_classes_at_every_score() -> None:
    """All thresholds have the same precision, and no distance between the classes."""
    keys = KeyOrder(64, "f").keys(np.arange(300, dtype=np.float64))
    counts = np.full((2, 300), 7, np.int64)
    high, low = swept(MostApart(), counts, keys, [100])
    assert (high, high.threshold, high.tp) == (low, 0.0, 2100)
    assert swept(HighestRatio(), counts, keys, [100]).threshold == 0.0
    assert swept(FirstPrecise(0.5), counts, keys, [100]).threshold == 0.0


def test_no_rows() -> None:
    empty, keys = np.zeros((2, 0), np.int64), np.zeros(0, np.uint64)
    for counts in (empty, empty.astype(object)):
        for sweep in (MostApart(), EqualErrors(), Top(3), HighestRatio()):
            assert swept(sweep, counts, keys, []) is None
            assert sweep.combine([], (0, 0)) is None


# --- the least count ----------------------------------------------------------------------------


def test_the_least_count_whose_rate_is_large_enough() -> None:
    for total in [*range(40), 10**6 + 3]:
        for share in (*RATES, 0.3, 0.7, 5e-324):
            if total > 40:
                near = math.ceil(Fraction(share) * total)
                found = [k for k in (near - 1, near) if k >= 0 and k / total >= share][:1]
            else:
                found = [k for k in range(total + 1) if (k / total if total else 0.0) >= share][:1]
            assert least_count(share, total) == (found or [total + 1])[0]


@pytest.mark.parametrize("total", [3**40, 10**60 + 7, 7**700])
def test_the_least_count_of_huge_totals(total: int) -> None:
    for share in (1e-300, 0.1, 1 / 3, 0.75, 1.0):
        least = least_count(share, total)
        assert least / total >= share
        assert not least or (least - 1) / total < share


# --- metrics against all thresholds -------------------------------------------------------------

LABELS = ((0, 1), (-1, 1))
DTYPES = ("float16", "float32", "float64", "int8", "int64", "uint32", "bool")


def example(rng: np.random.Generator, i: int) -> tuple[Array, Array, Array | None]:
    """Few rows: ties, infinities, both zeros, and rows without weight."""
    n = int(rng.integers(2, 30))
    dtype = np.dtype(DTYPES[i % len(DTYPES)])
    scores = rng.integers(0, int(rng.choice([2, 5, 100])), n)
    if dtype.kind == "f":
        special = [np.inf, -np.inf, 0.0, -0.0]
        p = (scores / 8 - 0.5).astype(dtype)
        p = np.where(rng.random(n) < 0.3, rng.choice(special, n), p).astype(dtype)
    else:
        p = (scores - 2 * (dtype.kind == "i")).astype(dtype)
    y = rng.choice(LABELS[i % 2], n)
    y[:2] = LABELS[i % 2]
    if i % 3 == 0:
        return y, p, None
    w: Array = rng.integers(0, 4, n) if i % 3 == 1 else rng.random(n) * (rng.random(n) < 0.9)
    w[:2] = [1, 1] if i % 3 == 1 else [0.1, 0.7]
    return y, p, w


def cases(of: list[brute.Point]) -> list[tuple[Any, Fraction, brute.Point | None]]:
    """Metrics, their values, and where one threshold alone has it, the point."""
    found: list[tuple[Any, Fraction, brute.Point | None]] = []
    for rate in RATES:
        for make, name, given in (
            (dm.SensitivityAtSpecificity, "tpr", "specificity"),
            (dm.SpecificityAtSensitivity, "specificity", "tpr"),
            (dm.PrecisionAtRecall, "precision", "tpr"),
            (dm.RecallAtPrecision, "tpr", "precision"),
        ):
            point = brute.highest(name, given, rate, of)
            if point is not None:
                found.append((make(rate), getattr(point, name), point))
        point = brute.with_few_false(rate, of)
        found.append((dm.TruePositiveRateAtFalsePositiveRate(rate), point.tpr, point))
    apart = [point.tpr - point.fpr for point in of]
    far = [abs(value) for value in apart]
    found.append((dm.KolmogorovSmirnov(), max(far), of[far.index(max(far))]))
    found.append((dm.YoudenJ(), max(apart), of[apart.index(max(apart))]))
    for beta in BETAS[:-2]:
        scores = [point.fbeta(beta) for point in of]
        best = of[scores.index(max(scores))]
        found.append((dm.BestFBeta(beta), max(scores), best))
    found.append((dm.EqualErrorRate(), brute.equal_errors(of), None))
    for size in (1, 2, 5, 100):
        rows, true = brute.head(of, Fraction(size))
        found.append((dm.PrecisionAtKRows(size), true / rows, None))
        found.append((dm.RecallAtKRows(size), true / of[0].p, None))
    for share in (0.1, 0.3, 1.0):
        every = of[0].n + of[0].p
        rows, true = brute.head(of, Fraction(str(share)) * every)
        found.append((dm.RecallAtKRows(fraction=share), true / of[0].p, None))
        found.append((dm.Lift(share), true / rows * every / of[0].p, None))
    return found


@pytest.mark.parametrize("block", range(6))
def test_every_threshold_tried(block: int) -> None:
    rng = np.random.default_rng(block)
    for i in range(block * 40, block * 40 + 40):
        y, p, w = example(rng, i)
        wide = p.astype(np.float64) + 0.0
        expected = cases(brute.points(y, wide, w, Fraction))
        metrics = [metric.renamed(str(k)) for k, (metric, _, _) in enumerate(expected)]
        result = disteval.evaluate(y, p, metrics, sample_weight=w)
        for k, (metric, exact, point) in enumerate(expected):
            assert result[str(k)] == float(exact), (metric, y, p, w)
            details = result.details[str(k)]
            if point is not None:
                assert details["threshold"] == point.threshold, metric
                assert (details["tp"], details["fp"]) == (float(point.tp), float(point.fp))


def test_chunks_and_merges_have_one_value() -> None:
    rng = np.random.default_rng(3)
    y, p = rng.integers(0, 2, 500), np.round(rng.random(500), 2)
    metrics = [
        dm.KolmogorovSmirnov(), dm.BestF1(), dm.EqualErrorRate(), dm.Lift(),
        dm.PrecisionAtKRows(50), dm.PrecisionAtRecall(0.7),
        dm.TruePositiveRateAtFalsePositiveRate(0.1),
    ]  # fmt: skip
    for w in (None, rng.random(500)):
        whole = disteval.evaluate(y, p, metrics, sample_weight=w)
        parts = []
        for own in np.array_split(rng.permutation(500), 7):
            evaluator = disteval.Evaluator(metrics)
            evaluator.update_state(y[own], p[own], None if w is None else w[own])
            parts.append(evaluator)
        parts[0].merge_state(parts[1:])
        merged = parts[0].result()
        assert {**merged} == {**whole}
        assert merged.details == whole.details


def test_shares_of_a_cluster_have_one_value() -> None:
    """Each worker sweeps some of the parts, one segment a part."""
    rng = np.random.default_rng(10)
    y, p = rng.integers(0, 2, 900), rng.normal(size=900).astype(np.float32)
    metrics = [
        dm.KolmogorovSmirnov(), dm.YoudenJ(), dm.BestF1(), dm.EqualErrorRate(), dm.Lift(),
        dm.PrecisionAtKRows(50), dm.TruePositiveRateAtFalsePositiveRate(0.1),
        dm.PrecisionAtRecall(0.7), dm.RecallAtPrecision(0.55), dm.SensitivityAtSpecificity(0.8),
        dm.SpecificityAtSensitivity(0.8),
    ]  # fmt: skip
    columns = ((Y_TRUE, Column(y.dtype, ())), (Y_PRED, Column(p.dtype, ())))
    plan = Plan.build(metrics, Schema(columns))
    counts = next(r for r in plan.reductions if isinstance(r, ScoreCounts))
    slot = plan.reductions.index(counts)
    states = tuple(
        r.seal(r.update(r.empty(), Batch({Y_TRUE: y, Y_PRED: p}))) for r in plan.reductions
    )
    asked = plan.sweeps(slot)
    shares: list[Any] = [counts.share(states[slot], i, 3) for i in range(3)]
    outlines = [counts.outline(share) for share in shares]
    swept_shares: list[Any] = [counts.swept(share, outlines, asked, 0) for share in shares]
    joined = counts.together(swept_shares, asked)
    assert isinstance(joined, SweptScores)
    found = plan.compute(tuple(joined if i == slot else s for i, s in enumerate(states)))
    assert found == plan.compute(states)


# --- operating points ---------------------------------------------------------------------------


def test_a_rate_of_one_tenth_is_a_tenth() -> None:
    y = [0] * 10 + [1]
    p = [0.1] * 9 + [0.8, 0.5]
    found, details = outcome(dm.TruePositiveRateAtFalsePositiveRate(0.1), y, p)
    assert (found, details) == (1.0, {"threshold": 0.5, "fpr": 0.1, "tp": 1, "fp": 1})
    assert value(dm.TruePositiveRateAtFalsePositiveRate(0.09), y, p) == 0.0
    assert value(dm.SensitivityAtSpecificity(0.9), y, p) == 1.0
    # a third is the float 1/3, which is less
    y, p = [1, 1, 1, 0], [0.9, 0.2, 0.2, 0.5]
    assert value(dm.PrecisionAtRecall(1 / 3), y, p) == 1.0
    assert value(dm.PrecisionAtRecall(math.nextafter(1 / 3, 1)), y, p) == 0.75


def test_by_default_scores_have_any_range() -> None:
    y, p = [0, 0, 1, 1], [-30.0, 2.0, 1.0, 80.0]
    found, details = outcome(dm.RecallAtPrecision(1.0), y, p)
    assert (found, details) == (0.5, {"threshold": 80.0, "precision": 1.0, "tp": 1, "fp": 0})
    result = disteval.evaluate(y, p, [dm.PrecisionAtRecall(1.0)])
    assert list(result.rules.values()) == ["y_pred >= 1.0"]
    assert value(dm.PrecisionAtRecall(1.0), [-1, -1, 1, 1], p) == 2 / 3
    with pytest.raises(LabelError, match="expected labels 0 and 1"):
        value(dm.RecallAtPrecision(0.5), [1, 2], [0.2, 0.3])


def test_a_score_of_zero_can_be_positive() -> None:
    y, p = [0, 1, 1], [0.3, 0.0, 0.9]
    assert value(dm.PrecisionAtRecall(1.0), y, p) == 2 / 3
    with pytest.warns(UndefinedMetricWarning, match="at no threshold is the recall 1.0 or more"):
        assert value(dm.PrecisionAtRecall(1.0, num_thresholds=200), y, p) == 0.0


def test_above_all_scores_nothing_is_positive() -> None:
    result = disteval.evaluate([1, 0], [0.3, 0.3], [dm.SensitivityAtSpecificity(0.5)])
    ((name, found),) = result.items()
    assert (found, result.rules[name]) == (0.0, "no y_pred is positive")
    assert result.details[name]["threshold"] == math.inf
    found, details = outcome(dm.SensitivityAtSpecificity(1.0), [0, 1], [0.0, np.inf])
    assert (found, details["threshold"], details["tp"]) == (1.0, math.inf, 1)


def test_rows_of_several_elements_are_put_together() -> None:
    rng = np.random.default_rng(4)
    for shape in ((80, 3), (40, 2, 3)):
        y, p = rng.integers(0, 2, shape), np.round(rng.random(shape), 1)
        for w in (None, rng.random(shape), rng.random(shape[0])):
            each = None if w is None else np.repeat(w.ravel(), y.size // w.size)
            for metric in (dm.PrecisionAtRecall(0.6), dm.SpecificityAtSensitivity(0.7)):
                found = outcome(metric, y, p, w)
                assert found == outcome(metric, y.ravel(), p.ravel(), each)


def test_elements_of_rows_in_groups() -> None:
    rng = np.random.default_rng(5)
    y, p = rng.integers(0, 2, (60, 2)), np.round(rng.random((60, 2)), 1)
    by = rng.integers(0, 3, 60)
    metric = dm.RecallAtPrecision(0.5)
    result = disteval.evaluate(y, p, [metric], by=by)
    for label in range(3):
        own = by == label
        assert {**result.slices[label]} == {**disteval.evaluate(y[own], p[own], [metric])}


# --- the distance of distributions --------------------------------------------------------------


def test_the_statistic_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(6)
    for n in (10, 300, 5000):
        y, p = rng.integers(0, 2, n), np.round(rng.normal(size=n) + rng.random(), 2)
        theirs = stats.ks_2samp(p[y == 1], p[y == 0], method="asymp").statistic
        # scipy subtracts two rounded quotients
        assert value("ks", y, p) == pytest.approx(theirs, abs=2e-16)


def test_distance_in_the_wrong_direction() -> None:
    y, p = [1, 1, 0, 0], [0.1, 0.2, 0.6, 0.7]
    found, details = outcome("ks", y, p)
    assert found == 1.0
    assert details == {"threshold": 0.6, "tpr": 0.0, "fpr": 1.0, "tp": 0, "fp": 2}
    found, details = outcome("youden_j", y, p)
    assert (found, details["threshold"]) == (0.0, 0.1)


# --- the best F-score ---------------------------------------------------------------------------


def test_the_best_score_is_that_of_labels_at_its_threshold() -> None:
    rng = np.random.default_rng(7)
    y, p = rng.integers(0, 2, 400), rng.random(400)
    for w in (None, rng.random(400)):
        for beta in (0.3, 1.0, 2.0):
            found, details = outcome(dm.BestFBeta(beta), y, p, w)
            labels = (p >= details["threshold"]).astype(int)
            assert found == value(dm.FBetaScore(beta=beta, average="binary"), y, labels, w)
    assert value("best_f1", y, p) == value("best_fbeta", y, p)
    assert [str(dm.BestFBeta(2).name), str(dm.BestF1().name)] == ["best_fbeta(beta=2.0)", "best_f1"]


# --- the rows of highest scores -----------------------------------------------------------------


def test_equal_scores_at_the_cut_count_as_in_all_orders() -> None:
    """Two of the four rows at the cut, one of which is positive, in six of six orders."""
    y, p = [1, 0, 1, 0, 0, 1], [0.9, 0.5, 0.5, 0.5, 0.5, 0.1]
    found, details = outcome(dm.PrecisionAtKRows(3), y, p)
    assert found == 0.5
    assert details == {"threshold": 0.5, "k": 3, "tp": 1.5}
    result = disteval.evaluate(y, p, [dm.PrecisionAtKRows(3)])
    assert list(result.rules.values()) == ["the 3 of 6 rows with the highest y_pred"]


def test_a_tenth_of_ten_rows_is_one() -> None:
    y, p = [0] * 9 + [1], np.arange(10)
    assert outcome("lift", y, p) == (10.0, {"threshold": 9, "k": 1, "tp": 1})
    assert value("cumulative_gain", y, p) == 1.0
    assert value(dm.Lift(0.15), y, p) == 20 / 3  # half of a second row
    assert value(dm.Lift(k=1), y, p) == 10.0
    assert value(dm.Lift(k=4), y, p) == value(dm.Lift(0.4), y, p)


def test_more_rows_than_there_are() -> None:
    y, p = [0, 1, 1], [0.1, 0.2, 0.3]
    assert outcome(dm.PrecisionAtKRows(10), y, p)[1]["k"] == 3
    assert value(dm.PrecisionAtKRows(10), y, p) == 2 / 3
    assert value(dm.RecallAtKRows(10), y, p, [0.5, 0.5, 1]) == 1.0


def test_rows_are_counted_by_weight() -> None:
    y, p, w = [1, 0, 1], [0.9, 0.8, 0.7], [2, 3, 1]
    repeated = [np.repeat(column, w) for column in (y, p)]
    for k in range(1, 7):
        for make in (dm.PrecisionAtKRows, dm.RecallAtKRows):
            assert value(make(k), y, p, w) == value(make(k), *repeated)
    found, details = outcome(dm.PrecisionAtKRows(1), y, p, [0.25, 0.5, 0.5])
    assert (found, details) == (0.5, {"threshold": 0.7, "k": 1, "tp": 0.5})
    result = disteval.evaluate(y, p, [dm.PrecisionAtKRows(1)], sample_weight=[0.25, 0.5, 0.5])
    assert list(result.rules.values()) == ["the 1 of 1.25 of the weight with the highest y_pred"]


def test_weights_of_all_sizes() -> None:
    y, p = [0, 1, 0, 1, 1, 0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    w = [1e-300, 1e300, 1.0, 5e-324, 1e-10, 1e10]
    assert value("ks", y, p, w) == 1.0
    assert value(dm.SpecificityAtSensitivity(0.9), y, p, w) == 1e-300 / (1e10 + 1)
    found, details = outcome(dm.PrecisionAtKRows(10**11), y, p, w)
    assert (found, details["tp"]) == (0.89999999999, 9e10 - 1)
    assert outcome("lift", y, p, w)[1] == {"threshold": 0.2, "k": 1e299, "tp": 1e299}
    for unit in (5e-324, 1.7e308):
        for metric in ("ks", "best_f1", "eer", "lift", dm.PrecisionAtRecall(0.5)):
            assert value(metric, y, p, [unit] * 6) == value(metric, y, p)


# --- undefined, refused -------------------------------------------------------------------------

NAN = (
    dm.TruePositiveRateAtFalsePositiveRate(0.5), dm.EqualErrorRate(), dm.KolmogorovSmirnov(),
    dm.YoudenJ(),
)  # fmt: skip
ZERO = (dm.BestF1(), dm.BestFBeta(2.0), dm.RecallAtKRows(1), dm.RecallAtKRows(fraction=0.5))


@pytest.mark.parametrize("metric", NAN, ids=str)
def test_rates_need_both_classes(metric: Any) -> None:
    for y, missing in (([0, 0], "positives"), ([1, 1], "negatives")):
        assert math.isnan(undefined(metric, y, [0.1, 0.8], f"there are no {missing}"))
    assert math.isnan(undefined(metric, [0, 1], [0.1, 0.8], "total weight is zero", [0, 0]))


@pytest.mark.parametrize("metric", ZERO, ids=str)
def test_what_needs_positives(metric: Any) -> None:
    assert undefined(metric, [0, 0], [0.1, 0.8], "there are no positives") == 0.0
    assert undefined(metric, [0, 1], [0.1, 0.8], "total weight is zero", [0, 0]) == 0.0
    assert value(metric, [1, 1], [0.1, 0.8]) in (0.5, 1.0)


def test_what_needs_no_class() -> None:
    assert value(dm.PrecisionAtKRows(1), [0, 0], [0.1, 0.8]) == 0.0
    assert math.isnan(undefined(dm.Lift(), [0, 0], [0.1, 0.8], "there are no positives"))
    assert value(dm.Lift(), [1, 1], [0.1, 0.8]) == 1.0


def test_points_of_one_class() -> None:
    at = partial(undefined, y=[0, 0], p=[0.1, 0.8], reason="there are no positives")
    assert at(dm.SensitivityAtSpecificity(0.5)) == 0.0
    assert at(dm.SpecificityAtSensitivity(0.5)) == 0.0
    assert at(dm.PrecisionAtRecall(0.5)) == at(dm.PrecisionAtRecall(0.0)) == 0.0
    assert at(dm.RecallAtPrecision(0.5)) == at(dm.RecallAtPrecision(0.0)) == 0.0
    at = partial(undefined, y=[1, 1], p=[0.1, 0.8], reason="there are no negatives")
    assert at(dm.SensitivityAtSpecificity(0.5)) == at(dm.SpecificityAtSensitivity(0.5)) == 0.0
    assert value(dm.RecallAtPrecision(1.0), [1, 1], [0.1, 0.8]) == 1.0


def test_a_precision_that_no_threshold_has() -> None:
    reason = "at no threshold is the precision 0.9 or more"
    assert undefined(dm.RecallAtPrecision(0.9), [0, 1], [0.8, 0.1], reason) == 0.0


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (dm.TruePositiveRateAtFalsePositiveRate(2.0), r"max_fpr within \[0, 1\], got 2.0"),
        (dm.TruePositiveRateAtFalsePositiveRate("a"), "a number as max_fpr, got 'a'"),
        (dm.BestFBeta(-1.0), "non-negative number beta"),
        (dm.BestFBeta(math.inf), "expected a finite beta"),
        (dm.PrecisionAtKRows(), r"expected k= rows or a fraction= of them, got k=None"),
        (dm.PrecisionAtKRows(2, fraction=0.5), "give one of the two"),
        (dm.RecallAtKRows(0), "k to be an integer of at least 1"),
        (dm.RecallAtKRows(2.5), "k to be an integer"),
        (dm.RecallAtKRows(fraction=0.0), "fraction of the rows above 0, at most 1, got 0.0"),
        (dm.Lift(0.1, k=2), "got fraction=0.1 and k=2; give one of the two"),
        (dm.Lift(k=0), "expected k to be an integer of at least 1"),
        (dm.Lift(1.5), "fraction of the rows above 0, at most 1, got 1.5"),
        (dm.Lift(math.inf), "fraction of the rows above 0"),
        (dm.Lift("all"), "a number as fraction, got 'all'"),
    ],
)  # fmt: skip
def test_arguments_that_mean_nothing(metric: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        value(metric, [0, 1], [0.1, 0.2])


def test_one_score_a_row() -> None:
    with pytest.raises(ShapeError, match=r"expected labels and scores \(N,\), got"):
        value("ks", [[0, 1]], [[0.1, 0.2]])
    with pytest.raises(LabelError, match="pos_label="):
        value("ks", ["a", "b"], [0.1, 0.2])
    assert value(dm.KolmogorovSmirnov(pos_label="b"), ["a", "b"], [0.1, 0.2]) == 1.0
