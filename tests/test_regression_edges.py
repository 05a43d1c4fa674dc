"""Edges of the metrics of numbers: domains, constants, huge values, weights of elements, errors."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
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

NAN, INF = math.nan, math.inf
Y, P = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])
Y3, P3 = np.arange(12.0).reshape(4, 3) ** 2, np.arange(12.0).reshape(4, 3)


def value(metric: Any, y: Any, p: Any, w: Any = None, **options: Any) -> Any:
    """Return the value, with no word on what is undefined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        result = disteval.evaluate(y, p, [metric], sample_weight=w, scheduler="sync", **options)
    (found,) = result.values()
    return found


def test_of_one_row() -> None:
    for name in ("mape", "msle", "log_cosh", "huber", "mean_pinball_loss", "max_error"):
        assert value(name, [2.0], [2.0]) == 0.0
    assert value("explained_variance", [2.0], [3.0]) == 1.0  # as scikit-learn
    for name in ("d2_pinball_score", "d2_absolute_error_score", "d2_tweedie_score"):
        assert math.isnan(value(name, [2.0], [3.0]))
        with pytest.warns(UndefinedMetricWarning, match="two rows"):
            disteval.evaluate([2.0], [3.0], [name])


def test_zero_labels_of_percentages() -> None:
    assert value("mape", [0.0], [1.0]) == 1e9
    assert value("sklearn:mean_absolute_percentage_error", [0.0], [1.0]) == 2.0**52


@pytest.mark.parametrize(
    ("power", "y", "p", "message"),
    [
        (-1, [1.0], [0.0], "above 0 in y_pred for the power -1, got 0.0"),
        (1, [-1.0], [1.0], "at least 0 in y_true for the power 1, got -1.0"),
        (1.5, [0.0], [-2.0], "above 0 in y_pred for the power 1.5, got -2.0"),
        (2, [0.0], [1.0], "above 0 in y_true for the power 2, got 0.0"),
    ],
)
def test_domain_of_deviances(power: float, y: Any, p: Any, message: str) -> None:
    for make in (metrics.MeanTweedieDeviance, metrics.D2TweedieScore):
        with pytest.raises(DomainError, match=message):
            value(make(power=power), y * 2, p * 2)
    with pytest.raises(ValueError, match="can only be used on"):
        sk.mean_tweedie_deviance(y, p, power=power)


@pytest.mark.parametrize("power", [0.5, INF, NAN])
def test_powers_without_a_distribution(power: float) -> None:
    with pytest.raises(ArgumentError, match=r"expected a power of|expected a number as power"):
        value(metrics.MeanTweedieDeviance(power=power), Y, P)


def test_deviance_where_labels_are_near() -> None:
    """The plain formula loses half its digits here, and the sign."""
    y = np.array([1.0, 1e3, 1e-5])
    p = y * (1 + 1e-9)
    for power in (1, 1.5, 2, 2.5, 3, -1):
        t = (Fraction(y[0]) - Fraction(p[0])) / Fraction(p[0])
        found = value(metrics.MeanTweedieDeviance(power=power), y[:1], p[:1])
        assert found == pytest.approx(float(t * t), rel=1e-8)  # of the next term
        assert value(metrics.MeanTweedieDeviance(power=power), y, p) > 0


def test_constant_labels() -> None:
    constant = np.full(10, 0.1)
    assert value("explained_variance", constant, constant + 1) == 1.0
    assert value("explained_variance", constant, np.arange(10.0)) == 0.0
    unlimited = metrics.ExplainedVariance(force_finite=False)
    assert math.isnan(value(unlimited, constant, constant))
    assert value(unlimited, constant, np.arange(10.0)) == -INF
    for power in (0, 1, 2, 2.5):
        with pytest.warns(UndefinedMetricWarning, match="y_true is constant"):
            found = disteval.evaluate(constant, constant, [metrics.D2TweedieScore(power=power)])
        assert math.isnan(*found.values())
    assert value("d2_absolute_error_score", constant, constant) == 1.0
    assert value("d2_absolute_error_score", constant, constant + 1) == 0.0


