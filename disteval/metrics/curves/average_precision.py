"""Average precision, by the definition of scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

from disteval.metrics.curves.areas import EVERY_SCORE, missing
from disteval.metrics.curves.averages import AveragedScores
from disteval.metrics.curves.precision import PrecisionArea
from disteval.metrics.curves.samples import RowPrecision
from disteval.protocol import Metric, Outcome


@dataclass(frozen=True, repr=False)
class AveragePrecision(AveragedScores):
    """Average precision, Σ (Rᵢ - Rᵢ₋₁) Pᵢ over scores from the highest down.

    Recall Rᵢ and precision Pᵢ are those of predicting positive at a score or above.

    Parameters
    ----------
    average : "macro", "micro", "weighted", "samples" or None
        Of several labels a row (N, k), or of classes: the mean over the columns, the value of all
        elements together, the mean weighted by the positives of each, or one value a column;
        "samples", of several labels a row: the mean over rows of the value of each.
    labels : sequence of labels, optional
        For one label a row and a score for each class, of which each is against the rest: the
        class of each column, sorted; 0, 1, ... by default.
    pos_label : label, optional
        The positive one; by default 1 of {0, 1} or {-1, 1}.

    Returns
    -------
    float, or float64 array (one value a column)
        0.0 with a warning where there are no positives.

    Notes
    -----
    The area under the step function below the curve of precision over recall; `AUC` with
    curve="PR" has it with other steps between scores.
    Shapes: labels and scores (N,), or (N, k) both; labels (N,) against scores (N, C).
    Range: [0, 1], higher is better.
    State: 4 or 8 bytes for each distinct score and class; over the budget in scratch files. An
        exact sum for "samples".
    Exact: to 100 bits and more, then rounded once, as are averages; for "samples" the exact mean
        of the values of rows, of float64 quotients.
    Reference: sklearn.metrics.average_precision_score.

    Examples
    --------
    >>> AveragePrecision()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.8333333333333334
    """

    key: ClassVar[str] = "average_precision_score"
    sweeps = (PrecisionArea("average_precision"),)

    def by_row(self) -> Metric:
        """The mean of the values of rows of several labels."""
        return self.mean_over_rows(RowPrecision(self.positive), negatives_too=False)

    def compute(self, *states: Any) -> Outcome:
        """The value, or the average."""
        (found,) = self.swept(*states)
        reasons = [missing(a.negatives, a.positives, precision=True) for a in found]
        areas = [replace(a, value=Fraction(0)) if a.value is None else a for a in found]
        outcome = self.averaged(areas, reasons)
        return replace(outcome, rule=EVERY_SCORE, details={"exact": True})
