"""Rates of many vertices at once, each an exact quotient rounded once."""

from __future__ import annotations

import numpy as np

from disteval.metrics.curves.vertices import Vertices
from disteval.protocol import Array

_EXACT = 1 << 53


def rates(parts: Array, totals: Array | int) -> Array:
    """The quotients, in float64; NaN where a total is zero."""
    whole = np.broadcast_to(np.asarray(totals, None if _is_small(totals) else object), parts.shape)
    if object not in (parts.dtype, whole.dtype):
        with np.errstate(invalid="ignore"):
            found: Array = np.true_divide(parts, whole)
            return found
    # Python divides integers of any size, and rounds once
    pairs = zip(parts.tolist(), whole.tolist(), strict=True)
    return np.array([a / b if b else np.nan for a, b in pairs], np.float64)


def _is_small(totals: Array | int) -> bool:
    """Whether these, and what is at most as large, are float64 numbers."""
    if isinstance(totals, int):
        return totals < _EXACT
    return totals.dtype != object and bool((totals < _EXACT).all())


def false_positive_rate(found: Vertices) -> Array:
    """Of negatives."""
    return rates(found.fp, found.negatives)


def true_positive_rate(found: Vertices) -> Array:
    """Of positives."""
    return rates(found.tp, found.positives)


def missed_rate(found: Vertices) -> Array:
    """Of positives, those below the score."""
    return rates(found.positives - found.tp, found.positives)


def precision(found: Vertices) -> Array:
    """Of what is at or above the score."""
    return rates(found.tp, found.tp + found.fp)
