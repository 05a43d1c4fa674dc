"""Names that users know of metrics that are not here, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

YET = "not available yet"
_SEQUENCES = (
    "left out: its predictions are sequences of different lengths, aligned with the labels row by "
    "row, and no mean over rows of one shape"
)

_OF_SCORES = (
    "roc_auc roc_auc_ovo roc_auc_ovo_weighted roc_auc_ovr roc_auc_ovr_weighted roc_auc_score "
    "average_precision average_precision_score roc_curve precision_recall_curve det_curve "
    "median_absolute_error neg_median_absolute_error"
)
_OF_CLUSTERS = (
    "adjusted_mutual_info_score adjusted_rand_score completeness_score fowlkes_mallows_score "
    "homogeneity_score homogeneity_completeness_v_measure mutual_info_score "
    "normalized_mutual_info_score rand_score v_measure_score pair_confusion_matrix "
    "silhouette_score calinski_harabasz_score davies_bouldin_score"
)
_OF_RANKED_LABELS = "coverage_error label_ranking_loss label_ranking_average_precision_score"

_AREAS = {
    "roc_auc": "'auc' has the area at 200 thresholds, 'auc(num_thresholds=10000)' at more",
    "average_precision": "\"auc(curve='PR')\" has the area at thresholds",
}

ABSENT: Mapping[str, str] = {
    **dict.fromkeys(f"{_OF_SCORES} {_OF_CLUSTERS} {_OF_RANKED_LABELS}".split(), YET),
    **{
        name: f"{YET}; {near}"
        for area, near in _AREAS.items()
        for name in _OF_SCORES.split()
        if name.startswith(area)
    },
    **dict.fromkeys(("ctc", "CTC", "ctc_loss"), _SEQUENCES),
}
"""What is said of each name; asked only where the table has no such name."""
