"""Quantiles of scores, from how often each occurs: a sweep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from disteval.reductions import Segment

Method = Literal["linear", "inverted_cdf", "averaged_inverted_cdf"]
METHODS: tuple[Method, ...] = ("linear", "inverted_cdf", "averaged_inverted_cdf")
Ends = tuple[int, int, Fraction]
"""Two ranks, and how far from the first to the second the quantile lies."""
Found = tuple[dict[int, Any], bool]
"""The scores at some ranks, and whether one is NaN."""


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of the scores: a sweep.

    Parameters
    ----------
    levels : in [0, 1]
    method : as `Quantile` has it
    row : the weight of one row, in the unit of the counts; only "linear" has a use for it
    """

    levels: tuple[Fraction, ...]
    method: Method
    row: Fraction = Fraction(1)

    def over(self, segment: Segment, before: tuple[int, ...], totals: tuple[int, ...]) -> Found:
        """The scores of the ranks that this segment holds."""
        (counts,), (lower,), (total,) = segment.counts, before, totals
        if not len(counts):
            return {}, False
        # NaN of either sign is beyond the infinities
        ends = segment.order.scores(segment.keys[[0, -1]])
        nan = bool(np.isnan(ends).any())
        upper = lower + int(counts.sum())
        ranks = [rank for rank in _ranks(self, total) if lower < rank <= upper]
        if not ranks:
            return {}, nan
        wanted = np.array([rank - lower for rank in ranks], counts.dtype)
        at = np.searchsorted(np.cumsum(counts), wanted)
        return dict(zip(ranks, segment.order.scores(segment.keys[at]).tolist(), strict=True)), nan

    def combine(self, results: Sequence[Found], totals: tuple[int, ...]) -> list[Any] | None:
        """Each quantile as a fraction, or as a float where it is not finite; None of no weight."""
        (total,) = totals
        if not total:
            return None
        if any(nan for _, nan in results):
            return [math.nan] * len(self.levels)
        scores = {rank: score for found, _ in results for rank, score in found.items()}
        ends = (self.ends(level, total) for level in self.levels)
        return [_between(scores[low], scores[high], part) for low, high, part in ends]

    def ends(self, level: Fraction, total: int) -> Ends:
        """The ranks of 1 to total that a quantile lies between; the first score to reach them."""
        if self.method == "linear":
            place = max(level * (total / self.row - 1), Fraction(0))
            below = math.floor(place)
            low, high, part = self.row * (below + 1), self.row * (below + 2), place - below
        else:
            low = high = level * total
            part = Fraction(0)
            if self.method == "averaged_inverted_cdf":
                high, part = Fraction(math.floor(low) + 1), Fraction(1, 2)
        first, second = (min(max(math.ceil(rank), 1), total) for rank in (low, high))
        return first, second, part


@lru_cache(256)  # every segment asks
def _ranks(sweep: Quantiles, total: int) -> tuple[int, ...]:
    """All ranks that the quantiles lie between."""
    ends = (sweep.ends(level, total) for level in sweep.levels)
    return tuple(sorted({rank for low, high, _ in ends for rank in (low, high)}))


def _between(low: Any, high: Any, part: Fraction) -> Any:
    """Interpolate exactly; with infinities as floats do."""
    if not part or low == high:
        return Fraction(low) if math.isfinite(low) else low
    if not (math.isfinite(low) and math.isfinite(high)):
        return float(low + high)
    return Fraction(low) + part * (Fraction(high) - Fraction(low))
