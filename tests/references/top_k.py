"""Reference rows of top-k accuracies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.class_probabilities import (
    both,
    decisions,
    missing_class,
    named_scores,
    named_shares,
    one_hot_shares,
    tied_shares,
)
from tests.references.rows import Array, Columns, F, Row, of

if TYPE_CHECKING:
    from collections.abc import Callable


def one_hot_ties(rng: np.random.Generator, n: int) -> Columns:
    return one_hot_shares(rng, n) | {"y_pred": rng.integers(0, 4, (n, 4)) / 4}


def sorted_ids(rng: np.random.Generator, n: int) -> Columns:
    columns = tied_shares(rng, n)
    return columns | {"y_pred": np.argsort(rng.random((n, 4)), axis=1)}


def keras(k: int) -> Callable[..., Any]:
    """Return Keras's definition: fewer than k scores are larger."""

    def value(y: Array, p: Array, w: Array | None) -> Any:
        place = y.argmax(axis=1) if y.ndim > 1 else y
        larger = (p > p[np.arange(len(p)), place][:, None]).sum(axis=1)
        return np.average(larger < k, weights=w)

    return value


def among_first(y: Array, p: Array, w: Array | None) -> Any:
    return np.average((p[:, :2] == y[:, None]).any(axis=1), weights=w)


def of_places(y: Array, p: Array, w: Array | None) -> Any:
    return sk.top_k_accuracy_score(y.argmax(axis=1), p, sample_weight=w)


_one = partial(sk.top_k_accuracy_score, k=1)
_FOUR = ["ant", "bee", "cat", "dög"]

ROWS: tuple[Row, ...] = (
    Row("top_k_categorical_accuracy", one_hot_shares, keras(5), dtypes=F),
    Row(dm.TopKCategoricalAccuracy(k=2), one_hot_ties, keras(2), dtypes=F),
    Row("sparse_top_k_categorical_accuracy", tied_shares, keras(5), dtypes=F),
    Row(dm.SparseTopKCategoricalAccuracy(k=2), tied_shares, keras(2), dtypes=F),
    Row(dm.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True), sorted_ids, among_first),
    Row("top_k_accuracy_score", tied_shares, of(sk.top_k_accuracy_score), dtypes=F),
    Row("top_k_accuracy_score", named_shares, of(sk.top_k_accuracy_score), dtypes=F),
    Row("top_k_accuracy_score", one_hot_ties, of_places, dtypes=F),
    Row(dm.TopKAccuracy(k=1), both, of(_one), dtypes=F),
    Row(dm.TopKAccuracy(k=1), named_scores, of(_one), dtypes=F),
    Row(dm.TopKAccuracy(k=1), decisions, of(_one), dtypes=F),
    Row(
        dm.TopKAccuracy(k=3, normalize=False), tied_shares,
        of(sk.top_k_accuracy_score, k=3, normalize=False), dtypes=F,
    ),
    Row(
        dm.TopKAccuracy(labels=_FOUR), named_shares,
        of(sk.top_k_accuracy_score, labels=_FOUR), dtypes=F,
    ),
    Row(
        dm.TopKAccuracy(k=1, labels=(-1, 2, 7)), missing_class,
        of(_one, labels=[-1, 2, 7]), dtypes=F,
    ),
)  # fmt: skip
