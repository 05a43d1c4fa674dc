"""What the family takes: labels and scores of one shape, or of one class of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.checks import (
    require_int,
    require_numbers,
    require_same_shape,
    require_weights_of,
    shown,
)
from disteval.metrics.rows import PRED, NonZero, Raw
from disteval.numerics import elementary
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch, RowFunction, Schema
from disteval.reductions.thresholds import MOST_BUCKETS


@dataclass(frozen=True)
class OfClass:
    """The column of one class of rows (rows, ..., C)."""

    column: str
    class_id: int

    def __call__(self, batch: Batch) -> Any:
        return batch[self.column][..., self.class_id]


@dataclass(frozen=True)
class PositiveOf:
    """True where the label of a class is not zero."""

    class_id: int

    def __call__(self, batch: Batch) -> Any:
        return batch[Y_TRUE][..., self.class_id] != 0


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-y_pred)), as float32."""

    def __call__(self, batch: Batch) -> Any:
        return elementary.sigmoid(batch.derive(PRED)).astype(np.float32)


def positive(class_id: int | None = None) -> RowFunction:
    """Which labels are positive: those that are not zero."""
    return NonZero(Y_TRUE) if class_id is None else PositiveOf(class_id)


def score(class_id: int | None = None) -> RowFunction:
    """The scores, of all classes or of one."""
    return Raw(Y_PRED) if class_id is None else OfClass(Y_PRED, class_id)


def require_scores(schema: Schema, class_id: int | None = None) -> None:
    """Refuse what is no score for each label, or has no such class."""
    require_numbers(schema, Y_TRUE, Y_PRED)
    require_same_shape(schema)
    require_int("class_id", class_id, 0)
    shape = schema[Y_PRED].shape
    if class_id is not None and not shape:
        msg = f"class_id={class_id} needs y_pred (N, classes), got {shown(shape)}; leave it out"
        raise ShapeError(msg)
    if class_id is not None and class_id >= shape[-1]:
        msg = f"expected class_id in [0, {shape[-1]}), got {class_id}"
        raise ArgumentError(msg)


def require_weights(schema: Schema, class_id: int | None = None) -> None:
    """Refuse weights of elements that there are not, once the class is chosen."""
    require_weights_of(schema, Y_PRED)
    given, pred = schema[WEIGHT].shape, schema[Y_PRED].shape
    if class_id is not None and len(given) == len(pred):
        msg = (
            f"class_id={class_id} leaves one column of y_pred {shown(pred)}, got sample_weight "
            f"of shape {shown(given)}; give the weights of that class, "
            f"sample_weight[..., {class_id}]"
        )
        raise ShapeError(msg)


def require_buckets(n: Any, least: int) -> None:
    """Refuse numbers of thresholds that make no buckets."""
    require_int("num_thresholds", n, least)
    if n is not None and n > MOST_BUCKETS:
        msg = (
            f"expected num_thresholds of at most {MOST_BUCKETS:,}, got {n:,}; scores are put into "
            "buckets as float32, which parts no more of them"
        )
        raise ArgumentError(msg)
