"""Cases in which disteval differs from Keras on purpose: the value or the error, and the reason."""

from __future__ import annotations

from typing import Any

RANK_1 = "(N,) and (N, 1) are the same here, whichever of them Keras refuses"
ELEMENT_WEIGHTS = "refused so far: weights of single elements rather than of rows"
BROADCAST = "refused: shapes are never broadcast"
IGNORED = "rows of the ignored class leave the weight too; Keras counts them as right"
CAST = "labels are not cut to the integer dtype of the predictions"
AXIS = "refused: the classes are the last axis"
NAN_POLICY = "a row with NaN makes the value NaN under nan_policy='propagate'"
LABEL_RANGE = "refused: labels outside [0, classes)"

DIFFERENT: dict[str, tuple[Any, str]] = {
    # values where Keras has an error
    "BinaryCrossentropy/N_1d/w_n": (0.33396153272436924, RANK_1),
    "BinaryCrossentropy/shape_mismatch_N_vs_N1": (0.43375027249909637, RANK_1),
    "MeanSquaredError/N_1d/w_n": (0.15562725804820682, RANK_1),
    "MeanAbsoluteError/N_1d/w_n": (0.6258495264078233, RANK_1),
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
    "CategoricalCrossentropy/axis1": ("expected axis=-1", AXIS),
    "CategoricalCrossentropy/axis1_logits": ("expected axis=-1", AXIS),
    "CategoricalCrossentropy/axis1_ls_uses_last_dim": ("expected axis=-1", AXIS),
    "SparseCategoricalAccuracy/label_minus1_and_oob": ("labels in \\[0, 3\\)", LABEL_RANGE),
    "SparseCategoricalCrossentropy/label_minus1_gives_zero_loss": (
        "labels in \\[0, 3\\)",
        LABEL_RANGE,
    ),
    "Precision/N_1d_topk_over_whole_batch": ("need y_pred", "the top k of a row, not of a batch"),
    "Recall/N_1d_topk_over_whole_batch": ("need y_pred", "the top k of a row, not of a batch"),
    **dict.fromkeys(
        (
            *("Mean/N_T/w_full", "Mean/N_T_C/w_nt", "Mean/N_T_C/w_full"),
            *("Sum/N_T/w_full", "Sum/N_T_C/w_nt", "Sum/N_T_C/w_full"),
            "Accuracy/N_T_int/w_full",
            "BinaryAccuracy/N_C_thr0.5/w_full",
            "BinaryAccuracy/N_T_C_thr0.5/w_nt",
            "BinaryAccuracy/N_T_C_thr0.5/w_full",
            "CategoricalAccuracy/N_2_5/w_nt",
            "CategoricalAccuracy/N_2_5_logits/w_nt",
            "SparseCategoricalAccuracy/N_T/w_nt",
            "SparseCategoricalAccuracy/N_T_1/w_nt",
            "BinaryCrossentropy/N_T_C_ls0/w_nt",
            "BinaryCrossentropy/N_T_C_logits_ls0/w_nt",
            "BinaryCrossentropy/N_T_C_logits_ls0.1/w_nt",
            "CategoricalCrossentropy/N_T_C_ls0/w_nt",
            "CategoricalCrossentropy/N_T_C_logits_ls0/w_nt",
            "SparseCategoricalCrossentropy/N_T/w_nt",
            "SparseCategoricalCrossentropy/N_T_logits/w_nt",
            "SparseCategoricalCrossentropy/ignore0_N_T/w_nt",
            "SparseCategoricalCrossentropy/ignore-1_N_T/w_nt",
            "SparseCategoricalCrossentropy/ignore255_N_T/w_nt",
            "MeanSquaredError/N_T_D/w_nt",
            "RootMeanSquaredError/N_T_D/w_nt",
            "MeanAbsoluteError/N_T_D/w_nt",
            "RootMeanSquaredError/full/w_full",
            "R2Score/D3_uniform_average/w_full",
            "R2Score/D3_variance_weighted_average/w_full",
            "R2Score/D3_None/w_full",
            *(
                "Precision/N_C_thrNone/w_full",
                "Precision/N_C_thr0.3/w_full",
                "Precision/N_T_C/w_nt",
            ),
            *("Recall/N_C_thrNone/w_full", "Recall/N_C_thr0.3/w_full", "Recall/N_T_C/w_nt"),
        ),
        ("expected one weight a row", ELEMENT_WEIGHTS),
    ),
}
