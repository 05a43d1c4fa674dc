"""Areas of scores that thresholds part: from the totals at these."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.thresholds.areas import Curve, Kind, area, bounds, table_of
from disteval.numerics import limbs
from disteval.numerics.precision import Method
from disteval.protocol import Outcome
from disteval.reductions import BucketCounts, ThresholdCounts

_DECIMALS = 10**6


def binned(
    counts: BucketCounts | ThresholdCounts, state: Any, curve: Kind, method: Method,
    label_weights: tuple[float, ...] | None, *, together: bool,
) -> Outcome:  # fmt: skip
    """The area, or the mean of those of the columns; 0.0 where it is not defined.

    Parameters
    ----------
    together : whether `label_weights` are of the values of one area
    """
    tables = counts.table(state)
    weights = [Fraction(w) for w in label_weights or (1,) * len(tables)]
    if label_weights and together:
        tables, weights = [table_of(tables, weights)], [Fraction(1)]
    curves = [Curve.of(table) for table in tables]
    if isinstance(counts, BucketCounts):  # the first threshold is below 0, the last above 1
        curves = [each.from_all().to_none() for each in curves]
    areas = [Fraction(area(each, curve, method)) for each in curves]
    rule, details = f"{len(counts.thresholds)} thresholds of y_pred", dict[str, Any]()
    if curve == "ROC" and all(each.whole and not each.missing for each in curves):
        lows, highs = zip(*map(bounds, curves), strict=True)
        low, high = _mean(lows, weights), _mean(highs, weights)
        rule += f"; without them the area lies in {interval(low, high)}"
        details = {"lo": below(low), "hi": above(high), "exact": False}
    value = limbs.to_float(_mean(areas, weights))
    return Outcome(value, undefined=_undefined(curves, curve), rule=rule, details=details)


def _undefined(curves: Sequence[Curve], kind: Kind) -> str:
    fine = ("", "negatives") if kind == "PR" else ("",)
    missing = [curve.missing for curve in curves]
    bad = [i for i, what in enumerate(missing) if what not in fine]
    if not bad:
        return ""
    if set(missing) == {"rows"}:
        return NO_WEIGHT
    where = f" in the columns {bad[:6]} of {len(curves)}" if len(curves) > 1 else ""
    what = " or ".join(dict.fromkeys(missing[i] for i in bad))
    return f"there are no {what}{where}"


def _mean(values: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction:
    """0/0 is 0, as in Keras."""
    total = sum(weights, Fraction(0))
    parts = (value * w for value, w in zip(values, weights, strict=True))
    return sum(parts, Fraction(0)) / total if total else Fraction(0)


def below(value: Fraction) -> float:
    """The float at or below a fraction."""
    near = limbs.to_float(value)
    return near if near <= value else math.nextafter(near, -math.inf)


def above(value: Fraction) -> float:
    """The float at or above a fraction."""
    near = limbs.to_float(value)
    return near if near >= value else math.nextafter(near, math.inf)


def interval(low: Fraction, high: Fraction) -> str:
    """Both ends to six decimals, rounded outwards."""
    ends = math.floor(low * _DECIMALS) / _DECIMALS, math.ceil(high * _DECIMALS) / _DECIMALS
    return f"[{ends[0]}, {ends[1]}]"
