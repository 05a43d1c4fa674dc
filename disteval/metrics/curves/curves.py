"""Curves over all thresholds: ROC, precision and recall, detection error tradeoff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from disteval.errors import BudgetError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import require_bool, require_int
from disteval.metrics.curves.areas import EVERY_SCORE
from disteval.metrics.curves.base import RankedScores
from disteval.metrics.curves.errors import largest_gaps, precision_recall_errors, roc_errors
from disteval.metrics.curves.rates import (
    false_positive_rate,
    missed_rate,
    precision,
    true_positive_rate,
)
from disteval.metrics.curves.vertices import (
    BUDGET,
    FEWEST,
    DistinctScores,
    EveryCorner,
    EveryVertex,
    ThinnedVertices,
    Vertices,
)
from disteval.protocol import Array, Outcome, Value
from disteval.reductions import Sweep

Columns = dict[str, Array]

SOME_SCORES = "some of the scores of y_pred are thresholds"
EVERY_CORNER = "every score of y_pred where the curve turns is a threshold"


class OverThresholds(RankedScores):
    """Values at every threshold, or at some."""

    max_points: int | None
    straight: ClassVar[bool] = False
    """Whether vertices with the same true positives are on one line, of which the ends will do."""

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        require_int("max_points", self.max_points, FEWEST)

    @property
    def sweeps(self) -> tuple[Sweep[Any, Any], ...]:
        """Every vertex, or some."""
        if self.max_points is None:
            return (EveryVertex(),)
        return (ThinnedVertices(self.max_points - 4, self.straight),)

    def compute(self, *states: Any) -> Value | Outcome:
        """Of the vertices."""
        ((found,),) = self.swept(*states)
        what, rule = "vertices", EVERY_SCORE
        if isinstance(found, int):
            if found > BUDGET:
                raise BudgetError(self._too_many(found))
            (found,) = states[0].sweep(EveryVertex(counted=True))
        elif self.max_points is not None:
            what, rule, found = self._fitting(found, states[0], self.max_points)
        outcome = self.of_vertices(found, states[0])
        return Outcome(
            outcome.value,
            undefined=outcome.undefined,
            rule=rule,
            details={what: found.distinct, **self._errors(found), **outcome.details},
        )

    def _fitting(self, thinned: Vertices, state: Any, most: int) -> tuple[str, str, Vertices]:
        """Every vertex, or else every corner, where they are few enough; or some."""
        what = "corners" if self.straight else "vertices"
        if thinned.distinct >= most:
            return what, SOME_SCORES, thinned
        if not self.straight or state.sweep(DistinctScores())[0] < most:
            return "vertices", EVERY_SCORE, state.sweep(EveryVertex(counted=True))[0]
        return what, EVERY_CORNER, state.sweep(EveryCorner())[0]

    def of_vertices(self, found: Vertices, state: Any) -> Outcome:
        """The values at each vertex."""
        raise NotImplementedError

    def errors(self, found: Vertices) -> Mapping[str, float]:
        """What is certain of the curve where vertices are left out."""
        fpr, tpr = largest_gaps(found)
        return {"fpr_gap": fpr, "tpr_gap": tpr}

    def _errors(self, found: Vertices) -> dict[str, Any]:
        if not found.gaps:
            return {}
        return {"points_kept": len(found), **self.errors(found)}

    def _too_many(self, distinct: int) -> str:
        return (
            f"{self.name}: expected at most {BUDGET:,} distinct scores, got {distinct:,}, which "
            f"would take {24 * distinct >> 20:,} MiB; give max_points=, such as max_points=1000 "
            "for a thousand exact points"
        )


@dataclass(frozen=True, repr=False)
class RocCurve(OverThresholds):
    """ROC curve: true positives of the positives over false positives of the negatives.

    Parameters
    ----------
    max_points : int, optional
        At most so many points, each exact: the first in each cell of a grid along the curve, both
        ends, and where it leaves the axes. Where there are more scores than that, those between
        two others with the same true positives are left out before. None: all; 24 bytes for each
        distinct score.
    drop_intermediate : bool
        Leave out points on a straight line between others, where all points are given.
    pos_label : label, optional
        The positive one; by default 1 of labels {0, 1} or {-1, 1}.

    Returns
    -------
    dict of float64 arrays "fpr", "tpr" and "thresholds"
        From no row to all rows; a row is positive where y_pred >= threshold. The first threshold
        is inf. Without negatives "fpr" is NaN, without positives "tpr", with a warning.

    Notes
    -----
    With `max_points`, ``result.details`` has the exact "area" under the whole curve, "area_error",
    what the straight lines between the points given lack of it (exact, rounded once), and
    "area_between", a bound of the area between the whole curve and these lines.
    Shapes: labels and scores (N,).
    Range: [0, 1] for both rates, no direction.
    State: distinct scores and how often each occurs with each class (`ScoreCounts`).
    Exact: each rate is a quotient of exact totals, rounded once; points are never interpolated.
    Reference: sklearn.metrics.roc_curve.

    Examples
    --------
    >>> curve = RocCurve()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve["fpr"], curve["tpr"]
    (array([0. , 0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 0.5, 1. , 1. ]))
    >>> curve["thresholds"]
    array([ inf, 0.8 , 0.4 , 0.35, 0.1 ])
    """

    max_points: int | None = None
    drop_intermediate: bool = True
    key: ClassVar[str] = "roc_curve"
    straight: ClassVar[bool] = True

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        require_bool("drop_intermediate", self.drop_intermediate)

    def of_vertices(self, found: Vertices, state: Any) -> Outcome:  # noqa: ARG002
        """Rates, from none on."""
        if not len(found):
            return Outcome(_empty("fpr", "tpr", "thresholds"), undefined=NO_WEIGHT)
        if self.drop_intermediate and not found.gaps:
            found = found.chosen(_corners(found))
        fpr, tpr = false_positive_rate(found), true_positive_rate(found)
        value = {
            "fpr": np.append(0.0 * fpr[:1], fpr),  # NaN of none
            "tpr": np.append(0.0 * tpr[:1], tpr),
            "thresholds": np.append(np.inf, found.scores.astype(np.float64)),
        }
        return Outcome(value, undefined=missing_class(found))

    def errors(self, found: Vertices) -> Mapping[str, float]:
        """Areas too."""
        return {**super().errors(found), **roc_errors(found)}


@dataclass(frozen=True, repr=False)
class PrecisionRecallCurve(OverThresholds):
    """Precision and recall at every threshold.

    Parameters
    ----------
    max_points : int, optional
        As for `roc_curve`.
    drop_intermediate : bool
        Leave out points between others of the same recall, where all points are given.
    pos_label : label, optional
        The positive one; by default 1 of labels {0, 1} or {-1, 1}.

    Returns
    -------
    dict of arrays "precision" and "recall" (float64), and "thresholds" (as y_pred)
        From all rows to none; a row is positive where y_pred >= threshold. Precision and recall
        end with 1 and 0, which have no threshold. Without positives recall is 1, with a warning.

    Notes
    -----
    With `max_points`, ``result.details`` has "average_precision_error": by how much the average
    precision of the points given can differ from that of the whole curve.
    Shapes: labels and scores (N,).
    Range: [0, 1] for both, no direction.
    State: distinct scores and how often each occurs with each class (`ScoreCounts`).
    Exact: each value is a quotient of exact totals, rounded once; points are never interpolated.
    Reference: sklearn.metrics.precision_recall_curve.

    Examples
    --------
    >>> curve = PrecisionRecallCurve()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve["precision"], curve["recall"]
    (array([0.5       , 0.66666667, 0.5       , 1.        , 1.        ]), array([1. , 1. , 0.5, 0.5, 0. ]))
    >>> curve["thresholds"]
    array([0.1 , 0.35, 0.4 , 0.8 ])
    """  # noqa: E501

    max_points: int | None = None
    drop_intermediate: bool = False
    key: ClassVar[str] = "precision_recall_curve"
    straight: ClassVar[bool] = True

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        require_bool("drop_intermediate", self.drop_intermediate)

    def of_vertices(self, found: Vertices, state: Any) -> Outcome:  # noqa: ARG002
        """Precision and recall, from all rows on."""
        if not len(found):
            return Outcome(_empty("precision", "recall", "thresholds"), undefined=NO_WEIGHT)
        if self.drop_intermediate and not found.gaps:
            found = found.chosen(_ends_of_recall(found.tp))
        recall = true_positive_rate(found) if found.positives else np.ones(len(found))
        value = {
            "precision": np.append(precision(found)[::-1], 1.0),
            "recall": np.append(recall[::-1], 0.0),
            "thresholds": found.scores[::-1].copy(),
        }
        reason = "" if found.positives else "there are no positives; recall is taken as 1.0"
        return Outcome(value, undefined=reason)

    def errors(self, found: Vertices) -> Mapping[str, float]:
        """Average precision too."""
        return {**super().errors(found), **precision_recall_errors(found)}


@dataclass(frozen=True, repr=False)
class DetCurve(OverThresholds):
    """Detection error tradeoff: false positives of the negatives, false negatives of the positives.

    Parameters
    ----------
    max_points : int, optional
        As for `roc_curve`.
    drop_intermediate : bool
        Leave out points between others of the same false negatives, where all points are given.
    pos_label : label, optional
        The positive one; by default 1 of labels {0, 1} or {-1, 1}.

    Returns
    -------
    dict of float64 arrays "fpr", "fnr" and "thresholds"
        By rising threshold, from the highest without false negatives to the lowest without false
        positives (inf where that is none); a row is positive where y_pred >= threshold. Without
        negatives "fpr" is NaN, without positives "fnr", with a warning.

    Notes
    -----
    Shapes: labels and scores (N,).
    Range: [0, 1] for both rates, no direction.
    State: distinct scores and how often each occurs with each class (`ScoreCounts`).
    Exact: each rate is a quotient of exact totals, rounded once; points are never interpolated.
    Reference: sklearn.metrics.det_curve, which refuses one class alone.

    Examples
    --------
    >>> curve = DetCurve()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve["fpr"], curve["fnr"]
    (array([0.5, 0.5, 0. ]), array([0. , 0.5, 0.5]))
    >>> curve["thresholds"]
    array([0.35, 0.4 , 0.8 ])
    """

    max_points: int | None = None
    drop_intermediate: bool = False
    key: ClassVar[str] = "det_curve"
    straight: ClassVar[bool] = True

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        require_bool("drop_intermediate", self.drop_intermediate)

    def of_vertices(self, found: Vertices, state: Any) -> Outcome:  # noqa: ARG002
        """Rates, from no false negatives to no false positives."""
        if not len(found):
            return Outcome(_empty("fpr", "fnr", "thresholds"), undefined=NO_WEIGHT)
        whole = Vertices(
            np.append(np.inf, found.scores.astype(np.float64)), np.append(0, found.fp),
            np.append(0, found.tp), found.negatives, found.positives,
        )  # fmt: skip
        if self.drop_intermediate and not found.gaps:
            whole = whole.chosen(_ends_of_recall(whole.tp))
        first = int(np.flatnonzero(whole.fp == 0)[-1])
        last = int(np.flatnonzero(whole.tp == whole.positives)[0])
        shown = whole.chosen(np.arange(first, last + 1)[::-1])
        value = {
            "fpr": false_positive_rate(shown),
            "fnr": missed_rate(shown),
            "thresholds": shown.scores,
        }
        return Outcome(value, undefined=missing_class(found))


def missing_class(found: Vertices) -> str:
    """Which class has no rows, in words."""
    if found.negatives and found.positives:
        return ""
    return f"there are no {'positives' if found.negatives else 'negatives'}"


def _empty(*names: str) -> Columns:
    return {name: np.zeros(0) for name in names}


def _corners(found: Vertices) -> Array:
    """The vertices but those with as many rows of each class as the next one, as scikit-learn."""
    same = [np.diff(rows, 2) == 0 for rows in (found.fp, found.tp)]
    return _with_ends(len(found), ~(same[0] & same[1]))


def _ends_of_recall(tp: Array) -> Array:
    """The first and the last vertex of each tp."""
    more = np.diff(tp) != 0
    return _with_ends(len(tp), more[:-1] | more[1:])


def _with_ends(n: int, inner: Array) -> Array:
    if n < 3:
        return np.arange(n)
    return np.flatnonzero(np.concatenate([[True], inner, [True]]))
