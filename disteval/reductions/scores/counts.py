"""The reduction of scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from disteval.errors import StateError
from disteval.protocol import Batch, RowFunction, Schema
from disteval.reductions.counts import weights_of_counts
from disteval.reductions.scores.opening import OpenScores
from disteval.reductions.scores.scratch import BUDGET
from disteval.reductions.scores.state import ScoreState
from disteval.reductions.scores.weighted import (
    OpenWeighted,
    WeightedScoreState,
    empty_weighted,
)

State = ScoreState | WeightedScoreState
Open = OpenScores | OpenWeighted


@dataclass(frozen=True)
class ScoreCounts:
    """How often each score occurs with each class, whatever the score.

    Parameters
    ----------
    score : row function
        (rows,), or (rows, k) with `columns` = k: floats, integers or booleans.
    label : row function, optional
        The class of each row, or (rows, k) of each score: booleans, or uint8. None: one class.
    classes : int
        How many there are, at most 256.
    columns : int
        Each is counted by itself.

    Notes
    -----
    State: 4 bytes (float32 and narrower) or 8 for each distinct score and class, at most so many
    a row; over the budget in scratch files.
    Exact: always. Both zeros are one score.
    """

    score: RowFunction
    label: RowFunction | None = None
    classes: int = 2
    columns: int = 1
    budget: int = field(default=BUDGET, compare=False, repr=False)

    def empty(self, cells: int = 1) -> ScoreState:
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
        return state.sealed() if isinstance(state, OpenScores | OpenWeighted) else state

    def merge(self, a: State, b: State) -> State:
        """The scores of both."""
        if isinstance(a, ScoreState) and isinstance(b, ScoreState):
            return a.merged(b)
        if isinstance(a, WeightedScoreState) and isinstance(b, WeightedScoreState):
            return a.merged(b)
        weighted, other = (a, b) if isinstance(a, WeightedScoreState) else (b, a)
        if isinstance(other, ScoreState) and not other.runs:
            return weighted
        msg = "expected scores with weights in all states, or in none; give each row a weight"
        raise StateError(msg)

    def reveals(self, schema: Schema) -> frozenset[str]:  # noqa: ARG002  (of any schema)
        """The columns in which a NaN always shows in the state."""
        return frozenset(getattr(self.score, "carries", ()))

    def saw_nan(self, state: State) -> bool:
        """Whether the state shows a NaN."""
        return state.saw_nan
