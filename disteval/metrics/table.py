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
    negated : whether the value is minus the metric's, as scikit-learn's scorers of errors have it
    """

    name: str
    home: str
    aliases: tuple[str, ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()
    negated: bool = False

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
    Entry("mean_tensor", "aggregation.tensors.MeanTensor"),
    Entry("mean_metric_wrapper", "aggregation.wrapper.MeanMetricWrapper", ("mean_wrapper",)),
    # --- regression
    Entry("mean_squared_error", "regression.errors.MeanSquaredError", ("mse", "MSE")),
    Entry("root_mean_squared_error", "regression.errors.RootMeanSquaredError", ("rmse", "RMSE")),
    Entry("sklearn:root_mean_squared_error", "regression.errors.RootMeanSquaredError", (), (("multioutput", "uniform_average"),)),
    Entry("mean_absolute_error", "regression.errors.MeanAbsoluteError", ("mae", "MAE")),
    Entry("mean_bias_error", "regression.errors.MeanBiasError", ("mbe", "mean_error")),
    Entry("r2_score", "regression.r2.R2Score", ("r2",)),
    Entry("sklearn:r2_score", "regression.r2.SklearnR2Score"),
    Entry("mean_absolute_percentage_error", "regression.percentage.MeanAbsolutePercentageError", ("mape", "MAPE")),
    Entry("sklearn:mean_absolute_percentage_error", "regression.percentage.SklearnMeanAbsolutePercentageError"),
    Entry("mean_relative_error", "regression.percentage.MeanRelativeError"),
    Entry("mean_squared_logarithmic_error", "regression.logarithmic.MeanSquaredLogarithmicError", ("msle", "MSLE")),
    Entry("mean_squared_log_error", "regression.logarithmic.MeanSquaredLogError"),
    Entry("root_mean_squared_log_error", "regression.logarithmic.RootMeanSquaredLogError"),
    Entry("log_cosh_error", "regression.robust.LogCoshError", ("logcosh", "log_cosh", "LogCosh")),
    Entry("huber", "regression.robust.Huber", ("huber_loss",)),
    Entry("mean_pinball_loss", "regression.robust.MeanPinballLoss"),
    Entry("max_error", "regression.maximum.MaxError"),
    Entry("median_absolute_error", "regression.quantiles.MedianAbsoluteError"),
    Entry("median", "regression.quantiles.Median"),
    Entry("quantile", "regression.quantiles.Quantile"),
    Entry("explained_variance_score", "regression.variance.ExplainedVariance", ("explained_variance",)),
    Entry("mean_tweedie_deviance", "regression.deviance.MeanTweedieDeviance"),
    Entry("mean_poisson_deviance", "regression.deviance.MeanTweedieDeviance", (), (("power", 1),)),
    Entry("mean_gamma_deviance", "regression.deviance.MeanTweedieDeviance", (), (("power", 2),)),
    Entry("d2_tweedie_score", "regression.d2tweedie.D2TweedieScore"),
    Entry("d2_pinball_score", "regression.d2pinball.D2PinballScore"),
    Entry("d2_absolute_error_score", "regression.d2pinball.D2AbsoluteErrorScore"),
    # --- similarity
    Entry("cosine_similarity", "similarity.cosine.CosineSimilarity", ("cosine", "cosine_proximity")),
    Entry("losses:cosine_similarity", "similarity.cosine.CosineLoss", ("keras2:cosine_proximity", "keras2:cosine")),
    Entry("keras1:cosine_proximity", "similarity.cosine.CosineProximity", ("keras1:cosine",)),
    Entry("pearson_correlation", "similarity.correlation.PearsonCorrelation"),
    Entry("concordance_correlation", "similarity.correlation.ConcordanceCorrelation"),
    # --- labels
    Entry("accuracy", "labels.accuracy.ChosenAccuracy", ("acc", "ACC")),
    Entry("accuracy_score", "labels.shares.AccuracyScore", ("sklearn:accuracy",)),
    Entry("zero_one_loss", "labels.shares.ZeroOneLoss"),
    Entry("hamming_loss", "labels.shares.HammingLoss"),
    Entry("Accuracy", "labels.accuracy.Accuracy"),
    Entry("binary_accuracy", "labels.accuracy.BinaryAccuracy"),
    Entry("categorical_accuracy", "labels.accuracy.CategoricalAccuracy"),
    Entry("sparse_categorical_accuracy", "labels.accuracy.SparseCategoricalAccuracy"),
    Entry("top_k_categorical_accuracy", "labels.top_k.TopKCategoricalAccuracy"),
    Entry("sparse_top_k_categorical_accuracy", "labels.top_k.SparseTopKCategoricalAccuracy"),
    Entry("top_k_accuracy_score", "labels.top_k.TopKAccuracy", ("top_k_accuracy",)),
    Entry("confusion_matrix", "labels.confusion.ConfusionMatrix"),
    Entry("multilabel_confusion_matrix", "labels.multilabel.MultilabelConfusionMatrix"),
    Entry("matthews_corrcoef", "labels.confusion.MatthewsCorrelation", ("mcc",)),
    Entry("balanced_accuracy_score", "labels.agreement.BalancedAccuracy", ("balanced_accuracy",)),
    Entry("cohen_kappa_score", "labels.agreement.CohenKappa", ("cohen_kappa", "kappa")),
    Entry("jaccard_score", "labels.jaccard.JaccardScore", ("jaccard",)),
    Entry("precision_recall_fscore_support", "labels.support.PrecisionRecallFScoreSupport"),
    Entry("classification_report", "labels.support.ClassificationReport"),
    Entry("class_likelihood_ratios", "labels.likelihood.ClassLikelihoodRatios"),
    Entry("positive_likelihood_ratio", "labels.likelihood.PositiveLikelihoodRatio"),
    Entry("negative_likelihood_ratio", "labels.likelihood.NegativeLikelihoodRatio"),
    Entry("precision", "labels.precision.Precision"),
    Entry("recall", "labels.precision.Recall"),
    Entry("fbeta_score", "labels.fbeta.FBetaScore", ("f_beta_score",)),
    Entry("f1_score", "labels.fbeta.F1Score", ("f1",)),
    Entry("sklearn:precision", "labels.precision.Precision", ("precision_score",), _BINARY),
    Entry("sklearn:recall", "labels.precision.Recall", ("recall_score",), _BINARY),
    Entry("sklearn:fbeta_score", "labels.fbeta.FBetaScore", (), _BINARY),
    Entry("sklearn:f1_score", "labels.fbeta.F1Score", (), _BINARY),
    Entry("keras1:matthews_correlation", "labels.keras1.Keras1MatthewsCorrelation", ("matthews_correlation",)),
    Entry("keras1:precision", "labels.keras1.Keras1Precision"),
    Entry("keras1:recall", "labels.keras1.Keras1Recall"),
    Entry("keras1:fbeta_score", "labels.keras1.Keras1FBetaScore", ("keras1:fmeasure", "keras1:fscore", "keras1:f1score", "fmeasure")),
    # --- probabilities
    Entry("crossentropy", "probabilities.chosen.ChosenCrossentropy", ("ce",)),
    Entry("binary_crossentropy", "probabilities.crossentropy.BinaryCrossentropy", ("bce", "BCE")),
    Entry("categorical_crossentropy", "probabilities.crossentropy.CategoricalCrossentropy", ("cce",)),
    Entry("sparse_categorical_crossentropy", "probabilities.crossentropy.SparseCategoricalCrossentropy", ("scce",)),
    Entry("log_loss", "probabilities.log_loss.LogLoss"),
    Entry("d2_log_loss_score", "probabilities.log_loss.D2LogLoss"),
    Entry("brier_score_loss", "probabilities.brier.BrierScore", ("brier_score",)),
    Entry("d2_brier_score", "probabilities.brier.D2Brier"),
    Entry("expected_calibration_error", "probabilities.calibration.ExpectedCalibrationError", ("ece",)),
    Entry("maximum_calibration_error", "probabilities.calibration.MaximumCalibrationError", ("mce",)),
    Entry("root_mean_square_calibration_error", "probabilities.calibration.RootMeanSquareCalibrationError", ("rmsce",)),
    Entry("calibration_curve", "probabilities.calibration.CalibrationCurve", ("reliability",)),
    Entry("kl_divergence", "probabilities.divergence.KLDivergence", ("kld", "KLD", "kullback_leibler_divergence")),
    Entry("poisson", "probabilities.divergence.Poisson"),
    Entry("binary_focal_crossentropy", "probabilities.focal.BinaryFocalCrossentropy"),
    Entry("categorical_focal_crossentropy", "probabilities.focal.CategoricalFocalCrossentropy"),
    Entry("categorical_generalized_cross_entropy", "probabilities.focal.CategoricalGeneralizedCrossEntropy"),
    # --- ranking
    Entry("dcg_score", "ranking.gains.DCG"),
    Entry("ndcg_score", "ranking.gains.NDCG"),
    # --- margins
    Entry("hinge", "margins.hinge.Hinge"),
    Entry("squared_hinge", "margins.hinge.SquaredHinge"),
    Entry("categorical_hinge", "margins.hinge.CategoricalHinge"),
    Entry("hinge_loss", "margins.decision.HingeLoss"),
    Entry("circle", "margins.circle.Circle"),
    # --- overlap
    Entry("io_u", "overlap.iou.IoU", ("iou",)),
    Entry("mean_io_u", "overlap.iou.MeanIoU", ("mean_iou",)),
    Entry("binary_io_u", "overlap.iou.BinaryIoU", ("binary_iou",)),
    Entry("one_hot_io_u", "overlap.iou.OneHotIoU", ("one_hot_iou",)),
    Entry("one_hot_mean_io_u", "overlap.iou.OneHotMeanIoU", ("one_hot_mean_iou",)),
    Entry("dice", "overlap.dice.Dice"),
    Entry("tversky", "overlap.dice.Tversky"),
    # --- thresholds
    Entry("true_positives", "thresholds.counts.TruePositives"),
    Entry("true_negatives", "thresholds.counts.TrueNegatives"),
    Entry("false_positives", "thresholds.counts.FalsePositives"),
    Entry("false_negatives", "thresholds.counts.FalseNegatives"),
    Entry("auc", "thresholds.auc.AUC"),
    Entry("sensitivity_at_specificity", "thresholds.points.SensitivityAtSpecificity"),
    Entry("specificity_at_sensitivity", "thresholds.points.SpecificityAtSensitivity"),
    Entry("precision_at_recall", "thresholds.points.PrecisionAtRecall"),
    Entry("recall_at_precision", "thresholds.points.RecallAtPrecision"),
    # --- curves
    Entry("roc_auc_score", "curves.roc_auc.RocAuc", ("roc_auc",)),
    Entry("roc_auc_ovr", "curves.roc_auc.RocAuc", (), (("multi_class", "ovr"),)),
    Entry("roc_auc_ovo", "curves.roc_auc.RocAuc", (), (("multi_class", "ovo"),)),
    Entry("roc_auc_ovr_weighted", "curves.roc_auc.RocAuc", (), (("multi_class", "ovr"), ("average", "weighted"))),
    Entry("roc_auc_ovo_weighted", "curves.roc_auc.RocAuc", (), (("multi_class", "ovo"), ("average", "weighted"))),
    Entry("average_precision_score", "curves.average_precision.AveragePrecision", ("average_precision",)),
    Entry("gini", "curves.roc_auc.Gini"),
    Entry("roc_curve", "curves.curves.RocCurve"),
    Entry("precision_recall_curve", "curves.curves.PrecisionRecallCurve"),
    Entry("det_curve", "curves.curves.DetCurve"),
    Entry("confusion_matrix_at_thresholds", "curves.at_thresholds.ConfusionMatrixAtThresholds"),
    Entry("metric_at_thresholds", "curves.at_thresholds.MetricAtThresholds"),
    Entry("tpr_at_fpr", "curves.points.TruePositiveRateAtFalsePositiveRate"),
    Entry("equal_error_rate", "curves.points.EqualErrorRate", ("eer", "EER")),
    Entry("ks_statistic", "curves.separation.KolmogorovSmirnov", ("ks", "KS")),
    Entry("youden_j", "curves.separation.YoudenJ", ("youden_index",)),
    Entry("best_f1", "curves.best.BestF1"),
    Entry("best_fbeta", "curves.best.BestFBeta"),
    Entry("precision_at_k_rows", "curves.at_k.PrecisionAtKRows"),
    Entry("recall_at_k_rows", "curves.at_k.RecallAtKRows"),
    Entry("cumulative_gain", "curves.at_k.RecallAtKRows", (), (("fraction", 0.1),)),
    Entry("lift", "curves.at_k.Lift", ("top_decile_lift",)),
)
# fmt: on
