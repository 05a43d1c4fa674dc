"""What is certain of a curve of which not all vertices are given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from disteval.metrics.curves.vertices import Gap, Vertices
from disteval.numerics.limbs import to_float

_UNIT = 1 << 128  # of terms that are rounded up and added


class Step(NamedTuple):
    """A gap where vertices are left out, between the kept vertices (fp, tp) and (fp, tp) + gap.

    Parameters
    ----------
    fp, tp : rows above the gap
    gap : the gap
    """

    fp: int
    tp: int
    gap: Gap


def steps(found: Vertices) -> Iterator[Step]:
    """The gaps in which vertices are left out."""
    fp = tp = 0
    for gap in found.gaps:
        if gap.scores > 1:
            yield Step(fp, tp, gap)
        fp += gap.negatives
        tp += gap.positives


def largest_gaps(found: Vertices) -> tuple[float, float]:
    """How far apart two kept vertices with others between them are at most.

    By fp / negatives and by tp / positives: what is left out lies between the two, in both.
    """
    wide = [step.gap for step in steps(found)]
    return (
        _rate(max((gap.negatives for gap in wide), default=0), found.negatives),
        _rate(max((gap.positives for gap in wide), default=0), found.positives),
    )


def roc_errors(found: Vertices) -> dict[str, float]:
    """The exact area, what the kept vertices lack of it, and a bound of the area between both.

    The curve is monotone, and so is at most half of the box away from the straight line between
    two vertices.
    """
    pairs = 2 * found.negatives * found.positives
    if not pairs:
        return dict.fromkeys(("area", "area_error", "area_between"), math.nan)
    total, below = 0, found.negatives
    for gap in found.gaps:
        below -= gap.negatives
        total += gap.w + 2 * gap.positives * below
    wide = [step.gap for step in steps(found)]
    error = sum(gap.w - gap.negatives * gap.positives for gap in wide)
    between = sum(gap.negatives * gap.positives for gap in wide)
    return {
        "area": to_float(Fraction(total, pairs)),
        "area_error": to_float(Fraction(error, pairs)),
        "area_between": _upwards(Fraction(between, pairs)),
    }


def precision_recall_errors(found: Vertices) -> dict[str, float]:
    """A bound of what the kept vertices lack of, or add to, the average precision.

    Precision at a vertex that is left out is that of some fp and tp between those of the two that
    are kept.
    """
    if not found.positives:
        return {"average_precision_error": math.nan}
    total = 0
    for fp, tp, gap in steps(found):
        fp_below, tp_below = fp + gap.negatives, tp + gap.positives
        kept = Fraction(tp_below, tp_below + fp_below)
        least = Fraction(tp, tp + fp_below) if tp + fp_below else kept
        most = Fraction(tp_below, tp_below + fp)
        term = Fraction(gap.positives, found.positives) * max(kept - least, most - kept)
        total += -(-term.numerator * _UNIT // term.denominator)
    return {"average_precision_error": _upwards(Fraction(total, _UNIT))}


def _rate(part: int, whole: int) -> float:
    return _upwards(Fraction(part, whole)) if whole else math.nan


def _upwards(value: Fraction) -> float:
    """The least float that is not below the value."""
    near = to_float(value)
    return near if Fraction(near) >= value else math.nextafter(near, math.inf)
