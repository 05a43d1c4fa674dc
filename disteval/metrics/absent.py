"""Names that users know of metrics that are not here, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

YET = "not available yet"
_SEQUENCES = (
    "left out: its predictions are sequences of different lengths, aligned with the labels row by "
    "row, and no mean over rows of one shape"
)

_OF_CLUSTERS = (
    "adjusted_mutual_info_score adjusted_rand_score completeness_score fowlkes_mallows_score "
    "homogeneity_score homogeneity_completeness_v_measure mutual_info_score "
    "normalized_mutual_info_score rand_score v_measure_score pair_confusion_matrix "
    "silhouette_score calinski_harabasz_score davies_bouldin_score"
)
_OF_RANKED_LABELS = "coverage_error label_ranking_loss label_ranking_average_precision_score"

ABSENT: Mapping[str, str] = {
    **dict.fromkeys(f"{_OF_CLUSTERS} {_OF_RANKED_LABELS}".split(), YET),
    **dict.fromkeys(("ctc", "CTC", "ctc_loss"), _SEQUENCES),
}
"""What is said of each name; asked only where the table has no such name."""
