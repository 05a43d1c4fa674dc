"""Means over rows of classes, whose axis may be any axis of a row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

from disteval.metrics.base import RowMean
from disteval.metrics.checks import require_classes, require_numbers, require_same_shape, size
from disteval.metrics.probabilities.arguments import check_not_negative, class_axis
from disteval.metrics.probabilities.losses import ClassesLast, Clip
from disteval.metrics.rows import PRED, TRUE, Raw
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Reduction, RowFunction, Schema
from disteval.reductions import MinMax


@dataclass(frozen=True, repr=False)
class CategoricalMean(RowMean):
    """A mean of losses of y_true and y_pred (N, ..., C), probabilities or logits."""

    classes: int = field(default=1, kw_only=True, repr=False)
    clip: Clip = field(default=Clip(), kw_only=True, repr=False)
    moved: int | None = field(default=None, kw_only=True, repr=False)
    """The class axis of a batch, where it is not the last. All set by `placed`."""

    def placed(self, schema: Schema, axis: int) -> Self:
        """The metric for rows with their classes in this axis."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        require_classes(schema, Y_PRED)
        place, shape = class_axis(axis, schema), schema[Y_PRED].shape
        return replace(
            self,
            classes=shape[place],
            elements=size(shape) // shape[place],
            clip=Clip.of(schema[Y_PRED]),
            moved=None if place == len(shape) - 1 else place + 1,
        )

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements, where their axes come first."""
        return (
            super().weighted_by(schema) if self.moved is None else Metric.weighted_by(self, schema)
        )

    @property
    def true(self) -> RowFunction:
        """y_true with its classes last."""
        return TRUE if self.moved is None else ClassesLast(Y_TRUE, self.moved)

    @property
    def pred(self) -> RowFunction:
        """y_pred with its classes last."""
        return PRED if self.moved is None else ClassesLast(Y_PRED, self.moved)

    @property
    def are_logits(self) -> bool:
        """Whether y_pred need not be probabilities."""
        raise NotImplementedError

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the probabilities."""
        return () if self.are_logits else (MinMax(Raw(Y_PRED)),)

    def check(self, *states: Any) -> None:
        """Refuse negative probabilities."""
        for state in states:
            check_not_negative(state, str(self.name))
