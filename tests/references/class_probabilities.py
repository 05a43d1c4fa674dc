"""Data, references and exact values of probabilities of classes, with labels of any kind."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.calibration import calibration_curve

from tests.references.rows import Array, Columns, scores

if TYPE_CHECKING:
    from collections.abc import Callable

EPS = Fraction(2.0**-52)


# --- data -----------------------------------------------------------------------------------------


def shares(rng: np.random.Generator, n: int, classes: int = 4) -> Columns:
    """Probabilities of 11 bits: rows sum to 1 exactly, in float32 too. All classes occur."""
    p = 1 + rng.multinomial(2048 - classes, rng.dirichlet(np.ones(classes), n))
    y = np.where(rng.random(n) < 0.5, p.argmax(axis=1), rng.integers(0, classes, n))
    y[:classes] = np.arange(classes)
    return {"y_true": y, "y_pred": p / 2048}


def one_hot_shares(rng: np.random.Generator, n: int) -> Columns:
    columns = shares(rng, n)
    return columns | {"y_true": np.eye(4, dtype=np.int64)[columns["y_true"]]}


def named_shares(rng: np.random.Generator, n: int) -> Columns:
    columns = shares(rng, n)
    return columns | {"y_true": np.array(["ant", "bee", "cat", "dög"])[columns["y_true"]]}


def missing_class(rng: np.random.Generator, n: int) -> Columns:
    """Labels -1, 2 and 7, of which 2 never occurs."""
    columns = shares(rng, n, 3)
    return columns | {"y_true": np.array([-1, 7, 7])[columns["y_true"]]}


def named_scores(rng: np.random.Generator, n: int) -> Columns:
    columns = both(rng, n)
    return columns | {"y_true": np.array(["no", "yes"])[columns["y_true"]]}


def signed_scores(rng: np.random.Generator, n: int) -> Columns:
    columns = both(rng, n)
    return columns | {"y_true": 2 * columns["y_true"] - 1}


def both(rng: np.random.Generator, n: int) -> Columns:
    """Scores of which none is 0 or 1; both labels occur."""
    columns = scores(rng, n)
    columns["y_true"][:4] = [0, 1, 0, 1]
    return columns | {"y_pred": (1 + rng.integers(0, 2046, n)) / 2048}


def decisions(rng: np.random.Generator, n: int) -> Columns:
    """Scores below 0 and above 1, many of them ties."""
    columns = both(rng, n)
    return columns | {"y_pred": rng.integers(-20, 30, n) / 8}


def tied_shares(rng: np.random.Generator, n: int) -> Columns:
    columns = shares(rng, n)
    return columns | {"y_pred": rng.integers(0, 4, (n, 4)) / 4}


# --- exact values ---------------------------------------------------------------------------------


def _two_columns(y: Array, p: Array) -> tuple[list[int], list[list[Fraction]]]:
    """Places of the labels, and a column for each."""
    if y.ndim > 1:
        y = y.argmax(axis=1)
    labels = sorted({*y.tolist(), *((-1, 2, 7) if 7 in y.tolist() else ())})
    places = [labels.index(label) for label in y.tolist()]
    rows = [[Fraction(v) for v in row] for row in np.atleast_2d(p.T).T.tolist()]
    return places, [row if len(row) > 1 else [1 - row[0], row[0]] for row in rows]


def _weights(y: Array, w: Any) -> list[Fraction]:
    return [Fraction(1)] * len(y) if w is None else [Fraction(float(v)) for v in w]


def _log(value: Fraction) -> Fraction:
    clipped = min(max(value, EPS), 1 - EPS)
    with localcontext(prec=40):
        return Fraction((Decimal(clipped.numerator) / Decimal(clipped.denominator)).ln())


def exact_sum_of_logs(y: Array, p: Array, w: Any) -> Fraction:
    places, rows = _two_columns(y, p)
    pairs = zip(places, rows, _weights(y, w), strict=True)
    return sum((-weight * _log(row[k]) for k, row, weight in pairs), Fraction(0))


def exact_mean_of_logs(y: Array, p: Array, w: Any) -> Fraction:
    return exact_sum_of_logs(y, p, w) / sum(_weights(y, w))


def _by_class(y: Array, p: Array, w: Any) -> list[Fraction]:
    places, _ = _two_columns(y, p)
    totals = dict.fromkeys(places, Fraction(0))
    for k, weight in zip(places, _weights(y, w), strict=True):
        totals[k] += weight
    return list(totals.values())


def exact_d2_log_loss(y: Array, p: Array, w: Any) -> Fraction:
    by_class, whole = _by_class(y, p, w), sum(_weights(y, w))
    null = sum((-v * _log(v / whole) for v in by_class if v), Fraction(0))
    return 1 - exact_sum_of_logs(y, p, w) / null


def exact_brier(y: Array, p: Array, w: Any) -> Fraction:
    """Not halved."""
    places, rows = _two_columns(y, p)
    total = Fraction(0)
    for k, row, weight in zip(places, rows, _weights(y, w), strict=True):
        total += weight * sum((v - (j == k)) ** 2 for j, v in enumerate(row))
    return total / sum(_weights(y, w))


def half_exact_brier(y: Array, p: Array, w: Any) -> Fraction:
    return exact_brier(y, p, w) / 2


def exact_d2_brier(y: Array, p: Array, w: Any) -> Fraction:
    whole = sum(_weights(y, w))
    null = sum((v / whole * (1 - v / whole) for v in _by_class(y, p, w)), Fraction(0))
    return 1 - exact_brier(y, p, w) / null


# --- calibration ----------------------------------------------------------------------------------


def _bins(y: Array, p: Array, w: Any, n: int) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Weight, mean score and share of what is right, of each bin (a, b] that holds a weight."""
    if p.ndim > 1:
        y, p = (y == p.argmax(axis=1)), p.max(axis=1)
    edges = np.linspace(0, 1, n + 1).tolist()
    held: dict[int, list[Fraction]] = {}
    for hit, score, weight in zip(y.tolist(), p.tolist(), _weights(y, w), strict=True):
        bin_ = max(sum(edge < score for edge in edges) - 1, 0)
        totals = held.setdefault(bin_, [Fraction(0)] * 3)
        for j, term in enumerate((weight, weight * Fraction(score), weight * int(hit))):
            totals[j] += term
    return [(t[0], t[1] / t[0], t[2] / t[0]) for _, t in sorted(held.items()) if t[0]]


