"""Reference rows of the family `labels`: scikit-learn's functions, with all of their arguments."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics as sk

import disteval
from disteval import metrics as dm
from tests.references.labels_exact import (
    exact_balanced,
    exact_each_table,
    exact_hamming,
    exact_kappa,
    exact_ratios,
    exact_report,
    exact_score,
    exact_share,
    exact_support,
    number,
)
from tests.references.rows import (
    LOW,
    Array,
    Columns,
    F,
    Row,
    int_labels,
    largest,
    names,
    of,
    probabilities,
    scores,
    thresholded,
)

Make = Callable[[np.random.Generator, int], Columns]

AVERAGES = (None, "micro", "macro", "weighted")
FAMILY: dict[str, tuple[Callable[..., disteval.Metric], Callable[..., Any]]] = {
    "precision": (dm.Precision, sk.precision_score),
    "recall": (dm.Recall, sk.recall_score),
    "f1": (dm.F1Score, sk.f1_score),
    "fbeta": (partial(dm.FBetaScore, beta=0.5), partial(sk.fbeta_score, beta=0.5)),
    "jaccard": (dm.JaccardScore, sk.jaccard_score),
}


# --- data ---------------------------------------------------------------------------------------


def two_labels(rng: np.random.Generator, n: int) -> Columns:
    return int_labels(rng, n, 2)


def two_names(rng: np.random.Generator, n: int) -> Columns:
    known = np.array(["no", "yes"])
    return {name: known[column] for name, column in int_labels(rng, n, 2).items()}


def never_predicted(rng: np.random.Generator, n: int) -> Columns:
    """One label is never predicted, and another never true."""
    columns = int_labels(rng, n, 5)
    y, p = columns["y_true"], columns["y_pred"]
    return {"y_true": np.where(y == 0, 1, y), "y_pred": np.where(p == 4, 2, p)}


def indicators(rng: np.random.Generator, n: int) -> Columns:
    """Several labels a row; some rows have none, and the last label is never true."""
    true = rng.random((n, 5)) < 0.4
    true[:, 4] = False
    true[rng.random(n) < 0.1] = False
    pred = true ^ (rng.random((n, 5)) < 0.25)
    pred[rng.random(n) < 0.1] = False
    return {"y_true": true.astype(np.int64), "y_pred": pred.astype(np.int64)}


def booleans(rng: np.random.Generator, n: int) -> Columns:
    return {name: column.astype(bool) for name, column in indicators(rng, n).items()}


def scored(rng: np.random.Generator, n: int) -> Columns:
    """Scores of several labels a row, of 11 bits."""
    columns = indicators(rng, n)
    noise = rng.integers(0, 1200, (n, 5))
    return columns | {"y_pred": (columns["y_true"] * 800 + noise) / 2048}


# --- references ---------------------------------------------------------------------------------


def quietly(function: Callable[..., Any], **arguments: Any) -> Callable[..., Any]:
    """Return the value of a function that may warn of 0/0; of a mapping its numbers in order."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = function(y, p, sample_weight=w, **arguments)
        return np.array(list(numbers_of(found))) if isinstance(found, dict | tuple) else found

    return reference


