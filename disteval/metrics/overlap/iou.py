"""Intersection over union of true and predicted regions, by the definitions of Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from disteval.metrics.checks import require_number_arguments
from disteval.metrics.overlap.regions import AtLeast, OverlapMetric, Regions
from disteval.protocol import Y_PRED, Metric, Schema


@dataclass(frozen=True, repr=False)
class IoU(OverlapMetric):
    """Mean of intersection over union, TP / (TP + FP + FN), of some classes.

    Parameters
    ----------
    num_classes : int
        Labels are 0, 1, ..., num_classes - 1.
    target_class_ids : sequence of int
        The classes over which the mean is.
    ignore_class : int, optional
        Elements with this true label are left out.
    sparse_y_true, sparse_y_pred : bool
        Whether they hold labels; else scores (N, ..., C), of which the place of the largest is
        the label.
    axis : int
        The class axis of scores: the last.
    dtype : str, optional
        Not used: counts are exact, and weights are not cut to integers.

    Returns
    -------
    float
        0.0 with a warning where none of the classes occurs.

    Notes
    -----
    Classes that occur nowhere are no part of the mean. Elements with labels that are no classes
    are left out, which the result says.
    Shapes: labels (N,) or (N, ...), y_true and y_pred alike; scores with the classes as last axis.
    Range: [0, 1], higher is better.
    State: K * K integers for the K labels that occur, or exact sums of weights.
    Exact: the mean of quotients of exact totals, rounded once. Keras adds 1e-7 to each
    denominator, and cuts weights to integers.
    Reference: keras.metrics.IoU.

    Examples
    --------
    >>> IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])
    0.3333333333333333
    """

    num_classes: int
    target_class_ids: tuple[int, ...]
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1

    key: ClassVar[str] = "io_u"

    @property
    def regions(self) -> Regions:
        """Of the target classes."""
        return Regions(
            self.num_classes,
            self.target_class_ids,
            self.ignore_class,
            self.sparse_y_true,
            self.sparse_y_pred,
            self.axis,
        )


@dataclass(frozen=True, repr=False)
class MeanIoU(OverlapMetric):
    """Mean of intersection over union, TP / (TP + FP + FN), of all classes.

    Parameters
    ----------
    num_classes : int
        Labels are 0, 1, ..., num_classes - 1.
    ignore_class : int, optional
        Elements with this true label are left out.
    sparse_y_true, sparse_y_pred : bool
        Whether they hold labels; else scores (N, ..., C), of which the place of the largest is
        the label.
    axis : int
        The class axis of scores: the last.
    dtype : str, optional
        Not used: counts are exact, and weights are not cut to integers.

    Returns
    -------
    float
        0.0 with a warning where none of the classes occurs.

    Notes
    -----
    Classes that occur nowhere are no part of the mean. Elements with labels that are no classes
    are left out, which the result says.
    Shapes: labels (N,) or (N, ...), y_true and y_pred alike; scores with the classes as last axis.
    Range: [0, 1], higher is better.
    State: K * K integers for the K labels that occur, or exact sums of weights.
    Exact: the mean of quotients of exact totals, rounded once. Keras adds 1e-7 to each
    denominator, and cuts weights to integers.
    Reference: keras.metrics.MeanIoU.

    Examples
    --------
    >>> MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])
    0.3333333333333333
    """

    num_classes: int
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1

    key: ClassVar[str] = "mean_io_u"

    @property
    def regions(self) -> Regions:
        """Of all classes."""
        return Regions(
            self.num_classes,
            None,
            self.ignore_class,
            self.sparse_y_true,
            self.sparse_y_pred,
            self.axis,
        )


@dataclass(frozen=True, repr=False)
class BinaryIoU(OverlapMetric):
    """Mean of intersection over union of class 0, 1 or both, of y_pred >= threshold.

    Parameters
    ----------
    target_class_ids : sequence of 0 and 1
        The classes over which the mean is.
    threshold : float
        A score equal to it is of class 1.
    dtype : str, optional
        Not used: counts are exact, and weights are not cut to integers.

    Returns
    -------
    float
        0.0 with a warning where none of the classes occurs.

    Notes
    -----
    Classes that occur nowhere are no part of the mean. Elements with labels that are no classes
    are left out, which the result says.
    Shapes: numbers (N,) or (N, ...), y_true (labels 0 and 1) and y_pred (scores) alike.
    Range: [0, 1], higher is better.
    State: K * K integers for the K labels that occur, or exact sums of weights.
    Exact: the mean of quotients of exact totals, rounded once. Keras adds 1e-7 to each
    denominator, and cuts weights to integers.
    Reference: keras.metrics.BinaryIoU.

    Examples
    --------
    >>> BinaryIoU(target_class_ids=[0, 1], threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
    0.3333333333333333
    """

    target_class_ids: tuple[int, ...] = (0, 1)
    threshold: float = 0.5

    key: ClassVar[str] = "binary_io_u"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes."""
        require_number_arguments(threshold=self.threshold)
        return super().resolve(schema)

    @property
    def regions(self) -> Regions:
        """Of the classes 0 and 1."""
        return Regions(2, self.target_class_ids, predicted=AtLeast(Y_PRED, float(self.threshold)))


@dataclass(frozen=True, repr=False)
class OneHotIoU(OverlapMetric):
    """Mean of intersection over union of some classes, y_true one-hot.

    Parameters
    ----------
    num_classes : int
        Labels are 0, 1, ..., num_classes - 1.
    target_class_ids : sequence of int
        The classes over which the mean is.
    ignore_class : int, optional
        Elements with this true label are left out.
    sparse_y_pred : bool
        Whether y_pred holds labels; else scores (N, ..., C), of which the place of the largest
        is the label.
    axis : int
        The class axis of scores: the last.
    dtype : str, optional
        Not used: counts are exact, and weights are not cut to integers.

    Returns
    -------
    float
        0.0 with a warning where none of the classes occurs.

    Notes
    -----
    Classes that occur nowhere are no part of the mean. Elements with labels that are no classes
    are left out, which the result says.
    Shapes: numbers (N, C) or (N, ..., C), y_true (one-hot) and y_pred alike; or labels in y_pred.
    Range: [0, 1], higher is better.
    State: K * K integers for the K labels that occur, or exact sums of weights.
    Exact: the mean of quotients of exact totals, rounded once. Keras adds 1e-7 to each
    denominator, and cuts weights to integers.
    Reference: keras.metrics.OneHotIoU.

    Examples
    --------
    >>> y_true = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    >>> y_pred = [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]]
    >>> OneHotIoU(num_classes=3, target_class_ids=[0, 2])(y_true, y_pred)
    0.16666666666666666
    """

    num_classes: int
    target_class_ids: tuple[int, ...]
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1

    key: ClassVar[str] = "one_hot_io_u"

    @property
    def regions(self) -> Regions:
        """Of the target classes."""
        return Regions(
            self.num_classes,
            self.target_class_ids,
            self.ignore_class,
            sparse_true=False,
            sparse_pred=self.sparse_y_pred,
            axis=self.axis,
        )


@dataclass(frozen=True, repr=False)
class OneHotMeanIoU(OverlapMetric):
    """Mean of intersection over union of all classes, y_true one-hot.

    Parameters
    ----------
    num_classes : int
        Labels are 0, 1, ..., num_classes - 1.
    ignore_class : int, optional
        Elements with this true label are left out.
    sparse_y_pred : bool
        Whether y_pred holds labels; else scores (N, ..., C), of which the place of the largest
        is the label.
    axis : int
        The class axis of scores: the last.
    dtype : str, optional
        Not used: counts are exact, and weights are not cut to integers.

    Returns
    -------
    float
        0.0 with a warning where none of the classes occurs.

    Notes
    -----
    Classes that occur nowhere are no part of the mean. Elements with labels that are no classes
    are left out, which the result says.
    Shapes: numbers (N, C) or (N, ..., C), y_true (one-hot) and y_pred alike; or labels in y_pred.
    Range: [0, 1], higher is better.
    State: K * K integers for the K labels that occur, or exact sums of weights.
    Exact: the mean of quotients of exact totals, rounded once. Keras adds 1e-7 to each
    denominator, and cuts weights to integers.
    Reference: keras.metrics.OneHotMeanIoU.

    Examples
    --------
    >>> y_true = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    >>> y_pred = [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]]
    >>> OneHotMeanIoU(num_classes=3)(y_true, y_pred)
    0.1111111111111111
    """

    num_classes: int
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1

    key: ClassVar[str] = "one_hot_mean_io_u"

    @property
    def regions(self) -> Regions:
        """Of all classes."""
        return Regions(
            self.num_classes,
            None,
            self.ignore_class,
            sparse_true=False,
            sparse_pred=self.sparse_y_pred,
            axis=self.axis,
        )
