"""The two promises: the same bits in every way, and the exact value rounded once."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import disteval
from disteval.errors import UndefinedMetricWarning
from disteval.metrics.rows import PRED, TRUE
from disteval.numerics import limbs
from disteval.protocol import Batch
from disteval.reductions import Moments, variance
from tests import strategies
from tests.strategies import Array, Example

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMON = settings(deadline=None, max_examples=50)


@pytest.mark.parametrize("family", strategies.FAMILIES)
def test_every_way_gives_the_same_bits(family: str) -> None:
    @settings(deadline=None, max_examples=30)
    @given(strategies.examples(family))
    def check(example: Example) -> None:
        strategies.assert_same(strategies.run_all_ways(example))

    check()


def test_more_rows_than_a_block() -> None:
    rng = np.random.default_rng(0)
    n = 140_001
    y = np.ldexp(rng.normal(size=n), rng.integers(-60, 60, n))
    arrays = {"y_true": y, "y_pred": y + rng.normal(size=n), "sample_weight": rng.random(n)}
    cuts = (0, 1, 2, 70_000, 70_000, 70_001, 140_000)
    for layout in ("strided", "swapped"):
        example = Example(arrays, strategies.REGRESSION, cuts, 1, layout)
        strategies.assert_same(strategies.run_all_ways(example))


# --- exact values -------------------------------------------------------------------------------


def rounded(value: Fraction) -> float:
    """Round to the nearest double: Python divides integers with one rounding."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def fractions(values: Any) -> list[Fraction]:
    array = np.asarray(values)
    if array.dtype.kind in "iub":
        return [Fraction(int(v)) for v in array.ravel().tolist()]
    return [Fraction(float(v)) for v in array.ravel()]


def total(values: Sequence[Fraction], by: Sequence[Fraction] | None = None) -> Fraction:
    if by is None:
        return sum(values, Fraction(0))
    return sum((v * w for v, w in zip(values, by, strict=True)), Fraction(0))


def wide(array: Array) -> Array:
    return array.astype(np.float64)


def weighted(values: Array, weight: Array | None) -> Array:
    """fl(w * x) of each element."""
    if weight is None:
        return values
    return values * wide(weight).reshape(-1, *(1,) * (values.ndim - 1))


def value(metric: str, arrays: dict[str, Array]) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        found = disteval.evaluate(*arrays_of(arrays), [metric], sample_weight=weight_of(arrays))
    (only,) = found.values()
    assert isinstance(only, float)
    return only


def arrays_of(arrays: dict[str, Array]) -> tuple[Array, Array]:
    return arrays["y_true"], arrays["y_pred"]


def weight_of(arrays: dict[str, Array]) -> Array | None:
    return arrays.get("sample_weight")


def mean_rounded_once(rows: Array, arrays: dict[str, Array]) -> float:
    """Σ fl(w * f) / Σ w over all elements, from the float64 values of the rows."""
    weight = weight_of(arrays)
    values = weighted(rows, weight)
    elements = rows[0].size
    w = Fraction(len(rows)) if weight is None else total(fractions(weight))
    if not w:
        return 0.0
    if not np.isfinite(values).all():
        specials = set(values[~np.isfinite(values)].tolist())
        if len(specials) > 1 or any(v != v for v in specials):
            return math.nan
        return float(specials.pop()) * (1 if w > 0 else -1)
    return rounded(total(fractions(values)) / (w * elements))


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@COMMON
@given(strategies.regression(most_rows=60))
def test_means_are_rounded_once(arrays: dict[str, Array]) -> None:
    with np.errstate(all="ignore"):
        y, p = (wide(a) for a in arrays_of(arrays))
        error = y - p
        expected = {
            "mse": mean_rounded_once(error * error, arrays),
            "mae": mean_rounded_once(abs(error), arrays),
            "mean": mean_rounded_once(y, arrays),
        }
    for metric, exact in expected.items():
        assert same(value(metric, arrays), exact), metric


@COMMON
@given(strategies.regression(most_rows=60))
def test_sums_are_rounded_once(arrays: dict[str, Array]) -> None:
    with np.errstate(all="ignore"):
        values = weighted(wide(arrays["y_true"]), weight_of(arrays))
    if np.isfinite(values).all():
        assert value("sum", arrays) == rounded(total(fractions(values)))


@COMMON
@given(strategies.regression(most_rows=60))
def test_rmse_is_the_nearest_root(arrays: dict[str, Array]) -> None:
    with np.errstate(all="ignore"):
        y, p = (wide(a) for a in arrays_of(arrays))
        squares = weighted((y - p) ** 2, weight_of(arrays))
    weight = weight_of(arrays)
    w = Fraction(len(y)) if weight is None else total(fractions(weight))
    if not np.isfinite(squares).all() or not w:
        return
    exact = total(fractions(squares)) / (w * squares[0].size)
    root = value("rmse", arrays)
    if exact >= 0:
        assert is_nearest_root(root, exact)


