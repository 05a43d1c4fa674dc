"""What grows with the data, on a cluster: cut by key into shares, each merged by itself.

Share r of a state has its parts of numbers r modulo R. Spans are cut into shares, those of one
number are merged in a tree of their own, and metrics compute from what sweeps make of each. No
worker holds all of the state unless it fits the budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from disteval.engine.plan import Plan
from disteval.engine.rows import Partial, RowCounts
from disteval.protocol import Parted, Piece

MOST_SHARES = 64


def number_of_shares(plan: Plan, pieces: Sequence[Piece]) -> int:
    """How many shares keep each within a quarter of the budget, by the size of the data."""
    parted = [r for r in plan.reductions if isinstance(r, Parted)]
    if plan.by is not None or not parted:
        return 1
    row = plan.schema.row_bytes
    size = sum(p.nbytes if p.rows is None else p.rows * row for p in pieces)
    return min(max(-(-4 * size // plan.budget), 1), MOST_SHARES) if size > plan.budget else 1


Outlines = dict[int, Any]
"""Of each parted state, by its place in the plan: what its parts hold."""


def share(plan: Plan, partial: Partial, r: int, of: int) -> Partial:
    """Share r of the states; whatever is not parted, and the rows, are with the first."""
    nothing = plan.seal(plan.empty())
    states = tuple(
        reduction.share(state, r, of)
        if isinstance(reduction, Parted)
        else (nothing[slot] if r else state)
        for slot, (reduction, state) in enumerate(zip(plan.reductions, partial.states, strict=True))
    )
    return Partial(states, RowCounts() if r else partial.rows)


def outlines(plan: Plan, merged: Partial) -> Outlines:
    """The outlines of the parted states of a share."""
    pairs = enumerate(zip(plan.reductions, merged.states, strict=True))
    return {
        slot: reduction.outline(state)
        for slot, (reduction, state) in pairs
        if isinstance(reduction, Parted)
    }


def swept(plan: Plan, merged: Partial, all_outlines: Sequence[Outlines]) -> Partial:
    """What is sent of a share: the state of what is small, else what sweeps made of it."""
    states = tuple(
        reduction.swept(
            state, [each[slot] for each in all_outlines], plan.sweeps(slot), plan.budget
        )
        if isinstance(reduction, Parted)
        else state
        for slot, (reduction, state) in enumerate(zip(plan.reductions, merged.states, strict=True))
    )  # fmt: skip
    return Partial(states, merged.rows)


def together(plan: Plan, shares: Sequence[Partial]) -> Partial:
    """The partial of all shares."""
    first = shares[0]
    states = tuple(
        reduction.together([each.states[slot] for each in shares], plan.sweeps(slot))
        if isinstance(reduction, Parted)
        else first.states[slot]
        for slot, reduction in enumerate(plan.reductions)
    )
    return Partial(states, first.rows)
