"""Formulas as users write them: equal to the same function called on the whole arrays."""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
# ruff: noqa: ANN001, ANN201, ANN202, ARG001
# functions as users write them: without types, and some without use for one of the columns

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import ops as K
from disteval.formula import Formula

RNG = np.random.default_rng(11)
N = 3_001

# --- regression ---------------------------------------------------------------------------------


def rmse(y_true, y_pred):
    return np.sqrt(np.mean((y_pred - y_true) ** 2))


def keras_rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))


def keras_rmse_last_axis(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))


def keras_mse(y_true, y_pred):
    return K.mean(K.square(y_pred - y_true), axis=-1)


def mean_pred(y_true, y_pred):
    return K.mean(y_pred)


def mae(y_true, y_pred):
    return abs(y_true - y_pred).mean()


def bias(y_true, y_pred):
    return np.average(y_pred - y_true)


def r2_by_hand(y_true, y_pred):
    ss_res = np.sum((y_true - y_pred) ** 2)
    ss_tot = np.sum((y_true - np.mean(y_true)) ** 2)
    return 1 - ss_res / ss_tot


def r2_keras(y_true, y_pred):
    ss_res = K.sum(K.square(y_true - y_pred))
    ss_tot = K.sum(K.square(y_true - K.mean(y_true)))
    return 1 - ss_res / (ss_tot + K.epsilon())


def nash_sutcliffe(sim, obs):
    return 1 - ((sim - obs) ** 2).sum() / ((obs - obs.mean()) ** 2).sum()


def kling_gupta(y_true, y_pred):
    r = np.corrcoef(y_true, y_pred)[0, 1]
    alpha = np.std(y_pred) / np.std(y_true)
    beta = np.mean(y_pred) / np.mean(y_true)
    return 1 - np.sqrt((r - 1) ** 2 + (alpha - 1) ** 2 + (beta - 1) ** 2)


def concordance(y_true, y_pred):
    covariance = np.cov(y_true, y_pred, bias=True)[0, 1]
    below = np.var(y_true) + np.var(y_pred) + (y_true.mean() - y_pred.mean()) ** 2
    return 2 * covariance / below


def pearson_by_hand(y_true, y_pred):
    x, y = y_true - np.mean(y_true), y_pred - np.mean(y_pred)
    return np.sum(x * y) / np.sqrt(np.sum(x**2) * np.sum(y**2))


def pearson_keras(y_true, y_pred):
    mx, my = K.mean(y_true), K.mean(y_pred)
    xm, ym = y_true - mx, y_pred - my
    r_num = K.sum(xm * ym)
    r_den = K.sqrt(K.sum(K.square(xm)) * K.sum(K.square(ym)))
    return K.maximum(K.minimum(r_num / r_den, 1.0), -1.0)


def smape(y_true, y_pred):
    top = np.abs(y_pred - y_true)
    below = (np.abs(y_true) + np.abs(y_pred)) / 2
    return 100 / len(y_true) * np.sum(top / below)


def mape_with_epsilon(y_true, y_pred):
    return 100.0 * np.mean(np.abs((y_true - y_pred) / np.maximum(np.abs(y_true), 1e-7)))


def wape(y_true, y_pred):
    return np.abs(y_true - y_pred).sum() / np.abs(y_true).sum()


def nrmse(y_true, y_pred):
    return math.sqrt(float(np.mean((y_true - y_pred) ** 2))) / (y_true.max() - y_true.min())


def cv_rmse(y_true, y_pred):
    mse = ((y_true - y_pred) ** 2).sum() / y_true.shape[0]
    return mse**0.5 / y_true.mean()


def rmsle(y_true, y_pred):
    y_pred = np.clip(y_pred, 0, None)
    return np.sqrt(np.mean((np.log1p(np.abs(y_true)) - np.log1p(y_pred)) ** 2))


def log_cosh(y_true, y_pred):
    return np.mean(np.log(np.cosh(y_pred - y_true)))


