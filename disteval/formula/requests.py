"""What a function may ask of the dataset: reductions, and what becomes of their states.

A request is a frozen value: its answer in one trace is its answer in the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, Protocol

import numpy as np

from disteval.formula.views import of_columns, unweighted
from disteval.numerics import limbs
from disteval.protocol import Metric, Outcome, Reduction, RowFunction
from disteval.reductions import CountState, MinMaxState, SumState

Exact = Fraction | float
"""A number: exact, or inf, -inf or nan."""
_MOST_WORDS = 60


class Request(Protocol):
    """Something asked of all rows."""

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The reductions whose states give the answer."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the answer."""
        ...

    @property
    def whole(self) -> bool:
        """Whether the answer is an integer."""
        ...

    def answer(self, *states: Any) -> Any:
        """The answer: a NumPy scalar, or an array."""
        ...


@dataclass(frozen=True)
class Total:
    """A sum, or a count."""

    of: Reduction[Any]
    shape: tuple[int, ...] = ()
    whole: bool = False

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum."""
        return (self.of,)

    def answer(self, state: Any) -> Any:
        """Rounded once; integers as they are."""
        return _shaped([_number(value, self.whole) for value in exact(state)], self.shape)


@dataclass(frozen=True)
class Mean:
    """A sum through a total weight, or through a number of rows.

    Parameters
    ----------
    of : the sum
    by : the weight
    elements : values of a row that go to one sum
    """

    of: Reduction[Any]
    by: Reduction[Any]
    elements: int = 1
    shape: tuple[int, ...] = ()

    whole = False

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum and the weight."""
        return (self.of, self.by)

    def answer(self, total: Any, weight: Any) -> Any:
        """The quotients, rounded once."""
        below = exact(weight)[0]
        if isinstance(below, Fraction):
            below *= self.elements
        return _shaped([_number(divided(value, below)) for value in exact(total)], self.shape)


@dataclass(frozen=True)
class Extreme:
    """The smallest or the largest value.

    Parameters
    ----------
    of : one for each place of the answer
    nans : the number of NaN in each, which make the answer NaN
    """

    of: tuple[Reduction[Any], ...]
    nans: tuple[Reduction[Any], ...]
    which: Literal["min", "max"]
    shape: tuple[int, ...] = ()
    whole: bool = False

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The extremes, and the number of NaN."""
        return (*self.of, *self.nans)

    def answer(self, *states: Any) -> Any:
        """The values; NaN where there was none."""
        found: list[Exact] = []
        counts = states[len(self.of) :] or (None,) * len(self.of)
        for state, nans in zip(states, counts, strict=False):
            found.append(self._value(state, nans))
        return _shaped([_number(value, self.whole) for value in found], self.shape)

    def _value(self, state: MinMaxState, nans: CountState | None) -> float:
        low, high = float(state.low[0]), float(state.high[0])
        if low > high or (nans is not None and nans.counts[0, 0]):
            return math.nan
        return low if self.which == "min" else high


@dataclass(frozen=True)
class Spread:
    """Variances, covariances and correlations, from exact moments.

    Parameters
    ----------
    of : moments of x and y
    by : the weight, or the number of rows
    which : "var x", "std x", "var y", "std y", or the matrices "cov" and "corrcoef"
    columns : how many the moments have
    pooled : whether they are taken together
    ddof : as NumPy's
    """

    of: Reduction[Any]
    by: Reduction[Any]
    which: Literal["var x", "std x", "var y", "std y", "cov", "corrcoef"]
    columns: int = 1
    pooled: bool = True
    ddof: float = 0
    shape: tuple[int, ...] = ()

    whole = False

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Moments and weight."""
        return (self.of, self.by)

    def answer(self, moments: SumState, weight: Any) -> Any:
        """From exact rationals, rounded once."""
        values = exact(moments)
        groups = [values[5 * j : 5 * j + 5] for j in range(self.columns)]
        n = exact(weight)[0]
        if self.pooled:
            groups = [[_added(column) for column in zip(*groups, strict=True)]]
            n = n * self.columns
        if self.which in ("cov", "corrcoef"):
            return self._matrix(groups[0], n)
        return _shaped([self._single(group, n) for group in groups], self.shape)

    def _single(self, group: list[Exact], n: Exact) -> float:
        x, y, xx, _, yy = group
        first, second = (x, xx) if self.which.endswith("x") else (y, yy)
        square = self._moment(first, first, second, n)
        if not isinstance(square, Fraction):
            return square
        return limbs.sqrt(square) if self.which.startswith("std") else limbs.to_float(square)

    def _moment(self, x: Exact, y: Exact, xy: Exact, n: Exact) -> Exact:
        if not all(isinstance(v, Fraction) for v in (x, y, xy, n)) or not n:
            return math.nan
        free = n - Fraction(self.ddof)
        about = Fraction(xy) - Fraction(x) * Fraction(y) / Fraction(n)
        return divided(about, free if isinstance(free, float) or free > 0 else Fraction(0))

    def _matrix(self, group: list[Exact], n: Exact) -> Any:
        x, y, xx, xy, yy = group
        vx, cov, vy = (self._moment(*these, n) for these in ((x, x, xx), (x, y, xy), (y, y, yy)))
        if self.which == "cov":
            a, b, c = (_number(v) for v in (vx, cov, vy))
            return np.array([[a, b], [b, c]])
        r = math.nan
        if all(isinstance(v, Fraction) for v in (vx, cov, vy)) and vx and vy:
            r = limbs.sqrt(Fraction(cov) ** 2 / (Fraction(vx) * Fraction(vy)))
            r = r if cov > 0 else -r
        one = [1.0 if isinstance(v, Fraction) and v else math.nan for v in (vx, vy)]
        return np.array([[one[0], r], [r, one[1]]])