def is_nearest_root(root: float, square: Fraction) -> bool:
    """Whether √square lies between the midpoints of root and its neighbours: no root is taken."""
    if root == 0.0:
        return square <= (Fraction(5e-324) / 2) ** 2
    below, above = (Fraction(math.nextafter(root, to)) for to in (0.0, math.inf))
    low, high = (Fraction(root) + below) / 2, (Fraction(root) + above) / 2
    return low * low <= square <= high * high


def r2_by_output(arrays: dict[str, Array]) -> list[tuple[Fraction, Fraction]] | None:
    """Residual and total sum of squares of the inputs themselves, exact; None: no weight."""
    y, p = (a.reshape(len(a), -1) for a in arrays_of(arrays))
    weight = weight_of(arrays)
    w = [Fraction(1)] * len(y) if weight is None else fractions(weight)
    if not total(w):
        return None
    out = []
    for j in range(y.shape[1]):
        t, q = fractions(y[:, j]), fractions(p[:, j])
        mean = total(t, w) / total(w)
        residual = total([(a - b) ** 2 for a, b in zip(t, q, strict=True)], w)
        out.append((residual, total([(a - mean) ** 2 for a in t], w)))
    return out


@COMMON
@given(strategies.regression(most_rows=60))
def test_r2_is_the_rational_of_the_inputs(arrays: dict[str, Array]) -> None:
    fits = r2_by_output(arrays)
    ours = value("sklearn:r2_score", arrays)
    if fits is None or len(arrays["y_true"]) < 2:
        assert math.isnan(ours)
        return
    values = [1 - r / t if t else Fraction(0 if r else 1) for r, t in fits]
    assert ours == rounded(total(values) / len(values))
    if all(t for _, t in fits):
        assert value("r2_score", arrays) == ours


@COMMON
@given(st.integers(2, 500).flatmap(strategies.near_zero_r2))
def test_r2_close_to_zero(pair: tuple[Array, Array]) -> None:
    arrays = dict(zip(("y_true", "y_pred"), pair, strict=True))
    fits = r2_by_output(arrays)
    assert fits is not None
    ((residual, around_mean),) = fits
    assert value("r2", arrays) == rounded(1 - residual / around_mean)


@COMMON
@given(strategies.regression(most_rows=60))
def test_moments_are_those_of_the_inputs(arrays: dict[str, Array]) -> None:
    y, p = arrays_of(arrays)
    columns = y[0].size
    reduction = Moments(TRUE, PRED, columns)
    state = reduction.seal(reduction.update(reduction.empty(), Batch(arrays)))
    weight = weight_of(arrays)
    w = [Fraction(1)] * len(y) if weight is None else fractions(weight)
    for j, sums in enumerate(reduction.sums(state)):
        t, q = (fractions(a.reshape(len(a), -1)[:, j]) for a in (y, p))
        assert sums is not None
        assert sums == (
            total(t, w),
            total(q, w),
            total([a * a for a in t], w),
            total([a * b for a, b in zip(t, q, strict=True)], w),
            total([b * b for b in q], w),
        )
        if not total(w):
            continue
        check_variance_and_correlation(t, q, w, sums)


def check_variance_and_correlation(
    t: list[Fraction], q: list[Fraction], w: list[Fraction], sums: Any
) -> None:
    whole = total(w)
    means = [total(v, w) / whole for v in (t, q)]
    variances = [
        total([(a - mean) ** 2 for a in v], w) / whole
        for v, mean in zip((t, q), means, strict=True)
    ]
    ours = [variance(sums.x, sums.xx, whole), variance(sums.y, sums.yy, whole)]
    assert ours == variances
    assert [limbs.to_float(v) for v in ours] == [rounded(v) for v in variances]
    product = ours[0] * ours[1]
    if product > 0:
        covariance = sums.xy / whole - sums.x * sums.y / (whole * whole)
        exact = total(
            [(a - means[0]) * (b - means[1]) for a, b in zip(t, q, strict=True)], w
        ) / whole  # fmt: skip
        assert covariance == exact
        square = covariance * covariance / product
        assert is_nearest_root(limbs.sqrt(square), square)


@pytest.mark.parametrize("power", [0, 53, 62, 63])
def test_sums_of_large_integers(power: int) -> None:
    rng = np.random.default_rng(power)
    high = (1 << power) - 1 if power else 1
    x = rng.integers(-high - 1, high, 5_000, np.int64, endpoint=True)
    assert disteval.evaluate(x, metrics=["sum"])["sum"] == rounded(total(fractions(x)))
    assert disteval.evaluate(x, metrics=["mean"])["mean"] == rounded(total(fractions(x)) / 5_000)
    u = rng.integers(0, 2 * high, 5_000, np.uint64, endpoint=True)
    assert disteval.evaluate(u, metrics=["sum"])["sum"] == rounded(total(fractions(u)))


def test_infinite_values_stay_infinite() -> None:
    for values, expected in (
        ([1.0, math.inf], math.inf),
        ([1.0, -math.inf], -math.inf),
        ([math.inf, -math.inf], math.nan),
    ):
        assert same(value("sum", {"y_true": np.array(values), "y_pred": np.ones(2)}), expected)
