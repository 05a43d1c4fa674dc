"""Every metric, by family, and the table of names."""

from disteval.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    ChosenAccuracy,
    SparseCategoricalAccuracy,
)
from disteval.metrics.base import RowMean
from disteval.metrics.confusion import ConfusionMatrix, MatthewsCorrelation
from disteval.metrics.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from disteval.metrics.fbeta import F1Score, FBetaScore
from disteval.metrics.means import Mean, Sum
from disteval.metrics.names import aliases, as_metrics, get
from disteval.metrics.precision import Precision, Recall
from disteval.metrics.regression import (
    MeanAbsoluteError,
    MeanSquaredError,
    R2Score,
    RootMeanSquaredError,
    SklearnR2Score,
)

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "ChosenAccuracy",
    "ConfusionMatrix",
    "F1Score",
    "FBetaScore",
    "MatthewsCorrelation",
    "Mean",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "RowMean",
    "SklearnR2Score",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "Sum",
    "aliases",
    "as_metrics",
    "get",
]
