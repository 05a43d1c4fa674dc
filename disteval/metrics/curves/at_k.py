"""What the rows with the highest scores of the whole data hold: precision, recall, lift."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import require_int, require_number_arguments
from disteval.metrics.curves.base import RankedScores
from disteval.metrics.curves.crossings import Crossing, Top
from disteval.metrics.curves.operating import plain
from disteval.numerics import limbs
from disteval.protocol import WEIGHT, Metric, Outcome, Schema, Value
from disteval.reductions import DistinctState, ScoreState


@dataclass(frozen=True)
class Head:
    """The rows with the highest scores, any order of equal ones being as likely.

    Parameters
    ----------
    rows : how many
    positives : how many of them are positive, in expectation
    every, all_positives : of all rows; all in the unit of the counts
    """

    rows: Fraction
    positives: Fraction
    every: int
    all_positives: int

    @classmethod
    def of(cls, crossing: Crossing, top: Top) -> Head:
        """The rows above a score, and a part of those at it."""
        at, above = crossing.at, crossing.above
        rows = top.size((at.negatives, at.positives))
        tied = at.tp + at.fp - above.tp - above.fp
        part = (rows - above.tp - above.fp) / tied
        positives = above.tp + part * (at.tp - above.tp)
        return cls(rows, positives, at.negatives + at.positives, at.positives)


@dataclass(frozen=True, repr=False)
class _OfTop(RankedScores):
    """A metric of the rows with the highest scores."""

    by_weight: bool = field(default=False, kw_only=True, repr=False)
    """Whether rows are weighted; set by `resolve`."""

    @property
    def size(self) -> int | Fraction:
        """How many rows, or which share of all."""
        raise NotImplementedError

    def resolve(self, schema: Schema) -> Metric:
        """Check shapes and kinds. Weighted rows are counted by their weight."""
        checked = super().resolve(schema)
        assert isinstance(checked, _OfTop)
        return replace(checked, by_weight=WEIGHT in schema)

    @property
    def sweeps(self) -> tuple[Top, ...]:
        """The score of the last row; where weights are counted in an unknown unit, none yet."""
        if isinstance(self.size, Fraction):
            return (Top(share=self.size),)
        return () if self.by_weight else (Top(self.size),)

    def compute(self, state: ScoreState, *flags: DistinctState) -> Value | Outcome:
        """The value, rounded once."""
        self.check(*flags)
        unit = state.unit
        top = next(iter(self.sweeps), None) or Top(Fraction(self.size) / unit)
        (crossing,) = state.sweep(top)
        if crossing is None:
            return Outcome(self.without, undefined=NO_WEIGHT)
        head = Head.of(crossing, top)
        value = self.value(head)
        if value is None:
            return Outcome(self.without, undefined="there are no positives")
        rows, positives = head.rows * unit, head.positives * unit
        details = {
            "threshold": crossing.at.threshold,
            "k": plain(rows),
            "tp": plain(positives),
        }
        shown = f"{plain(rows):,} of {plain(head.every * unit):,}"
        rule = (
            f"the {shown} {'of the weight' if self.by_weight else 'rows'} with the highest y_pred"
        )
        return Outcome(limbs.to_float(value), rule=rule, details=details)

    without: ClassVar[float] = 0.0
    """The value where it is not defined."""

    def value(self, head: Head) -> Fraction | None:
        """The value; None where it is not defined."""
        raise NotImplementedError


def _decimal(share: float) -> Fraction:
    """The number that was written: 0.1 is a tenth."""
    return Fraction(repr(float(share)))


def _require_share(share: Any) -> None:
    require_number_arguments(fraction=share)
    if not 0 < share <= 1:
        msg = f"expected a fraction of the rows above 0, at most 1, got {share}"
        raise ArgumentError(msg)


@dataclass(frozen=True, repr=False)
class PrecisionAtKRows(_OfTop):
    """The fraction of positives among the k rows with the highest scores of the whole data.

    Parameters
    ----------
    k : int
        How many rows; all of them, where there are fewer.
    fraction : float
        In place of k: the fraction of all rows, above 0, at most 1.
    pos_label : label, optional
        The positive one. By default 1, of labels 0 and 1 or -1 and 1.

    Returns
    -------
    float
        0.0 with a warning where there are no rows.

    Notes
    -----
    Rows with the score of the k-th are counted in part, which is the mean over all orders of
    them; so is the last row where a fraction is no whole number of rows. Where rows are weighted,
    k is a total weight, and a row of weight 2 is as good as two.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: the definition, by sorting.

    Examples
    --------
    >>> PrecisionAtKRows(2)([0, 0, 1, 0, 1], [0.1, 0.2, 0.6, 0.6, 0.9])
    0.75
    >>> PrecisionAtKRows(fraction=0.2)([0, 0, 1, 0, 1], [0.1, 0.2, 0.6, 0.6, 0.9])
    1.0
    """

    k: int | None = None
    fraction: float | None = field(default=None, kw_only=True)

    key: ClassVar[str] = "precision_at_k_rows"

    def check_arguments(self) -> None:
        """Refuse anything but one size."""
        require_int("k", self.k, 1)
        if (self.k is None) == (self.fraction is None):
            msg = f"expected k= rows or a fraction= of them, got k={self.k}, "
            raise ArgumentError(msg + f"fraction={self.fraction}; give one of the two")
        if self.fraction is not None:
            _require_share(self.fraction)

    @property
    def size(self) -> int | Fraction:
        """How many rows, or which share of all."""
        if self.fraction is not None:
            return _decimal(self.fraction)
        assert self.k is not None
        return self.k

    def value(self, head: Head) -> Fraction | None:
        """Of the rows, the positive ones."""
        return head.positives / head.rows


@dataclass(frozen=True, repr=False)
class RecallAtKRows(PrecisionAtKRows):
    """The fraction of all positives found among the k rows with the highest scores.

    Of a fraction of the rows also called cumulative gain, or capture rate.

    Parameters
    ----------
    k, fraction, pos_label
        As for `PrecisionAtKRows`.

    Returns
    -------
    float
        0.0 with a warning where there are no positives or no rows.

    Notes
    -----
    Rows of equal scores and weights as for `PrecisionAtKRows`.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: the definition, by sorting.

    Examples
    --------
    >>> RecallAtKRows(2)([0, 0, 1, 0, 1], [0.1, 0.2, 0.6, 0.6, 0.9])
    0.75
    >>> RecallAtKRows(fraction=0.2)([0, 0, 1, 0, 1], [0.1, 0.2, 0.6, 0.6, 0.9])
    0.5
    """

    key: ClassVar[str] = "recall_at_k_rows"

    def value(self, head: Head) -> Fraction | None:
        """Of the positives, those among the rows."""
        return head.positives / head.all_positives if head.all_positives else None


@dataclass(frozen=True, repr=False)
class Lift(_OfTop):
    """How many times as frequent positives are among the highest scores as among all rows.

    Parameters
    ----------
    fraction : float
        Of the rows, above 0, at most 1; a tenth by default.
    k : int
        In place of a fraction: how many rows.
    pos_label : label, optional
        The positive one. By default 1, of labels 0 and 1 or -1 and 1.

    Returns
    -------
    float
        NaN with a warning where there are no positives or no rows.

    Notes
    -----
    Rows of equal scores and weights as for `PrecisionAtKRows`. Of rows at random it is 1.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1 / fraction], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: the definition, by sorting.

    Examples
    --------
    >>> Lift(0.2)([0, 0, 1, 0, 1], [0.1, 0.2, 0.6, 0.6, 0.9])
    2.5
    """

    fraction: float | None = None
    k: int | None = field(default=None, kw_only=True)

    key: ClassVar[str] = "lift"
    without: ClassVar[float] = math.nan

    def check_arguments(self) -> None:
        """Refuse what is no fraction, and two sizes."""
        require_int("k", self.k, 1)
        if self.fraction is not None:
            _require_share(self.fraction)
            if self.k is not None:
                msg = (
                    f"expected a fraction= of the rows or k= of them, got fraction={self.fraction} "
                    f"and k={self.k}; give one of the two"
                )
                raise ArgumentError(msg)

    @property
    def size(self) -> int | Fraction:
        """How many rows, or which share of all."""
        return self.k or _decimal(self.fraction or 0.1)

    def value(self, head: Head) -> Fraction | None:
        """Precision over that of all rows."""
        if not head.all_positives:
            return None
        return (head.positives / head.rows) / Fraction(head.all_positives, head.every)