def test_infinite_values_have_no_fit() -> None:
    y, p = [1.0, INF, 3.0], [1.0, 2.0, 3.0]
    for name in ("explained_variance", "d2_tweedie_score", "d2_absolute_error_score"):
        with pytest.warns(UndefinedMetricWarning, match="infinite"):
            assert math.isnan(disteval.evaluate(y, p, [name])[name])
    with pytest.warns(UndefinedMetricWarning, match="infinite"):
        disteval.evaluate(y, p, [metrics.D2TweedieScore(power=2)])
    assert value("max_error", y, p) == INF


def test_a_mean_that_has_no_power() -> None:
    with pytest.warns(UndefinedMetricWarning, match="the mean of y_true is not above 0"):
        found = disteval.evaluate([-1.0, 0.5], [1.0, 2.0], [metrics.D2TweedieScore(power=-0.5)])
    assert math.isnan(*found.values())
    y, p = [-1.0, 0.5, -3.0], [1.0, 2.0, 1.0]
    # a whole power has a value
    expected = sk.d2_tweedie_score(y, p, power=-1)
    assert value(metrics.D2TweedieScore(power=-1), y, p) == pytest.approx(expected, rel=1e-14)


def test_nan_propagates() -> None:
    y = [1.0, NAN, 3.0]
    for name in (
        "max_error", "mape", "msle", "log_cosh", "huber", "mean_pinball_loss", "cosine_similarity",
        "pearson_correlation", "concordance_correlation", "mean_poisson_deviance",
        "explained_variance", "d2_absolute_error_score", "mean_relative_error",
    ):  # fmt: skip
        assert math.isnan(value(name, y, Y, nan_policy="propagate")), name
        assert value(name, y, Y, nan_policy="omit") == value(name, [1.0, 3.0], Y[::2]), name


def test_logarithms_of_minus_one() -> None:
    for name in ("mean_squared_log_error", "root_mean_squared_log_error"):
        with pytest.raises(DomainError, match=r"above -1 in y_pred, got -1.0; .* raises negative"):
            value(name, [0.0, 1.0], [-1.0, 1.0])
        assert value(name, [-0.5], [-0.5]) == 0.0
    assert value("msle", [-5.0], [1e-8]) == 0.0


def test_quantiles_of_any_key() -> None:
    """Negative, subnormal, whole and equal labels; keys of 64 bits and of 32."""
    rng = np.random.default_rng(0)
    for y in (
        rng.normal(size=50) * 10.0 ** rng.integers(-320, 300, 50),
        rng.integers(-5, 5, 51),
        rng.integers(-5, 5, 50).astype(np.int8),
        rng.normal(size=31).astype(np.float16),
        np.array([-0.0, 0.0, -1.0]),
        rng.random(7) < 0.5,
    ):
        p = np.zeros(len(y))
        for alpha in (0, 0.25, 0.5, 1):
            ours = value(metrics.D2PinballScore(alpha=alpha), y, p)
            theirs = sk.d2_pinball_score(y.astype(float), p, alpha=alpha)
            assert ours == pytest.approx(theirs, rel=1e-12)  # of another order of summation


def test_what_quantiles_refuse() -> None:
    with pytest.raises(DomainError, match="non-negative sample weights"):
        value("d2_pinball_score", Y, P, [1.0, -1.0, 1.0])


def test_weights_of_elements() -> None:
    """Of each output its own, as if it were alone."""
    w = np.random.default_rng(0).random(Y3.shape)
    for make in (
        metrics.MeanSquaredError, metrics.SklearnR2Score, metrics.ExplainedVariance,
        metrics.MeanSquaredLogError, metrics.D2AbsoluteErrorScore, metrics.MedianAbsoluteError,
    ):  # fmt: skip
        metric = make(multioutput="raw_values")
        alone = [value(metric, Y3[:, j], P3[:, j], w[:, j])[0] for j in range(3)]
        np.testing.assert_array_equal(value(metric, Y3, P3, w), alone)
    for make in (metrics.PearsonCorrelation, metrics.CosineSimilarity):
        columns = [value(make(axis=0), Y3[:, j], P3[:, j], w[:, j]) for j in range(3)]
        exact = sum(map(Fraction, columns)) / 3
        assert value(make(axis=0), Y3, P3, w) == float(exact)
        with pytest.raises(ShapeError, match="one weight a row"):
            value(make(), Y3, P3, w)


