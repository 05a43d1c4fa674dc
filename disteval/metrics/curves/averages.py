"""Areas of one score a row, of several labels a row, or of one score a class; and their average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, LabelError, ShapeError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import require_numbers, require_positive, shown
from disteval.metrics.classes import Label, Places, sorted_labels
from disteval.metrics.curves.areas import Area, mean_of, missing_in
from disteval.metrics.curves.base import Above, Is, RankedScores
from disteval.metrics.curves.samples import Lacking, MeanOverRows
from disteval.metrics.rows import Labels
from disteval.numerics import limbs
from disteval.numerics.words import Words
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
)
from disteval.reductions import Count, CountState

Average = Literal["macro", "micro", "weighted", "samples"] | None
Known = tuple[int | str, ...]


@dataclass(frozen=True)
class OfEach:
    """For each class (rows, C): True where the row's label is that class."""

    places: Places

    def __call__(self, batch: Batch) -> Any:
        places = batch.derive(self.places)
        xp = backend.namespace(batch[Y_PRED])
        return xp.asarray(places)[:, None] == xp.arange(len(self.places.labels))


@dataclass(frozen=True)
class Unknown:
    """True where a label is none of the known ones."""

    places: Places

    def __call__(self, batch: Batch) -> Any:
        labels, places = batch.derive(self.places.by), batch.derive(self.places)
        if isinstance(labels, Words):
            known = np.array([word in self.places.labels for word in labels.vocabulary] or [True])
            return ~known[labels.codes]
        xp = backend.namespace(labels)
        return xp.asarray(np.array(self.places.labels))[places] != labels


@dataclass(frozen=True, repr=False)
class AveragedScores(RankedScores):
    """An area for each column of scores, and their average."""

    average: Average = "macro"
    labels: tuple[Label, ...] | None = field(default=None, kw_only=True)
    classes: Known | None = field(default=None, kw_only=True, repr=False)
    """The label of each column of scores, where a row has one label; set by `resolve`."""

    averages: ClassVar[tuple[Average, ...]] = (
        "macro",
        "micro",
        "weighted",
        "samples",
        None,
    )
    several: ClassVar[bool] = True

    def check_arguments(self) -> None:
        """Refuse an unknown average."""
        if self.average not in self.averages:
            msg = f"expected average to be one of {self.averages}, got {self.average!r}"
            raise ArgumentError(msg)

    def resolve(self, schema: Schema) -> Metric:
        """Check shapes and kinds; what the columns of scores are."""
        self.check_arguments()
        require_numbers(schema, Y_PRED)
        true, pred = schema[Y_TRUE].shape, schema[Y_PRED].shape
        if not true and len(pred) == 1:
            return self.by_class(schema, pred[0])
        if true != pred or len(pred) > 1:
            msg = (
                "expected labels and scores (N,), or (N, labels) both, or one label a row and a "
                f"score for each class (N, classes), got y_true {shown(true)} and y_pred "
                f"{shown(pred)}"
            )
            raise ShapeError(msg)
        if self.labels is not None:
            msg = f"labels= is for one score a class, got y_pred {shown(pred)}; leave it out"
            raise ArgumentError(msg)
        require_positive(schema, self.pos_label)
        if self.average == "samples" and pred:
            return self.by_row()
        return replace(self, columns=1 if self.average == "micro" else (*pred, 1)[0])

    def by_row(self) -> Metric:
        """The mean of the areas of rows of several labels."""
        raise NotImplementedError

    def mean_over_rows(self, values: RowFunction, *, negatives_too: bool) -> MeanOverRows:
        """The same, of the area of each row, which may need negatives too."""
        return MeanOverRows(
            name=self.name,
            values=values,
            lacking=Lacking(self.positive, negatives_too),
            checked=self.pos_label is None,
        )

    def by_class(self, schema: Schema, count: int) -> Self:
        """The metric for rows of one label."""
        if self.average == "samples":
            msg = f"average='samples' is for several labels a row, got y_pred (N, {count})"
            raise ArgumentError(msg)
        if self.pos_label is not None:
            msg = (
                f"pos_label= is for two classes, got {count} columns of scores in y_pred; leave "
                "it out, or give one score a row"
            )
            raise ArgumentError(msg)
        if self.labels is None and schema[Y_TRUE].kind == "str":
            msg = f"expected labels= with the label of each of the {count} columns of y_pred"
            raise ArgumentError(msg)
        given = self.labels
        known = tuple(range(count)) if given is None else sorted_labels(given, schema[Y_TRUE])
        if len(known) != count:
            msg = f"expected a label for each of {count} columns of y_pred, got labels={given}"
            raise ArgumentError(msg)
        return replace(self, classes=known, columns=1 if self.average == "micro" else count)

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements: each counts with its own, but not where a row has one."""
        by_element = super().weighted_by(schema)
        return by_element if self.classes is None else Metric.weighted_by(self, schema)

    @property
    def places(self) -> Places:
        """The place of each row's class."""
        return Places(Labels(Y_TRUE), self.classes or ())

    @property
    def positive(self) -> RowFunction:
        """Which elements are positive."""
        if self.classes is not None:
            return OfEach(self.places)
        return Above() if self.pos_label is None else Is(self.pos_label)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The scores; flags of labels."""
        if self.classes is not None:
            return (self.scores, Count(Unknown(self.places), weighted=False))
        return super().needs

    def check(self, *flags: Any) -> None:
        """Refuse labels that are none of the classes, or of which none is the positive one."""
        if self.classes is not None:
            check_known(flags[0], self.classes, str(self.name))
        else:
            super().check(*flags)

    def averaged(self, areas: Sequence[Area], reasons: Sequence[str]) -> Outcome:
        """The average of the areas of the columns.

        Parameters
        ----------
        reasons : why an area is not defined, or ""
        """
        values = [area.value for area in areas]
        undefined = missing_in(reasons)
        if self.average is None and (self.classes is not None or len(areas) > 1):
            columns = self.classes or tuple(range(len(areas)))
            return Outcome(np.array([as_float(v) for v in values]), columns, undefined)
        weights: list[Any] = [1] * len(areas)
        if self.average == "weighted" and len(areas) > 1:
            weights = [area.positives for area in areas]
            if not any(weights):
                return Outcome(0.0, undefined=undefined or NO_WEIGHT)
            of_use = missing_in([r if w else "" for r, w in zip(reasons, weights, strict=True)])
            undefined = of_use or (undefined and f"{undefined}, which do not count")
        return Outcome(mean_of(values, weights), undefined=undefined)


def as_float(value: Fraction | None) -> float:
    """A fraction rounded once; NaN for None."""
    return float("nan") if value is None else limbs.to_float(value)


def check_known(state: CountState, known: Known, name: str) -> None:
    """Refuse labels that no column of scores is of."""
    if state.rows:
        listed = ", ".join(map(repr, known[:6])) + (", ..." if len(known) > 6 else "")
        msg = (
            f"{name}: expected labels in y_true among {listed}, those of the columns of y_pred, "
            f"got {state.rows:,} rows of others; give labels= with the label of each column"
        )
        raise LabelError(msg)
