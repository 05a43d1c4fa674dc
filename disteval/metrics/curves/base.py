"""What metrics of ranked scores share: which rows are positive, and the counts of scores."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import LabelError, ShapeError
from disteval.metrics.base import once_resolved
from disteval.metrics.checks import require_numbers, require_positive, require_weights_of, shown
from disteval.metrics.rows import Raw
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Metric,
    Reduction,
    RowFunction,
    Schema,
)
from disteval.reductions import (
    DistinctState,
    DistinctValues,
    ScoreCounts,
    ScoreState,
    SignsOf,
    Sweep,
)

Label = int | float | str | bool


@dataclass(frozen=True)
class Above:
    """True where the label is above zero: 1 of {0, 1} and of {-1, 1}."""

    def __call__(self, batch: Batch) -> Any:
        return batch.derive(SignsOf(Raw(Y_TRUE))).above


@dataclass(frozen=True)
class Is:
    """True where the label is this one."""

    label: Label

    def __call__(self, batch: Batch) -> Any:
        return batch[Y_TRUE] == self.label


@dataclass(frozen=True)
class Rounded:
    """y_pred as float32 of so many bits, rounded towards zero: no score passes another.

    Parameters
    ----------
    bits : with the sign and the exponent, 10 to 32
    """

    bits: int

    carries = (Y_PRED,)

    def __call__(self, batch: Batch) -> Any:
        values = batch[Y_PRED]
        xp = backend.namespace(values)
        with np.errstate(over="ignore"):
            narrow = values.astype(xp.float32) + xp.float32(0)  # of any NaN a quiet one
        raw = narrow.view(xp.uint32) & xp.uint32((1 << 32) - (1 << (32 - self.bits)))
        return raw.view(xp.float32)


@dataclass(frozen=True, repr=False)
class RankedScores(Metric):
    """A metric of one score a row, however the scores are cut: of the counts of each score."""

    pos_label: Label | None = field(default=None, kw_only=True)
    columns: int | None = field(default=None, kw_only=True, repr=False)
    """Columns of scores that are counted each by itself; set by `resolve`."""

    several: ClassVar[bool] = False
    """Whether rows of several labels (N, k), each with its score, are taken too."""

    def resolve(self, schema: Schema) -> Metric:
        """Check shapes and kinds."""
        self.check_arguments()
        require_numbers(schema, Y_PRED)
        true, pred = schema[Y_TRUE].shape, schema[Y_PRED].shape
        if true != pred or (pred and not (self.several and len(pred) == 1)):
            raise ShapeError(self._unfit(true, pred))
        require_positive(schema, self.pos_label)
        return replace(self, columns=pred[0] if pred else 1)

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""

    def _unfit(self, true: tuple[int, ...], pred: tuple[int, ...]) -> str:
        hint = "; the score of the positive one of two classes is y_pred[:, 1]"
        wanted = "(N,), or (N, labels) both" if self.several else "(N,)"
        return (
            f"expected labels and scores {wanted}, got y_true {shown(true)} and y_pred "
            f"{shown(pred)}{hint if not true and pred == (2,) else ''}"
        )

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements: each counts with its own."""
        require_weights_of(schema, Y_PRED)
        return self

    @property
    def positive(self) -> RowFunction:
        """Which rows (or elements) are positive."""
        return Above() if self.pos_label is None else Is(self.pos_label)

    @property
    def scores(self) -> ScoreCounts:
        """What is counted."""
        columns = once_resolved(self, self.columns)
        return ScoreCounts(Raw(Y_PRED), self.positive, columns=columns)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The scores; the labels that there are, where these must be 0 and 1."""
        if self.pos_label is not None:
            return (self.scores,)
        return (self.scores, DistinctValues(Raw(Y_TRUE)))

    @property
    def sweeps(self) -> tuple[Sweep[Any, Any], ...]:
        """What `compute` asks of the scores."""
        raise NotImplementedError

    def check(self, *flags: DistinctState) -> None:
        """Refuse labels of which none is known to be the positive one."""
        if flags:
            check_two_labels(flags[0], str(self.name))

    def swept(self, state: ScoreState, *flags: DistinctState) -> list[list[Any]]:
        """The values of each of `sweeps`, one a column; after the check of labels."""
        self.check(*flags)
        return [state.sweep(sweep) for sweep in self.sweeps]


def check_two_labels(state: DistinctState, name: str) -> None:
    """Refuse labels other than 0 and 1, or -1 and 1."""
    seen = state.of_cell()
    if set(seen) <= {0, 1} or set(seen) <= {-1, 1}:
        return
    listed = ", ".join(f"{value:g}" for value in seen)
    more = ", ..." if len(seen) < state.number[0] else ""
    hint = "give pos_label=, the positive one" if not more and len(seen) == 2 else (
        "make them 0 and 1 (such as y_true == 2), give pos_label= for one label against all "
        "others, or one score a class"
    )  # fmt: skip
    msg = f"{name}: expected labels 0 and 1, or -1 and 1, got {listed}{more}; {hint}"
    raise LabelError(msg)