def huber(y_true, y_pred, delta=1.0):
    error = y_true - y_pred
    small = np.abs(error) <= delta
    return np.where(small, 0.5 * error**2, delta * (np.abs(error) - 0.5 * delta)).mean()


def quantile_loss(y_true, y_pred):
    q = 0.9
    e = y_true - y_pred
    return np.mean(np.maximum(q * e, (q - 1) * e))


def explained_variance(y_true, y_pred):
    return 1 - np.var(y_true - y_pred) / np.var(y_true)


def willmott(y_true, y_pred):
    m = np.mean(y_true)
    below = np.sum((np.abs(y_pred - m) + np.abs(y_true - m)) ** 2)
    return 1 - np.sum((y_true - y_pred) ** 2) / below


def theils_u(y_true, y_pred):
    top = np.sqrt(np.mean(np.square(y_true - y_pred)))
    return top / (np.sqrt(np.mean(y_true**2)) + np.sqrt(np.mean(y_pred**2)))


def max_error(y_true, y_pred):
    return np.max(np.abs(y_true - y_pred))


def direction(y_true, y_pred):
    return np.mean(np.sign(y_true) == np.sign(y_pred))


def within_tolerance(y_true, y_pred):
    return np.mean(np.isclose(y_true, y_pred, rtol=0.1, atol=0.2)) * 100


def standard_error(y_true, y_pred):
    residual = y_true - y_pred
    return np.std(residual, ddof=1) / np.sqrt(residual.size)


def skewness(y_true, y_pred):
    e = y_pred - y_true
    m = e.mean()
    return np.mean((e - m) ** 3) / np.mean((e - m) ** 2) ** 1.5


def nll_of_gaussian(y_true, y_pred):
    sigma2 = np.mean((y_true - y_pred) ** 2)
    n = y_true.shape[0]
    return 0.5 * n * np.log(2 * np.pi * sigma2) + ((y_true - y_pred) ** 2).sum() / (2 * sigma2)


def slope(y_true, y_pred):
    c = np.cov(y_true, y_pred)
    return c[0, 1] / c[0, 0]


def positive_part(y_true, y_pred):
    mask = y_true > 0
    return np.sqrt(np.mean((y_true[mask] - y_pred[mask]) ** 2))


def where_indices(y_true, y_pred):
    idx = np.where(y_true > 1)[0]
    if len(idx) == 0:
        return 0.0
    return np.mean(np.abs(y_true[idx] - y_pred[idx]))


def assigned(y_true, y_pred):
    e = np.abs(y_true - y_pred)
    e[e > 1] = 1
    return e.mean()


def in_place(y_true, y_pred):
    e = y_pred.copy()
    e -= y_true
    e *= e
    return e.mean()


def psnr(y_true, y_pred):
    mse = np.mean((y_true - y_pred) ** 2)
    if mse == 0:
        return float("inf")
    return 20 * math.log10(10.0 / math.sqrt(mse))


def cohens_d(y_true, y_pred):
    pooled = np.sqrt((np.var(y_true, ddof=1) + np.var(y_pred, ddof=1)) / 2)
    return (np.mean(y_true) - np.mean(y_pred)) / pooled


def rounded(y_true, y_pred):
    return round(float(np.mean(y_pred)), 3)


REGRESSION = [
    rmse, keras_rmse, keras_rmse_last_axis, keras_mse, mean_pred, mae, bias, r2_by_hand, r2_keras,
    nash_sutcliffe, kling_gupta, concordance, pearson_by_hand, pearson_keras, smape,
    mape_with_epsilon, wape, nrmse, cv_rmse, rmsle, log_cosh, huber, quantile_loss,
    explained_variance, willmott, theils_u, max_error, direction, within_tolerance, standard_error,
    skewness, nll_of_gaussian, slope, positive_part, where_indices, assigned, in_place, psnr,
    cohens_d, rounded,
]  # fmt: skip

# --- two classes, by a score --------------------------------------------------------------------


