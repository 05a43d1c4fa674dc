"""Reference rows of the family `ranking`."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.rows import Array, Columns, F, Row, of


def ranked(rng: np.random.Generator, n: int) -> Columns:
    """Gains 0 to 3, some rows of zeros; scores of which no two of a row are equal."""
    y = rng.integers(0, 4, (n, 6)) * (rng.random((n, 1)) < 0.9)
    scores = np.argsort(rng.random((n, 6)), axis=1) + rng.integers(0, 8, (n, 1)) / 8
    return {"y_true": y, "y_pred": scores}


def tied(rng: np.random.Generator, n: int) -> Columns:
    return ranked(rng, n) | {"y_pred": rng.integers(0, 4, (n, 6)) / 4}


def gains(rng: np.random.Generator, n: int) -> Columns:
    """Gains that are no integers."""
    return tied(rng, n) | {"y_true": rng.integers(0, 2049, (n, 6)) / 2048}


def _discounts(items: int, k: int | None, base: int) -> list[Fraction]:
    with localcontext(prec=40):
        logs = [Decimal(r + 1).ln() / Decimal(base).ln() for r in range(1, items + 1)]
    return [Fraction(0) if k and r >= k else 1 / Fraction(v) for r, v in enumerate(logs)]


def _gain(y: list[Fraction], score: list[float], discounts: list[Fraction]) -> Fraction:
    total, rank = Fraction(0), 0
    for value in sorted(set(score), reverse=True):
        group = [a for a, b in zip(y, score, strict=True) if b == value]
        share = sum(discounts[rank : rank + len(group)], Fraction(0))
        total += sum(group, Fraction(0)) / len(group) * share
        rank += len(group)
    return total


def exact_gain(
    y: Array, p: Array, w: Any, k: int | None = None, base: int = 2, *, normal: bool = False
) -> Fraction:
    discounts = _discounts(y.shape[1], k, base)
    weights = [Fraction(1)] * len(y) if w is None else [Fraction(float(v)) for v in w]
    total = Fraction(0)
    for truth, score, weight in zip(y.tolist(), p.tolist(), weights, strict=True):
        row = [Fraction(v) for v in truth]
        best = _gain(row, truth, discounts) if normal else Fraction(1)
        total += weight * _gain(row, score, discounts) / best if best else 0
    return total / sum(weights)


exact_normal = partial(exact_gain, normal=True)

ROWS: tuple[Row, ...] = (
    *(Row("dcg_score", make, of(sk.dcg_score), exact_gain, dtypes=F) for make in (ranked, tied)),
    *(
        Row("ndcg_score", make, of(sk.ndcg_score), exact_normal, dtypes=F)
        for make in (ranked, tied, gains)
    ),
    Row(
        dm.DCG(k=3, log_base=10), tied, of(sk.dcg_score, k=3, log_base=10),
        partial(exact_gain, k=3, base=10), dtypes=F,
    ),
    Row(dm.NDCG(k=2), tied, of(sk.ndcg_score, k=2), partial(exact_normal, k=2), dtypes=F),
    Row(
        dm.DCG(ignore_ties=True), ranked, of(sk.dcg_score, ignore_ties=True), exact_gain, dtypes=F
    ),
    Row(
        dm.NDCG(k=4, ignore_ties=True), ranked, of(sk.ndcg_score, k=4, ignore_ties=True),
        partial(exact_normal, k=4), dtypes=F,
    ),
)  # fmt: skip
