"""The Brier score, and the share of it that a model explains, as scikit-learn defines them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from disteval import backend
from disteval.errors import ArgumentError, LabelError, ShapeError
from disteval.metrics.base import NO_WEIGHT, TOO_FEW
from disteval.metrics.checks import require_positive
from disteval.metrics.classes import Classes, Found, Label, classes_of
from disteval.metrics.probabilities.log_loss import ONE_LABEL, ClassProbabilityMetric
from disteval.metrics.rows import PRED, Labels
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Metric, Outcome, RowFunction, Schema, Value
from disteval.reductions import LabelState


@dataclass(frozen=True)
class SquaredDistances:
    """Σ_c (y_c - p_c)², for each class that may be the row's: (rows, C).

    Of one score p a row, p² for the negative and (1 - p)² for the positive class: half of that.
    """

    single: bool

    def __call__(self, batch: Batch) -> Any:
        p = batch.derive(PRED)
        xp = backend.namespace(p)
        rest = 1.0 - p
        if self.single:
            return xp.stack([p * p, rest * rest]).T  # each column is summed by itself
        squares, missing = p * p, rest * rest
        out = xp.empty(p.shape)
        before = xp.zeros(len(p))
        for j in range(p.shape[1]):  # no term is ever subtracted: tiny distances keep their bits
            out[:, j] = before + missing[:, j]
            before = before + squares[:, j]
        after = xp.zeros(len(p))
        for j in reversed(range(p.shape[1])):
            out[:, j] += after
            after = after + squares[:, j]
        return out


@dataclass(frozen=True, repr=False)
class _BrierMetric(ClassProbabilityMetric):
    """What both have: one score a row takes `pos_label`; it and rows (N, C) take `labels`."""

    pos_label: Label | None = field(default=None, kw_only=True)

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; whose probability each column is."""
        if schema[Y_PRED].shape:
            if self.pos_label is not None:
                msg = (
                    f"pos_label={self.pos_label!r} is for one score a row, got a column for each "
                    "label; leave it out"
                )
                raise ArgumentError(msg)
            return super().resolve(schema)
        if self.labels is not None:
            known = classes_of(schema, self.labels).labels or ()
            if self.pos_label is not None and self.pos_label not in known:
                msg = f"expected pos_label among labels={list(known)}, got {self.pos_label!r}"
                raise ArgumentError(msg)
        return self.with_classes(schema, self._two(schema))

    def _two(self, schema: Schema) -> Classes:
        """The negative and the positive label, whichever they are."""
        if schema[Y_TRUE].shape:
            msg = "expected one label a row in y_true for one score a row, got rows of several"
            raise ShapeError(msg)
        require_positive(schema, self.pos_label)
        return replace(classes_of(schema, None), by=Labels(Y_TRUE), labels=None, all_occur=False)

    @property
    def values(self) -> RowFunction:
        """The squared distance of each row."""
        return self.resolved.picked(SquaredDistances(self.resolved.single))

    def _found(self, state: LabelState, *flags: Any) -> Found:
        if not self.resolved.single:
            return super()._found(state, *flags)
        totals = state.totals()
        positive = self._positive(list(totals))
        picked = [(label == positive, of_label) for label, of_label in totals.items()]
        weights = [
            sum((t.weight for is_one, t in picked if is_one is side), Fraction(0))
            for side in (False, True)
        ]
        return Found(
            tuple(weights),
            sum((t.values[int(is_one)] for is_one, t in picked), Fraction(0)),
            sum(t.rows for _, t in picked),
            all(t.finite for _, t in picked),
        )

    def _positive(self, seen: list[Any]) -> Any:
        known = seen if self.labels is None else list(self.labels)
        other = [label for label in seen if label not in known]
        if other:
            msg = f"{self.name}: expected labels in y_true among {known}, got {other[:6]}"
            raise LabelError(f"{msg}; give both labels that there are as labels=")
        if len(known) > 2:
            msg = (
                f"{self.name}: expected two labels in y_true for one score a row, got "
                f"{len(known)}: {known[:6]}; give a score for each, or y_true as 0 and 1"
            )
            raise LabelError(msg)
        if self.pos_label is not None or not known:
            return self.pos_label
        return 1 if set(known) <= {0, 1} or set(known) <= {-1, 1} else max(known)