def test_correlation_of_a_dataset() -> None:
    """At any offset, and of constants."""
    y, p = np.array([1.0, 2.0, 3.0, 5.0]), np.array([2.0, 2.0, 3.0, 4.0])
    near, far = (value("pearson_correlation", y + c, p + c) for c in (0.0, 2.0**40))
    assert near == far
    assert value("pearson_correlation", y, 3 * y) == 1.0
    assert value("pearson_correlation", y, -y) == -1.0
    assert value("pearson_correlation", y[:, None], p[:, None]) == near
    for constant in (np.full(4, 0.1), np.full((4, 3), 0.1)):
        with pytest.warns(UndefinedMetricWarning, match="a vector is constant, or not finite"):
            found = disteval.evaluate(constant, constant, ["pearson_correlation"])
        assert math.isnan(found["pearson_correlation"])
        assert value("concordance_correlation", constant, constant) == 0.0


def test_cosine_of_any_size() -> None:
    y = np.array([[3.0, 4.0]])
    for scale in (1e-6, 1.0, 1e100, 1e200, 3e307):
        assert value("cosine", y * scale, y) == pytest.approx(1.0, abs=2e-16)  # two roundings
    assert value("cosine", y * 0, y) == 0.0
    assert value("cosine", y * 1e-10, y) == pytest.approx(5e-3, rel=1e-12)  # as Keras: over 1e-7
    assert value("cosine", [1.0, -2.0, 0.0], [3.0, 3.0, 3.0]) == 0.0
    assert value("losses:cosine_similarity", y * 0, y) == 0.0


@pytest.mark.parametrize(
    ("metric", "shape", "error", "message"),
    [
        (metrics.Huber(delta=0), (3,), ArgumentError, "expected a finite delta above 0, got 0"),
        (metrics.Huber(delta="1"), (3,), ArgumentError, "expected a number as delta"),
        (metrics.MeanPinballLoss(alpha=2), (3,), ArgumentError, r"alpha in \[0, 1\], got 2"),
        (metrics.D2PinballScore(alpha=-1), (3,), ArgumentError, r"alpha in \[0, 1\], got -1"),
        (metrics.MaxError(), (3, 2), ShapeError, r"expected one output, got rows \(N, 2\)"),
        (metrics.MeanTweedieDeviance(), (3, 2), ShapeError, "expected one output"),
        (metrics.ExplainedVariance(), (3, 2, 2), ShapeError, "for values by output"),
        (metrics.MeanRelativeError([1, 2]), (2,), ShapeError, r"rows \(N, 2\) for 2 normalizers"),
        (metrics.CosineSimilarity(axis=2), (3, 2), ArgumentError, "from -2 to 1, got 2"),
        (metrics.CosineSimilarity(axis=None), (3, 2), ArgumentError, "a number as axis"),
        (metrics.PearsonCorrelation(axis=0.5), (3, 2), ArgumentError, "axis to be an integer"),
        (
            metrics.ExplainedVariance(force_finite=1), (3,), ArgumentError,
            "force_finite to be True or False",
        ),
    ],
)  # fmt: skip
def test_refusals(metric: Any, shape: tuple[int, ...], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        value(metric, np.ones(shape), np.ones(shape))


def test_normalizers_are_finite_numbers() -> None:
    for normalizer in ([], [1.0, NAN], "2", INF):
        with pytest.raises(ArgumentError, match="expected a finite number as normalizer"):
            metrics.MeanRelativeError(normalizer)
    assert value(metrics.MeanRelativeError(2.0), Y, P) == 0.25


@pytest.mark.parametrize(
    "name", ["mape", "huber", "max_error", "cosine", "d2_absolute_error_score"]
)
def test_strings_are_refused(name: str) -> None:
    with pytest.raises(ColumnTypeError, match="expected numbers in y_true, got strings"):
        value(name, ["a", "b"], [1.0, 2.0])
