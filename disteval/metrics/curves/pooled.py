"""The scores of all columns together, for rows of several."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

import numpy as np

from disteval.reductions import ScoreState
from disteval.reductions.scores import WeightedScoreState
from disteval.reductions.scores.weighted import empty_weighted


@overload
def pooled(state: ScoreState) -> ScoreState: ...
@overload
def pooled(state: WeightedScoreState) -> WeightedScoreState: ...
def pooled(state: ScoreState | WeightedScoreState) -> ScoreState | WeightedScoreState:
    """A state of one cell as one of a single column."""
    if state.columns == 1:
        return state
    if isinstance(state, WeightedScoreState):
        loose = replace(state, groups=np.zeros_like(state.groups), columns=1, _swept={})
        empty = empty_weighted(1, 1, state.classes, state.budget)
        return empty.merged(loose)  # which sorts, and adds what is equal
    prefix = state.layout.prefix
    runs = [run.select(np.ones(len(run.parts), bool), run.parts & prefix) for run in state.runs]
    loose_runs = tuple(replace(run, settled=False) for run in runs)
    return replace(state, columns=1, runs=loose_runs, _swept={})
