"""Jaccard similarity of true and predicted labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.labels.scores import Average, LabelScore, Ratio
from disteval.parameters import NAN


@dataclass(frozen=True, repr=False)
class JaccardScore(LabelScore):
    """Jaccard similarity, tp / (tp + fp + fn): what is both true and predicted of what is either.

    Parameters
    ----------
    labels : sequence of labels, optional
        Which labels (or columns) to average over, in which order.
    pos_label : label
        The positive one of two.
    average : "auto", None, "binary", "micro", "macro", "weighted" or "samples"
        One value a label (None), that of `pos_label`, or an average; "samples" is the mean over
        rows of indicators. "auto": two labels with `pos_label` are binary, others give one value
        each.
    zero_division : "warn", 0 or 1
        The value of 0/0; "warn" is 0.0 with a warning.
    threshold : float, optional
        Where y_pred are scores: above it is positive.

    Returns
    -------
    float, or float64 array (one value a label)
        0.0 with a warning where a label is neither true nor predicted.

    Notes
    -----
    Shapes: labels (N,), one score (N,), a score a class (N, C), or indicators (N, C) on both sides.
    Range: [0, 1], higher is better.
    State: K * K integers by label, or 4 integers a column; exact sums with weights.
    Exact: a quotient of exact totals, rounded once.
    Reference: sklearn.metrics.jaccard_score.

    Examples
    --------
    >>> JaccardScore()([0, 1, 1, 1], [0, 1, 0, 1])
    0.6666666666666666
    >>> JaccardScore(average="samples")([[1, 1, 0], [0, 1, 1]], [[1, 0, 0], [0, 1, 1]])
    0.75
    """

    average: Average = field(default="binary", kw_only=True)
    threshold: float | None = field(default=None, kw_only=True)
    key: ClassVar[str] = "jaccard_score"

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        if self.zero_division == NAN:
            msg = f"{self!r}: expected zero_division 'warn', 0 or 1, got nan"
            raise ArgumentError(msg)

    @property
    def ratio(self) -> Ratio:
        """Right of true or predicted."""
        one: Any = Fraction(1)
        return Ratio(predicted=one, true=one, right=-one)