@dataclass(frozen=True)
class Embedded:
    """The value of a whole metric.

    Parameters
    ----------
    metric : resolved
    columns : where it sees other columns than those of the dataset: what they are, and a condition
        on the rows
    plain : whether it does not see the weights that there are
    """

    metric: Metric
    columns: tuple[tuple[tuple[str, RowFunction], ...], RowFunction | None] | None = None
    plain: bool = False

    shape = ()
    whole = False

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The metric's own, through what it sees."""
        needs = self.metric.needs
        if self.columns is not None:
            return tuple(of_columns(need, *self.columns) for need in needs)
        return tuple(map(unweighted, needs)) if self.plain else needs

    def answer(self, *states: Any) -> Any:
        """Its value."""
        value = self.metric.compute(*states)
        value = value.value if isinstance(value, Outcome) else value
        return np.asarray(value)[()] if isinstance(value, int | float) else value


def in_words(request: Request) -> str:
    """What is asked: "the mean of y_true"."""
    kinds = {Total: "sum", Mean: "mean", Spread: "spread"}
    kind = request.which if isinstance(request, Extreme) else kinds.get(type(request), "value")
    inner: Any = request.needs[0]
    inner = getattr(inner, "inner", inner)
    of = getattr(inner, "of", getattr(inner, "x", ""))
    name = getattr(of, "column", "") or repr(of)
    return f"the {kind} of {name}" if len(name) <= _MOST_WORDS else f"a {kind}"


def exact(state: Any) -> list[Exact]:
    """The sums of a state of sums or of counts."""
    if isinstance(state, CountState):
        return [Fraction(total) for total in state.totals()]
    if not state.specials.any():
        return list(state.fractions())
    special = [state.special(j) for j in range(state.limbs.shape[1])]
    return [
        value if other is None else other
        for value, other in zip(state.fractions(), special, strict=True)
    ]


def divided(a: Exact, b: Exact) -> Exact:
    """The quotient; as floats where one of them is no finite number, or b is zero."""
    if isinstance(a, Fraction) and isinstance(b, Fraction) and b:
        return a / b
    with np.errstate(all="ignore"):
        return float(np.float64(_float(a)) / np.float64(_float(b)))


def _float(value: Exact) -> float:
    return limbs.to_float(value) if isinstance(value, Fraction) else value


def _added(values: tuple[Exact, ...]) -> Exact:
    if all(isinstance(v, Fraction) for v in values):
        return sum((Fraction(v) for v in values), Fraction(0))
    return sum(map(_float, values))


def _number(value: Exact, whole: bool = False) -> Any:
    if whole and math.isfinite(value):
        number = int(value)
        return np.int64(number) if abs(number) < 1 << 63 else number
    return np.float64(_float(value))


def _shaped(values: list[Any], shape: tuple[int, ...]) -> Any:
    return np.array(values).reshape(shape)[()] if shape else values[0]
