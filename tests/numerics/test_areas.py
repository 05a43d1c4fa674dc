"""Summaries of ranges of scores: exact, however ranges are cut and put together."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from disteval.numerics import areas
from disteval.numerics.areas import RangeSummary, total

Counts = tuple[list[int], list[int]]
LIMIT = (1 << 21) - 1  # rows that the compiled loop takes together


def by_definition(none: list[int], some: list[int]) -> RangeSummary:
    """The sums as their docstring has them, in Python's integers."""
    positives, negatives = sum(some), sum(none)
    below, above = 0, positives
    w = ties = qa = qb = 0
    for n, p in zip(none, some, strict=True):
        above -= p
        a, b = 2 * below + n, 2 * above + p
        w += p * a
        ties += p * n
        qa += p * a * a
        qb += n * b * b
        below += n
    return RangeSummary(positives, negatives, w, ties, qa, qb)


def summary(none: Any, some: Any, dtype: Any = np.int64) -> RangeSummary:
    return RangeSummary.of(np.array(none, dtype), np.array(some, dtype))


def put_together(rng: np.random.Generator, parts: list[RangeSummary]) -> RangeSummary:
    """Adjacent ranges added in random pairs."""
    left = list(parts)
    while len(left) > 1:
        i = int(rng.integers(len(left) - 1))
        left[i : i + 2] = [left[i] + left[i + 1]]
    return left[0]


def pieces(rng: np.random.Generator, none: Any, some: Any) -> list[tuple[Any, Any]]:
    cuts = np.sort(rng.integers(0, len(none) + 1, int(rng.integers(0, 6))))
    return list(zip(np.split(none, cuts), np.split(some, cuts), strict=True))


@pytest.mark.parametrize("most", [1, 2, 9, 1000])
@pytest.mark.parametrize("dtype", [np.int64, object])
def test_summaries_are_sums_however_ranges_are_cut(most: int, dtype: Any) -> None:
    rng = np.random.default_rng(most)
    for _ in range(150):
        none, some = rng.integers(0, most + 1, (2, int(rng.integers(0, 40)))).astype(dtype)
        expected = by_definition(none.tolist(), some.tolist())
        assert RangeSummary.of(none, some) == expected
        parts = [RangeSummary.of(*piece) for piece in pieces(rng, none, some)]
        assert put_together(rng, parts) == expected == total(parts)
        nothing = RangeSummary()
        assert nothing + expected == expected == expected + nothing


