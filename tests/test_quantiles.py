"""Quantiles of values of rows, and D² of quantiles: against rational numbers, NumPy and edges."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

import disteval
from disteval import metrics
from disteval.errors import (
    ArgumentError,
    ColumnTypeError,
    DomainError,
    ShapeError,
    UndefinedMetricWarning,
)
from disteval.metrics.curves.quantiles import METHODS, Quantiles
from disteval.metrics.regression.d2pinball import QuantileLoss, exact_sum
from disteval.numerics.limbs import to_float
from disteval.numerics.scores import KeyOrder
from disteval.reductions import Segment
from tests.references.quantiles import exact_quantile
from tests.references.regression import d2_pinball
from tests.strategies import flat_value

NAN, INF = math.nan, math.inf
LEVELS = (0, 0.1, 0.25, 0.3, 0.5, 0.9, 1)
DTYPES = ("float64", "float32", "float16", "int8", "int64", "uint64", "bool")
Array = np.ndarray[Any, np.dtype[Any]]


def value(metric: Any, y: Any, p: Any = None, w: Any = None, **options: Any) -> Any:
    """Return the value, with no word on what is undefined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        result = disteval.evaluate(y, p, [metric], sample_weight=w, scheduler="sync", **options)
    (found,) = result.values()
    return found


