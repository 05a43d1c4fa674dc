"""Keras's backend names: on arrays, and the same on the rows of a formula."""

# ruff: noqa: ARG005  (every function takes both arrays)

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as sp  # type: ignore[import-untyped]  # scikit-learn brings it

import disteval
from disteval import errors
from disteval import ops as K
from disteval.formula import Formula

RNG = np.random.default_rng(3)
X = RNG.normal(size=(200, 3))
Q = RNG.random((200, 3))
LABELS = RNG.integers(0, 3, 200)
HOT = np.eye(3)[LABELS]

# what each is on an array, by NumPy or scipy; the arguments are X and Q
EXPECTED: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "sigmoid": (lambda x, q: K.sigmoid(x), lambda x, q: sp.expit(x)),
    "softplus": (lambda x, q: K.softplus(x), lambda x, q: np.log1p(np.exp(x))),
    "log_sigmoid": (lambda x, q: K.log_sigmoid(x), lambda x, q: np.log(sp.expit(x))),
    "softsign": (lambda x, q: K.softsign(x), lambda x, q: x / (1 + np.abs(x))),
    "relu": (lambda x, q: K.relu(x), lambda x, q: np.clip(x, 0, None)),
    "hard_sigmoid": (lambda x, q: K.hard_sigmoid(x), lambda x, q: np.clip(x / 6 + 0.5, 0, 1)),
    "softmax": (lambda x, q: K.softmax(x), lambda x, q: sp.softmax(x, axis=-1)),
    "log_softmax": (lambda x, q: K.log_softmax(x), lambda x, q: sp.log_softmax(x, axis=-1)),
    "logsumexp": (lambda x, q: K.logsumexp(x), lambda x, q: sp.logsumexp(x, axis=-1)),
    "l2_normalize": (
        lambda x, q: K.l2_normalize(x),
        lambda x, q: x / np.sqrt(np.sum(x * x, axis=-1, keepdims=True)),
    ),
    "normalize": (
        lambda x, q: K.normalize(x, axis=-1, order=1),
        lambda x, q: x / np.sum(np.abs(x), axis=-1, keepdims=True),
    ),
    "powers": (
        lambda x, q: K.pow(q, 1.5) + K.square(x) + K.sqrt(q) + K.rsqrt(q) + K.power(x, 3),
        lambda x, q: q**1.5 + x**2 + q**0.5 + q**-0.5 + x**3,
    ),
    "logarithms": (
        lambda x, q: K.log(q) + K.log1p(q) + K.log2(q) + K.log10(q) + K.exp(x) + K.expm1(x),
        lambda x, q: np.log(q) + np.log1p(q) + np.log2(q) + np.log10(q) + np.exp(x) + np.expm1(x),
    ),
    "curves": (
        lambda x, q: K.tanh(x) + K.cos(x) + K.sin(x) + K.logaddexp(x, q),
        lambda x, q: np.tanh(x) + np.cos(x) + np.sin(x) + np.logaddexp(x, q),
    ),
    "arithmetic": (
        lambda x, q: K.add(x, q) - K.subtract(x, q) * K.multiply(x, q) + K.divide(x, q)
        + K.negative(x) + K.reciprocal(q) + K.floor_divide(x, q) + K.mod(x, q),
        lambda x, q: x + q - (x - q) * (x * q) + x / q - x + 1 / q + x // q + x % q,
    ),
    "rounding": (
        lambda x, q: K.round(x) + K.floor(x) + K.ceil(x) + K.sign(x) + K.abs(x) + K.round(x, 2),
        lambda x, q: np.round(x) + np.floor(x) + np.ceil(x) + np.sign(x) + abs(x) + np.round(x, 2),
    ),
    "bounds": (
        lambda x, q: K.clip(x, -0.5, 0.5) + K.maximum(x, q) - K.minimum(x, 0.0),
        lambda x, q: np.clip(x, -0.5, 0.5) + np.maximum(x, q) - np.minimum(x, 0),
    ),
    "divide_no_nan": (
        lambda x, q: K.divide_no_nan(x, K.relu(x)),
        lambda x, q: np.where(x > 0, 1.0, 0.0),
    ),
    "conditions": (
        lambda x, q: K.where(K.logical_and(K.greater(x, 0), K.less_equal(q, 0.5)), x, q)
        + K.cast(K.logical_or(K.less(x, 0), K.logical_not(K.greater_equal(q, 0.1))), "float64")
        + K.cast(K.not_equal(x, q), "float32") * K.cast(K.equal(x, x), "int32"),
        lambda x, q: np.where((x > 0) & (q <= 0.5), x, q) + ((x < 0) | (q < 0.1)) + 1.0,
    ),
    "switch": (
        lambda x, q: K.switch(x > 0, lambda: x, q),
        lambda x, q: np.where(x > 0, x, q),
    ),
    "what is finite": (
        lambda x, q: K.nan_to_num(K.log(x), nan=1.0)
        + K.isnan(K.log(x)) * 1.0 + K.isfinite(x) * 2.0 + K.isinf(x / 0.0) * 3.0,
        lambda x, q: np.nan_to_num(np.log(x), nan=1.0) + (x < 0) + 2.0 + 3.0,
    ),
    "filled": (
        lambda x, q: K.ones_like(x) + K.zeros_like(x) + K.full_like(x, 2.5) + K.identity(x),
        lambda x, q: 3.5 + x,
    ),
    "reductions": (
        lambda x, q: K.sum(x, axis=-1) + K.mean(x, axis=[-1]) + K.max(x, axis=1) + K.min(x, axis=1)
        + K.var(x, axis=-1) + K.std(x, axis=-1) + K.prod(x, axis=-1) + K.norm(x, axis=-1),
        lambda x, q: x.sum(1) + x.mean(1) + x.max(1) + x.min(1) + x.var(1) + x.std(1) + x.prod(1)
        + np.linalg.norm(x, axis=1),
    ),
    "places": (
        lambda x, q: K.argmax(x) + 2 * K.argmin(x) + K.any(x > 1, axis=-1) + K.all(q > 0.1, axis=-1)
        + K.count_nonzero(x > 0, axis=-1),
        lambda x, q: x.argmax(1) + 2 * x.argmin(1) + (x > 1).any(1) + (q > 0.1).all(1)
        + (x > 0).sum(1),
    ),
    "shapes": (
        lambda x, q: K.squeeze(K.expand_dims(x[:, 0])) + K.reshape(x, (-1, 3))[:, 1]
        + K.concatenate([x, q])[:, 4] + K.stack([x[:, 0], q[:, 0]], axis=-1)[:, 1]
        + K.sort(x)[:, 0] + K.cumsum(x, axis=1)[:, 2] + K.transpose(x, (0, 1))[:, 2],
        lambda x, q: x[:, 0] + x[:, 1] + q[:, 1] + q[:, 0] + x.min(1) + np.cumsum(x, 1)[:, 2]
        + x[:, 2],
    ),
    "over everything": (
        lambda x, q: K.sum(x) + K.mean(x) + K.max(x) + K.average(x, weights=q)
        + K.dot(K.flatten(x), K.flatten(q)) / K.size(x) + K.amin(q) + K.std(x),
        lambda x, q: x.sum() + x.mean() + x.max() + np.average(x, weights=q)
        + (x * q).sum() / x.size + q.min() + x.std(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_on_arrays_and_on_rows(name: str) -> None:
    ours, theirs = EXPECTED[name]
    with np.errstate(all="ignore"):
        expected, on_arrays = np.asarray(theirs(X, Q)), np.asarray(ours(X, Q))
    # rounded at other places: a few ulp, of terms that may cancel
    assert on_arrays == pytest.approx(expected, rel=1e-13, abs=1e-13)
    (on_rows,) = disteval.evaluate(X, Q, [Formula(ours, name="f")]).values()
    assert on_rows == pytest.approx(on_arrays.mean(), rel=1e-12)


def test_rows_get_the_bits_of_arrays() -> None:
    for function in (K.log, K.exp, K.tanh, K.sigmoid, K.log1p, K.expm1):
        value = disteval.evaluate(Q[:1, 0], Q[:1, 0], [Formula(lambda y, p, f=function: f(y))])
        assert value["<lambda>"] == function(Q[0, 0])


def test_losses_of_rows() -> None:
    clipped = np.clip(Q, 1e-7, 1 - 1e-7)
    expected = -(HOT * np.log(clipped) + (1 - HOT) * np.log(1 - clipped))
    assert K.binary_crossentropy(HOT, Q) == pytest.approx(expected)
    assert K.binary_crossentropy(HOT, X, from_logits=True) == pytest.approx(
        -(HOT * np.log(sp.expit(X)) + (1 - HOT) * np.log(1 - sp.expit(X)))
    )
    p = Q / Q.sum(axis=1, keepdims=True)
    expected = -np.log(p[np.arange(200), LABELS])
    assert K.categorical_crossentropy(HOT, Q) == pytest.approx(expected)
    assert K.sparse_categorical_crossentropy(LABELS, Q) == pytest.approx(expected)
    logits = -sp.log_softmax(X, axis=1)[np.arange(200), LABELS]
    assert K.categorical_crossentropy(HOT, X, from_logits=True) == pytest.approx(logits)
    f = Formula(K.sparse_categorical_crossentropy, name="mine")
    result = disteval.evaluate(LABELS, Q, [f, "sparse_categorical_crossentropy"])
    assert result["mine"] == pytest.approx(result["sparse_categorical_crossentropy"], rel=1e-12)


def test_top_k_and_one_hot() -> None:
    assert K.one_hot(LABELS, 3).tolist() == HOT.tolist()
    for k in (1, 2, 3):
        rank = (Q[np.arange(200), LABELS][:, None] < Q).sum(axis=1)
        assert K.in_top_k(LABELS, Q, k).tolist() == (rank < k).tolist()
        value = disteval.evaluate(LABELS, Q, [Formula(lambda y, p, k=k: K.in_top_k(y, p, k))])
        assert value["<lambda>"] == np.mean(rank < k)
    with pytest.raises(errors.ArgumentError, match="expected num_classes and axis=-1 of one_hot"):
        K.one_hot(LABELS)


def test_what_there_is_to_know() -> None:
    assert (K.epsilon(), K.floatx(), K.backend()) == (1e-7, "float64", "disteval")
    assert (K.ndim(X), K.shape(X), K.int_shape(X)) == (2, (200, 3), (200, 3))
    assert K.is_tensor(X)
    assert not K.is_tensor(3)
    assert K.dtype(X) == "float64"

    def knows(y_true: Any, y_pred: Any) -> Any:
        assert K.int_shape(y_true) == (None, 3)
        assert K.is_tensor(y_true)
        assert K.ndim(y_true) == 2
        assert K.dtype(y_true > 0) == "bool"
        return K.sum(y_true * y_pred) / K.cast(K.shape(y_true)[0], "float32")

    assert disteval.evaluate(X, Q, [Formula(knows)])["knows"] == pytest.approx(
        (X * Q).sum() / 200, rel=1e-7
    )


def test_making_arrays() -> None:
    assert K.constant(2.0, shape=(2,)).tolist() == [2.0, 2.0]
    assert K.variable([1, 2]).tolist() == [1, 2]
    assert K.convert_to_tensor([1, 2], "float32").dtype == np.float32
    assert K.convert_to_numpy([1, 2]).tolist() == [1, 2]
    assert K.arange(3).tolist() == [0, 1, 2]
    assert K.arange(1, 3, dtype="float32").tolist() == [1.0, 2.0]
    assert K.linspace(0, 1, 3).tolist() == [0.0, 0.5, 1.0]
    assert (K.zeros(2) + K.ones(2)).tolist() == [1.0, 1.0]
    assert K.eye(2).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_all_names_are_listed_and_documented() -> None:
    assert len(set(K.__all__)) == len(K.__all__) > 100
    for name in K.__all__:
        assert inspect.getdoc(getattr(K, name)), name
