"""Cases in which disteval differs from Keras on purpose: the value or the error, and the reason."""

from __future__ import annotations

from typing import Any

RANK_1 = "(N,) and (N, 1) are the same here, whichever of them Keras refuses"
BROADCAST = "refused: shapes are never broadcast"
IGNORED = "rows of the ignored class leave the weight too; Keras counts them as right"
CAST = "labels are not cut to the integer dtype of the predictions"
SMOOTHED = "smoothing shares labels among the classes; Keras takes the last axis for them"
NAN_POLICY = "a row with NaN makes the value NaN under nan_policy='propagate'"
LABEL_RANGE = "refused: labels outside [0, classes)"

IDENTIFIERS: dict[str, tuple[str | None, str]] = {
    "accuracy": ("ChosenAccuracy", "the string chooses by kinds and shapes, as in compile()"),
    "Metric": (None, "the base of all metrics is none"),
    "metric": (None, "the base of all metrics is none"),
}
"""Names that mean another class than in `keras.metrics.get`: the class, or None for an error."""

RULES: dict[tuple[tuple[int | None, ...], ...], tuple[str | None, str]] = {
    ((None,), (None,)): ("BinaryAccuracy", RANK_1),
    ((8,), (8,)): ("BinaryAccuracy", RANK_1),
    ((None, 5), (None, 1)): (None, BROADCAST),
}
"""Pairs of shapes for which "accuracy" is another class: the class or an error, and the reason."""

DIFFERENT: dict[str, tuple[Any, str]] = {
    # values where Keras has an error
    "BinaryCrossentropy/N_1d/w_n": (0.33396153272436924, RANK_1),
    "BinaryCrossentropy/shape_mismatch_N_vs_N1": (0.43375027249909637, RANK_1),
    "MeanSquaredError/N_1d/w_n": (0.15562725804820682, RANK_1),
    "MeanAbsoluteError/N_1d/w_n": (0.6258495264078233, RANK_1),
    "MeanAbsolutePercentageError/N_1d/w_n": (47.965181736997735, RANK_1),
    "MeanSquaredLogarithmicError/N_1d/w_n": (0.12142322900213569, RANK_1),
    "LogCoshError/N_1d/w_n": (0.06599793430799282, RANK_1),
    "R2Score/rank1_is_an_error": (1.0, RANK_1),
    "Precision/rank1_with_N1_weights_is_an_error": (0.5, RANK_1),
    "Recall/rank1_with_N1_weights_is_an_error": (1.0, RANK_1),
    "F1Score/rank1_is_an_error": (1.0, RANK_1),
    "F1Score/no_update_is_an_error": (0.0, "no rows: 0.0 with a warning, as everywhere"),
    # other values
    "Accuracy/float_true_truncated_to_int_pred": (1 / 3, CAST),
    "MeanSquaredError/int_preds_truncate_true": (0.36499996542930724, CAST),
    "SparseCategoricalCrossentropy/ignore0_N": (0.57634643825014, IGNORED),
    "SparseCategoricalCrossentropy/ignore0_N_T": (0.7831004462631548, IGNORED),
    "SparseCategoricalCrossentropy/ignore-1_N": (0.6443630172546536, IGNORED),
    "SparseCategoricalCrossentropy/ignore-1_N_T": (0.8267235268948128, IGNORED),
    "SparseCategoricalCrossentropy/ignore255_N": (0.6337795847198779, IGNORED),
    "SparseCategoricalCrossentropy/ignore255_N_T": (0.924270744525183, IGNORED),
    "Precision/3d_with_N_weights_N_eq_T_misaligned": (1 / 21, "a weight belongs to its row"),
    "Recall/3d_with_N_weights_N_eq_T_misaligned": (0.5, "a weight belongs to its row"),
    "F1Score/N1": (4 / 7, "one score a row has one value, not an array of one"),
    "Accuracy/nan": (float("nan"), NAN_POLICY),
    "CategoricalAccuracy/nan_pred_is_argmax": (float("nan"), NAN_POLICY),
    "PrecisionAtRecall/1.0/w_n": (
        0.7855480859826725,
        "recall is 1 where all positives are found; in Keras float32 sums of weights decide",
    ),
    **dict.fromkeys(
        (
            "TruePositives/nan_prediction_is_negative",
            "TrueNegatives/nan_prediction_is_negative",
            "FalsePositives/nan_prediction_is_negative",
            "FalseNegatives/nan_prediction_is_negative",
        ),
        (float("nan"), NAN_POLICY),
    ),
    # errors where Keras has a value
    "CategoricalAccuracy/sparse_labels_by_mistake": (
        "expected y_true and y_pred of one",
        BROADCAST,
    ),
    "MeanSquaredError/N2_vs_N1_broadcasts": ("expected y_true and y_pred of one", BROADCAST),
    "Mean/weight_row_1xT": ("columns of one length", BROADCAST),
    "Sum/weight_row_1xT": ("columns of one length", BROADCAST),
    "Mean/uneven_inner": ("expected rows of shape", "rows have one shape in all batches"),
    "Sum/uneven_inner": ("expected rows of shape", "rows have one shape in all batches"),
    "Poisson/N_vs_N1_broadcasts_to_NxN": (0.9550395736394961, RANK_1),
    "CategoricalCrossentropy/axis1_ls_uses_last_dim": (1.222742628875772, SMOOTHED),
    "SparseCategoricalAccuracy/label_minus1_and_oob": ("labels in \\[0, 3\\)", LABEL_RANGE),
    "SparseCategoricalCrossentropy/label_minus1_gives_zero_loss": (
        "labels in \\[0, 3\\)",
        LABEL_RANGE,
    ),
    "Precision/N_1d_topk_over_whole_batch": ("need y_pred", "the top k of a row, not of a batch"),
    "Recall/N_1d_topk_over_whole_batch": ("need y_pred", "the top k of a row, not of a batch"),
}
