"""Where the areas of others go wrong, with their values beside ours.

Each case is exact here, whatever it is compared with: the expected area is a fraction of integers.
"""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import disteval
from disteval import errors

Array = np.ndarray[Any, np.dtype[Any]]

KERAS = "auc(num_thresholds=200)"


class Rows(NamedTuple):
    """Labels, and the scores and logits of a model."""

    y: Array
    p: Array
    logit: Array


def rows(
    seed: int, n: int, mean: float | Array, deviation: float, *, overconfident: float = 1.0
) -> Rows:
    """Scores in float32, as a model gives them; labels of a calibrated or an overconfident one."""
    generator = np.random.default_rng(seed)
    logit = generator.normal(mean, deviation, n)
    y = generator.random(n) < 1 / (1 + np.exp(-logit / overconfident))
    logit = logit.astype(np.float32)
    with np.errstate(over="ignore"):
        p = 1 / (1 + np.exp(-logit))
    assert p.dtype == np.float32
    return Rows(y.astype(np.int8), p, logit)


def expected(y: Array, p: Array) -> Fraction:
    """Pairs in the right order, ties half, over all pairs."""
    _, place = np.unique(p, return_inverse=True)
    some = np.bincount(place[y == 1], minlength=int(place.max()) + 1)
    none = np.bincount(place[y == 0], minlength=int(place.max()) + 1)
    twice = int((some * (2 * np.cumsum(none) - none)).sum())
    return Fraction(twice, 2 * int(some.sum()) * int(none.sum()))


def check(y: Array, p: Array) -> float:
    """Our value, which is the nearest to the exact one; scikit-learn's is near it."""
    value = float(disteval.evaluate(y, p, ["auc"])["auc"])
    exact = expected(y, p)
    assert value == exact.numerator / exact.denominator
    assert roc_auc_score(y, p) == pytest.approx(value, abs=1e-12)
    return value


def keras(y: Array, p: Array) -> float:
    """Keras's own algorithm and default, asked for by its argument."""
    return float(disteval.evaluate(y, p, [KERAS])[KERAS])


# --- rare events --------------------------------------------------------------------------------


@functools.cache
def fraud() -> Rows:
    """1 of 2,000 rows is positive: nearly all scores lie in the first of 200 buckets."""
    return rows(0, 1_000_000, -9.5, 2.0)


def test_rare_events() -> None:
    y, p, _ = fraud()
    assert 0.0005 < y.mean() < 0.0006
    assert np.mean(p <= 1 / 199) > 0.97
    value = check(y, p)
    assert value == pytest.approx(0.9135, abs=5e-5)
    assert keras(y, p) == pytest.approx(0.7339, abs=5e-5)
    thousand = "auc(num_thresholds=1000)"
    assert disteval.evaluate(y, p, [thousand])[thousand] == pytest.approx(0.8429, abs=5e-5)


def test_buckets_prefer_the_worse_of_two_models() -> None:
    y, p, logit = fraud()
    noise = np.random.default_rng(1).normal(0, 1.5, len(y)).astype(np.float32)
    # noisier, and three times as many: as after the positives were weighted in training
    worse = 1 / (1 + np.exp(-(logit + noise + np.float32(4))))
    assert check(y, p) > check(y, worse) + 0.02
    assert keras(y, p) < keras(y, worse) - 0.1


# --- scores that saturate -----------------------------------------------------------------------


def test_an_overconfident_model() -> None:
    y, p, logit = rows(2, 200_000, 0.0, 9.0, overconfident=3.0)
    assert 0.03 < np.mean(p == 1) < 0.035
    value = check(y, p)
    assert value == pytest.approx(0.919, abs=2e-3)
    assert -0.009 < keras(y, p) - value < -0.005
    # in float32 close logits are one probability: these pairs count half
    assert 1e-8 < abs(check(y, logit) - value) < 1e-5


def test_saturated_scores_are_ties() -> None:
    y, p, logit = rows(3, 200_000, 0.0, 60.0, overconfident=30.0)
    assert np.mean(p == 1) > 0.35
    value, of_logits = check(y, p), check(y, logit)
    assert of_logits - value > 0.005, "what the probabilities have lost"
    top = p == 1
    positives, negatives = int(y[top].sum()), int((1 - y[top]).sum())
    found = disteval.evaluate(y[top], p[top], ["auc"])
    assert found["auc"] == 0.5
    assert positives * negatives > 0


# --- scores that are no probabilities -----------------------------------------------------------


def test_raw_logits() -> None:
    y, p, logit = rows(4, 200_000, -3.0, 1.5)
    value = check(y, logit)
    assert value == pytest.approx(check(y, p), abs=1e-6)
    # all below 0 are in one bucket, all above 1 in another
    assert keras(y, logit) - value < -0.2
    assert keras(y, p) == pytest.approx(value, abs=1e-3)


def test_any_increasing_function_of_scores() -> None:
    y, _, logit = rows(5, 100_000, -3.0, 1.5)
    value = check(y, logit)
    for scores in (logit * np.float32(2), np.ldexp(logit, 40), logit.astype(np.float64) ** 3):
        assert check(y, scores) == value
    assert check(y, -logit) == pytest.approx(1 - value, abs=1e-15)


# --- shards that drift --------------------------------------------------------------------------


SHARDS = 64


@functools.cache
def drifting() -> Rows:
    """Rows in the order of time, in which positives become more frequent."""
    n = 640_000
    return rows(6, n, np.linspace(-5.0, -1.0, n), 1.5)


def test_the_mean_over_shards_is_another_number() -> None:
    y, p, _ = drifting()
    parts = list(zip(np.array_split(y, SHARDS), np.array_split(p, SHARDS), strict=True))
    areas = np.array([roc_auc_score(*part) for part in parts])
    value = check(y, p)
    assert value == pytest.approx(0.871, abs=2e-3)
    # XGBoost: each worker's area, weighted with its pairs
    pairs = np.array([float(part.sum()) * float((1 - part).sum()) for part, _ in parts])
    assert np.average(areas, weights=pairs) - value == pytest.approx(-0.045, abs=2e-3)
    # a loop over batches that keeps a running mean of their areas
    assert np.mean(areas) - value == pytest.approx(-0.038, abs=2e-3)


@pytest.mark.parametrize("shards", [4, SHARDS])
def test_shards_do_not_change_ours(shards: int) -> None:
    y, p, _ = drifting()
    whole = disteval.evaluate(y, p, ["auc"])
    parts = zip(np.array_split(y, shards), np.array_split(p, shards), strict=True)
    found = disteval.evaluate(parts, None, ["auc"])
    assert found["auc"] == whole["auc"]
    assert found.digest == whole.digest
    assert found["auc"] == float(expected(y, p))


def test_a_shard_without_positives() -> None:
    y, p, _ = rows(7, 20_000, -5.0, 1.0)
    order = np.argsort(y, kind="stable")  # as where positives come from another table
    y, p = y[order], p[order]
    half = len(y) // 2
    assert y[:half].sum() == 0
    value = check(y, p)
    evaluator = disteval.Evaluator(["auc"])
    for part in (slice(half, None), slice(half)):
        evaluator.update_state(y[part], p[part])
    assert evaluator.result()["auc"] == value
    with pytest.warns(errors.UndefinedMetricWarning):
        assert np.isnan(disteval.evaluate(y[:half], p[:half], ["auc"])["auc"])