@dataclass(frozen=True, repr=False)
class BrierScore(_BrierMetric):
    """Brier score, the mean of Σ_c (y_c - p_c)² over the classes; half of it for two classes.

    Parameters
    ----------
    pos_label : label, optional
        For one score a row: the label whose probability it is; others are negative. By default
        1 where the labels are 0 and 1 or -1 and 1, else the larger; strings have no default.
    labels : sequence of labels, optional
        The label of each column of y_pred, sorted; of one score a row, both labels that there
        are. By default those that occur in y_true.
    scale_by_half : bool or "auto"
        Whether to halve the sum over classes, so that it lies in [0, 1]; "auto" halves it for
        two classes, where it is then the mean of (y - p)².

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero. Rows whose probabilities do not sum to
        1 are taken as they are, with a warning.

    Notes
    -----
    Shapes: labels (N,) of any kind, or rows (N, C) of one 1 and zeros, and probabilities (N, C)
    or, of the positive label, (N,).
    Range: [0, 2], lower is better.
    State: for each label the rows, the weight and one exact sum; C sums where the labels are
    not known beforehand. More than 64 columns without `labels` are those of 0, 1, ..., C - 1.
    Exact: the exact mean of the row values, rounded once; a row is a sum of squares, from both
    ends to the place of its label.
    Reference: sklearn.metrics.brier_score_loss.

    Examples
    --------
    >>> round(BrierScore()([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]), 12)
    0.0375
    >>> BrierScore(pos_label="spam")(["ham", "spam"], [0.5, 0.75])
    0.15625
    """

    scale_by_half: bool | str = "auto"

    key: ClassVar[str] = "brier_score_loss"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes."""
        if self.scale_by_half != "auto" and not isinstance(self.scale_by_half, bool):
            msg = f"expected scale_by_half True, False or 'auto', got {self.scale_by_half!r}"
            raise ArgumentError(msg)
        return super().resolve(schema)

    def of_totals(self, found: Found) -> Value | Outcome:
        """The mean, rounded once."""
        if not found.weight:
            return Outcome(0.0, undefined=NO_WEIGHT)
        classes = self.resolved
        scale = Fraction(2 if classes.single else 1)
        if self.scale_by_half is True or (self.scale_by_half == "auto" and classes.count == 2):
            scale /= 2
        return limbs.to_float(scale * found.total / found.weight)


@dataclass(frozen=True, repr=False)
class D2Brier(_BrierMetric):
    """D², the fraction of the Brier score explained: 1 - Brier score / that of the class shares.

    Parameters
    ----------
    pos_label : label, optional
        For one score a row: the label whose probability it is; others are negative. By default
        1 where the labels are 0 and 1 or -1 and 1, else the larger; strings have no default.
    labels : sequence of labels, optional
        The label of each column of y_pred, sorted; of one score a row, both labels that there
        are. By default those that occur in y_true.

    Returns
    -------
    float
        NaN with a warning for fewer than two rows, or where the total weight is zero. Where all
        rows have one label: -inf with a warning, NaN if all predictions are right.

    Notes
    -----
    The null model gives every row the classes' shares of the total weight; its score is
    Σ Wₖ (W - Wₖ) / W². Also known as the Brier skill score.
    Shapes: labels (N,) of any kind, or rows (N, C) of one 1 and zeros, and probabilities (N, C)
    or, of the positive label, (N,).
    Range: (-inf, 1], higher is better.
    State: that of `brier_score_loss`.
    Exact: row values as in `brier_score_loss`; all else in rational numbers, rounded once.
    Reference: sklearn.metrics.d2_brier_score.

    Examples
    --------
    >>> round(D2Brier()([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]), 12)
    0.85
    """

    key: ClassVar[str] = "d2_brier_score"

    def of_totals(self, found: Found) -> Value | Outcome:
        """From exact totals, rounded once."""
        if found.rows < 2:
            return Outcome(math.nan, undefined=TOO_FEW)
        if not found.weight:
            return Outcome(math.nan, undefined=NO_WEIGHT)
        whole = found.weight
        null = sum((w - w * w / whole for w in found.weights), Fraction(0))
        total = found.total * 2 if self.resolved.single else found.total
        if not null:
            return Outcome(-math.inf if total else math.nan, undefined=ONE_LABEL)
        return limbs.to_float(1 - total / null)
