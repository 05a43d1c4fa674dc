"""Reference rows of the family `labels`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.labels_exact import exact_score
from tests.references.rows import (
    LOW,
    Array,
    F,
    Row,
    at_each,
    columnwise,
    exact_indicators,
    exact_matthews,
    exact_table,
    f1,
    f1s,
    flat,
    int_labels,
    largest,
    matthews_of_scores,
    multilabel,
    names,
    of,
    of_scores,
    one_hot,
    precision,
    precisions,
    probabilities,
    recall,
    scores,
    thresholded,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def above(exact: Callable[..., Any], *cuts: float) -> Callable[..., Any]:
    """Return the exact values of the labels of all elements, at each threshold."""

    def values(y: Array, p: Array, w: Array | None) -> list[Any]:
        each = None if w is None else np.repeat(w, p[0].size)
        sides = ((p > cut).ravel().astype(np.int64) for cut in cuts)
        return [value for side in sides for value in exact(y.ravel(), side, each)]

    return values


ROWS: tuple[Row, ...] = (
    Row("accuracy", int_labels, of(sk.accuracy_score), id="labels"),
    Row("accuracy", names, of(sk.accuracy_score), id="strings"),
    Row("accuracy", scores, thresholded(sk.accuracy_score), dtypes=F, id="scores"),
    Row("accuracy", probabilities, largest(sk.accuracy_score), dtypes=LOW, id="classes"),
    Row("accuracy", one_hot, largest(sk.accuracy_score), dtypes=LOW, id="one-hot"),
    Row("Accuracy", int_labels, of(sk.accuracy_score)),
    Row("binary_accuracy", scores, thresholded(sk.accuracy_score), dtypes=F),
    Row(dm.BinaryAccuracy(threshold=0.25), scores, thresholded(sk.accuracy_score, 0.25), dtypes=F),
    Row("categorical_accuracy", one_hot, largest(sk.accuracy_score), dtypes=LOW),
    Row("sparse_categorical_accuracy", probabilities, largest(sk.accuracy_score), dtypes=LOW),
    Row("confusion_matrix", int_labels, of(sk.confusion_matrix), exact_table),
    Row("confusion_matrix", names, of(sk.confusion_matrix), exact_table, id="strings"),
    Row(
        "confusion_matrix", scores, thresholded(sk.confusion_matrix), of_scores(exact_table),
        dtypes=F, id="scores",
    ),
    Row(
        dm.ConfusionMatrix(normalize="true"), int_labels, of(sk.confusion_matrix, normalize="true")
    ),
    Row(
        dm.ConfusionMatrix(labels=(2, 0)), int_labels, of(sk.confusion_matrix, labels=[2, 0]),
        partial(exact_table, labels=[2, 0]),
    ),
    Row("matthews_corrcoef", int_labels, of(sk.matthews_corrcoef), exact_matthews),
    Row(
        "matthews_corrcoef", scores, thresholded(sk.matthews_corrcoef), matthews_of_scores,
        dtypes=F, id="scores",
    ),
    Row("precision", scores, thresholded(sk.precision_score), of_scores(precision), dtypes=F),
    Row(
        "precision", multilabel, flat(sk.precision_score, 0.5), above(precision, 0.5),
        dtypes=F, id="multilabel",
    ),
    Row("precision", int_labels, of(sk.precision_score, average=None), precisions, id="labels"),
    Row(
        dm.Precision(thresholds=(0.75, 0.25)), scores,
        at_each(sk.precision_score, (0.75, 0.25)), above(precision, 0.75, 0.25), dtypes=F,
    ),
    Row(
        dm.Precision(average="macro"), names, of(sk.precision_score, average="macro"),
        exact_score("precision", "macro"),
    ),
    Row("recall", scores, thresholded(sk.recall_score), of_scores(recall), dtypes=F),
    Row(
        dm.Recall(thresholds=0.25), multilabel, flat(sk.recall_score, 0.25), above(recall, 0.25),
        dtypes=F,
    ),
    Row(
        dm.Recall(average="weighted"), int_labels, of(sk.recall_score, average="weighted"),
        exact_score("recall", "weighted"),
    ),
    Row("fbeta_score", scores, thresholded(sk.fbeta_score, beta=1.0), of_scores(f1), dtypes=F),
    Row(
        dm.FBetaScore(beta=2.0, average="macro"), int_labels,
        of(sk.fbeta_score, beta=2.0, average="macro"),
    ),
    Row("f1_score", scores, thresholded(sk.f1_score), of_scores(f1), dtypes=F),
    Row("f1_score", names, of(sk.f1_score, average=None), f1s, id="strings"),
    Row(
        dm.F1Score(threshold=0.25), multilabel,
        columnwise(partial(sk.f1_score, average=None), 0.25), exact_indicators, dtypes=F,
    ),
    Row(
        dm.F1Score(average="micro"), int_labels, of(sk.f1_score, average="micro"),
        exact_score("f1", "micro"),
    ),
    *(
        Row(f"sklearn:{name}", partial(int_labels, classes=2), of(function), exact)
        for name, function, exact in (
            ("precision", sk.precision_score, precision), ("recall", sk.recall_score, recall),
            ("f1_score", sk.f1_score, f1),
            ("fbeta_score", partial(sk.fbeta_score, beta=1.0), f1),
        )
    ),
)  # fmt: skip