def calibration_error(norm: str, n: int = 15) -> Callable[..., Fraction]:
    """Return the definition in rational numbers; there is no calibration error in scikit-learn."""

    def value(y: Array, p: Array, w: Any) -> Fraction:
        bins = _bins(y, p, w, n)
        whole = sum((weight for weight, *_ in bins), Fraction(0))
        if norm == "max":
            return max(abs(a - b) for _, a, b in bins)
        power = 1 if norm == "l1" else 2
        mean = sum((v * abs(a - b) ** power for v, a, b in bins), Fraction(0)) / whole
        return mean if norm == "l1" else Fraction(math.sqrt(mean))

    return value


def nearest(exact: Callable[..., Fraction]) -> Callable[..., float]:
    """Return the nearest double."""
    return lambda y, p, w: float(exact(y, p, w))


def reliability(y: Array, p: Array, w: Any) -> dict[str, Array]:
    """scikit-learn's, which takes no weights: those are told apart here, bin by bin."""
    bins = _bins(y, p, w, 5)
    edges = np.linspace(0, 1, 6)
    weight, score, share = (np.array([float(t[j]) for t in bins]) for j in range(3))
    if w is None:
        share, mean = calibration_curve(y, p, n_bins=5)
        np.testing.assert_allclose(mean, score, rtol=1e-14)  # its sums are rounded
    assert len(bins) == 5
    return {
        "low": edges[:-1], "high": edges[1:], "weight": weight, "prob_true": share,
        "prob_pred": score,
    }  # fmt: skip
