"""Confusion matrices of each label against all others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from disteval.errors import ArgumentError
from disteval.metrics.checks import require_bool
from disteval.metrics.labels.pairs import ByLabel
from disteval.metrics.labels.scores import LabelTotals
from disteval.numerics import limbs
from disteval.protocol import Outcome


@dataclass(frozen=True, repr=False)
class MultilabelConfusionMatrix(LabelTotals):
    """Rows (or their weight) by whether each label is true, and whether it is predicted.

    Parameters
    ----------
    labels : sequence of labels, optional
        Which labels (or columns), in which order. By default all that occur, sorted.
    samplewise : bool
        False. One matrix a row is no value of a dataset and is refused.
    threshold : float, optional
        Where y_pred are scores: above it is positive.
    pos_label : label
        What a high score predicts, where there is one a row and the labels are not 0 and 1.

    Returns
    -------
    int64 array (K, 2, 2), [[tn, fp], [fn, tp]] of each label
        float64 with weights. ``result.labels`` names the labels.

    Notes
    -----
    Shapes: labels (N,), one score (N,), a score a class (N, C), or indicators (N, C) on both sides.
    Range: 0 or more, no direction.
    State: K * K integers by label, or 4 integers a column; exact sums with weights.
    Exact: always.
    Reference: sklearn.metrics.multilabel_confusion_matrix.

    Examples
    --------
    >>> MultilabelConfusionMatrix()([[1, 0], [1, 1]], [[1, 1], [0, 1]])
    array([[[0, 0],
            [1, 1]],
    <BLANKLINE>
           [[0, 1],
            [0, 1]]])
    """

    samplewise: bool = False
    threshold: float | None = field(default=None, kw_only=True)
    key: ClassVar[str] = "multilabel_confusion_matrix"

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        require_bool("samplewise", self.samplewise)
        if self.samplewise:
            msg = (
                "expected samplewise=False, got True: one matrix a row is no value of a dataset; "
                "average='samples' of precision, recall, f1_score or jaccard_score is the mean of "
                "the rows' values"
            )
            raise ArgumentError(msg)

    def of_totals(self, totals: ByLabel) -> Outcome:
        """From right, predicted, true and the total."""
        chosen = totals.of(self.labels)
        flat = [
            value
            for tp, predicted, true in zip(chosen.right, chosen.predicted, chosen.true, strict=True)
            for value in (totals.total - predicted - true + tp, predicted - tp, true - tp, tp)
        ]
        array = (
            np.array(list(map(int, flat)), np.int64)
            if totals.whole
            else np.array(list(map(limbs.to_float, flat)), np.float64)
        )
        return Outcome(array.reshape(-1, 2, 2), labels=chosen.labels)