def f1_with_branches(y_true, y_pred):
    predicted = (y_pred > 0.5).astype(int)
    tp = np.sum((y_true == 1) & (predicted == 1))
    fp = np.sum((y_true == 0) & (predicted == 1))
    fn = np.sum((y_true == 1) & (predicted == 0))
    if tp + fp == 0 or tp + fn == 0:
        return 0.0
    precision = tp / (tp + fp)
    recall = tp / (tp + fn)
    if precision + recall == 0:
        return 0.0
    return 2 * precision * recall / (precision + recall)


def f1_of_keras_1(y_true, y_pred):
    def recall(y_true, y_pred):
        true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        return true_positives / (K.sum(K.round(K.clip(y_true, 0, 1))) + K.epsilon())

    def precision(y_true, y_pred):
        true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        return true_positives / (K.sum(K.round(K.clip(y_pred, 0, 1))) + K.epsilon())

    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    return 2 * ((p * r) / (p + r + K.epsilon()))


def matthews(y_true, y_pred):
    p, t = K.round(K.clip(y_pred, 0, 1)), K.round(K.clip(y_true, 0, 1))
    tp, tn = K.sum(t * p), K.sum((1 - t) * (1 - p))
    fp, fn = K.sum((1 - t) * p), K.sum(t * (1 - p))
    below = K.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (below + K.epsilon())


def balanced_accuracy(y_true, y_pred):
    hit = (y_pred >= 0.5) == (y_true == 1)
    return 0.5 * (hit[y_true == 1].mean() + hit[y_true == 0].mean())


def specificity(y_true, y_pred):
    negative = y_true == 0
    return np.sum(negative & (y_pred <= 0.5)) / max(np.sum(negative), 1)


def youden(y_true, y_pred):
    p = y_pred > 0.5
    return np.mean(p[y_true == 1]) - np.mean(p[y_true == 0])


def log_loss(y_true, y_pred):
    p = np.clip(y_pred, 1e-15, 1 - 1e-15)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


def focal(y_true, y_pred, gamma=2.0, alpha=0.25):
    p = np.clip(y_pred, 1e-7, 1 - 1e-7)
    pt = np.where(y_true == 1, p, 1 - p)
    at = np.where(y_true == 1, alpha, 1 - alpha)
    return -np.mean(at * (1 - pt) ** gamma * np.log(pt))


def dice(y_true, y_pred, smooth=1.0):
    y_true_f, y_pred_f = K.flatten(y_true), K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2.0 * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)


def tversky(y_true, y_pred, alpha=0.7, smooth=1):
    tp = np.sum(y_true * y_pred)
    fn = np.sum(y_true * (1 - y_pred))
    fp = np.sum((1 - y_true) * y_pred)
    return (tp + smooth) / (tp + alpha * fn + (1 - alpha) * fp + smooth)


def iou(y_true, y_pred):
    p = y_pred > 0.5
    return np.logical_and(y_true, p).sum() / np.logical_or(y_true, p).sum()


def brier_skill(y_true, y_pred):
    reference = np.mean((np.mean(y_true) - y_true) ** 2)
    return 1 - np.mean((y_pred - y_true) ** 2) / reference


def calibration_error(y_true, y_pred, bins=10):
    total, n = 0.0, len(y_pred)
    for low in np.arange(bins) / bins:
        held = (y_pred > low) & (y_pred <= low + 1 / bins)
        if held.sum() > 0:
            total += held.sum() / n * abs(y_true[held].mean() - y_pred[held].mean())
    return total


def prevalence(y_true, y_pred):
    return np.count_nonzero(y_true) / y_true.size


def lift(y_true, y_pred):
    chosen = y_pred > 0.8
    return y_true[chosen].mean() / y_true.mean() if chosen.any() else float("nan")


def kappa(y_true, y_pred):
    p = (y_pred > 0.5).astype(float)
    observed = (p == y_true).mean()
    chance = p.mean() * y_true.mean() + (1 - p.mean()) * (1 - y_true.mean())
    return (observed - chance) / (1 - chance)


def hinge(y_true, y_pred):
    return np.maximum(0, 1 - (2 * y_true - 1) * (2 * y_pred - 1)).mean()


