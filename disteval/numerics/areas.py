"""The area under the ROC curve and its variance, from exact integers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, Self

import numpy as np

from disteval.numerics.contiguous import for_kernel

Array = np.ndarray[Any, np.dtype[Any]]

_MOST = (1 << 21) - 1
_RANGES = 64  # that one call of the compiled loop makes
_SMALL = 1 << 10
"""Bits of a denominator that is kept in lowest terms."""


@dataclass(frozen=True, slots=True)
class RangeSummary:
    """What a range of scores adds to areas: a monoid over adjacent ranges, left the lower.

    For each score with p positives and n negatives let a = 2 * (negatives below) + n and
    b = 2 * (positives above) + p, both within the range. Any unit of weight will do.

    Parameters
    ----------
    positives, negatives : rows
    w : sum of p a, twice the pairs in the right order, ties half
    ties : sum of p n, the pairs of equal scores
    qa, qb : sums of p a**2 and of n b**2
    """

    positives: int = 0
    negatives: int = 0
    w: int = 0
    ties: int = 0
    qa: int = 0
    qb: int = 0

    @classmethod
    def of_score(cls, negatives: int, positives: int) -> Self:
        """Of a single score."""
        both = positives * negatives
        return cls(positives, negatives, both, both, both * negatives, both * positives)

    @classmethod
    def of(cls, none: Array, some: Array) -> RangeSummary:
        """Of scores in ascending order, by how many negatives and positives have each.

        Parameters
        ----------
        none, some : (n,), int64; or Python integers, of weights
        """
        if none.dtype == object:
            return total(cls.of_score(n, p) for n, p in zip(none, some, strict=True))
        from disteval.numerics.kernels import areas as kernels

        none, some = for_kernel(none), for_kernel(some)
        out = np.empty((_RANGES, 6), np.uint64)
        found, start = cls(), 0
        while start < len(none):
            k, start = kernels.summarise(none, some, np.uint64(_MOST), out, start)
            found = total((found, *map(cls._of_words, out[:k].tolist())))
        return found

    @classmethod
    def _of_words(cls, row: list[int]) -> Self:
        positives, negatives, *_ = row
        if positives + negatives > _MOST:  # one score alone
            return cls.of_score(negatives, positives)
        return cls(*row)

    def __add__(self, other: RangeSummary) -> RangeSummary:
        p, n = other.positives, self.negatives
        return RangeSummary(
            self.positives + p,
            n + other.negatives,
            self.w + other.w + 2 * n * p,
            self.ties + other.ties,
            self.qa + other.qa + 4 * n * other.w + 4 * n * n * p,
            self.qb + other.qb + 4 * p * self.w + 4 * p * p * n,
        )

    @property
    def pairs(self) -> int:
        """Of a positive and a negative."""
        return self.positives * self.negatives

    @property
    def area(self) -> Fraction:
        """Under the ROC curve: W / (2PN)."""
        return Fraction(self.w, 2 * self.pairs)

    @property
    def bounds(self) -> tuple[Fraction, Fraction]:
        """Where the area of scores lies of which these are rounded ones, in the same order."""
        twice = 2 * self.pairs
        return Fraction(self.w - self.ties, twice), Fraction(self.w + self.ties, twice)

    @property
    def variance(self) -> Fraction | None:
        """Of the area, by DeLong, DeLong and Clarke-Pearson (1988); None below two of a class."""
        p, n = self.positives, self.negatives
        if p < 2 or n < 2:
            return None
        s10 = Fraction(p * self.qa - self.w**2, 4 * n * n * p * (p - 1))
        s01 = Fraction(n * self.qb - self.w**2, 4 * p * p * n * (n - 1))
        return s10 / p + s01 / n


def total(parts: Iterable[RangeSummary]) -> RangeSummary:
    """Of adjacent ranges, in ascending order."""
    return reduce(RangeSummary.__add__, parts, RangeSummary())
