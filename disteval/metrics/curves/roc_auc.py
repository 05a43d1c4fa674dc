"""The area under the ROC curve by the definition of scikit-learn, and the Gini coefficient."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

from disteval import backend
from disteval.errors import ArgumentError, DomainError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import is_number
from disteval.metrics.classes import Places
from disteval.metrics.curves.areas import (
    EVERY_SCORE,
    Against,
    Area,
    OneVsOthers,
    PartialRocArea,
    RocArea,
    described,
    mean_of,
    missing,
    plain,
    unit_of,
)
from disteval.metrics.curves.averages import Average, AveragedScores
from disteval.metrics.curves.base import RankedScores
from disteval.metrics.curves.samples import RowRoc
from disteval.metrics.rows import PRED, Raw
from disteval.numerics import limbs, rows
from disteval.protocol import Y_PRED, Batch, Metric, Outcome, Reduction, Schema
from disteval.reductions import Count, ScoreCounts, Sweep

MOST_CLASSES = 256


@dataclass(frozen=True)
class NotOne:
    """True where the scores of a row do not sum to 1, as `numpy.allclose` has it."""

    def __call__(self, batch: Batch) -> Any:
        total = rows.row_sum(batch.derive(PRED))
        return ~(abs(total - 1.0) <= 1e-8 + 1e-5 * abs(total))


@dataclass(frozen=True)
class Turned:
    """For each class c of C (rows, C): the row's class - c modulo C, so that 0 is the class."""

    places: Places

    def __call__(self, batch: Batch) -> Any:
        xp, count = backend.namespace(batch[Y_PRED]), len(self.places.labels)
        places = xp.asarray(batch.derive(self.places)).astype(xp.int16)
        turned = places[:, None] - xp.arange(count, dtype=xp.int16)
        turned += (turned < 0) * xp.int16(count)
        return turned.astype(xp.uint8)


