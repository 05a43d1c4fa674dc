"""Calibration: how far the shares of what is right are from the probabilities that were given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np

from disteval.errors import ArgumentError
from disteval.metrics.base import NO_WEIGHT, NOT_FINITE
from disteval.metrics.probabilities.bins import BinnedMetric, edges_of
from disteval.numerics import limbs
from disteval.protocol import Metric, Outcome, Schema, Value
from disteval.reductions import BinTotals


@dataclass(frozen=True, repr=False)
class CalibrationError(BinnedMetric):
    """What the calibration errors have in common: a norm of the gaps of the bins."""

    def of_bins(self, bins: list[BinTotals]) -> Value | Outcome:
        """The norm, rounded once."""
        weight = sum((b.weight for b in bins), Fraction(0))
        if not all(b.finite for b in bins):
            return Outcome(math.nan, undefined=NOT_FINITE)
        if not weight:
            return Outcome(0.0, undefined=NO_WEIGHT)
        # the gap of a bin times its weight: what was promised, less what came true
        gaps = [(b.values[0] - b.values[1], b.weight) for b in bins if b.weight]
        return self.of_gaps(gaps, weight)

    def of_gaps(self, gaps: list[tuple[Fraction, Fraction]], weight: Fraction) -> float:
        """From (weight times gap, weight) of each bin that holds something."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class ExpectedCalibrationError(CalibrationError):
    """Expected calibration error (ECE): Σ (weight of bin / weight) |mean score - share right|.

    Parameters
    ----------
    n_bins : int
        Equal bins of [0, 1]: (0, 1/n], (1/n, 2/n], ...; 0 is in the first.
    norm : "l1", "l2" or "max"
        The mean of the gaps of the bins, the root of their mean square, or the largest.
    pos_label : label, optional
        For one score a row: the label whose probability it is; others are negative. By default
        1, where the labels are 0 and 1.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Of one score a row, "right" is the positive label, the score its probability. Of a score for
    each class, the largest is the score and right where it stands at the label's place.
    The 15 bins are torchmetrics' default; there an edge belongs to the bin above it, and scores
    of 1 to a bin of their own. Here it belongs to the bin below, as in the first publication [1]_
    and in scikit-learn's `calibration_curve`.
    Shapes: labels (N,) and probabilities (N,); or class numbers (N,), or rows (N, C) of one 1
    and zeros, and probabilities (N, C).
    Range: [0, 1], lower is better.
    State: for each bin the rows, the weight and two exact sums.
    Exact: the value of the exact sums of weights, scores and labels, rounded once.
    Reference: torchmetrics.CalibrationError.

    References
    ----------
    .. [1] Naeini, Cooper, Hauskrecht (2015). Obtaining well calibrated probabilities using
       Bayesian binning. AAAI; Guo, Pleiss, Sun, Weinberger (2017). On calibration of modern
       neural networks. ICML.

    Examples
    --------
    >>> ExpectedCalibrationError(n_bins=2)([0, 1, 1, 1], [0.25, 0.5, 0.75, 1.0])
    0.125
    """

    norm: Literal["l1", "l2", "max"] = "l1"

    key: ClassVar[str] = "expected_calibration_error"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes."""
        if self.norm not in _NORMS:
            msg = f"expected norm to be one of {', '.join(map(repr, _NORMS))}, got {self.norm!r}"
            raise ArgumentError(msg)
        return super().resolve(schema)

    def of_gaps(self, gaps: list[tuple[Fraction, Fraction]], weight: Fraction) -> float:
        """The norm that was chosen."""
        return _NORMS[self.norm](gaps, weight)


@dataclass(frozen=True, repr=False)
class MaximumCalibrationError(CalibrationError):
    """Maximum calibration error (MCE): the largest |mean score - share right| of a bin.

    Parameters
    ----------
    n_bins : int
        Equal bins of [0, 1]: (0, 1/n], (1/n, 2/n], ...; 0 is in the first.
    pos_label : label, optional
        For one score a row: the label whose probability it is; others are negative. By default
        1, where the labels are 0 and 1.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Scores, labels and bins are those of `expected_calibration_error`, of which this is
    norm="max".
    Shapes: labels (N,) and probabilities (N,); or class numbers (N,), or rows (N, C) of one 1
    and zeros, and probabilities (N, C).
    Range: [0, 1], lower is better.
    State: for each bin the rows, the weight and two exact sums.
    Exact: the value of the exact sums of weights, scores and labels, rounded once.
    Reference: torchmetrics.CalibrationError(norm="max").

    Examples
    --------
    >>> MaximumCalibrationError(n_bins=2)([0, 1, 1, 1], [0.25, 0.5, 0.75, 1.0])
    0.125
    """

    key: ClassVar[str] = "maximum_calibration_error"

    def of_gaps(self, gaps: list[tuple[Fraction, Fraction]], weight: Fraction) -> float:
        """The largest."""
        return _largest(gaps, weight)


@dataclass(frozen=True, repr=False)
class RootMeanSquareCalibrationError(CalibrationError):
    """√(Σ (weight of bin / weight) (mean score - share right)²) over equal bins of the scores.

    Parameters
    ----------
    n_bins : int
        Equal bins of [0, 1]: (0, 1/n], (1/n, 2/n], ...; 0 is in the first.
    pos_label : label, optional
        For one score a row: the label whose probability it is; others are negative. By default
        1, where the labels are 0 and 1.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Scores, labels and bins are those of `expected_calibration_error`, of which this is
    norm="l2".
    Shapes: labels (N,) and probabilities (N,); or class numbers (N,), or rows (N, C) of one 1
    and zeros, and probabilities (N, C).
    Range: [0, 1], lower is better.
    State: for each bin the rows, the weight and two exact sums.
    Exact: the value of the exact sums of weights, scores and labels, rounded once.
    Reference: torchmetrics.CalibrationError(norm="l2").

    Examples
    --------
    >>> RootMeanSquareCalibrationError(n_bins=2)([0, 1, 1, 1], [0.25, 0.5, 0.75, 1.0])
    0.125
    """

    key: ClassVar[str] = "root_mean_square_calibration_error"

    def of_gaps(self, gaps: list[tuple[Fraction, Fraction]], weight: Fraction) -> float:
        """The root of the mean square."""
        return _root_mean_square(gaps, weight)


@dataclass(frozen=True, repr=False)
class CalibrationCurve(BinnedMetric):
    """The reliability table: for each bin of scores their mean and the share of positives.

    Parameters
    ----------
    n_bins : int
        Equal bins of [0, 1]: (0, 1/n], (1/n, 2/n], ...; 0 is in the first.
    strategy : "uniform"
        Bins of equal width. Those of equal counts, "quantile", are refused: their edges would
        have to be known before the pass.
    pos_label : label, optional
        For one score a row: the label whose probability it is; others are negative. By default
        1, where the labels are 0 and 1.

    Returns
    -------
    mapping of arrays
        Over the bins that hold something: "low" and "high" (their edges), "weight" (the number
        of rows where there are no weights), "prob_true" (the share of positives, or of what is
        right) and "prob_pred" (the mean score).
        Empty with a warning where the total weight is zero.

    Notes
    -----
    Scores and labels are those of `expected_calibration_error`.
    Shapes: labels (N,) and probabilities (N,); or class numbers (N,), or rows (N, C) of one 1
    and zeros, and probabilities (N, C).
    Range: [0, 1], no direction.
    State: for each bin the rows, the weight and two exact sums.
    Exact: always; the mean and the share are rounded once.
    Reference: sklearn.calibration.calibration_curve.

    Examples
    --------
    >>> table = CalibrationCurve(n_bins=2)([0, 1, 1, 1], [0.25, 0.5, 0.75, 1.0])
    >>> table["prob_pred"], table["prob_true"]
    (array([0.375, 0.875]), array([0.5, 1. ]))
    """

    n_bins: int = 5
    strategy: str = "uniform"

    key: ClassVar[str] = "calibration_curve"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes."""
        if self.strategy != "uniform":
            msg = (
                f"expected strategy='uniform', got {self.strategy!r}; the edges of other bins are "
                "not known before the pass: give more bins and join them"
            )
            raise ArgumentError(msg)
        return super().resolve(schema)

    def of_bins(self, bins: list[BinTotals]) -> Value | Outcome:
        """The bins that hold something."""
        edges = edges_of(self.n_bins)
        held = [(i, b) for i, b in enumerate(bins) if b.weight or not b.finite]
        shares = [[_share(b, column) for _, b in held] for column in (1, 0)]
        table = {
            "low": np.array([edges[i] for i, _ in held]),
            "high": np.array([edges[i + 1] for i, _ in held]),
            "weight": np.array([limbs.to_float(b.weight) for _, b in held]),
            "prob_true": np.array(shares[0]),
            "prob_pred": np.array(shares[1]),
        }
        names = tuple(f"{'(' if i else '['}{edges[i]:.6g}, {edges[i + 1]:.6g}]" for i, _ in held)
        return Outcome(table, names, undefined="" if held else NO_WEIGHT)


def _share(of_bin: BinTotals, column: int) -> float:
    finite = of_bin.finite
    return limbs.to_float(of_bin.values[column] / of_bin.weight) if finite else math.nan


def _mean(gaps: list[tuple[Fraction, Fraction]], weight: Fraction) -> float:
    return limbs.to_float(sum((abs(gap) for gap, _ in gaps), Fraction(0)) / weight)


def _root_mean_square(gaps: list[tuple[Fraction, Fraction]], weight: Fraction) -> float:
    return limbs.sqrt(sum((gap * gap / w for gap, w in gaps), Fraction(0)) / weight)


def _largest(gaps: list[tuple[Fraction, Fraction]], _: Fraction) -> float:
    return limbs.to_float(max(abs(gap / w) for gap, w in gaps))


_NORMS = {"l1": _mean, "l2": _root_mean_square, "max": _largest}
