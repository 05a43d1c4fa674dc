"""Reference rows of the family `margins`."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.row_means import averaged, exactly, mean
from tests.references.rows import Array, Columns, F, Row, of


def decisions(
    rng: np.random.Generator, n: int, shape: tuple[int, ...] = (), low: int = 0
) -> Columns:
    """Labels low and 1, and decision values of 11 bits."""
    y = rng.integers(0, 2, (n, *shape))
    return {
        "y_true": np.where(y == 1, 1, low),
        "y_pred": rng.integers(-1024, 1025, (n, *shape)) / 512,
    }


def of_classes(rng: np.random.Generator, n: int, names: tuple[Any, ...], seen: int = 0) -> Columns:
    """Labels, of which `seen` occur, and a decision value for each; ties among them."""
    p = rng.integers(-8, 9, (n, len(names))) / 4
    return {"y_true": np.array(names)[rng.integers(0, seen or len(names), n)], "y_pred": p}


def one_hot_decisions(rng: np.random.Generator, n: int) -> Columns:
    columns = of_classes(rng, n, (0, 1, 2, 3))
    return columns | {"y_true": np.eye(4)[columns["y_true"]]}


def margins(y: Array, p: Array, power: int = 1, low: int = 0) -> Array:
    sign = y if low else 2 * y - 1
    loss: Array = np.maximum(1 - sign * p, 0) ** power
    return loss


def exact_margins(y: list[Fraction], p: list[Fraction], power: int = 1, low: int = 0) -> Fraction:
    signs = y if low else [2 * t - 1 for t in y]
    zero = Fraction(0)
    return mean(max(1 - t * q, zero) ** power for t, q in zip(signs, p, strict=True))


def categorical(y: Array, p: Array) -> Array:
    loss: Array = np.maximum(((1 - y) * p).max(axis=1) - (y * p).sum(axis=1) + 1, 0)
    return loss


def exact_categorical(y: list[Fraction], p: list[Fraction]) -> Fraction:
    pairs = list(zip(y, p, strict=True))
    right = sum((t * q for t, q in pairs), Fraction(0))
    return max(max((1 - t) * q for t, q in pairs) - right + 1, Fraction(0))


def exact_of_two(y: Array, p: Array, w: Any) -> Fraction:
    return exactly(exact_margins)((y == y.max()).astype(int), p, w)


def exact_of_classes(y: Array, p: Array, w: Any, names: tuple[Any, ...] = ()) -> Fraction:
    known = sorted(names or set(y.tolist()))

    def loss(place: list[Fraction], values: list[Fraction]) -> Fraction:
        j = int(place[0])
        others = max(v for k, v in enumerate(values) if k != j)
        return max(1 - (values[j] - others), Fraction(0))

    return exactly(loss)(np.searchsorted(known, y), p, w)


def keras_row(metric: Any, low: int, shape: tuple[int, ...], power: int) -> Row:
    how: Any = {"power": power, "low": low}
    return Row(
        metric, partial(decisions, shape=shape, low=low), averaged(partial(margins, **how)),
        exactly(partial(exact_margins, **how)), dtypes=F, id=f"{low}-{shape}",
    )  # fmt: skip


def embeddings(rng: np.random.Generator, n: int) -> Columns:
    """Labels of which some are alone, and rows of length 1 in 11 bits."""
    p = rng.choice([-0.5, 0.5], (n, 4))
    p[:3] = np.eye(4)[:3]
    return {
        "y_true": np.where(np.arange(n) < 2, 90 + np.arange(n), rng.integers(0, 9, n)),
        "y_pred": p,
    }


def circle(y: Array, p: Array, w: Array | None, gamma: float, m: float) -> float:
    """In long doubles."""
    w = np.ones(len(y)) if w is None else w
    y, p, w = y[w > 0], p[w > 0], w[w > 0]
    d = np.maximum(1 - (p @ p.T).astype(np.longdouble), 0)  # products of 11 bits are exact
    alike = y[:, None] == y
    near = np.where(alike & ~np.eye(len(y), dtype=bool), -gamma * (m + d) * (m - d), -np.inf)
    far = np.where(alike, -np.inf, gamma * np.maximum(1 + m - d, 0) * (1 - m - d))
    with np.errstate(divide="ignore"):
        both = sum(np.log(np.exp(terms).sum(axis=1)) for terms in (near, far))
    loss = np.log1p(np.exp(both))
    above = loss > 0
    return float((w * loss)[above].sum() / w[above].sum())


_NAMES = ("ant", "bee", "cat", "dög")

ROWS: tuple[Row, ...] = (
    *(
        keras_row(name, low, shape, power)
        for name, power in (("hinge", 1), ("squared_hinge", 2))
        for low in (0, -1)
        for shape in ((), (3,))
    ),
    Row(
        "categorical_hinge", one_hot_decisions, averaged(categorical), exactly(exact_categorical),
        dtypes=F,
    ),
    Row(
        dm.Circle(gamma=4.0, margin=0.25, name="circle"), embeddings,
        partial(circle, gamma=4.0, m=0.25), weighted=False, dtypes=F,
    ),
    Row("hinge_loss", decisions, of(sk.hinge_loss), exact_of_two, dtypes=F),
    Row(
        "hinge_loss", lambda rng, n: {
            k: np.where(v == 1, "yes", "no") if k == "y_true" else v
            for k, v in decisions(rng, n).items()
        },
        of(sk.hinge_loss), exact_of_two, id="strings",
    ),
    Row(
        "hinge_loss", partial(of_classes, names=(0, 1, 2)), of(sk.hinge_loss), exact_of_classes,
        dtypes=F, id="classes",
    ),
    Row(
        "hinge_loss", partial(of_classes, names=_NAMES), of(sk.hinge_loss), exact_of_classes,
        id="names",
    ),
    Row(
        dm.HingeLoss(labels=_NAMES), partial(of_classes, names=_NAMES, seen=3),
        of(sk.hinge_loss, labels=np.array(_NAMES)), partial(exact_of_classes, names=_NAMES),
        id="missing",
    ),
)  # fmt: skip
