"""Reference rows of the family `regression`."""

from __future__ import annotations

import math
from decimal import localcontext
from fractions import Fraction
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.row_means import averaged, decimal, exactly, log, mean, power
from tests.references.rows import (
    F,
    Row,
    exact_r2,
    mae,
    mean_of_roots,
    mse,
    of,
    root_of,
    values,
    wide,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.references.rows import Array, Columns

WEIGHTS = (0.5, 0.25, 0.25)
EPSILON = Fraction(1e-7)

# --- data ---------------------------------------------------------------------------------------


def positive(rng: np.random.Generator, n: int, outputs: int = 0) -> Columns:
    shape = (n, outputs) if outputs else (n,)
    p = np.exp(rng.normal(size=shape))
    return {"y_true": p * np.exp(0.5 * rng.normal(size=shape)), "y_pred": p}


def counted(rng: np.random.Generator, n: int) -> Columns:
    p = np.exp(rng.normal(size=n))
    return {"y_true": rng.poisson(p).astype(np.float64), "y_pred": p}


def any_sign(rng: np.random.Generator, n: int) -> Columns:
    return {"y_true": rng.normal(size=n) + 2, "y_pred": np.exp(rng.normal(size=n))}


def tied(rng: np.random.Generator, n: int, outputs: int = 0) -> Columns:
    return {name: np.round(x) for name, x in values(rng, n, outputs).items()}


def one_constant(rng: np.random.Generator, n: int) -> Columns:
    """Make outputs of which the first is a constant that floats cannot average exactly."""
    columns = values(rng, n, 3)
    columns["y_true"][:, 0] = 0.5
    return columns


# --- exact values -------------------------------------------------------------------------------


def total(values: Iterable[Fraction]) -> Fraction:
    return sum(values, Fraction(0))


def weighted(weights: list[Fraction], values: list[Fraction]) -> Fraction:
    return total(v * x for v, x in zip(weights, values, strict=True))


def by_output(exact: Callable[..., Any], outputs: int = 3) -> Callable[..., list[Fraction]]:
    return lambda y, p, w: [exact(y[:, j], p[:, j], w) for j in range(outputs)]


def of_outputs(exact: Callable[..., Any], weights: tuple[float, ...] = (1.0, 1.0, 1.0)) -> Any:
    """Return the weighted mean over outputs of the exact value of each."""

    def value(y: Array, p: Array, w: Array | None) -> Fraction:
        found = zip(weights, by_output(exact)(y, p, w), strict=True)
        return sum((Fraction(v) * x for v, x in found), Fraction(0)) / Fraction(sum(weights))

    return value


def each(loss: Callable[[Fraction, Fraction], Fraction]) -> Callable[..., Fraction]:
    """Return the exact mean of a loss of elements."""
    return exactly(lambda y, p: mean(loss(a, b) for a, b in zip(y, p, strict=True)))


def percentage(y: Fraction, p: Fraction, floor: Fraction = EPSILON, factor: int = 100) -> Fraction:
    return factor * abs(y - p) / max(abs(y), floor)


def squared_log(y: Fraction, p: Fraction, floor: Fraction | None = None) -> Fraction:
    if floor is not None:
        y, p = max(y, floor), max(p, floor)
    return (log(1 + y) - log(1 + p)) ** 2


def log_cosh(y: Fraction, p: Fraction) -> Fraction:
    with localcontext(prec=60):
        e = decimal(y - p)
        return Fraction(((e.exp() + (-e).exp()) / 2).ln())


def huber(y: Fraction, p: Fraction, delta: Fraction = Fraction(1)) -> Fraction:
    e = abs(y - p)
    return e * e / 2 if e <= delta else delta * (e - delta / 2)


def relative(normalizer: tuple[float, ...]) -> Callable[..., Fraction]:
    def loss(y: list[Fraction], p: list[Fraction]) -> Fraction:
        parts = zip(y, p, map(Fraction, normalizer), strict=True)
        return mean(abs(a - b) / n if n else Fraction(0) for a, b, n in parts)

    return exactly(loss)


def pinball(alpha: float) -> Callable[[Fraction, Fraction], Fraction]:
    a = Fraction(alpha)
    return lambda y, p: max(a * (y - p), (a - 1) * (y - p))


def deviance(q: float) -> Callable[[Fraction, Fraction], Fraction]:
    def loss(y: Fraction, p: Fraction) -> Fraction:
        if q == 1:
            return 2 * ((y * log(y / p) if y else Fraction(0)) - y + p)
        if q == 2:
            return 2 * (log(p / y) + y / p - 1)
        a, b = Fraction(2) - Fraction(q), Fraction(1) - Fraction(q)
        first = power(max(y, Fraction(0)), float(a))
        return 2 * (first / (a * b) - y * power(p, float(b)) / b + power(p, float(a)) / a)

    return loss


def d2_deviance(q: float) -> Callable[..., Fraction]:
    def value(y: Array, p: Array, w: Array | None) -> Fraction:
        weights = [Fraction(1)] * len(y) if w is None else [Fraction(v) for v in w.tolist()]
        labels = [Fraction(v) for v in y.tolist()]
        with localcontext(prec=60):
            of_mean = weighted(weights, labels) / total(weights)
            loss = deviance(q)
            there = total(v * loss(x, of_mean) for v, x in zip(weights, labels, strict=True))
            pairs = zip(weights, labels, map(Fraction, p.tolist()), strict=True)
            return 1 - total(v * loss(x, z) for v, x, z in pairs) / there

    return value


def exact_variance(y: Array, p: Array, w: Array | None) -> Fraction:
    """Explained variance of one output."""
    weights = [Fraction(1)] * len(y) if w is None else [Fraction(v) for v in w.tolist()]
    labels = [Fraction(v) for v in y.tolist()]
    errors = [a - Fraction(b) for a, b in zip(labels, p.tolist(), strict=True)]

    def variance(x: list[Fraction]) -> Fraction:
        middle = weighted(weights, x) / total(weights)
        return weighted(weights, [(a - middle) ** 2 for a in x]) / total(weights)

    there = variance(labels)
    if not there:
        return Fraction(int(not variance(errors)))
    return 1 - variance(errors) / there


def weighted_by_variance(exact: Callable[..., Fraction]) -> Callable[..., Fraction]:
    """Return the mean over outputs, weighted by the variance of y_true; constants have none."""

    def value(y: Array, p: Array, w: Array | None) -> Fraction:
        weights = [Fraction(1)] * len(y) if w is None else [Fraction(v) for v in w.tolist()]
        explained, there = Fraction(0), Fraction(0)
        for j in range(y.shape[1]):
            x = [Fraction(v) for v in y[:, j].tolist()]
            middle = weighted(weights, x) / total(weights)
            scatter = weighted(weights, [(a - middle) ** 2 for a in x])
            explained += scatter * exact(y[:, j], p[:, j], w) if scatter else 0
            there += scatter
        return explained / there

    return value


def d2_pinball(alpha: float) -> Callable[..., Fraction]:
    """D² of one output; the loss is the same at both ends of a quantile that is an interval."""

    def value(y: Array, p: Array, w: Array | None) -> Fraction:
        weights = [Fraction(1)] * len(y) if w is None else [Fraction(v) for v in w.tolist()]
        loss = pinball(alpha)
        order = sorted(zip(map(Fraction, y.tolist()), weights, strict=True))
        rank = Fraction(alpha) * total(weights)
        sums = accumulate(v for _, v in order)
        constant = next(x for (x, v), upto in zip(order, sums, strict=True) if v and upto >= rank)
        there = total(v * loss(x, constant) for x, v in order)
        pairs = zip(map(Fraction, y.tolist()), map(Fraction, p.tolist()), weights, strict=True)
        return 1 - total(v * loss(x, z) for x, z, v in pairs) / there

    return value


# --- references ---------------------------------------------------------------------------------


def largest(y: Array, p: Array, w: Array | None) -> Any:
    return sk.max_error(*((y, p) if w is None else (y[w > 0], p[w > 0])))


def bias(y: Any, p: Any) -> Any:
    return p - y


def np_percentage(y: Array, p: Array) -> Any:
    return 100 * abs((y - p) / np.maximum(abs(y), 1e-7))


def np_squared_log(y: Array, p: Array) -> Any:
    return (np.log(np.maximum(p, 1e-7) + 1) - np.log(np.maximum(y, 1e-7) + 1)) ** 2


def np_log_cosh(y: Array, p: Array) -> Any:
    e = abs(y - p)
    return e + np.log1p(np.exp(-2 * e)) - math.log(2)


def np_huber(y: Array, p: Array, delta: float = 1.0) -> Array:
    e = abs(y - p)
    return np.where(e <= delta, 0.5 * e * e, delta * e - 0.5 * delta * delta)


def np_relative(normalizer: tuple[float, ...]) -> Callable[..., float]:
    divisor = np.where(np.array(normalizer) == 0, np.inf, normalizer)
    return averaged(lambda y, p: abs(y - p) / divisor)


# --- rows

SK_EPS = Fraction(np.finfo(np.float64).eps.item())
sk_percentage = each(partial(percentage, floor=SK_EPS, factor=1))
plain_squared_log = each(squared_log)


def rooted_by_output(y: Array, p: Array, w: Array | None) -> Any:
    return of_outputs(root_of(plain_squared_log))(y, p, w)


def multioutput(
    name: str, function: Any, exact: Any, make: Any = wide, *, weighted: bool = True
) -> tuple[Row, ...]:
    """Rows for one output, three, one value each, and their weighted mean."""
    given = ("uniform_average", "raw_values", WEIGHTS)
    exacts = (of_outputs(exact), by_output(exact), of_outputs(exact, WEIGHTS))
    return (
        Row(name, make.func, of(function), exact, dtypes=F),
        *(
            Row(
                dm.get(name, multioutput=rule, name=f"{name}, {rule}"),
                make,
                of(function, multioutput=rule),
                its,
                weighted,
                dtypes=F,
                id="outputs",
            )
            for rule, its in zip(given, exacts, strict=True)
        ),
    )


three = partial(positive, outputs=3)

ROWS: tuple[Row, ...] = (
    Row("mean_squared_error", values, of(sk.mean_squared_error), mse, dtypes=F),
    Row(dm.MeanSquaredError(name="outputs"), wide, of(sk.mean_squared_error), mse, dtypes=F),
    Row(
        dm.MeanSquaredError(multioutput="raw_values"),
        wide,
        of(sk.mean_squared_error, multioutput="raw_values"),
        lambda y, p, w: [mse(y[:, j], p[:, j], w) for j in range(3)],
        dtypes=F,
    ),
    Row(
        dm.MeanAbsoluteError(multioutput=(0.5, 0.25, 0.25)),
        wide,
        of(sk.mean_absolute_error, multioutput=[0.5, 0.25, 0.25]),
        lambda y, p, w: sum(
            (Fraction(v) * mae(y[:, j], p[:, j], w) for j, v in enumerate((0.5, 0.25, 0.25))),
            Fraction(0),
        ),
        dtypes=F,
    ),
    Row("root_mean_squared_error", values, of(sk.root_mean_squared_error), root_of(mse), dtypes=F),
    Row(
        "sklearn:root_mean_squared_error",
        wide,
        of(sk.root_mean_squared_error),
        mean_of_roots,
        dtypes=F,
    ),
    Row("mean_absolute_error", values, of(sk.mean_absolute_error), mae, dtypes=F),
    Row("r2_score", values, of(sk.r2_score), exact_r2, dtypes=F),
    Row(dm.R2Score(name="outputs"), wide, of(sk.r2_score), exact_r2, dtypes=F),
    *multioutput("sklearn:r2_score", sk.r2_score, exact_r2),
    Row(
        dm.get("sklearn:r2_score", multioutput="variance_weighted"),
        one_constant,
        of(sk.r2_score, multioutput="variance_weighted"),
        weighted_by_variance(exact_r2),
        dtypes=F,
    ),
    *multioutput("explained_variance_score", sk.explained_variance_score, exact_variance),
    Row(
        dm.ExplainedVariance(multioutput="raw_values", name="constant"),
        one_constant,
        of(sk.explained_variance_score, multioutput="raw_values"),
        by_output(exact_variance),
        dtypes=F,
    ),
    Row(
        dm.ExplainedVariance(multioutput="variance_weighted"),
        one_constant,
        of(sk.explained_variance_score, multioutput="variance_weighted"),
        weighted_by_variance(exact_variance),
        dtypes=F,
    ),
    Row("mean_bias_error", values, averaged(bias), each(bias), dtypes=F),
    Row(
        "mean_absolute_percentage_error",
        values,
        averaged(np_percentage),
        each(percentage),
        dtypes=F,
    ),
    *multioutput(
        "sklearn:mean_absolute_percentage_error", sk.mean_absolute_percentage_error, sk_percentage
    ),
    Row("mean_relative_error", values, of(sk.mean_absolute_error), mae, dtypes=F),
    Row(
        dm.MeanRelativeError(normalizer=(1.0, 3.0, 0.0)),
        wide,
        np_relative((1.0, 3.0, 0.0)),
        relative((1.0, 3.0, 0.0)),
        dtypes=F,
    ),
    Row(
        "mean_squared_logarithmic_error",
        values,
        averaged(np_squared_log),
        each(partial(squared_log, floor=EPSILON)),
        dtypes=F,
    ),
    *multioutput(
        "mean_squared_log_error", sk.mean_squared_log_error, plain_squared_log, three,
        weighted=False,  # rows count as fl(3 x), which need not be three of x in the last bit
    ),
    Row(
        "root_mean_squared_log_error",
        three,
        of(sk.root_mean_squared_log_error),
        rooted_by_output,
        dtypes=F,
    ),
    Row(
        dm.RootMeanSquaredLogError(multioutput="raw_values"),
        three,
        of(sk.root_mean_squared_log_error, multioutput="raw_values"),
        by_output(root_of(plain_squared_log)),
        dtypes=F,
    ),
    Row("log_cosh_error", values, averaged(np_log_cosh), each(log_cosh), dtypes=F),
    Row("huber", values, averaged(np_huber), each(huber), dtypes=F),
    Row(
        dm.Huber(delta=0.3),
        wide,
        averaged(partial(np_huber, delta=0.3)),
        each(partial(huber, delta=Fraction(0.3))),
        dtypes=F,
    ),
    *multioutput("mean_pinball_loss", sk.mean_pinball_loss, each(pinball(0.5))),
    *(
        Row(
            dm.MeanPinballLoss(alpha=alpha),
            values,
            of(sk.mean_pinball_loss, alpha=alpha),
            each(pinball(alpha)),
            dtypes=F,
        )
        for alpha in (0, 0.1, 0.95, 1)
    ),
    Row("max_error", values, largest, dtypes=F),
    Row("mean_tweedie_deviance", values, of(sk.mean_tweedie_deviance), mse, dtypes=F),
    Row("mean_poisson_deviance", counted, of(sk.mean_poisson_deviance), each(deviance(1))),
    Row("mean_gamma_deviance", positive, of(sk.mean_gamma_deviance), each(deviance(2)), dtypes=F),
    *(
        Row(
            dm.MeanTweedieDeviance(power=q),
            make,
            of(sk.mean_tweedie_deviance, power=q),
            each(deviance(q)),
            dtypes=F,
        )
        for q, make in (
            (-1, any_sign), (-0.5, any_sign), (1.5, counted), (2.5, positive), (3, positive),
        )
    ),
    Row("d2_tweedie_score", values, of(sk.d2_tweedie_score), exact_r2, dtypes=F),
    *(
        Row(
            dm.D2TweedieScore(power=q),
            make,
            of(sk.d2_tweedie_score, power=q),
            d2_deviance(q),
            weighted=False,  # of sums of fl(3 x), the last bit
            dtypes=F,
        )
        for q, make in ((-1, any_sign), (1, counted), (1.5, counted), (2, positive), (3, positive))
    ),
    *multioutput("d2_pinball_score", sk.d2_pinball_score, d2_pinball(0.5)),
    *multioutput("d2_absolute_error_score", sk.d2_absolute_error_score, d2_pinball(0.5)),
    *(
        Row(
            dm.D2PinballScore(alpha=alpha),
            tied,
            of(sk.d2_pinball_score, alpha=alpha),
            d2_pinball(alpha),
            dtypes=F,
        )
        for alpha in (0, 0.1, 0.75, 1)
    ),
)  # fmt: skip
