"""Buckets of scores, and the metrics that count in them."""

from __future__ import annotations

import itertools
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import disteval
from disteval import metrics as dm
from disteval.errors import (
    ArgumentError,
    ColumnTypeError,
    DistevalError,
    DomainError,
    LabelError,
    ShapeError,
    UndefinedMetricWarning,
)
from disteval.metrics.rows import NonZero, Raw
from disteval.metrics.thresholds.areas import Curve, area
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch
from disteval.reductions import BucketCounts, ThresholdCounts, ThresholdTable
from tests import stand_in
from tests.test_laws import Laws, matrix, scores, small

Array = np.ndarray[Any, np.dtype[Any]]
TRUE, PRED = NonZero(Y_TRUE), Raw(Y_PRED)


def state_of(reduction: Any, **columns: Any) -> Any:
    return reduction.seal(reduction.update(reduction.empty(), Batch(columns)))


def value(metric: Any, y: Any, p: Any, w: Any = None) -> Any:
    (found,) = disteval.evaluate(y, p, [metric], sample_weight=w).values()
    return found


def undefined(metric: Any, y: Any, p: Any, reason: str, w: Any = None) -> Any:
    with pytest.warns(UndefinedMetricWarning, match=reason):
        return value(metric, y, p, w)


# --- the reduction ------------------------------------------------------------------------------


class TestBuckets(Laws):
    reduction = BucketCounts(TRUE, PRED, 5)
    true = staticmethod(small)
    pred = staticmethod(scores)


class TestBucketsByColumn(Laws):
    reduction = BucketCounts(TRUE, PRED, 200, 3)
    true = staticmethod(matrix(small, 3))
    pred = staticmethod(matrix(scores, 3))


class TestBucketsOfWeightedElements(Laws):
    reduction = BucketCounts(TRUE, PRED, 2)
    true = staticmethod(matrix(small, 3))
    pred = staticmethod(matrix(scores, 3))

    @staticmethod
    def weight(rng: np.random.Generator, n: int) -> Any:
        return rng.random((n, 3))


@pytest.mark.parametrize("n", [2, 3, 11, 101, 200, 1000])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_the_bucket_is_that_of_keras(n: int, dtype: str) -> None:
    rng = np.random.default_rng(n)
    p = np.concatenate([rng.random(500), np.arange(n) / (n - 1), np.round(rng.random(300), 2)])
    p = p.astype(dtype)
    table = BucketCounts(TRUE, PRED, n).table(
        state_of(BucketCounts(TRUE, PRED, n), y_true=np.ones(len(p)), y_pred=p)
    )[0]
    bucket = np.ceil(p.astype(np.float32) * np.float32(n - 1)) - 1
    assert list(table.tp) == [int((bucket >= i).sum()) for i in range(n)]


def test_scores_on_thresholds_fall_as_float32_has_it() -> None:
    """Eight of 200 exceed the threshold that they stand on."""
    p = (np.arange(200) / 199).astype(np.float32)
    counts = BucketCounts(TRUE, PRED, 200)
    found = [state_of(counts, y_true=np.ones(1), y_pred=p[i : i + 1]) for i in range(200)]
    exceeded = [int(state.counts[0, 1::2].argmax()) for state in found]
    assert [i for i in range(200) if exceeded[i] != i] == [31, 53, 62, 103, 106, 111, 119, 124]
    assert exceeded == sorted(exceeded)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_scores_beyond_the_ends(dtype: str) -> None:
    p = np.array([-np.inf, -1, -0.0, 0, np.nan, 1, 2, np.inf], dtype)
    for n in (2, 3, 200):
        (table,) = BucketCounts(TRUE, PRED, n).table(
            state_of(BucketCounts(TRUE, PRED, n), y_true=np.ones(8), y_pred=p)
        )
        assert table.tp == (3,) * (n - 1) + (2,)
        assert table.fn == (5,) * (n - 1) + (6,)


