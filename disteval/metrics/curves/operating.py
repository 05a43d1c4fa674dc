"""Operating points: what a threshold of the score decides, in exact integers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from disteval.numerics import limbs
from disteval.reductions import Segment, Totals

Array = np.ndarray[Any, np.dtype[Any]]
Threshold = int | float

_FLOAT = 1 << 53


@dataclass(frozen=True, slots=True)
class Point:
    """Rows whose score is at least the threshold are positive; none is at infinity.

    Parameters
    ----------
    threshold : a score that occurs, or inf
    fp, tp : false and true positives
    negatives, positives : in all; in any unit, that of fp and tp
    """

    threshold: Threshold
    fp: int
    tp: int
    negatives: int
    positives: int

    @classmethod
    def none(cls, totals: Totals) -> Point:
        """No row is positive."""
        return cls(math.inf, 0, 0, *totals)

    @property
    def tpr(self) -> Fraction:
        """True positive rate: sensitivity, recall; 0/0 is 0."""
        return quotient(self.tp, self.positives)

    @property
    def fpr(self) -> Fraction:
        """False positive rate; 0/0 is 0."""
        return quotient(self.fp, self.negatives)

    @property
    def specificity(self) -> Fraction:
        """True negative rate; 0/0 is 0."""
        return quotient(self.negatives - self.fp, self.negatives)

    @property
    def precision(self) -> Fraction:
        """Positives among those at or above the threshold; 0/0 is 0."""
        return quotient(self.tp, self.tp + self.fp)

    @property
    def rule(self) -> str:
        """How scores are turned into labels."""
        if self.threshold == math.inf and not self.tp + self.fp:
            return "no y_pred is positive"
        return f"y_pred >= {self.threshold}"

    def details(self, unit: Fraction, **rates: Fraction) -> dict[str, Any]:
        """The threshold, these rates, and rows or weight on either side."""
        found: dict[str, Any] = {"threshold": self.threshold}
        found |= {name: limbs.to_float(rate) for name, rate in rates.items()}
        for name in ("tp", "fp"):
            found[name] = plain(getattr(self, name) * unit)
        return found


def plain(value: Fraction) -> int | float:
    """An integer as such, while it is no longer than a float."""
    whole = value.denominator == 1 and value.numerator < _FLOAT
    return int(value) if whole else limbs.to_float(value)


def quotient(a: int, b: int) -> Fraction:
    """a / b; 0/0 is 0."""
    return Fraction(a, b) if b else Fraction(0)


def score_at(segment: Segment, place: int) -> Threshold:
    """A score, as a Python number."""
    found: Threshold = segment.order.scores(segment.keys[place : place + 1])[0].item()
    return found


def at_or_above(before: Totals, totals: Totals) -> tuple[int, int]:
    """False and true positives at the first score of a segment."""
    return totals[0] - before[0], totals[1] - before[1]


@lru_cache(maxsize=256)
def least_count(share: float, total: int) -> int:
    """The least part of a total whose quotient, as a float, is at least so much (0 to 1).

    0/0 is 0. total + 1 where there is none.
    """
    if not total:
        return int(share > 0)
    near = math.floor(Fraction(share) * total)
    slack = (total >> 52) + 1
    low, high = max(near - slack, 0), min(near + slack, total)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if middle / total >= share else (middle + 1, high)
    return low
