"""Reference rows of the family `probabilities`."""

from __future__ import annotations

from functools import partial

from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.class_probabilities import (
    both,
    calibration_error,
    exact_brier,
    exact_d2_brier,
    exact_d2_log_loss,
    exact_mean_of_logs,
    exact_sum_of_logs,
    half_exact_brier,
    missing_class,
    named_scores,
    named_shares,
    nearest,
    one_hot_shares,
    reliability,
    shares,
    signed_scores,
)
from tests.references.rows import (
    LOW,
    F,
    Row,
    binary_log_loss,
    exact_log_loss,
    of,
    one_hot,
    one_hot_log_loss,
    probabilities,
    scores,
    sparse_log_loss,
)

_THREE = (-1, 2, 7)
two_shares = partial(shares, classes=2)

# --- rows of one metric by kinds of labels: the logarithms are clipped by the eps of the dtype
_logs = partial(Row, dtypes=LOW, own_clip=True)
_LOG_LOSS = (
    *(
        _logs("log_loss", make, of(sk.log_loss), exact_mean_of_logs)
        for make in (both, signed_scores, named_scores, shares, named_shares, one_hot_shares)
    ),
    _logs(
        dm.LogLoss(labels=_THREE), missing_class, of(sk.log_loss, labels=_THREE), exact_mean_of_logs
    ),
    _logs(
        dm.LogLoss(labels=["no", "yes"]), named_scores, of(sk.log_loss, labels=["no", "yes"]),
        exact_mean_of_logs,
    ),
    _logs(
        dm.LogLoss(normalize=False), shares, of(sk.log_loss, normalize=False), exact_sum_of_logs
    ),
    *(
        _logs("d2_log_loss_score", make, of(sk.d2_log_loss_score), exact_d2_log_loss)
        for make in (both, named_shares)
    ),
    _logs(
        dm.D2LogLoss(labels=_THREE), missing_class, of(sk.d2_log_loss_score, labels=_THREE),
        exact_d2_log_loss,
    ),
)  # fmt: skip
_BRIER = (
    *(
        Row("brier_score_loss", make, of(sk.brier_score_loss), half_exact_brier, dtypes=LOW)
        for make in (both, signed_scores, two_shares)
    ),
    *(
        Row("brier_score_loss", make, of(sk.brier_score_loss), exact_brier, dtypes=LOW)
        for make in (shares, named_shares, one_hot_shares)
    ),
    Row(
        dm.BrierScore(pos_label="yes"), named_scores, of(sk.brier_score_loss, pos_label="yes"),
        half_exact_brier, dtypes=LOW,
    ),
    Row(
        dm.BrierScore(scale_by_half=False), both, of(sk.brier_score_loss, scale_by_half=False),
        exact_brier, dtypes=LOW,
    ),
    Row(
        dm.BrierScore(scale_by_half=True), shares, of(sk.brier_score_loss, scale_by_half=True),
        half_exact_brier, dtypes=LOW,
    ),
    Row(
        dm.BrierScore(labels=_THREE), missing_class, of(sk.brier_score_loss, labels=_THREE),
        exact_brier, dtypes=LOW,
    ),
    *(
        Row("d2_brier_score", make, of(sk.d2_brier_score), exact_d2_brier, dtypes=LOW)
        for make in (both, shares, named_shares)
    ),
    Row(
        dm.D2Brier(pos_label="yes"), named_scores, of(sk.d2_brier_score, pos_label="yes"),
        exact_d2_brier, dtypes=LOW,
    ),
    Row(
        dm.D2Brier(labels=_THREE), missing_class, of(sk.d2_brier_score, labels=_THREE),
        exact_d2_brier, dtypes=LOW,
    ),
)  # fmt: skip
_CALIBRATION = (
    *(
        Row(metric, make, nearest(calibration_error(norm)), dtypes=F)
        for metric, norm in (
            ("expected_calibration_error", "l1"),
            ("maximum_calibration_error", "max"),
            ("root_mean_square_calibration_error", "l2"),
        )
        for make in (scores, shares)
    ),
    Row(
        dm.ExpectedCalibrationError(n_bins=8, norm="l2"), scores,
        nearest(calibration_error("l2", 8)), dtypes=F,
    ),
    Row("calibration_curve", scores, reliability, dtypes=F),
)  # fmt: skip

ROWS: tuple[Row, ...] = (
    *_LOG_LOSS,
    *_BRIER,
    *_CALIBRATION,
    Row(
        "binary_crossentropy", scores, binary_log_loss, exact_log_loss, dtypes=F, own_clip=True
    ),
    Row(
        "categorical_crossentropy", one_hot, one_hot_log_loss, exact_log_loss, dtypes=LOW,
        own_clip=True,
    ),
    Row(
        "sparse_categorical_crossentropy", probabilities, sparse_log_loss, exact_log_loss,
        dtypes=LOW, own_clip=True,
    ),
)  # fmt: skip