def test_large_and_tiny_float64_scores() -> None:
    """What float32 does not hold."""
    p = np.array([1e300, -1e300, 5e-324, 1e-46, 1e-44, np.nextafter(1, 2)])
    (table,) = BucketCounts(TRUE, PRED, 3).table(
        state_of(BucketCounts(TRUE, PRED, 3), y_true=np.ones(6), y_pred=p)
    )
    assert table.tp == (3, 2, 1)


def test_integers_and_booleans_are_scores() -> None:
    for dtype in (np.bool_, np.int8, np.uint64):
        (table,) = BucketCounts(TRUE, PRED, 3).table(
            state_of(
                BucketCounts(TRUE, PRED, 3), y_true=np.ones(3), y_pred=np.array([0, 1, 1], dtype)
            )
        )
        assert table.tp == (2, 2, 0)


@pytest.mark.parametrize("reduction", [BucketCounts(TRUE, PRED, 200), BucketCounts(TRUE, PRED, 3)])
@pytest.mark.parametrize("weighted", [False, True])
def test_on_a_device(reduction: Any, weighted: bool) -> None:
    rng = np.random.default_rng(0)
    for dtype, shape in itertools.product(("f4", "f8"), ((500,), (500, 3))):
        columns = {Y_TRUE: rng.integers(0, 2, shape), Y_PRED: rng.random(shape).astype(dtype)}
        if weighted:
            columns[WEIGHT] = rng.random(shape)
        moved = {name: stand_in.asarray(array) for name, array in columns.items()}
        assert state_of(reduction, **moved) == state_of(reduction, **columns)


def test_totals_at_thresholds() -> None:
    table = ThresholdTable.of([1, 2, Fraction(1, 2)], [0, 5, 7])
    assert table == ThresholdTable((12, 7), (Fraction(5, 2), Fraction(1, 2)), (1, 3), (0, 5))


def test_metrics_of_the_same_scores_share_their_counts() -> None:
    from disteval.engine import Plan
    from disteval.protocol import Column, Schema

    f8 = Column(np.dtype(np.float64), (3,))
    asked = [
        dm.AUC(num_thresholds=200), dm.AUC(num_thresholds=200, curve="PR"),
        dm.PrecisionAtRecall(0.5, num_thresholds=200),
        dm.SensitivityAtSpecificity(0.5, num_thresholds=200),
        dm.TruePositives(thresholds=np.linspace(0, 1, 200)),
        dm.AUC(num_thresholds=200, multi_label=True),
        dm.AUC(num_thresholds=200, label_weights=(1, 2, 3)),
    ]  # fmt: skip
    plan = Plan.build(asked, Schema(((Y_TRUE, f8), (Y_PRED, f8))))
    assert plan.reductions == (
        BucketCounts(TRUE, PRED, 200), BucketCounts(TRUE, PRED, 200, 3),
    )  # fmt: skip


# --- counts -------------------------------------------------------------------------------------


def test_one_threshold_is_a_number_and_several_an_array() -> None:
    y, p = [0, 1, 1, 1], [0.9, 0.2, 0.8, 0.6]
    assert value(dm.TruePositives(thresholds=[0.7]), y, p) == 1
    several = value(dm.TrueNegatives(thresholds=[0.95, 0.1]), y, p)
    np.testing.assert_array_equal(several, np.array([1, 0]), strict=True)
    weighted = value(dm.FalseNegatives(thresholds=(0.7, 0.1)), y, p, [1, 0.5, 1, 0.25])
    np.testing.assert_array_equal(weighted, np.array([0.75, 0.0]), strict=True)
    assert value(dm.Precision(thresholds=[0.7]), y, p) == 0.5
    several = value(dm.Recall(thresholds=[0.7, 0.1]), y, p)
    np.testing.assert_array_equal(several, np.array([1 / 3, 1.0]), strict=True)


def test_each_element_has_its_own_weight() -> None:
    y = np.array([[1, 0, 1], [0, 0, 1]])
    p = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.6]])
    w = np.array([[1, 2, 4], [8, 16, 32.0]])
    assert value("true_positives", y, p, w) == 33
    assert value("false_positives", y, p, w) == 18
    assert value("true_positives", y, p, [1.0, 2.0]) == 3
    y3, p3 = np.stack([y, y], axis=1), np.stack([p, p], axis=1)
    assert value("true_positives", y3, p3, [[1.0, 2.0], [4.0, 8.0]]) == 15


