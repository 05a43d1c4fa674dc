"""Areas of scores that thresholds part: from the totals at these."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from disteval.errors import ArgumentError
from disteval.metrics.base import EPSILON, NO_WEIGHT
from disteval.metrics.checks import require_number_arguments
from disteval.metrics.thresholds.areas import Curve, Kind, area, bounds, table_of
from disteval.numerics import limbs
from disteval.numerics.precision import Method
from disteval.protocol import Outcome, RowFunction
from disteval.reductions import BucketCounts, ThresholdCounts, are_even

_DECIMALS = 10**6


def counts_of(
    positive: RowFunction, pred: RowFunction, cuts: int | tuple[float, ...], columns: int
) -> BucketCounts | ThresholdCounts:
    """What counts at so many even thresholds, or at those within [0, 1] besides Keras's ends."""
    if isinstance(cuts, int):
        return BucketCounts(positive, pred, cuts, columns)
    inner = tuple(sorted(float(cut) for cut in cuts))
    if are_even((0.0, *inner, 1.0)):
        return BucketCounts(positive, pred, len(inner) + 2, columns)
    # a score of 0 is above the first, and one of 1 not above the last
    return ThresholdCounts(positive, pred, (-EPSILON, *inner, 1.0 + EPSILON), columns)


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


def require_numbers_within(name: str, values: Any, high: float) -> None:
    """Refuse what is neither None nor numbers in [0, high]."""
    if values is None:
        return
    if not isinstance(values, tuple) or not values:
        msg = f"expected {name} to be a list of numbers, got {values!r}"
        raise ArgumentError(msg)
    for value in values:
        require_number_arguments(**{name: value})
        if not 0 <= value <= high or math.isinf(value):
            bound = "within [0, 1]" if high == 1 else "finite and not negative"
            msg = f"expected {name} {bound}, got {value!r}"
            raise ArgumentError(msg)
