"""Reference rows of the family `probabilities`: the losses of Keras that are no cross-entropy."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from disteval import metrics as dm
from tests.references.row_means import averaged, exactly, exp, log, mean, power
from tests.references.rows import (
    LOW,
    Array,
    Columns,
    F,
    Row,
    binary_log_loss,
    exact_log_loss,
    multilabel,
    one_hot,
    one_hot_log_loss,
    probabilities,
    scores,
    sparse_log_loss,
)

_LOW, _HIGH = 1e-7, 1 - 1e-7


def distributions(rng: np.random.Generator, n: int) -> Columns:
    return {name: probabilities(rng, n)["y_pred"] for name in ("y_true", "y_pred")}


def rates(rng: np.random.Generator, n: int) -> Columns:
    return {"y_true": rng.poisson(3, (n, 2)), "y_pred": rng.integers(1, 200, (n, 2)) / 16}


def logits(rng: np.random.Generator, n: int) -> Columns:
    return {
        "y_true": np.eye(4)[rng.integers(0, 4, n)],
        "y_pred": rng.integers(-1024, 1025, (n, 4)) / 256,
    }


def binary_logits(rng: np.random.Generator, n: int) -> Columns:
    columns = logits(rng, n)
    return {"y_true": columns["y_true"][:, 0], "y_pred": columns["y_pred"][:, 0]}


def clipped(value: Fraction, low: float = _LOW, high: float = _HIGH) -> Fraction:
    return min(max(value, Fraction(low)), Fraction(high))


def divergence(y: Array, p: Array) -> Array:
    y, p = np.clip(y, _LOW, 1), np.clip(p, _LOW, 1)
    loss: Array = (y * np.log(y / p)).sum(axis=1)
    return loss


def exact_divergence(y: list[Fraction], p: list[Fraction]) -> Fraction:
    pairs = [(clipped(t, high=1), clipped(q, high=1)) for t, q in zip(y, p, strict=True)]
    return sum((t * log(t / q) for t, q in pairs), Fraction(0))


def poisson(y: Array, p: Array) -> Array:
    loss: Array = p - y * np.log(p + _LOW)
    return loss


def exact_poisson(y: list[Fraction], p: list[Fraction]) -> Fraction:
    return mean(q - t * log(q + Fraction(_LOW)) for t, q in zip(y, p, strict=True))


def focal(
    y: Array, p: Array, alpha: float | None = None, gamma: float = 2, *, x: bool = False
) -> Array:
    p = 1 / (1 + np.exp(-p)) if x else p
    q = np.clip(p, _LOW, _HIGH)
    loss: Array = -(y * np.log(q) + (1 - y) * np.log(1 - q))
    loss = loss * (1 - (y * p + (1 - y) * (1 - p))) ** gamma
    return loss if alpha is None else loss * (y * alpha + (1 - y) * (1 - alpha))


def exact_focal(
    y: list[Fraction], p: list[Fraction], alpha: float | None = None, gamma: float = 2,
    *, x: bool = False,
) -> Fraction:  # fmt: skip
    found = []
    for t, value in zip(y, p, strict=True):
        q = 1 / (1 + exp(-value)) if x else value
        right = t * q + (1 - t) * (1 - q)
        inside = clipped(q)
        loss = power(1 - right, gamma) * -log(inside if t else 1 - inside)
        share = 1 if alpha is None else t * Fraction(alpha) + (1 - t) * (1 - Fraction(alpha))
        found.append(loss * share)
    return mean(found)


def categorical_focal(
    y: Array, p: Array, alpha: Any = 0.25, gamma: float = 2, *, x: bool = False
) -> Array:
    p = np.exp(p) if x else p
    q = np.clip(p / p.sum(axis=1, keepdims=True), _LOW, _HIGH)
    loss: Array = (np.asarray(alpha) * (1 - q) ** gamma * -y * np.log(q)).sum(axis=1)
    return loss


def exact_categorical_focal(
    y: list[Fraction], p: list[Fraction], alpha: Any = 0.25, gamma: float = 2, *, x: bool = False
) -> Fraction:
    p = [exp(q) for q in p] if x else p
    alphas = np.broadcast_to(np.asarray(alpha), len(p)).tolist()
    total, found = sum(p), Fraction(0)
    for t, value, share in zip(y, p, alphas, strict=True):
        if t:
            q = clipped(value / total)
            found -= Fraction(share) * power(1 - q, gamma) * t * log(q)
    return found


def generalized(y: Array, p: Array, q: float = 0.5) -> Array:
    loss: Array = (1 - p[np.arange(len(p)), y] ** q) / q
    return loss


def exact_generalized(y: list[Fraction], p: list[Fraction], q: float = 0.5) -> Fraction:
    return (1 - power(p[int(y[0])], q)) / Fraction(q)


def row(metric: Any, make: Any, loss: Any, exact: Any, how: Any = None, **more: Any) -> Row:
    how = how or {}
    return Row(metric, make, averaged(partial(loss, **how)), exactly(partial(exact, **how)), **more)


_ALPHAS = (0.1, 0.2, 0.3, 0.4)

ROWS: tuple[Row, ...] = (
    Row("crossentropy", scores, binary_log_loss, exact_log_loss, own_clip=True, dtypes=F),
    Row("crossentropy", one_hot, one_hot_log_loss, exact_log_loss, id="one-hot"),
    Row("crossentropy", probabilities, sparse_log_loss, exact_log_loss, id="classes"),
    row("kl_divergence", distributions, divergence, exact_divergence, dtypes=LOW),
    row("poisson", rates, poisson, exact_poisson),
    row(
        "binary_focal_crossentropy", scores, focal, exact_focal, dtypes=F, own_clip=True
    ),
    row(
        dm.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.0), multilabel,
        focal, exact_focal, {"alpha": 0.3, "gamma": 1.0},
    ),
    row(
        dm.BinaryFocalCrossentropy(from_logits=True), binary_logits, focal, exact_focal, {"x": True}
    ),
    row(
        "categorical_focal_crossentropy", one_hot, categorical_focal, exact_categorical_focal,
        dtypes=LOW,
    ),
    row(
        dm.CategoricalFocalCrossentropy(alpha=_ALPHAS, gamma=0.5, from_logits=True), logits,
        categorical_focal, exact_categorical_focal, {"alpha": _ALPHAS, "gamma": 0.5, "x": True},
    ),
    row(
        "categorical_generalized_cross_entropy", probabilities, generalized, exact_generalized,
        dtypes=LOW,
    ),
    row(
        dm.CategoricalGeneralizedCrossEntropy(q=0.8), probabilities, generalized,
        exact_generalized, {"q": 0.8},
    ),
)  # fmt: skip