def test_even_thresholds_are_buckets() -> None:
    """Thresholds 0, 0.01, ... as Keras: a score of 0.29 is above 0.29 there where float32 is."""
    p = np.round(np.arange(101) / 100, 2).astype(np.float32)
    even = value(dm.TruePositives(thresholds=np.linspace(0, 1, 101)), np.ones(101), p)
    bucket = np.ceil(p * np.float32(100)) - 1
    np.testing.assert_array_equal(even, [(bucket >= i).sum() for i in range(101)])
    uneven = value(dm.TruePositives(thresholds=(0.29, 0.5)), np.ones(101), p)
    np.testing.assert_array_equal(uneven, [71, 50])


@pytest.mark.parametrize("more", [{}, {"class_id": 1}, {"top_k": 1}])
def test_precision_and_recall_are_of_the_same_counts(more: dict[str, Any]) -> None:
    rng = np.random.default_rng(8)
    p = np.round(rng.random((400, 2)), 2).astype(np.float32)
    y = rng.integers(0, 2, (400, 2))
    of = (y, p)
    if "class_id" in more:
        of = (y[:, 1], p[:, 1])
    if "top_k" in more:  # the first of equal scores
        of = (y, np.where(np.arange(2) == p.argmax(axis=1)[:, None], p, np.float32(0)))
    cuts = np.linspace(0, 1, 101)
    tp, fp, fn = (
        value(dm.get(name, thresholds=cuts), *of)
        for name in ("true_positives", "false_positives", "false_negatives")
    )
    more = {"thresholds": cuts, "zero_division": 0, **more}
    precision, recall = (dm.get(name, **more) for name in ("precision", "recall"))
    predicted = np.maximum(tp + fp, 1)  # 0/0 is 0
    np.testing.assert_array_equal(value(precision, y, p), tp / predicted)
    np.testing.assert_array_equal(value(recall, y, p), tp / (tp + fn))


def test_scores_beyond_even_thresholds_still_count() -> None:
    found = value(dm.TruePositives(thresholds=(0.0, 0.5, 1.0)), [1, 1, 1], [-2.0, 0.7, 3.0])
    np.testing.assert_array_equal(found, [2, 2, 1])


# --- areas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 20, 200, 1000])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_area_of_the_scores_lies_within_what_is_told(n: int, weighted: bool) -> None:
    rng = np.random.default_rng(n)
    p = 1 / (1 + np.exp(-rng.normal(-3, 3, 2000)))
    y = (rng.random(2000) < p).astype(int)
    w = rng.random(2000) if weighted else None
    metric = dm.AUC(num_thresholds=n)
    result = disteval.evaluate(y, p, [metric], sample_weight=w)
    told = result.rules[str(metric.name)].partition("lies in [")[2].removesuffix("]")
    low, high = map(float, told.split(", "))
    exact = roc_auc_score(y, p, sample_weight=w)
    assert low <= exact <= high
    assert low <= result[str(metric.name)] <= high
    methods = ("minoring", "majoring")
    ends = [value(dm.AUC(n, summation_method=method), y, p, w) for method in methods]
    assert low <= ends[0] <= exact <= ends[1] <= high


def test_rare_events_show_how_little_the_buckets_tell() -> None:
    """Scores of which nearly all share a bucket: 0.5 in 200 of them, and it says so.

    Without buckets it is what scikit-learn has.
    """
    rng = np.random.default_rng(0)
    x = rng.normal(-9.5, 1, 20_000)
    p = 1 / (1 + np.exp(-x))
    y = (rng.random(20_000) < 200 * p).astype(int)
    name, exact = "auc(num_thresholds=200)", roc_auc_score(y, p)
    result = disteval.evaluate(y, p, ["auc", name])
    assert abs(result[name] - 0.5) < 0.01
    assert abs(result["auc"] - exact) <= np.spacing(exact)
    assert exact > 0.7
    assert "lies in [0.0" in result.rules[name]
    told = result.details[name]
    assert told["lo"] < exact < told["hi"]
    assert told["exact"] is False


