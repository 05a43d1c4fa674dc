"""A compiled loop along sorted scores: which vertices of a curve to keep, and what lies between.

The same loop runs as plain Python on exact integers of any size: `thin.py_func`.
"""

from __future__ import annotations

import numba

_jit = numba.njit(nogil=True, cache=True)

_BLOCK = 64
"""Scores that are passed at once where no vertex among them is kept, as is nearly always so."""


@_jit
def thin(none, some, start, factors, bounds, cell, forced, kept, gaps):
    """Choose vertices of ascending scores, those that are the first from above in their cell.

    A vertex is at ``q = factors[0] * fp + factors[1] * tp`` where fp and tp are the rows at its
    score and above; it is in cell k where ``bounds[k] <= q < bounds[k + 1]``.

    Parameters
    ----------
    none, some : (n,), rows of each score
    start : q of the first (lowest) score
    factors : of negatives and of positives
    bounds : ascending, from 0 on
    cell : of the first score
    forced : places that are kept, whatever their cell; ascending, n after them
    kept : (m,), receives the places of the vertices that are kept
    gaps : (m + 1, 4), receives what lies before the first of them, and from each one on
        Scores, negatives, positives, and W: twice the pairs of a positive above a negative, ties
        half, as in `areas.RangeSummary`.

    Returns
    -------
    int
        How many are kept.
    """
    of_negative, of_positive = factors[0], factors[1]
    n = none.shape[0]
    q, bound, k, begun, at = start, bounds[cell], 0, 0, 0
    negatives = positives = w = start - start
    for block in range(0, n, _BLOCK):
        stop = min(block + _BLOCK, n)
        a_seen, b_seen, w_seen = negatives, positives, w
        lower, upper = none[block:stop], some[block:stop]
        for i in range(stop - block):
            a, b = lower[i], upper[i]
            w_seen += b * (2 * a_seen + a)
            a_seen += a
            b_seen += b
        above = q - (of_negative * (a_seen - negatives) + of_positive * (b_seen - positives))
        if above >= bound and above != 0 and forced[at] >= stop:
            q, negatives, positives, w = above, a_seen, b_seen, w_seen
            continue
        for i in range(block, stop):
            a, b = none[i], some[i]
            above = q - (of_negative * a + of_positive * b)
            if above < bound or above == 0 or i == forced[at]:
                gap = gaps[k]
                gap[0], gap[1], gap[2], gap[3] = i - begun, negatives, positives, w
                kept[k] = i
                k += 1
                begun = i
                negatives = positives = w = start - start
                while bounds[cell] > above:
                    cell -= 1
                bound = bounds[cell]
            at += i == forced[at]
            w += b * (2 * negatives + a)
            negatives += a
            positives += b
            q = above
    gap = gaps[k]
    gap[0], gap[1], gap[2], gap[3] = n - begun, negatives, positives, w
    return k
