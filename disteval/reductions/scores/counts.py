"""The reduction of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from disteval import backend
from disteval.errors import StateError
from disteval.protocol import Batch, RowFunction, Schema
from disteval.reductions.counts import weights_of_counts
from disteval.reductions.scores.opening import OpenScores
from disteval.reductions.scores.scratch import BUDGET
from disteval.reductions.scores.shares import SweptScores, SweptShare, swept_share, together
from disteval.reductions.scores.state import ScoreState
from disteval.reductions.scores.sweeping import Outline
from disteval.reductions.scores.weighted import (
    OpenWeighted,
    WeightedScoreState,
    empty_weighted,
)

_MIXED = "expected weights for all rows, or for none; give each row a weight"

State = ScoreState | WeightedScoreState
Open = OpenScores | OpenWeighted


@dataclass(frozen=True)
class ScoreCounts:
    """How often each score occurs with each class, whatever the score.

    Parameters
    ----------
    score : row function
        (rows,), or (rows, k) with `columns` = k: floats, integers or booleans. Of one column
        (rows, ...) too, all together.
    label : row function, optional
        The class of each row, or (rows, k) of each score: booleans, or uint8. None: one class.
    classes : int
        How many there are, at most 256.
    columns : int
        Each is counted by itself.

    Notes
    -----
    State: 4 bytes (float32) or 8 for each distinct score and class, at most so many a row; over
    the budget in scratch files. Of weighted rows 32 bytes or more, in memory alone: over the
    budget they are refused.
    Exact: always. Both zeros are one score.
    """

    score: RowFunction
    label: RowFunction | None = None
    classes: int = 2
    columns: int = 1
    budget: int = field(default=BUDGET, compare=False, repr=False)

    def within(self, budget: int) -> ScoreCounts:
        """The same with another budget; equal all the same."""
        return replace(self, budget=budget)

    def empty(self, cells: int = 1) -> State:
        """No rows."""
        return ScoreState(cells, self.columns, self.classes, budget=self.budget)

    def update(self, state: State | Open, batch: Batch) -> Open:
        """Count a batch."""
        opened: Open
        scores = batch.derive(self.score)
        weight = weights_of_counts(batch, scores.shape[1:])
        if isinstance(state, OpenScores | OpenWeighted):
            opened = state
        elif isinstance(state, WeightedScoreState):
            opened = OpenWeighted(state)
        elif weight is not None and not state.runs:
            opened = OpenWeighted(empty_weighted(state.cells, *self._shape, self.budget))
        else:
            opened = OpenScores(state)
        if not batch.rows:
            return opened
        label = None if self.label is None else batch.derive(self.label)
        cells = batch.cells if batch.sliced else None
        if self.columns == 1 and scores.ndim > 1:  # all of a row's scores together
            scores, label, cells = _flat(scores, label, cells)
        if isinstance(opened, OpenScores) != (weight is None):
            raise StateError(_MIXED)
        if isinstance(opened, OpenScores):
            opened.add(scores, label, cells)
        else:
            opened.add(scores, label, cells, weight)
        return opened

    @property
    def _shape(self) -> tuple[int, int]:
        return self.columns, self.classes

    def seal(self, state: State | Open) -> State:
        """The state, in as many runs as it lies in."""
        return state.sealed() if isinstance(state, Open) else state

    def merge(self, a: State, b: State) -> State:
        """The scores of both."""
        if isinstance(a, ScoreState) and isinstance(b, ScoreState):
            return a.merged(b)
        if isinstance(a, WeightedScoreState) and isinstance(b, WeightedScoreState):
            return a.merged(b)
        weighted, other = (a, b) if isinstance(a, WeightedScoreState) else (b, a)
        if isinstance(other, ScoreState) and not other.runs:
            return weighted
        raise StateError(_MIXED)

    def reveals(self, schema: Schema) -> frozenset[str]:  # noqa: ARG002  (of any schema)
        """The columns in which a NaN always shows in the state."""
        return frozenset(getattr(self.score, "carries", ()))

    def saw_nan(self, state: State) -> bool:
        """Whether the state shows a NaN."""
        return state.saw_nan

    # --- of a cluster: see `engine.shares` -------------------------------------------------

    def share(self, state: State, r: int, of: int) -> State:
        """The parts of a state that are share r of so many; what is not in parts is the first."""
        if isinstance(state, ScoreState):
            return state.share(r, of)
        return self.seal(self.empty()) if r else state

    def outline(self, state: State) -> Outline | None:
        """What each part holds."""
        return state.outline() if isinstance(state, ScoreState) else None

    def swept(
        self, state: State, outlines: Sequence[Outline | None], sweeps: Sequence[Any], most: int
    ) -> State | SweptShare:
        """What is told of a share: itself where all of them have at most so many bytes."""
        parts = [each for each in outlines if each is not None]
        if isinstance(state, ScoreState) and len(parts) == len(outlines):
            return swept_share(state, parts, sweeps, most)
        return state

    def together(
        self, shares: Sequence[State | SweptShare], sweeps: Sequence[Any]
    ) -> State | SweptScores:
        """The state of all shares, or what sweeps made of it."""
        parts = [each for each in shares if isinstance(each, ScoreState | SweptShare)]
        if len(parts) == len(shares):
            return together(parts, sweeps)
        states = [each for each in shares if not isinstance(each, SweptShare)]
        return reduce(self.merge, states)


def _flat(scores: Any, label: Any, cells: Any) -> tuple[Any, Any, Any]:
    """Each score as a row, with the class and the cell of its row where it has none of its own."""
    xp = backend.namespace(scores)
    each = scores.size // len(scores)
    if label is not None:
        label = label.reshape(-1) if label.ndim > 1 else xp.repeat(label, each)
    cells = None if cells is None else xp.repeat(xp.asarray(cells), each)
    return scores.reshape(-1), label, cells