def test_an_area_that_is_exact_is_rounded_once() -> None:
    """Denominators that no float holds."""
    y = [1] * 7 + [0] * 49
    p = [0.9, 0.6, 0.3, 0.3, 0.1, 0.1, 0.1] + [0.2] * 49
    assert value(dm.AUC(num_thresholds=11), y, p) == 4 / 7
    w = [0.1] * 56
    assert value(dm.AUC(num_thresholds=11), y, p, w) == 4 / 7


def test_many_thresholds_have_huge_denominators() -> None:
    """Sums of thousands of fractions, against fixed point."""
    rng = np.random.default_rng(0)
    steps = rng.integers(0, 50, (2, 3000)).tolist()
    table = ThresholdTable.of(*steps)
    curve = Curve.of(table)
    for kind, method in (("PR", "minoring"), ("PR", "majoring"), ("PRGAIN", "interpolation")):
        found = area(curve, kind, method)  # type: ignore[arg-type]
        near = by_floats(curve, kind, method)
        # 3,000 rounded terms
        assert found == pytest.approx(near, rel=1e-13)


def by_floats(curve: Curve, kind: str, method: str) -> float:
    tp, fp = np.array(curve.tp, float), np.array(curve.fp, float)
    p, n = curve.positives, curve.negatives
    with np.errstate(all="ignore"):
        x, y = tp / p, np.where(tp + fp > 0, tp / (tp + fp), 0)
        if kind == "PRGAIN":
            x = np.where(tp > 0, np.maximum(0, 1 - p / n * (p - tp) / tp), 0)
            y = np.where(tp > 0, 1 - p / n * fp / tp, 1)
    heights = {"minoring": np.minimum, "majoring": np.maximum}
    mean = (y[:-1] + y[1:]) / 2
    height = heights[method](y[:-1], y[1:]) if method in heights else mean
    return float(np.sum((x[:-1] - x[1:]) * height))


def test_all_scores_in_one_bucket_are_all_ties() -> None:
    assert value(dm.AUC(num_thresholds=200), [0, 1, 1], [0.0011, 0.0012, 0.0013]) == 0.5
    assert value("auc", [0, 1, 1], [0.0011, 0.0012, 0.0013]) == 1.0


def test_label_weights_of_zero_leave_a_column_out() -> None:
    y, p = np.array([[0, 1], [1, 1], [1, 0]]), np.array([[0.1, 0.2], [0.9, 0.4], [0.8, 0.7]])
    mean = dm.AUC(multi_label=True, label_weights=(1.0, 0.0))
    assert value(mean, y, p) == value("auc", y[:, 0], p[:, 0]) == 1.0
    flat = dm.AUC(label_weights=(0.0, 3.0))
    assert value(flat, y, p) == value("auc", y[:, 1], p[:, 1]) == 0.0
    assert value(dm.AUC(multi_label=True), y, p) == 0.5


def test_many_equal_columns() -> None:
    rng = np.random.default_rng(1)
    y, p = rng.integers(0, 2, (50, 1)), rng.random((50, 1))
    alone = value("auc", y[:, 0], p[:, 0])
    assert value(dm.AUC(multi_label=True), np.repeat(y, 7, 1), np.repeat(p, 7, 1)) == alone
    assert value(dm.AUC(multi_label=True), y, p) == alone


# --- operating points ---------------------------------------------------------------------------


def test_a_rate_of_one_tenth_is_at_least_a_tenth() -> None:
    """1/10 is less than the float 0.1; rounded it is not."""
    for i in range(1, 10):
        y = [0] + [1] * 10
        p = [0.0] + [0.9] * i + [0.0] * (10 - i)
        assert value(dm.PrecisionAtRecall(i / 10), y, p) == 1.0


def test_the_threshold_is_told() -> None:
    y, p = [0, 0, 0, 1, 1], [0.1, 0.3, 0.8, 0.35, 0.95]
    metric = dm.PrecisionAtRecall(1.0, num_thresholds=11)
    result = disteval.evaluate(y, p, [metric])
    assert result[str(metric.name)] == 2 / 3
    assert result.rules[str(metric.name)] == "y_pred > 0.3, one of 11 thresholds"


