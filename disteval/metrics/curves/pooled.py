"""The scores of all columns together, for rows of several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from disteval.errors import StateError
from disteval.reductions import ScoreState
from disteval.reductions.scores import WeightedScoreState
from disteval.reductions.scores.weighted import empty_weighted


def pooled(state: Any) -> Any:
    """A state of one cell as one of a single column."""
    if state.columns == 1:
        return state
    if isinstance(state, WeightedScoreState):
        loose = replace(state, groups=np.zeros_like(state.groups), columns=1, _swept={})
        empty = empty_weighted(1, 1, state.classes, state.budget)
        return empty.merged(loose)  # which sorts, and adds what is equal
    if not isinstance(state, ScoreState):  # of which only what sweeps made of it is left
        msg = (
            f"expected the scores of {state.columns} columns within the memory budget, to put "
            "them together; give a larger memory_budget=, or class_id= for one of them"
        )
        raise StateError(msg)
    prefix = state.layout.prefix
    runs = [run.select(np.ones(len(run.parts), bool), run.parts & prefix) for run in state.runs]
    loose_runs = tuple(replace(run, settled=False) for run in runs)
    return replace(state, columns=1, runs=loose_runs, _swept={})
