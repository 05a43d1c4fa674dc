"""Circle loss, of every pair of rows, by the definition of Keras."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.checks import (
    require_bool,
    require_number_arguments,
    require_numbers,
    shown,
)
from disteval.metrics.rows import PRED, Labels
from disteval.numerics import elementary, limbs
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Array,
    Batch,
    Metric,
    Outcome,
    Reduction,
    Schema,
    Value,
)
from disteval.reductions import HeldRows, HeldState
from disteval.reductions.counts import weights_of_counts

_BLOCK = 64


@dataclass(frozen=True)
class Weights:
    """The weight of each row; 1 where there are none."""

    def __call__(self, batch: Batch) -> Any:
        weight = weights_of_counts(batch)
        return backend.namespace(batch[Y_PRED]).ones(batch.rows) if weight is None else weight


@dataclass(frozen=True, repr=False)
class Circle(Metric):
    """Mean circle loss, softplus(log Σ exp of alike pairs + log Σ exp of unlike pairs).

    Of a pair at the distance d = max(1 - p·q, 0), the term is -gamma (m + d)(m - d) where the
    labels are alike, gamma max(1 + m - d, 0)(1 - m - d) where they are not [1]_. The mean is
    over the rows with a loss above 0: those without an alike or an unlike row have none.

    Parameters
    ----------
    gamma : float
        Scale of the terms.
    margin : float
        m, how far from the best distance a pair may be.
    remove_diagonal : bool
        Whether a row is no pair with itself.

    Returns
    -------
    float
        0.0 with a warning where no row has a loss above 0.

    Notes
    -----
    Keras compares the rows of a batch; this value is of all rows, whatever their batches are, so
    rows are held, and no more than 8,192 are taken. A weight is that of the row's own loss; rows
    of weight 0 are absent.
    Shapes: labels (N,), and y_pred (N, k) of rows of length 1.
    Range: [0, inf), lower is better.
    State: the rows, of k + 2 numbers each; at most 8,192 rows.
    Exact: the exact mean of the losses, rounded once, the same on every machine; the sums of a
    row are exact sums, rounded once.
    Reference: keras.losses.Circle, with reduction="mean_with_sample_weight".

    References
    ----------
    .. [1] Sun, Y. et al. (2020). Circle loss: a unified perspective of pair similarity
       optimization. arXiv:2002.10857.

    Examples
    --------
    >>> y_pred = [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.6, 0.8]]
    >>> round(Circle(gamma=2.0)([0, 0, 1, 1], y_pred), 6)
    1.382187
    """

    gamma: float = 80.0
    margin: float = 0.4
    remove_diagonal: bool = True
    columns: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "circle"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes."""
        require_number_arguments(gamma=self.gamma, margin=self.margin)
        require_bool("remove_diagonal", self.remove_diagonal)
        if not (math.isfinite(self.gamma) and math.isfinite(self.margin)):
            msg = f"expected a finite gamma and margin, got {self.gamma} and {self.margin}"
            raise ArgumentError(msg)
        require_numbers(schema, Y_TRUE, Y_PRED)
        true, pred = schema[Y_TRUE].shape, schema[Y_PRED].shape
        if true or len(pred) != 1:
            msg = (
                "expected one label a row and embeddings (N, k), got y_true "
                f"{shown(true)} and y_pred {shown(pred)}"
            )
            raise ShapeError(msg)
        return replace(self, columns=pred[0])

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """All rows."""
        return (HeldRows((Labels(Y_TRUE), Weights(), PRED), 2 + self.columns),)

    def compute(self, state: HeldState) -> Value | Outcome:
        """The mean of the losses above 0."""
        held = state.values[state.values[:, 1] > 0]
        with np.errstate(all="ignore"):
            losses = self._losses(held[:, 0], held[:, 2:])
        if np.isnan(losses).any():
            return math.nan
        above = losses > 0
        if not above.any():
            return Outcome(0.0, undefined="no row has an alike and an unlike row")
        weights = [Fraction(weight) for weight in held[above, 1].tolist()]
        pairs = zip(weights, losses[above].tolist(), strict=True)
        total = sum((weight * Fraction(loss) for weight, loss in pairs), Fraction(0))
        return limbs.to_float(total / sum(weights, Fraction(0)))

    def _losses(self, labels: Array, rows: Array) -> Array:
        """Of each row, a block of rows against all at a time."""
        out = np.zeros(len(rows))
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            distance = np.maximum(1.0 - _products(rows[part], rows), 0.0)
            alike = labels[part, None] == labels
            others = ~alike
            if self.remove_diagonal:
                np.fill_diagonal(alike[:, part], False)
            m, gamma = float(self.margin), float(self.gamma)
            near = -gamma * (m + distance) * (m - distance)
            far = gamma * np.maximum(1.0 + m - distance, 0.0) * (1.0 - m - distance)
            both = _log_sum_exp(near, alike) + _log_sum_exp(far, others)
            out[part] = np.maximum(both, 0.0) + elementary.log1p(elementary.exp(-abs(both)))
        return out


def _products(a: Array, b: Array) -> Array:
    """Inner products of rows, added from left to right: those of ``@`` differ with the machine."""
    total = np.zeros((len(a), len(b)))
    for left, right in zip(a.T, b.T, strict=True):
        total += left[:, None] * right
    return total


def _log_sum_exp(terms: Array, chosen: Array) -> Array:
    """log Σ exp of the chosen terms of each row; -inf of none."""
    largest = np.where(chosen, terms, -np.inf).max(axis=1)
    shift = np.where(largest == -np.inf, 0.0, largest)
    scaled = elementary.exp(terms - shift[:, None])
    sums = [math.fsum(row[at].tolist()) for row, at in zip(scaled, chosen, strict=True)]
    return np.asarray(shift + elementary.log(np.array(sums)))