def test_of_equal_points_the_stricter_is_told() -> None:
    """Where several thresholds reach the best rate, the one with most of the other."""
    y, p = [0, 0, 1, 1], [0.2, 0.4, 0.6, 0.8]
    metric = dm.PrecisionAtRecall(0.5, num_thresholds=11)
    result = disteval.evaluate(y, p, [metric])
    assert result.rules[str(metric.name)] == "y_pred > 0.4, one of 11 thresholds"


def test_what_no_threshold_reaches() -> None:
    reason = "at no threshold is the recall 1.0 or more"
    assert undefined(dm.PrecisionAtRecall(1.0, 200), [0, 1, 1], [0.3, 0.0, 0.9], reason) == 0.0


def test_a_class_is_as_its_column() -> None:
    rng = np.random.default_rng(2)
    y, p = rng.integers(0, 2, (90, 3)), rng.random((90, 3))
    w = rng.random(90)
    for make in (dm.SensitivityAtSpecificity, dm.RecallAtPrecision):
        whole = value(make(0.5, class_id=2), y, p, w)
        assert whole == value(make(0.5), y[:, 2], p[:, 2], w)
        sequences = value(make(0.5, class_id=2), y.reshape(45, 2, 3), p.reshape(45, 2, 3))
        assert sequences == value(make(0.5), y[:, 2], p[:, 2])
        weighted = value(
            make(0.5, class_id=2), y.reshape(45, 2, 3), p.reshape(45, 2, 3), w.reshape(45, 2)
        )
        assert weighted == whole


# --- undefined ----------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", [dm.AUC(200), dm.AUC(200, "PRGAIN"), dm.AUC(thresholds=[0.4])])
def test_areas_of_buckets_need_both_classes(metric: Any) -> None:
    assert undefined(metric, [0, 0], [0.1, 0.8], "there are no positives") == 0.0
    found = undefined(metric, [1, 1], [0.1, 0.8], "there are no negatives")
    assert found == (1.0 if metric.curve == "PRGAIN" else 0.0)
    assert undefined(metric, [0, 1], [0.1, 0.8], "the total weight is zero", [0, 0]) == 0.0


@pytest.mark.parametrize("metric", [dm.AUC(), dm.AUC(curve="PRGAIN"), dm.AUC(from_logits=True)])
def test_areas_need_both_classes(metric: Any) -> None:
    assert np.isnan(undefined(metric, [0, 0], [0.1, 0.8], "there are no positives"))
    assert np.isnan(undefined(metric, [1, 1], [0.1, 0.8], "there are no negatives"))
    assert np.isnan(undefined(metric, [0, 1], [0.1, 0.8], "the total weight is zero", [0, 0]))


def test_precision_and_recall_need_no_negatives() -> None:
    for buckets, none in ((200, 0.0), (None, np.nan)):
        metric = dm.AUC(buckets, "PR")
        assert value(metric, [1, 1], [0.1, 0.8]) == 1.0
        found = undefined(metric, [0, 0], [0.1, 0.8], "there are no positives")
        np.testing.assert_equal(found, none)
    assert value(dm.PrecisionAtRecall(0.5), [1, 1], [0.1, 0.8]) == 1.0


def test_columns_of_one_class_are_named() -> None:
    y, p = [[0, 1], [1, 1]], [[0.2, 0.3], [0.4, 0.5]]
    reason = r"there are no negatives in the columns \[1\] of 2"
    assert undefined(dm.AUC(200, multi_label=True), y, p, reason) == 0.5
    assert np.isnan(undefined(dm.AUC(multi_label=True), y, p, reason))


def test_points_of_one_class() -> None:
    metric = dm.SpecificityAtSensitivity(0.0)
    assert undefined(metric, [0, 0], [0.1, 0.8], "there are no positives") == 1.0
    metric = dm.SensitivityAtSpecificity(0.0)
    assert undefined(metric, [1, 1], [0.1, 0.8], "there are no negatives") == 1.0