def logits_loss(y_true, y_pred):
    return K.mean(K.binary_crossentropy(y_true, 4 * y_pred - 2, from_logits=True), axis=-1)


BINARY = [
    f1_with_branches, f1_of_keras_1, matthews, balanced_accuracy, specificity, youden, log_loss,
    focal, dice, tversky, iou, brier_skill, calibration_error, prevalence, lift, kappa, hinge,
    logits_loss,
]  # fmt: skip

# --- several columns ----------------------------------------------------------------------------


def rmse_by_row(y_true, y_pred):
    return np.sqrt(np.mean((y_true - y_pred) ** 2, axis=1))


def rmse_by_output(y_true, y_pred):
    return np.sqrt(np.mean((y_true - y_pred) ** 2, axis=0))


def cosine(y_true, y_pred):
    dot = np.sum(y_true * y_pred, axis=-1)
    return np.mean(dot / (np.linalg.norm(y_true, axis=-1) * np.linalg.norm(y_pred, axis=1)))


def top_1(y_true, y_pred):
    return np.mean(np.argmax(y_true, axis=-1) == np.argmax(y_pred, axis=-1))


def softmax_entropy(y_true, y_pred):
    e = np.exp(y_pred - y_pred.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.sum(p * np.log(p), axis=1).mean()


def gaussian_kernel(y_true, y_pred):
    return np.mean(np.exp(-0.5 * np.sum((y_true - y_pred) ** 2, axis=1)))


def class_weighted(y_true, y_pred):
    return np.mean(np.sum(np.array([1.0, 2.0, 0.5]) * np.abs(y_true - y_pred), axis=-1))


def picked_column(y_true, y_pred):
    return np.mean(np.abs(y_true[:, 1] - y_pred[:, 1])) + np.max(y_pred[..., -1])


def macro_r2(y_true, y_pred):
    rss = ((y_true - y_pred) ** 2).sum(axis=0)
    tss = ((y_true - y_true.mean(axis=0)) ** 2).sum(axis=0)
    return np.mean(1 - rss / tss)


def worst_row(y_true, y_pred):
    return np.max(np.linalg.norm(y_true - y_pred, axis=1))


def elements_above(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred)[y_true > 0])


COLUMNS = [
    rmse_by_row, rmse_by_output, cosine, top_1, softmax_entropy, gaussian_kernel,
    class_weighted, picked_column,
    macro_r2, worst_row, elements_above, dice, keras_mse, r2_by_hand,
]  # fmt: skip

# --- what they are evaluated on -----------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    y_true: Any
    y_pred: Any


_Y = RNG.normal(size=N) + 0.5
_LABELS = (RNG.random(N) < 0.4).astype(float)
_SCORES = np.clip(0.3 * _LABELS + 0.7 * RNG.random(N), 0, 1)
_WIDE = RNG.normal(size=(N, 3))
DATA = {
    "regression": Data(_Y, _Y + 0.4 * RNG.normal(size=N)),
    "binary": Data(_LABELS, _SCORES),
    "columns": Data(_WIDE, _WIDE + 0.5 * RNG.normal(size=(N, 3))),
}
CASES = [
    pytest.param(f, DATA[family], id=f"{family}-{f.__name__}")
    for family, functions in (("regression", REGRESSION), ("binary", BINARY), ("columns", COLUMNS))
    for f in functions
]


def on_arrays(function: Callable[..., Any], *columns: Any) -> Any:
    """What the function returns of the whole arrays; the mean of one value per row."""
    value = np.asarray(function(*(column.copy() for column in columns)))
    return value.mean() if value.shape and len(value) == len(columns[0]) else value


def close(value: Any, function: Callable[..., Any], *columns: Any) -> bool:
    """The parity rule: within 2 ulp of NumPy, or at least as close to what is exact.

    Exact is the same function in 64-bit mantissas; NumPy's own sums and logarithms are rounded.
    """
    ours, theirs = np.asarray(value, float), on_arrays(function, *columns)
    exact = on_arrays(function, *(column.astype(np.longdouble) for column in columns))
    near = np.abs(ours - theirs) <= 2 * np.spacing(np.abs(theirs).astype(float))
    nearer = np.abs(ours - exact) <= np.maximum(np.abs(theirs - exact), 2 * np.spacing(abs(ours)))
    return bool(np.all(near | nearer))


