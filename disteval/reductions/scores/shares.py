"""Scores whose parts lie on many workers, each of which has some: what sweeps made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from disteval.errors import StateError
from disteval.numerics.scores import KeyOrder
from disteval.reductions.scores.state import ScoreState, bytes_of_parts
from disteval.reductions.scores.sweeping import (
    Columns,
    Outline,
    Sweep,
    Sweepable,
    by_column,
    swept_parts,
)
from disteval.reductions.state import State


@dataclass(frozen=True, eq=False)
class SweptShare:
    """What sweeps made of each part of a share.

    Parameters
    ----------
    results : part, and what each sweep made of it
    digests : of each part
    outline : of all shares
    """

    columns: int
    classes: int
    order: KeyOrder | None
    saw_nan: bool
    results: tuple[tuple[int, list[Any]], ...]
    digests: Mapping[int, bytes]
    outline: Outline


@dataclass(frozen=True, eq=False)
class SweptScores(Sweepable, State):
    """What sweeps made of scores that no single worker could hold; their bytes are the same."""

    columns: int
    classes: int
    saw_nan: bool
    digests: bytes
    _swept: dict[Sweep[Any, Any], list[Any]] = field(default_factory=dict, repr=False)

    def to_bytes(self) -> bytes:
        """The bytes of the scores."""
        return self.digests

    def __sizeof__(self) -> int:
        return 200 + len(self.digests)

    def results(self, sweeps: Sequence[Sweep[Any, Any]], threads: int | None = None) -> Columns:  # noqa: ARG002
        """Refused: the scores are gone."""
        msg = (
            f"the scores were larger than the memory budget, so that only what was asked for is "
            f"known of them, and not {sweeps[0]}; ask for all metrics at once, or give a larger "
            "memory_budget="
        )
        raise StateError(msg)


Shared = ScoreState | SweptShare


def swept_share(
    state: ScoreState, outlines: Sequence[Outline], sweeps: Sequence[Any], most: int
) -> Shared:
    """The share itself where all shares together have at most so many bytes, else its sweeps."""
    outline = Outline.joined(outlines)
    if outline.nbytes <= most:
        return state
    results = tuple(swept_parts(state, sweeps, outline, 0))
    return SweptShare(
        state.columns, state.classes, state.order, state.saw_nan, results, state.digests(), outline
    )


def together(shares: Sequence[Shared], sweeps: Sequence[Any]) -> ScoreState | SweptScores:
    """The scores of all shares, or what sweeps made of them."""
    states = [each for each in shares if isinstance(each, ScoreState)]
    if len(states) == len(shares):
        return reduce(ScoreState.merged, states)
    parts = [each for each in shares if isinstance(each, SweptShare)]
    first = parts[0]
    order = next((each.order for each in parts if each.order is not None), None)
    digests = {number: found for each in parts for number, found in each.digests.items()}
    saw_nan = any(each.saw_nan for each in parts)
    state = SweptScores(first.columns, first.classes, saw_nan, b"")
    whole = bytes_of_parts(state, order, digests)
    state = SweptScores(first.columns, first.classes, saw_nan, whole)
    results = [item for each in parts for item in each.results]
    bits = ScoreState(1, first.columns, first.classes, order).layout.prefix_bits
    state.keep(sweeps, by_column(results, first.outline, first.columns, bits))
    return state