def test_counts_of_no_rows() -> None:
    metric = dm.TruePositives(thresholds=(0.2, 0.7))
    assert dm.TruePositives().result() == 0
    np.testing.assert_array_equal(metric.result(), [0, 0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert dm.AUC(num_thresholds=200).result() == 0.0
    assert [w.category for w in caught] == [UndefinedMetricWarning]


# --- what is refused ----------------------------------------------------------------------------

Y2, P2 = np.array([[0, 1], [1, 0]]), np.array([[0.2, 0.8], [0.6, 0.4]])


@pytest.mark.parametrize(
    ("metric", "error", "message"),
    [
        (dm.AUC(num_thresholds=1), ArgumentError, "num_thresholds to be an integer of at least 2"),
        (dm.AUC(num_thresholds=2.5), ArgumentError, "num_thresholds to be an integer"),
        (dm.AUC(num_thresholds=1 << 23), ArgumentError, "num_thresholds of at most 4,194,304"),
        (dm.AUC(curve="roc"), ArgumentError, r"curve to be one of \('ROC', 'PR', 'PRGAIN'\)"),
        (dm.AUC(summation_method="mean"), ArgumentError, "summation_method to be one of"),
        (dm.AUC(summation_method="trapezoid"), ArgumentError, "is for curve='PR', got 'ROC'"),
        (dm.AUC(score_bits=8), ArgumentError, "score_bits from 10 to 24, got 8"),
        (dm.AUC(curve="PR", score_bits=16), ArgumentError, "score_bits= is for the ROC curve"),
        (dm.AUC(num_thresholds=9, score_bits=16), ArgumentError, "leave out num_thresholds="),
        (dm.AUC(pos_label="a"), ArgumentError, r"pos_label of the kind of y_true \(int\), got 'a'"),
        (dm.AUC(thresholds=[0.5, 2.0]), ArgumentError, r"thresholds within \[0, 1\], got 2.0"),
        (dm.AUC(thresholds=[]), ArgumentError, "thresholds to be a list of numbers"),
        (dm.AUC(thresholds=0.5), ArgumentError, "thresholds to be a list of numbers, got 0.5"),
        (dm.AUC(thresholds=["a"]), ArgumentError, "a number as thresholds, got 'a'"),
        (dm.AUC(multi_label=1), ArgumentError, "multi_label to be True or False"),
        (dm.AUC(from_logits="yes"), ArgumentError, "from_logits to be True or False"),
        (dm.AUC(num_labels=2), ArgumentError, "num_labels=2 is for multi_label=True"),
        (dm.AUC(multi_label=True, num_labels=3), ArgumentError, "num_labels for 2 labels, got 3"),
        (dm.AUC(label_weights=[1.0]), ArgumentError, "label_weights for 2 labels, got 1"),
        (dm.AUC(label_weights=[1, -1]), ArgumentError, "label_weights finite and not negative"),
        (dm.TruePositives(thresholds=()), ArgumentError, "expected thresholds, got none"),
        (dm.Recall(thresholds=()), ArgumentError, "expected thresholds, got none"),
        (dm.TruePositives(thresholds="a"), ArgumentError, "a number as thresholds, got 'a'"),
        (dm.PrecisionAtRecall("a"), ArgumentError, "a number as recall, got 'a'"),
        (dm.PrecisionAtRecall(1.5), ArgumentError, r"recall within \[0, 1\], got 1.5"),
        (dm.PrecisionAtRecall(0.5, 0), ArgumentError, "num_thresholds to be an integer of at"),
        (dm.RecallAtPrecision(0.5, class_id=2), ArgumentError, r"class_id in \[0, 2\), got 2"),
        (dm.RecallAtPrecision(0.5, class_id=-1), ArgumentError, "class_id to be an integer"),
    ],
)
def test_arguments_that_mean_nothing(metric: Any, error: type[DistevalError], message: str) -> None:
    with pytest.raises(error, match=message):
        value(metric, Y2, P2)


def test_a_rate_must_be_given() -> None:
    with pytest.raises(ArgumentError, match="recall"):
        dm.get("precision_at_recall")


EVERY = [
    dm.AUC(), dm.TruePositives(), dm.FalseNegatives(thresholds=(0.1, 0.5)),
    dm.SensitivityAtSpecificity(0.5), dm.RecallAtPrecision(0.5),
]  # fmt: skip


@pytest.mark.parametrize("metric", EVERY, ids=str)
def test_columns_that_do_not_fit(metric: Any) -> None:
    named = isinstance(metric, dm.AUC)  # strings are labels, of which one may be positive
    kind, said = (LabelError, "pos_label=") if named else (ColumnTypeError, "numbers in y_true")
    with pytest.raises(kind, match=said):
        value(metric, ["a", "b"], [0.1, 0.2])
    with pytest.raises(ShapeError, match="one shape"):
        value(metric, [0, 1], P2)
    with pytest.raises(ShapeError, match="one weight a row"):
        value(metric, Y2, P2, [[1, 2, 3], [1, 2, 3]])
    with pytest.raises(DomainError, match="non-negative sample weights"):
        value(metric, [0, 1], [0.1, 0.2], [1, -1])


def test_weights_of_all_classes_with_one_chosen() -> None:
    with pytest.raises(ShapeError, match=r"give the weights of that class, sample_weight\[..., 1"):
        value(dm.RecallAtPrecision(0.5, class_id=1), Y2, P2, P2)
    with pytest.raises(ShapeError, match=r"class_id=1 needs y_pred \(N, classes\), got \(N,\)"):
        value(dm.RecallAtPrecision(0.5, class_id=1), [0, 1], [0.1, 0.2])


def test_labels_apart_need_rows_of_labels() -> None:
    y, p = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    for metric in (dm.AUC(multi_label=True), dm.AUC(label_weights=(1, 2))):
        with pytest.raises(ShapeError, match=r"expected rows \(N, labels\), got \(N, 2, 2\)"):
            value(metric, y, p)


@pytest.mark.parametrize("metric", [dm.AUC(), dm.RecallAtPrecision(0.5)], ids=str)
def test_by_default_labels_must_fit(metric: Any) -> None:
    assert value(metric, [0, 1], [-2.0, 3.0]) == 1.0
    with pytest.raises(LabelError, match="expected labels 0 and 1"):
        value(metric, [1, 2], [0.2, 0.3])


def test_a_number_of_thresholds_takes_scores_as_keras_does() -> None:
    assert value(dm.AUC(num_thresholds=200), [0, 2], [-2.0, 3.0]) == 1.0
    assert value(dm.AUC(num_thresholds=200, from_logits=True), [0, 2], [-2.0, 3.0]) == 1.0
    assert value(dm.RecallAtPrecision(0.5, 3), [0, -1], [-2.0, 3.0]) == 1.0


def test_a_count_by_default_needs_scores_within_0_and_1() -> None:
    with pytest.raises(DomainError, match=r"give thresholds=0.0"):
        value("true_positives", [0, 1], [-2.0, 3.0])
    assert value(dm.TruePositives(thresholds=0.0), [0, 1], [-2.0, 3.0]) == 1


def test_thresholds_of_logits() -> None:
    """The sigmoid first, also of far logits."""
    x = np.array([-1e30, -800.0, -1.0, 0.0, 1.0, 800.0, np.inf])
    y = [0, 0, 0, 1, 0, 1, 1]
    p = 1 / (1 + np.exp(-x.clip(-700)))
    found = value(dm.AUC(num_thresholds=200, from_logits=True), y, x)
    assert found == value(dm.AUC(num_thresholds=200), y, p)


def test_uneven_thresholds_are_compared_in_the_dtype_of_the_scores() -> None:
    counts = ThresholdCounts(TRUE, PRED, (-1e-7, 0.3, 0.8, 1 + 1e-7))
    p = np.array([0.3, 0.8, 0.0, 1.0], np.float32)
    (table,) = counts.table(state_of(counts, y_true=np.ones(4), y_pred=p))
    assert table.tp == (4, 2, 1, 0)