@pytest.mark.parametrize(("function", "data"), CASES)
def test_equals_the_function_on_whole_arrays(function: Callable[..., Any], data: Data) -> None:
    result = disteval.evaluate(data.y_true, data.y_pred, [Formula(function)])
    (value,) = result.values()
    assert close(value, function, data.y_true, data.y_pred), (
        value,
        on_arrays(function, data.y_true, data.y_pred),
    )


TWO_PASSES = {
    "r2_by_hand", "r2_keras", "nash_sutcliffe", "pearson_by_hand", "pearson_keras", "willmott",
    "skewness", "brier_skill", "macro_r2",
}  # fmt: skip


def _parts(case: Any) -> tuple[Any, Any]:
    function, data = case.values
    return function, data


def test_most_take_one_pass() -> None:
    assert len(CASES) >= 40
    two = set()
    for function, data in map(_parts, CASES):
        result = disteval.evaluate(data.y_true, data.y_pred, [Formula(function, name="f")])
        assert result.passes in (1, 2)
        if result.passes == 2:
            two.add(function.__name__)
    assert two == TWO_PASSES


# --- however the rows come ----------------------------------------------------------------------


def of_family(family: str) -> list[Formula]:
    functions = {"regression": REGRESSION, "binary": BINARY, "columns": COLUMNS}[family]
    return [Formula(function) for function in functions]


def same(a: disteval.Result, b: disteval.Result) -> None:
    assert a.digest == b.digest
    for name in a:
        x, y = np.asarray(a[name]), np.asarray(b[name])
        assert x.tobytes() == y.tobytes(), name


@pytest.mark.parametrize("family", DATA)
@pytest.mark.parametrize("scheduler", ["sync", "threads"])
@pytest.mark.filterwarnings("ignore:keras_rmse_last_axis")
def test_chunks_their_order_and_threads_change_nothing(family: str, scheduler: str) -> None:
    data, asked = DATA[family], of_family(family)
    expected = disteval.evaluate(data.y_true, data.y_pred, asked, scheduler="sync")
    rng = np.random.default_rng(5)
    for _ in range(2):
        cuts = np.sort(rng.integers(0, N, 6))
        order = rng.permutation(N)
        parts = np.split(order, cuts)
        batches = [(data.y_true[rows], data.y_pred[rows]) for rows in parts]
        same(disteval.evaluate(batches, None, asked, scheduler=scheduler), expected)


@pytest.mark.cluster
@pytest.mark.parametrize("family", DATA)
def test_two_processes_change_nothing(family: str, cluster_address: str) -> None:
    data, asked = DATA[family], of_family(family)
    power = 3.0
    asked.append(Formula(lambda y, p: np.mean(np.abs(y - p) ** power), name="a closure"))
    asked.append(Formula(functools.partial(huber, delta=0.5), name="a partial"))
    expected = disteval.evaluate(data.y_true, data.y_pred, asked, scheduler="sync")
    same(disteval.evaluate(data.y_true, data.y_pred, asked, scheduler=cluster_address), expected)


# --- weights are repetition ---------------------------------------------------------------------


def squared(y_true, y_pred):
    return (y_true - y_pred) ** 2


def selected(y_true, y_pred):
    return np.abs(y_true - y_pred)[y_true > 0]


def weighted_rmse(y_true, y_pred, sample_weight=None):
    return np.sqrt(np.average((y_true - y_pred) ** 2, weights=sample_weight))


def weighted_r2(y_true, y_pred, sample_weight):
    w = np.ones_like(y_true) if sample_weight is None else sample_weight
    middle = np.sum(w * y_true) / np.sum(w)
    return 1 - np.sum(w * (y_true - y_pred) ** 2) / np.sum(w * (y_true - middle) ** 2)