@pytest.mark.parametrize(
    "rows",
    [
        ([LIMIT], [0]),
        ([0], [LIMIT]),
        ([LIMIT - 1], [1]),
        ([LIMIT], [1]),
        ([LIMIT + 1], [LIMIT + 1]),
        ([LIMIT // 2, 0, LIMIT // 2 + 1], [0, 0, 0]),
        ([LIMIT // 2, 0], [0, LIMIT // 2 + 1]),
        ([0, LIMIT // 2 + 1], [LIMIT // 2, 0]),
        ([LIMIT // 2 + 1, 0], [0, LIMIT // 2 + 1]),
        ([1, LIMIT, 1], [1, 0, 1]),
        ([1, LIMIT, 1], [1, 1, 1]),
        ([1, 0, 0, 1], [1, LIMIT + 9, LIMIT + 9, 1]),
        ([0, 0, LIMIT, 0], [0, 0, 0, 0]),
        ([1 << 40] * 5, [1 << 40] * 5),
        ([1, 1 << 40, 3], [1 << 40, 0, 1 << 39]),
        ([1 << 60, 1], [1, 1 << 60]),
        ([(1 << 62) - 1, 0], [0, (1 << 62) - 1]),
    ],
)  # fmt: skip
def test_rows_at_the_limit_of_the_compiled_loop(rows: Counts) -> None:
    for none, some in (rows, rows[::-1], (rows[0][::-1], rows[1][::-1])):
        assert summary(none, some) == by_definition(none, some) == summary(none, some, object)


@pytest.mark.parametrize("each", [1, 2, 100, LIMIT // 3, LIMIT - 2, LIMIT])
def test_ranges_of_nearly_as_many_rows_as_fit(each: int) -> None:
    rng = np.random.default_rng(each)
    for _ in range(20):
        n = int(min(3 * LIMIT // each + 3, 2000))
        none, some = rng.integers(0, each // 2 + 2, (2, n))
        assert RangeSummary.of(none, some) == by_definition(none.tolist(), some.tolist())


def test_the_largest_terms_of_the_compiled_loop() -> None:
    """As many rows as fit, halves apart, alternating, or mostly of one class."""
    half = LIMIT // 2
    ones, zeros = np.ones(half, np.int64), np.zeros(half, np.int64)
    up = np.concatenate([ones, zeros])
    for none, some in ((up, up[::-1]), (up[::-1], up), (np.tile([1, 0], half),) * 2):
        assert RangeSummary.of(none, some) == by_definition(none.tolist(), some.tolist())
    few = np.zeros(3, np.int64)
    for n, p in ((LIMIT - 1, 1), (1, LIMIT - 1), (half, half)):
        none, some = few.copy(), few.copy()
        none[0], some[2] = n, p
        assert RangeSummary.of(none, some) == by_definition(none.tolist(), some.tolist())


def test_more_rows_than_fit_once() -> None:
    rng = np.random.default_rng(0)
    none, some = rng.integers(0, 3, (2, 2_000_000))
    assert RangeSummary.of(none, some) == by_definition(none.tolist(), some.tolist())


def test_memory_that_is_not_contiguous_or_not_writeable() -> None:
    rng = np.random.default_rng(0)
    table = rng.integers(0, 5, (2, 100))
    expected = by_definition(table[0].tolist(), table[1].tolist())
    room = np.zeros((2, 200), np.int64)
    room[:, :100] = table
    assert RangeSummary.of(*room[:, :100]) == expected
    assert RangeSummary.of(*np.asfortranarray(table)) == expected
    table.flags.writeable = False
    assert RangeSummary.of(*table) == expected


def test_no_scores_and_scores_without_rows() -> None:
    assert summary([], []) == RangeSummary() == total([])
    assert summary([0, 0], [0, 0]) == RangeSummary()
    assert summary([], [], object) == RangeSummary()


def test_weights_are_in_any_unit() -> None:
    rng = np.random.default_rng(0)
    none, some = rng.integers(0, 9, (2, 50)).astype(object)
    unit = 3 << 1000
    one, other = RangeSummary.of(none, some), RangeSummary.of(none * unit, some * unit)
    assert other == by_definition((none * unit).tolist(), (some * unit).tolist())
    assert other.area == one.area
    assert other.bounds == one.bounds


def area_of_pairs(none: list[int], some: list[int]) -> tuple[Fraction, Fraction, Fraction]:
    """Lowest, usual and highest share of pairs in the right order: by a look at each pair."""
    right = ties = 0
    for i, n in enumerate(none):
        for j, p in enumerate(some):
            right += n * p * (j > i)
            ties += n * p * (j == i)
    pairs = sum(none) * sum(some)
    return tuple(Fraction(2 * right + k * ties, 2 * pairs) for k in range(3))  # type: ignore[return-value]


def delong(none: list[int], some: list[int]) -> Fraction:
    """The variance by structural components, row by row."""
    x = [i for i, p in enumerate(some) for _ in range(p)]
    y = [i for i, n in enumerate(none) for _ in range(n)]

    def right(a: int, b: int) -> Fraction:
        return Fraction(2 * (a > b) + (a == b), 2)

    v10 = [sum((right(a, b) for b in y), Fraction()) / len(y) for a in x]
    v01 = [sum((right(a, b) for a in x), Fraction()) / len(x) for b in y]
    return variance(v10) / len(x) + variance(v01) / len(y)


def variance(values: list[Fraction]) -> Fraction:
    mean = sum(values, Fraction()) / len(values)
    return sum(((v - mean) * (v - mean) for v in values), Fraction()) / (len(values) - 1)


def test_area_bounds_and_variance_are_those_of_pairs() -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        none, some = rng.integers(0, 4, (2, int(rng.integers(1, 9)))).tolist()
        if not (sum(none) and sum(some)):
            continue
        found = summary(none, some)
        low, area, high = area_of_pairs(none, some)
        assert (found.area, found.bounds, found.pairs) == (area, (low, high), sum(none) * sum(some))
        if min(sum(none), sum(some)) < 2:
            assert found.variance is None
        else:
            assert found.variance == delong(none, some)


def test_the_bounds_hold_for_scores_before_they_were_rounded() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        none, some = rng.integers(0, 4, (2, 24))
        none[0] = some[0] = 1
        low, high = summary(none.reshape(6, 4).sum(1), some.reshape(6, 4).sum(1)).bounds
        assert low <= RangeSummary.of(none, some).area <= high


def test_one_score_or_many_are_of_one_limit() -> None:
    assert areas._MOST == LIMIT