def numbers_of(value: Any) -> Iterator[float]:
    """Walk what scikit-learn returns: tuples of arrays, dicts of dicts; None is left out."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for part in value:
            yield from numbers_of(part)
    elif value is not None:
        yield from np.ravel(value).tolist()


def above(function: Callable[..., Any], cut: float = 0.5, **arguments: Any) -> Callable[..., Any]:
    """Of scores: their indicators."""
    plain = quietly(function, **arguments)
    return lambda y, p, w: plain(y, (p > cut).astype(np.int64), w)


# --- rows ---------------------------------------------------------------------------------------


def score_row(name: str, make: Make, average: str | None, fallback: Any = "warn") -> Row:
    """Of a function of `FAMILY`."""
    ours, theirs = FAMILY[name]
    given = {"average": average} | ({} if fallback == "warn" else {"zero_division": fallback})
    value = 0.0 if fallback == "warn" else float(fallback)
    return Row(
        ours(**given), make, quietly(theirs, **given), exact_score(name, average, value),
        undefined=None if fallback == "warn" else value,
    )  # fmt: skip


REPORT = partial(sk.classification_report, output_dict=True)
SUPPORT = partial(sk.precision_recall_fscore_support, beta=0.5)

ROWS: tuple[Row, ...] = (
    # --- shares
    Row("accuracy_score", names, of(sk.accuracy_score), exact_share),
    Row("accuracy_score", scores, thresholded(sk.accuracy_score), dtypes=F, id="scores"),
    Row("accuracy_score", probabilities, largest(sk.accuracy_score), dtypes=LOW, id="classes"),
    Row("accuracy_score", indicators, of(sk.accuracy_score), exact_share, id="indicators"),
    Row(
        dm.AccuracyScore(normalize=False), int_labels, of(sk.accuracy_score, normalize=False),
        number(exact_share),
    ),
    Row(
        dm.AccuracyScore(threshold=0.25), scored, above(sk.accuracy_score, 0.25),
        lambda y, p, w: exact_share(y, p > 0.25, w), dtypes=F,
    ),
    Row("zero_one_loss", int_labels, of(sk.zero_one_loss), partial(exact_share, wrong=True)),
    Row(
        dm.ZeroOneLoss(normalize=False), booleans, of(sk.zero_one_loss, normalize=False),
        number(partial(exact_share, wrong=True)),
    ),
    Row("hamming_loss", names, of(sk.hamming_loss), exact_hamming),
    Row("hamming_loss", indicators, of(sk.hamming_loss), exact_hamming, id="indicators"),
    # --- tables
    Row("multilabel_confusion_matrix", names, of(sk.multilabel_confusion_matrix), exact_each_table),
    Row(
        "multilabel_confusion_matrix", booleans, of(sk.multilabel_confusion_matrix),
        exact_each_table, id="indicators",
    ),
    # --- agreement
    Row("balanced_accuracy_score", int_labels, of(sk.balanced_accuracy_score), exact_balanced),
    Row(
        dm.BalancedAccuracy(adjusted=True), names, of(sk.balanced_accuracy_score, adjusted=True),
        partial(exact_balanced, adjusted=True),
    ),
    Row("cohen_kappa_score", names, of(sk.cohen_kappa_score), exact_kappa(0)),
    Row(
        dm.CohenKappa(weights="linear"), int_labels, of(sk.cohen_kappa_score, weights="linear"),
        exact_kappa(1),
    ),
    Row(
        dm.CohenKappa(weights="quadratic", replace_undefined_by=0.0), int_labels,
        of(sk.cohen_kappa_score, weights="quadratic"), exact_kappa(2),
    ),
    # --- likelihood ratios
    Row("class_likelihood_ratios", two_names, quietly(sk.class_likelihood_ratios), exact_ratios),
    Row(
        "positive_likelihood_ratio", two_labels,
        lambda y, p, w: sk.class_likelihood_ratios(y, p, sample_weight=w)[0],
        lambda y, p, w: exact_ratios(y, p, w)[0],
    ),
    Row(
        "negative_likelihood_ratio", scores,
        lambda y, p, w: thresholded(sk.class_likelihood_ratios)(y, p, w)[1],
        lambda y, p, w: exact_ratios(y, (p > 0.5).astype(np.int64), w)[1], dtypes=F,
    ),
    # --- precision, recall, F, Jaccard
    Row(
        "jaccard_score", two_labels, of(sk.jaccard_score),
        lambda y, p, w: exact_score("jaccard", None)(y, p, w)[1],
    ),
    *(score_row("jaccard", int_labels, average) for average in AVERAGES),
    *(score_row(name, int_labels, "micro") for name in ("precision", "fbeta")),
    *(score_row(name, names, "weighted") for name in ("precision", "fbeta")),
    *(score_row(name, never_predicted, None, math.nan) for name in ("recall", "f1")),
    *(score_row("precision", never_predicted, "macro", v) for v in (0, 1, math.nan)),
    *(score_row("f1", never_predicted, "weighted", v) for v in (1, math.nan)),
    *(score_row(name, indicators, "samples", 1) for name in FAMILY),
    *(score_row(name, booleans, "samples", 0) for name in ("recall", "jaccard")),
    score_row("precision", indicators, "samples", math.nan),
    *(score_row("fbeta", indicators, average, 0) for average in AVERAGES),
    *(score_row("precision", indicators, average, 1) for average in ("macro", "weighted")),
    Row(
        dm.F1Score(average="samples", threshold=0.5, zero_division=1), scored,
        above(sk.f1_score, average="samples", zero_division=1),
        lambda y, p, w: exact_score("f1", "samples", 1)(y, p > 0.5, w), undefined=1, dtypes=F,
    ),
    # --- several values
    Row(
        dm.PrecisionRecallFScoreSupport(beta=0.5), names, quietly(SUPPORT), exact_support(None),
    ),
    Row(
        "precision_recall_fscore_support", int_labels,
        quietly(sk.precision_recall_fscore_support), exact_support(None, "f1"),
    ),
    Row(
        dm.PrecisionRecallFScoreSupport(beta=0.5, average="samples", zero_division=0), indicators,
        quietly(SUPPORT, average="samples"), exact_support("samples"), undefined=0,
    ),
    Row("classification_report", names, quietly(REPORT), exact_report),
    Row(
        dm.ClassificationReport(zero_division=0), indicators, quietly(REPORT), exact_report,
        undefined=0,
    ),
)  # fmt: skip
