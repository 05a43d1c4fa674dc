"""Compiled sums along sorted scores: what areas under curves come from."""

from __future__ import annotations

import numba
import numpy as np

_jit = numba.njit(nogil=True, cache=True)
_u = np.uint64


@_jit
def _summarised(none, some, row):
    """The range summary of scores of few rows."""
    negatives, positives, w, ties, qa, qb = _u(0), _u(0), _u(0), _u(0), _u(0), _u(0)
    for i in range(none.shape[0]):
        a, b = _u(none[i]), _u(some[i])
        if b:
            below = _u(2) * negatives + a
            qa += b * below * below
            qb += b * (a * b + _u(4) * (w + b * negatives))
            w += b * below
            ties += a * b
            positives += b
        negatives += a
    row[0], row[1], row[2], row[3], row[4], row[5] = positives, negatives, w, ties, qa, qb


@_jit
def summarise(none, some, most, out, i):
    """Range summaries of runs of scores, from place i on, until out is full.

    Each has at most so many rows, or is of one score. Row k of out: positives, negatives, W,
    ties, QA, QB. Returns how many runs, and the place reached. See `areas.RangeSummary`. most:
    below 2**21: for P + N rows QA is at most 4 P N**2, and QB 4 N P**2, which is below 2**63.
    """
    k, n = 0, none.shape[0]
    rows = np.int64(0)
    for j in range(i, n):
        rows += none[j] + some[j]
    if _u(rows) <= most:  # nearly always, and faster to know
        _summarised(none[i:], some[i:], out[0])
        return 1, n
    while i < n and k < out.shape[0]:
        first, rows = i, np.int64(0)
        while i < n and _u(rows + none[i] + some[i]) <= most:
            rows += none[i] + some[i]
            i += 1
        if i == first:  # the rest follows from these two
            out[k, 0], out[k, 1] = some[i], none[i]
            i += 1
        else:
            _summarised(none[first:i], some[first:i], out[k])
        k += 1
    return k, i