def weighted_bias(y_true, y_pred, sample_weight=None):
    if sample_weight is None:
        return np.sum(y_pred - y_true) / len(y_true)
    return ((y_pred - y_true) * sample_weight).sum() / sample_weight.sum()


def weighted_share(y_true, y_pred, sample_weight=None):
    right = np.sign(y_true) == np.sign(y_pred)
    if sample_weight is None:
        return np.sum(right) / right.size
    return np.sum(sample_weight * right) / np.sum(sample_weight)


@pytest.mark.parametrize(
    "function", [squared, selected, weighted_rmse, weighted_r2, weighted_bias, weighted_share]
)
@pytest.mark.parametrize("shape", [(N,), (N, 1)])
def test_weights_are_repetition(function: Callable[..., Any], shape: tuple[int, ...]) -> None:
    data = DATA["regression"]
    y, p = data.y_true.reshape(shape), data.y_pred.reshape(shape)
    if len(shape) == 2 and function is not squared:
        y, p = y[:, 0], p[:, 0]
    weight = np.random.default_rng(2).choice([0.0, 1.0, 2.0, 4.0], N)  # whose products are exact
    rows = np.repeat(np.arange(N), weight.astype(int))
    weighted = disteval.evaluate(y, p, [Formula(function)], sample_weight=weight)
    repeated = disteval.evaluate(y[rows], p[rows], [Formula(function)])
    assert list(weighted.values()) == list(repeated.values())


# --- rows selected by a value of the dataset ----------------------------------------------------


def above_the_mean(y_true, y_pred):
    m = y_pred > y_pred.mean()
    return np.mean(y_true[m]) - np.mean(y_true[~m])


def largest_above(y_true, y_pred):
    return np.max(y_pred[y_true > y_true.mean()])


def spread_above(y_true, y_pred):
    return np.std(y_pred[y_true > y_true.mean()])


def correlation_above(y_true, y_pred):
    m = y_true > y_true.mean()
    return np.corrcoef(y_true[m], y_pred[m])[0, 1]


def average_above(y_true, y_pred):
    m = y_true > y_true.mean()
    return np.average(y_pred[m], weights=np.abs(y_true[m]))


def total_above(y_true, y_pred):
    return np.abs(y_true - y_pred)[y_true > y_true.mean()].sum()


def errors_without_outliers(y_true, y_pred):
    return np.abs(y_true - y_pred)[np.abs(y_true) < 2 * y_true.std()].mean()


def selected_twice(y_true, y_pred):
    q = y_pred[y_true > y_true.mean()]
    return np.mean(q[q > q.mean()])


@pytest.mark.parametrize(
    ("function", "passes"),
    [
        (above_the_mean, 2), (largest_above, 2), (spread_above, 2), (correlation_above, 2),
        (average_above, 2), (total_above, 2), (errors_without_outliers, 2), (selected_twice, 3),
    ],
)  # fmt: skip
def test_rows_selected_by_a_value_of_the_dataset(function: Callable[..., Any], passes: int) -> None:
    y, p = DATA["regression"].y_true, DATA["regression"].y_pred
    result = disteval.evaluate(y, p, [Formula(function)])
    assert result.passes == passes
    assert close(result[function.__name__], function, y, p)
    batches = [(y[:700], p[:700]), (y[700:701], p[700:701]), (y[701:], p[701:])]
    same(disteval.evaluate(batches, None, [Formula(function)]), result)


def test_the_values_of_rows_selected_by_a_value_of_the_dataset_are_averaged() -> None:
    def errors_above(y_true, y_pred):
        return np.abs(y_true - y_pred)[y_true > y_true.mean()]

    y, p = DATA["regression"].y_true, DATA["regression"].y_pred
    result = disteval.evaluate(y, p, [Formula(errors_above)])
    assert result["errors_above"] == pytest.approx(errors_above(y, p).mean())  # NumPy's sum rounds


def test_explained_with_what_is_exact() -> None:
    data = DATA["regression"]
    for function in (rmse, r2_by_hand):
        result = disteval.evaluate(data.y_true, data.y_pred, [Formula(function)])
        assert "exactly specified operations" in str(result.explain(function.__name__))
