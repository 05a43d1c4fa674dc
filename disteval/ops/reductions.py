"""Sums, means and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.ops.elements import exp, log
from disteval.ops.symbolic import EPSILON, plain_axis


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """Sum over the dataset, or over an axis."""
    return np.sum(x, axis=plain_axis(axis), keepdims=keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Mean over the dataset, or over an axis."""
    return np.mean(x, axis=plain_axis(axis), keepdims=keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """Largest value."""
    return np.max(x, axis=plain_axis(axis), keepdims=keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """Smallest value."""
    return np.min(x, axis=plain_axis(axis), keepdims=keepdims)


amax, amin = max, min


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Product along an axis of the row."""
    return np.prod(x, axis=plain_axis(axis), keepdims=keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Variance."""
    return np.var(x, axis=plain_axis(axis), keepdims=keepdims)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Standard deviation."""
    return np.std(x, axis=plain_axis(axis), keepdims=keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """Whether some hold."""
    return np.any(x, axis=plain_axis(axis), keepdims=keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """Whether all hold."""
    return np.all(x, axis=plain_axis(axis), keepdims=keepdims)


def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """Weighted mean."""
    return np.average(x, axis=plain_axis(axis), weights=weights)


def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many are not zero."""
    return np.count_nonzero(x, axis=plain_axis(axis))


def argmax(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    """The place of the largest value in a row."""
    return np.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    """The place of the smallest value in a row."""
    return np.argmin(x, axis=axis, keepdims=keepdims)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    """The norm of a vector."""
    return np.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)


def logsumexp(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) along the row."""
    top = np.max(x, axis=axis, keepdims=True)
    total = log(np.sum(exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along the row."""
    e = exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) along the row."""
    return x - logsumexp(x, axis=axis, keepdims=True)


def l2_normalize(x: Any, axis: int = -1) -> Any:
    """x / norm(x) along the row, as Keras: not below sqrt(1e-12)."""
    squares = np.sum(np.square(x), axis=axis, keepdims=True)
    return x / np.sqrt(np.maximum(squares, 1e-12))


def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """x / norm(x) along the row."""
    least = EPSILON if epsilon is None else epsilon
    return x / np.maximum(np.linalg.norm(x, ord=order, axis=axis, keepdims=True), least)


def dot(x: Any, y: Any) -> Any:
    """The sum of products of two columns."""
    return np.dot(x, y)


def vdot(x1: Any, x2: Any) -> Any:
    """The sum of products of two columns."""
    return np.vdot(x1, x2)


def cumsum(x: Any, axis: int = 0) -> Any:
    """Running sums along the row."""
    return np.cumsum(x, axis=axis)