@dataclass(frozen=True, repr=False)
class RocAuc(AveragedScores):
    """Area under the ROC curve: the probability that a positive scores above a negative.

    Ties count half.

    Parameters
    ----------
    average : "macro", "micro", "weighted", "samples" or None
        Of several labels a row (N, k), or of classes: the mean over the columns, the area of all
        elements together, the mean weighted by the positives of each, or one value a column;
        "samples", of several labels a row: the mean over rows of the area of each.
    max_fpr : float in (0, 1], optional
        The area up to this false positive rate, standardised so that 0.5 tells nothing (McClish).
    multi_class : "raise", "ovr" or "ovo"
        For one label a row and a score for each class: each class against the rest, or the mean
        over all pairs of classes (Hand and Till), with "weighted" by the rows of both.
    labels : sequence of labels, optional
        The class of each column of scores, sorted; 0, 1, ... by default.
    pos_label : label, optional
        The positive one; by default 1 of {0, 1} or {-1, 1}.

    Returns
    -------
    float, or float64 array (one value a column)
        NaN with a warning where there are no positives or no negatives; in a mean of pairs of
        classes, those that no row has are left out.

    Notes
    -----
    The result tells the numerator and denominator of the area, the pairs that tie, DeLong's
    standard error and the 95 % interval from it.
    Shapes: labels and scores (N,), or (N, k) both; labels (N,) against probabilities (N, C).
    Range: [0, 1], higher is better.
    State: 4 or 8 bytes for each distinct score and class; over the budget in scratch files. An
        exact sum for "samples".
    Exact: a quotient of integers, rounded once, as are averages; for "samples" the exact mean of
        the rounded areas of rows.
    Reference: sklearn.metrics.roc_auc_score.

    Examples
    --------
    >>> RocAuc()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    >>> RocAuc(multi_class="ovo")([0, 1, 2], [[0.8, 0.1, 0.1], [0.4, 0.5, 0.1], [0.1, 0.6, 0.3]])
    0.8333333333333334
    """

    average: Average = "macro"
    max_fpr: float | None = None
    multi_class: Literal["raise", "ovr", "ovo"] = "raise"

    key: ClassVar[str] = "roc_auc_score"

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        if self.multi_class not in ("raise", "ovr", "ovo"):
            msg = f"expected multi_class to be 'ovr' or 'ovo', got {self.multi_class!r}"
            raise ArgumentError(msg)
        rate = self.max_fpr
        if rate is not None and not (is_number(rate) and 0 < rate <= 1):
            msg = f"expected max_fpr in (0, 1], got {rate!r}"
            raise ArgumentError(msg)

    def by_class(self, schema: Schema, count: int) -> Self:
        """Refuse what pairs of classes do not have."""
        if self.multi_class == "raise":
            hint = "; the score of the positive one of two classes is y_pred[:, 1]"
            msg = (
                f"expected multi_class='ovr' or 'ovo' for labels (N,) and y_pred (N, {count}), "
                f"got 'raise'{hint if count == 2 else ''}"
            )
            raise ArgumentError(msg)
        if self._partial:
            msg = f"max_fpr={self.max_fpr} is for two classes, got {count}; leave it out"
            raise ArgumentError(msg)
        resolved = super().by_class(schema, count)
        if self.multi_class == "ovr":
            return resolved
        if self.average not in ("macro", "weighted"):
            msg = f"expected average 'macro' or 'weighted' of pairs, got {self.average!r}"
            raise ArgumentError(msg)
        if count > MOST_CLASSES:
            msg = (
                f"expected at most {MOST_CLASSES} classes for multi_class='ovo', got {count}; "
                "give multi_class='ovr'"
            )
            raise ArgumentError(msg)
        return resolved

    def by_row(self) -> Metric:
        """The mean of the areas of rows of several labels."""
        if self._partial:
            msg = f"max_fpr={self.max_fpr} is not for average='samples'; leave it out"
            raise ArgumentError(msg)
        return self.mean_over_rows(RowRoc(self.positive), negatives_too=True)

    @property
    def _partial(self) -> bool:
        return self.max_fpr is not None and self.max_fpr != 1

    @property
    def _pairwise(self) -> bool:
        return self.classes is not None and self.multi_class == "ovo"

    @property
    def scores(self) -> ScoreCounts:
        """What is counted."""
        if not self._pairwise:
            return super().scores
        count = len(self.classes or ())
        return ScoreCounts(Raw(Y_PRED), Turned(self.places), classes=count, columns=count)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The scores, and the flags."""
        if self.classes is None:
            return super().needs
        return (*super().needs, Count(NotOne(), weighted=False))

    def check(self, *flags: Any) -> None:
        """Refuse scores of classes that are no probabilities."""
        super().check(*flags)
        if self.classes is not None and flags[1].rows:
            msg = (
                f"{self.name}: expected probabilities that sum to 1 in each row of y_pred, got "
                f"{flags[1].rows:,} rows that do not; apply a softmax"
            )
            raise DomainError(msg)

    @property
    def sweeps(self) -> tuple[Sweep[Any, Any], ...]:
        """The area of each column."""
        if self._pairwise:
            return (OneVsOthers(),)
        return (PartialRocArea(float(self.max_fpr or 1)),) if self._partial else (RocArea(),)

    def compute(self, *states: Any) -> Outcome:
        """The area, or the average."""
        (found,) = self.swept(*states)
        if self._pairwise:
            return replace(self._of_pairs(found), rule=EVERY_SCORE, details={"exact": True})
        areas = found if self._partial else [Area.of(summary) for summary in found]
        outcome = self.averaged(areas, [missing(a.negatives, a.positives) for a in areas])
        details: dict[str, Any] = {"exact": True}
        if len(found) == 1 and not self._partial and areas[0].value is not None:
            by_row = self.columns == 1 and self.average != "micro"
            details = described(found[0], unit_of(states[0]), independent=by_row)
        return replace(outcome, rule=EVERY_SCORE, details=details)

    def _of_pairs(self, found: Sequence[Against]) -> Outcome:
        """Of each pair of classes the mean of both areas."""
        count = len(found)
        sizes = [against.totals[0] for against in found]
        there = [c for c in range(count) if sizes[c]]
        if len(there) < 2:
            reason = "there is one class only" if there else NO_WEIGHT
            return Outcome(math.nan, undefined=reason)
        pairs = list(itertools.combinations(there, 2))
        values = [(found[a].area(b - a) + found[b].area(a - b + count)) / 2 for a, b in pairs]
        weighted = self.average == "weighted"
        weights = [sizes[a] + sizes[b] if weighted else 1 for a, b in pairs]
        return Outcome(mean_of(values, weights))


@dataclass(frozen=True, repr=False)
class Gini(RankedScores):
    """Gini coefficient of scores, 2 AUC - 1: Somers' D of scores given labels.

    Parameters
    ----------
    pos_label : label, optional
        The positive one; by default 1 of {0, 1} or {-1, 1}.

    Returns
    -------
    float
        NaN with a warning where there are no positives or no negatives.

    Notes
    -----
    Shapes: labels and scores (N,).
    Range: [-1, 1], higher is better.
    State: 4 or 8 bytes for each distinct score and class; over the budget in scratch files.
    Exact: a quotient of integers, rounded once.
    Reference: scipy.stats.somersd.

    Examples
    --------
    >>> Gini()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.5
    """

    key: ClassVar[str] = "gini"
    sweeps = (RocArea(),)

    def compute(self, *states: Any) -> Outcome:
        """From the area under the ROC curve."""
        ((found,),) = self.swept(*states)
        reason = missing(found.negatives, found.positives)
        if reason:
            return Outcome(math.nan, undefined=reason, rule=EVERY_SCORE)
        value = limbs.to_float(2 * found.area - Fraction(1))
        facts = described(found, unit_of(states[0]))
        unit = unit_of(states[0])
        square = None if unit is None else unit * unit
        facts["numerator"] = plain(found.w - found.pairs, square)
        facts["denominator"] = plain(found.pairs, square)
        if "standard_error" in facts:
            facts["standard_error"] *= 2
            facts["interval"] = tuple(2 * end - 1 for end in facts["interval"])
        return Outcome(value, rule=EVERY_SCORE, details=facts)
