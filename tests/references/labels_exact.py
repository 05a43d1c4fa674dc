"""Metrics of labels in rational numbers: what the reference rows are held against."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from tests.references.rows import Array, exact_table

Terms = Callable[[Fraction, Fraction, Fraction], tuple[Fraction, Fraction]]
TERMS: dict[str, Terms] = {
    "precision": lambda right, pred, _: (right, pred),
    "recall": lambda right, _, true: (right, true),
    "f1": lambda right, pred, true: (2 * right, pred + true),
    "fbeta": lambda right, pred, true: (right * 5 / 4, pred + true / 4),
    "jaccard": lambda right, pred, true: (right, pred + true - right),
}


def weights_of(y: Array, w: Array | None) -> list[Fraction]:
    return [Fraction(1)] * len(y) if w is None else [Fraction(v) for v in w.tolist()]


def total_where(holds: Array, weight: list[Fraction]) -> Fraction:
    return sum((v for v, is_so in zip(weight, holds, strict=True) if is_so), Fraction(0))


def exact_score(name: str, average: str | None, fallback: float = 0.0) -> Callable[..., Any]:
    """Precision, recall, F or Jaccard in rational numbers; 0/0 is `fallback`, NaN left out."""

    def exact(y: Array, p: Array, w: Array | None) -> Any:
        weight = weights_of(y, w)
        labels = sorted({*y.ravel().tolist(), *p.ravel().tolist()}) if y.ndim == 1 else None
        true = y[:, None] == np.array(labels) if labels else y != 0
        pred = p[:, None] == np.array(labels) if labels else p != 0
        if average == "samples":
            parts = [counts(*row) for row in zip((true & pred), pred, true, strict=True)]
            return averaged(TERMS[name], parts, weight, fallback)
        columns = [
            tuple(total_where(side[:, k], weight) for side in (true & pred, pred, true))
            for k in range(true.shape[1])
        ]  # fmt: skip
        if average == "micro":
            columns = [tuple(map(sum, zip(*columns, strict=True)))]  # type: ignore[arg-type]
        if average is None:
            return [averaged(TERMS[name], [c], [Fraction(1)], fallback) for c in columns]
        support = [c[2] for c in columns] if average == "weighted" else [Fraction(1)] * len(columns)
        return averaged(TERMS[name], columns, support, fallback)

    return exact


def counts(*sides: Array) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(side.sum())) for side in sides)


def averaged(terms: Terms, parts: Any, weights: list[Fraction], fallback: float) -> Fraction:
    """Mean of the defined quotients, or of all with the fallback for others."""
    total = weight = Fraction(0)
    for part, v in zip(parts, weights, strict=True):
        numerator, denominator = terms(*part)
        if denominator or fallback == fallback:  # that is, not NaN
            total += v * (numerator / denominator if denominator else Fraction(fallback))
            weight += v
    return total / weight if weight else Fraction(0)


def exact_share(y: Array, p: Array, w: Array | None, *, wrong: bool = False) -> Fraction:
    """The share of rows that are right in all their labels."""
    weight = weights_of(y, w)
    same = (y == p).reshape(len(y), -1).all(axis=1) != wrong
    return total_where(same, weight) / sum(weight, Fraction(0))


def exact_hamming(y: Array, p: Array, w: Array | None) -> Fraction:
    weight = weights_of(y, w)
    wrong = (y != p).reshape(len(y), -1)
    total = sum((v * int(k) for v, k in zip(weight, wrong.sum(axis=1), strict=True)), Fraction(0))
    return total / (sum(weight, Fraction(0)) * int(wrong.shape[1]))


def number(share: Callable[..., Fraction]) -> Callable[..., Fraction]:
    """Times the total weight."""
    return lambda y, p, w: share(y, p, w) * sum(weights_of(y, w), Fraction(0))


def exact_kappa(power: int) -> Callable[..., Fraction]:
    """Cohen's kappa; a disagreement counts its distance to this power."""

    def exact(y: Array, p: Array, w: Array | None) -> Fraction:
        labels = sorted({*y.tolist(), *p.tolist()})
        table = np.array(exact_table(y, p, w), object).reshape(len(labels), -1)
        far = [[Fraction(abs(i - j) ** power if i != j else 0) for j in range(len(labels))]
               for i in range(len(labels))]  # fmt: skip
        true, pred = table.sum(axis=1), table.sum(axis=0)
        pairs = [(i, j) for i in range(len(labels)) for j in range(len(labels))]
        observed = sum((far[i][j] * table[i, j] for i, j in pairs), Fraction(0))
        expected = sum((far[i][j] * true[i] * pred[j] for i, j in pairs), Fraction(0))
        return 1 - observed * sum(true, Fraction(0)) / expected

    return exact


def exact_balanced(y: Array, p: Array, w: Array | None, *, adjusted: bool = False) -> Fraction:
    value: Fraction = exact_score("recall", "macro")(y, p, w)
    chance = Fraction(1, len(np.unique(y)))
    return (value - chance) / (1 - chance) if adjusted else value


def exact_ratios(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    tn, fp, fn, tp = exact_table(y, p, w)
    return [tp / (tp + fn) / (fp / (tn + fp)), fn / (tp + fn) / (tn / (tn + fp))]


def exact_each_table(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    """[[tn, fp], [fn, tp]] of each label."""
    weight = weights_of(y, w)
    if y.ndim == 1:
        labels = np.unique(np.concatenate([y, p]))
        y, p = y[:, None] == labels, p[:, None] == labels
    return [
        total_where((y[:, k] == pair[0]) & (p[:, k] == pair[1]), weight)
        for k in range(y.shape[1])
        for pair in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]  # fmt: skip


def exact_support(average: str | None, f: str = "fbeta") -> Callable[..., list[Fraction]]:
    """Precision, recall, F, and the support."""

    def exact(y: Array, p: Array, w: Array | None) -> list[Fraction]:
        parts = [exact_score(name, average)(y, p, w) for name in ("precision", "recall", f)]
        if average is not None:
            return parts
        tables = exact_each_table(y, p, w)
        support = [a + b for a, b in zip(tables[2::4], tables[3::4], strict=True)]
        return [v for part in (*parts, support) for v in part]

    return exact


def exact_report(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    """Line by line."""
    names = ("precision", "recall", "f1")
    tables = exact_each_table(y, p, w)
    support = [a + b for a, b in zip(tables[2::4], tables[3::4], strict=True)]
    columns = [exact_score(name, None)(y, p, w) for name in names]
    out = [v for line in zip(*columns, support, strict=True) for v in line]
    several = y.ndim > 1
    micro = [exact_score(name, "micro")(y, p, w) for name in names]
    out += [*micro, sum(support, Fraction(0))] if several else micro[:1]
    for average in ("macro", "weighted", *(("samples",) if several else ())):
        out += [exact_score(name, average)(y, p, w) for name in names]
        out.append(sum(support, Fraction(0)))
    return out