def numbers(rng: np.random.Generator, n: int, dtype: str = "float64") -> Array:
    """Of any size, or few different ones."""
    if dtype == "bool":
        return rng.random(n) < 0.5
    if dtype in ("int64", "uint64"):
        low = 0 if dtype[0] == "u" else -(2**63)
        x = rng.integers(low, 2**63 - 1, n, dtype=dtype) >> rng.integers(0, 62, dtype=dtype)
    elif dtype == "int8":
        x = rng.integers(-5, 5, n)
    else:
        scale = {"float64": 300, "float32": 30, "float16": 3}[dtype]
        x = rng.normal(size=n) * 10.0 ** rng.integers(-scale, scale, n)
    picked = rng.integers(0, max(n // 2, 1), n) if rng.random() < 0.5 else np.arange(n)
    found: Array = x[picked].astype(dtype)
    return found


def exact(x: Array, w: Array | None, q: float, method: str) -> float:
    """Return the definition, rounded once."""
    own = None if w is None else w.tolist()
    return to_float(exact_quantile(x.tolist(), own, Fraction(str(q)), method))


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_definition_in_rational_numbers(dtype: str, method: Any) -> None:
    rng = np.random.default_rng(DTYPES.index(dtype))
    for n in (1, 2, 3, 4, 5, 10, 11, 20, 37):
        x = numbers(rng, n, dtype)
        integers = rng.integers(0, 4, n)
        integers[0] = 1
        weights = [None, integers] if method == "linear" else [None, integers, rng.random(n)]
        for w in weights:
            found = value(metrics.Quantile(LEVELS, method=method), x, None, w)
            assert found.tolist() == [exact(x, w, q, method) for q in LEVELS]


@pytest.mark.parametrize("method", METHODS)
def test_numpy_where_it_is_exact(method: Any) -> None:
    rng = np.random.default_rng(1)
    levels = (0, 0.125, 0.25, 0.5, 0.75, 1)
    for n in (1, 2, 3, 8, 9, 33, 200_001):
        x = rng.integers(-1000, 1000, n)
        metric = metrics.Quantile(levels, method=method)
        assert value(metric, x).tolist() == np.quantile(x, levels, method=method).tolist()
    x = rng.normal(size=300_000).astype(np.float32)
    for q in (0.01, 0.5, 0.999):
        expected = np.quantile(x.astype(np.float64), q, method="inverted_cdf")
        assert value(metrics.Quantile(q, method="inverted_cdf"), x) == expected


def test_levels_are_decimals() -> None:
    """As doubles 0.1 is more than a tenth, and 0.07 * 100 more than 7."""
    first = metrics.Quantile(0.1, method="inverted_cdf")
    assert value(first, np.arange(10)) == 0.0
    assert value(metrics.Quantile(0.07, method="inverted_cdf"), np.arange(100)) == 6.0
    assert value(metrics.Quantile(0.1, method="averaged_inverted_cdf"), np.arange(10)) == 0.5
    assert value(metrics.Quantile(0.7), np.arange(11)) == 7.0


def test_what_a_quantile_is_of() -> None:
    y, p = np.array([1.0, 2.0, 4.0, 8.0, -5.0]), np.array([2.0, 1.5, 4.0, 11.0, -5.5])
    of = {
        "y_true": y,
        "y_pred": p,
        "error": p - y,
        "absolute_error": abs(p - y),
        "squared_error": (p - y) ** 2,
        "absolute_percentage_error": abs((p - y) / y) * 100,
    }
    for name, x in of.items():
        assert value(metrics.Quantile(0.75, of=name), y, p) == np.quantile(x, 0.75)
        assert value(metrics.Median(of=name), y, p) == np.median(x)
    assert value("median", p) == np.median(p)
    assert metrics.quantile(y, p, q=0.95, of="absolute_error") == pytest.approx(2.6)


def test_which_method_is_usual() -> None:
    """Proportions between rows, but where weights are floats: nothing tells what a row is."""
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert value("quantile(q=0.9)", x) == np.quantile(x, 0.9)
    assert value("quantile(q=0.9)", x, None, [1, 1, 1, 1]) == np.quantile(x, 0.9)
    assert value("quantile(q=0.9)", x, None, [0.25] * 4) == 4.0
    assert value("quantile(q=0.5)", x, None, [0.25] * 4) == 2.5
    found = disteval.evaluate(x, None, ["quantile(q=0.9)"], sample_weight=[0.25] * 4)
    assert "method='averaged_inverted_cdf'" in found.explain("quantile(q=0.9)")


def test_outputs() -> None:
    y, p = np.arange(12.0).reshape(4, 3) ** 2, np.arange(12.0).reshape(4, 3)
    error = abs(y - p)
    each = np.median(error, axis=0).tolist()
    raw = metrics.MedianAbsoluteError(multioutput="raw_values")
    assert value(raw, y, p).tolist() == each
    assert value("median_absolute_error", y, p) == sk.median_absolute_error(y, p)
    shares = metrics.MedianAbsoluteError(multioutput=(1, 0, 3))
    assert value(shares, y, p) == (each[0] + 3 * each[2]) / 4
    several = metrics.Quantile((0.25, 1), of="absolute_error", multioutput="raw_values")
    assert value(several, y, p).tolist() == np.quantile(error, (0.25, 1), axis=0).tolist()
    w = np.array([[1, 0, 2], [1, 0, 0], [1, 0, 0], [1, 0, 1]])
    found = value(several, y, p, w)
    np.testing.assert_array_equal(found[:, 1], [NAN, NAN])
    assert found[:, 0].tolist() == np.quantile(error[:, 0], (0.25, 1)).tolist()
    assert found[:, 2].tolist() == np.quantile(error[[0, 0, 3], 2], (0.25, 1)).tolist()


def test_names_and_labels() -> None:
    result = disteval.evaluate([3.0, 1.0], [1.0, 5.0], ["quantile(q=[0.5, 1])"])
    assert result.labels == {"quantile(q=[0.5, 1])": (0.5, 1)}
    found = disteval.evaluate([3.0, 1.0], [1.0, 5.0], ["neg_median_absolute_error"])
    assert found["neg_median_absolute_error"] == -3.0


# --- edges --------------------------------------------------------------------------------------


def test_infinite_values() -> None:
    y, p = np.zeros(5), np.array([-INF, INF, 1.0, 2.0, INF])
    assert value("median_absolute_error", y, p) == INF
    assert value("median(of='y_pred')", y, p) == 2.0
    assert value("quantile(q=[0.0, 0.1, 0.6, 1.0], of='y_pred')", y, p).tolist() == [
        -INF, -INF, INF, INF,
    ]  # fmt: skip
    assert math.isnan(value("median(of='y_pred')", [0, 0], [-INF, INF]))
    assert value("median(of='y_pred')", [0, 0], [INF, INF]) == INF


def test_zeros_and_extremes() -> None:
    assert math.copysign(1, value("median", [-0.0, 0.0, -0.0])) == 1
    tiny, huge = 5e-324, 1.7976931348623157e308
    assert value("median", [tiny, 3 * tiny]) == 2 * tiny
    assert value("median", [huge, huge, 1.0, huge]) == huge  # whose sum is none
    assert value("quantile(q=0.25)", [-huge, huge]) == -huge / 2
    assert value("median", [2**62 + 1, 2**62 + 3]) == float(2**62 + 2)
    assert value("median", [2**53 + 1, 2**53 + 1], None, [0.1, 0.2]) == float(2**53 + 1)


def test_nothing_and_one_row() -> None:
    for w in ([0, 0], [0.0, 0.0]):
        with pytest.warns(UndefinedMetricWarning, match="the total weight is zero"):
            found = disteval.evaluate([1.0, 2.0], [1.0, 2.0], ["median"], sample_weight=w)
        assert math.isnan(found["median"])
    assert flat_value(value("quantile(q=[0, 0.5, 1])", [2.5])).tolist() == [2.5] * 3
    assert value("quantile(q=0.3)", [2.5, NAN, 1.0], None, [1, 1, 0], nan_policy="omit") == 2.5


def test_nan_propagates_in_its_group_alone() -> None:
    y, p = [1.0, NAN, 3.0, 5.0], [1.0, 2.0, 4.0, 7.0]
    names = ["median_absolute_error", "quantile(q=[0.2, 0.5])", "d2_absolute_error_score"]
    for w in (None, [1.0, 2.0, 1.0, 1.5]):
        options: dict[str, Any] = {"sample_weight": w, "nan_policy": "propagate"}
        result = disteval.evaluate(y, p, names, by=np.array([0, 0, 1, 1]), **options)
        own = None if w is None else w[2:]
        alone = disteval.evaluate(y[2:], p[2:], names, sample_weight=own)
        for name in names:
            assert np.isnan(result.slices[0][name]).all()
            np.testing.assert_array_equal(result.slices[1][name], alone[name])


# --- sweeps -------------------------------------------------------------------------------------


def segments(rng: np.random.Generator, x: Array, counts: Array) -> Any:
    """Cut distinct ascending scores anywhere; of each segment what a sweep's `over` takes."""
    order = KeyOrder.of(x.dtype)
    keys = order.keys(x)
    bounds = [0, *sorted(rng.integers(0, len(x) + 1, rng.integers(0, 4)).tolist()), len(x)]
    totals = (sum(counts.tolist()),)
    for start, stop in pairwise(bounds):
        segment = Segment(keys[start:stop], counts[None, start:stop], order)
        yield segment, (sum(counts[:start].tolist()),), totals


def swept(sweep: Any, rng: np.random.Generator, x: Array, counts: Array) -> Any:
    results = [sweep.over(*arguments) for arguments in segments(rng, x, counts)]
    return sweep.combine(results, (sum(counts.tolist()),))


def tables(rng: np.random.Generator) -> Any:
    """Distinct scores, and counts: few, many, and Python integers beyond 64 bits."""
    for dtype in ("float64", "float32", "int64", "int8"):
        x = np.unique(numbers(rng, int(rng.integers(1, 30)), dtype))
        x = x + x.dtype.type(0)  # one zero
        for most in (2, 5, 2**40):
            yield x, rng.integers(1, most, len(x))
        yield x, np.array([int(c) << 70 for c in rng.integers(1, 9, len(x))], object)


def test_quantiles_wherever_segments_are_cut() -> None:
    rng = np.random.default_rng(2)
    levels = tuple(Fraction(str(q)) for q in LEVELS)
    for _ in range(10):
        for x, counts in tables(rng):
            row = Fraction(1 << 70 if counts.dtype == object else 1)
            rows = [int(c / row) for c in counts.tolist()]
            for method in METHODS:
                sweep = Quantiles(levels, method, row)
                expected = [exact_quantile(x.tolist(), rows, q, method) for q in levels]
                assert swept(sweep, rng, x, counts) == expected


def test_losses_wherever_segments_are_cut() -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        for x, counts in tables(rng):
            if x.dtype.kind == "i" and abs(x).max() > 2**53:  # which the metric refuses
                continue
            for level in (Fraction(0), Fraction(0.1), Fraction(1, 2), Fraction(1)):
                assert swept(QuantileLoss(level), rng, x, counts) == mean_loss(x, counts, level)


def mean_loss(x: Array, counts: Array, level: Fraction) -> Fraction:
    """The least mean pinball loss of all constants, which is that of one of the values."""
    pairs = [(Fraction(a), int(c)) for a, c in zip(x.tolist(), counts.tolist(), strict=True)]

    def loss(constant: Fraction) -> Fraction:
        errors = ((a - constant, c) for a, c in pairs)
        return sum((c * max(level * e, (level - 1) * e) for e, c in errors), Fraction(0))

    return min(loss(a) for a, _ in pairs) / sum(c for _, c in pairs)


def test_sums_of_values_times_counts() -> None:
    rng = np.random.default_rng(4)
    x = np.append(numbers(rng, 100), [5e-324, -1.7976931348623157e308, INF, NAN, -0.0])
    for counts in (
        rng.integers(0, 2**50, len(x)),
        np.ones(len(x), np.int64),
        np.array([int(c) << 80 for c in rng.integers(0, 9, len(x))], object),
    ):
        finite = np.isfinite(x)
        pairs = zip(x[finite].tolist(), counts[finite].tolist(), strict=True)
        assert exact_sum(x, counts) == sum(Fraction(a) * c for a, c in pairs)
    assert exact_sum(x[:0], counts[:0]) == exact_sum(x[:0], np.zeros(0, np.int64)) == 0


# --- D² -----------------------------------------------------------------------------------------


def test_d2_is_the_rational_number_rounded_once() -> None:
    rng = np.random.default_rng(5)
    for n in (2, 3, 10, 50):
        for y, p in (
            (rng.normal(size=n) * 1e3, rng.normal(size=n)),
            (numbers(rng, n), numbers(rng, n)),
            (rng.integers(-3, 3, n) * 0.1, rng.integers(-3, 3, n) * 0.1),
        ):
            if len(np.unique(y)) < 2:
                continue
            for alpha in (0.1, 0.5, 0.9):
                ours = value(metrics.D2PinballScore(alpha=alpha), y, p)
                assert ours == to_float(d2_pinball(alpha)(y, p, None))


def test_d2_of_the_best_constant_is_zero() -> None:
    rng = np.random.default_rng(6)
    y = rng.normal(size=101) * 10.0 ** rng.integers(-9, 9, 101)
    for alpha in (0.1, 0.5, 0.77):
        constant = value(metrics.Quantile(alpha, method="inverted_cdf"), y)
        assert value(metrics.D2PinballScore(alpha=alpha), y, np.full(101, constant)) == 0.0
    assert value("d2_absolute_error_score", y, y) == 1.0


def test_d2_takes_one_pass() -> None:
    rng = np.random.default_rng(7)
    y, groups = rng.normal(size=(300, 2)), rng.integers(0, 3, 300)
    p, w = y + rng.normal(size=y.shape), rng.random(300)
    names = ["d2_pinball_score(alpha=0.2)", "d2_absolute_error_score"]
    result = disteval.evaluate(y, p, names, sample_weight=w, by=groups)
    assert result.passes == 1
    for group in range(3):
        own = groups == group
        alone = disteval.evaluate(y[own], p[own], names, sample_weight=w[own])
        assert dict(result.slices[group]) == dict(alone)
    batches = ((y[i : i + 7], p[i : i + 7], w[i : i + 7]) for i in range(0, 300, 7))
    whole = disteval.evaluate(y, p, names, sample_weight=w)
    assert dict(disteval.evaluate(batches, metrics=names)) == dict(whole)
    metric = metrics.D2AbsoluteErrorScore()
    metric.update_state(y[:100], p[:100], w[:100])
    metric.update_state(y[100:], p[100:], w[100:])
    assert metric.result() == whole["d2_absolute_error_score"]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "error", "message"),
    [
        (metrics.Quantile(1.5), ArgumentError, r"expected q in \[0, 1\], or several, got 1.5"),
        (metrics.Quantile(()), ArgumentError, r"expected q in \[0, 1\], or several, got \(\)"),
        (metrics.Quantile(NAN), ArgumentError, r"expected q in \[0, 1\], .* got nan"),
        ("quantile(q=[0.5, 'a'])", ArgumentError, r"expected q in \[0, 1\]"),
        ("quantile(q=True)", ArgumentError, r"expected q in \[0, 1\], .* got True"),
        ("median(of='loss')", ArgumentError, "expected of to be one of 'y_true', .*, got 'loss'"),
        (
            "quantile(method='lower')",
            ArgumentError,
            "expected method to be one of None, 'linear', .*, got 'lower'",
        ),
        ("quantile(method='linear')", ArgumentError, "expected sample_weight of integers.* floats"),
        ("median(multioutput=(0.5, 0.5))", ArgumentError, "one weight for each of 1 outputs"),
    ],
)
def test_arguments(metric: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        value(metric, [1.0, 2.0], [1.0, 2.0], [1.0, 1.0])


def test_data() -> None:
    with pytest.raises(ColumnTypeError, match="expected numbers in y_true"):
        value("median", np.array(["a", "b"]))
    with pytest.raises(ShapeError, match=r"rows of shape \(N,\) or \(N, k\) in y_true, got"):
        value("median", np.zeros((2, 3, 4)))
    with pytest.raises(ShapeError, match="y_true and y_pred of one shape"):
        value("median_absolute_error", np.zeros(2), np.zeros((2, 3)))
    with pytest.raises(DomainError, match="non-negative sample weights"):
        value("median", [1.0, 2.0], None, [1.0, -1.0])
    with pytest.raises(ShapeError, match="one weight a row"):
        value("median", np.zeros((4, 3)), None, np.ones((4, 2)))
