"""The table of names: a line for each metric, by family."""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any

from disteval.protocol import Metric


@dataclass(frozen=True)
class Entry:
    """One name.

    Parameters
    ----------
    name : the expanded name, with a prefix where another library's meaning has the plain one
    home : family, file and class of the metric, "regression.errors.MeanSquaredError"
    aliases : other names of the same metric
    defaults : arguments that this name sets
    """

    name: str
    home: str
    aliases: tuple[str, ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()

    @property
    def make(self) -> type[Metric]:
        """The metric's class; its module is imported when it is first asked for."""
        return _class_at(self.home)

    @property
    def class_name(self) -> str:
        """The name of the class."""
        return self.home.rpartition(".")[2]

    @property
    def family(self) -> str:
        """The folder in which the metric's file lies."""
        return self.home.partition(".")[0]


@functools.cache
def _class_at(home: str) -> type[Metric]:
    module, _, name = home.rpartition(".")
    found: type[Metric] = getattr(importlib.import_module(f"disteval.metrics.{module}"), name)
    return found


_BINARY = (("average", "binary"),)

# fmt: off
TABLE: tuple[Entry, ...] = (
    # --- aggregation
    Entry("mean", "aggregation.means.Mean"),
    Entry("sum", "aggregation.means.Sum"),
    # --- regression
    Entry("mean_squared_error", "regression.errors.MeanSquaredError", ("mse", "MSE")),
    Entry("root_mean_squared_error", "regression.errors.RootMeanSquaredError", ("rmse", "RMSE")),
    Entry("mean_absolute_error", "regression.errors.MeanAbsoluteError", ("mae", "MAE")),
    Entry("r2_score", "regression.r2.R2Score", ("r2",)),
    Entry("sklearn:root_mean_squared_error", "regression.errors.RootMeanSquaredError", (), (("multioutput", "uniform_average"),)),
    Entry("sklearn:r2_score", "regression.r2.SklearnR2Score"),
    # --- labels
    Entry("accuracy", "labels.accuracy.ChosenAccuracy", ("acc", "ACC", "accuracy_score")),
    Entry("Accuracy", "labels.accuracy.Accuracy"),
    Entry("binary_accuracy", "labels.accuracy.BinaryAccuracy"),
    Entry("categorical_accuracy", "labels.accuracy.CategoricalAccuracy"),
    Entry("sparse_categorical_accuracy", "labels.accuracy.SparseCategoricalAccuracy"),
    Entry("confusion_matrix", "labels.confusion.ConfusionMatrix"),
    Entry("matthews_corrcoef", "labels.confusion.MatthewsCorrelation", ("mcc",)),
    Entry("precision", "labels.precision.Precision"),
    Entry("recall", "labels.precision.Recall"),
    Entry("fbeta_score", "labels.fbeta.FBetaScore", ("f_beta_score",)),
    Entry("f1_score", "labels.fbeta.F1Score", ("f1",)),
    Entry("sklearn:precision", "labels.precision.Precision", ("precision_score",), _BINARY),
    Entry("sklearn:recall", "labels.precision.Recall", ("recall_score",), _BINARY),
    Entry("sklearn:fbeta_score", "labels.fbeta.FBetaScore", (), _BINARY),
    Entry("sklearn:f1_score", "labels.fbeta.F1Score", (), _BINARY),
    # --- probabilities
    Entry("binary_crossentropy", "probabilities.crossentropy.BinaryCrossentropy", ("bce", "BCE")),
    Entry("categorical_crossentropy", "probabilities.crossentropy.CategoricalCrossentropy", ("cce",)),
    Entry("sparse_categorical_crossentropy", "probabilities.crossentropy.SparseCategoricalCrossentropy", ("scce",)),
)
# fmt: on
