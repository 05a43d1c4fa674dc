"""States of updates that only run on real rows, chunk by chunk.

Each chunk gives the variables' values after one update from their initial ones. Sums of these
are exact and their extremes too, so that any merge tree gives the same bits; what a chunk gives
depends on the rows that are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from disteval import backend
from disteval.errors import StateError
from disteval.formula.keras_style.stateful import Stateful
from disteval.formula.keras_style.updates import Update
from disteval.formula.keras_style.variables import Variable
from disteval.numerics import limbs
from disteval.numerics.sums import OpenSums
from disteval.protocol import Batch, Metric
from disteval.reductions import SumState
from disteval.reductions.state import Array, State, declared


class Chunk(NamedTuple):
    """Variables after the update with the rows of each cell.

    Parameters
    ----------
    cells : int64 array (k,), those that have rows
    values : float64 array (k, elements of all variables)
    """

    cells: Array
    values: Array


@dataclass(frozen=True)
class OnChunk:
    """Runs `update_state` on a block of rows: a derived value that reductions share.

    Parameters
    ----------
    metric : whose update it is, with nothing accumulated
    update : what is run
    axes : the shape of a row by column, as it arrived
    """

    metric: Stateful
    update: Update = field(repr=False)
    axes: tuple[tuple[str, tuple[int, ...]], ...]

    def __call__(self, batch: Batch) -> Chunk:
        columns = self.columns(batch)
        if not batch.sliced:
            return Chunk(np.zeros(1, np.int64), self.values(columns)[None])
        if batch.runs is not None:
            cells, bounds = batch.runs
        else:
            of_rows = backend.to_host(batch.cells)
            order = np.argsort(of_rows, kind="stable")
            columns = {name: array[order] for name, array in columns.items()}
            cells, starts = np.unique(of_rows[order], return_index=True)
            bounds = np.append(starts, len(order))
        parts = [
            {name: array[bounds[i] : bounds[i + 1]] for name, array in columns.items()}
            for i in range(len(cells))
        ]
        return Chunk(np.asarray(cells, np.int64), np.stack([self.values(part) for part in parts]))

    def columns(self, batch: Batch) -> dict[str, Array]:
        """Columns as they arrived, in 64 bits; copies, which users may write into."""
        return {name: _wide(batch[name]).reshape(batch.rows, *axes) for name, axes in self.axes}

    def values(self, columns: dict[str, Array]) -> Array:
        """All variables after an update, one after the other."""
        try:
            metric = self.update({name: array.copy() for name, array in columns.items()})
        except Exception as error:
            rows = len(next(iter(columns.values())))
            error.add_note(f"in {self.metric!r}, updated with a chunk of {rows:,} rows")
            raise
        return _flat(self._variables_of(metric))

    def check(self, batch: Batch) -> None:
        """Refuse variables that are no sums: updated twice, they would be the same, or so."""
        columns = self.columns(batch)
        once = self.values(columns)
        metric = self.update({name: array.copy() for name, array in columns.items()})
        self.update.again(metric, columns)
        twice = _flat(self._variables_of(metric))
        start = 0
        for own in self.metric.variables:
            part = slice(start, start + own.initial.size)
            first, second = once[part] - own.initial.reshape(-1), twice[part] - once[part]
            noise = 1e-9 * (1 + batch.rows)  # of sums that come out near zero
            if own.merge == "sum" and (abs(first - second) > 0.5 * abs(first) + noise).any():
                msg = (
                    f"expected the variable {own.name!r} of {self.metric!r} to be a sum, to "
                    "which every chunk of rows adds; this update_state replaces it. Give "
                    "add_weight(..., merge='max') or 'min' for an extreme; for a mean, keep the "
                    "total and the count"
                )
                raise StateError(msg)
            start = part.stop

    def _variables_of(self, metric: Metric) -> list[Variable]:
        assert isinstance(metric, Stateful)
        found, expected = metric.variables, self.metric.variables
        if [own.shape for own in found] != [own.shape for own in expected]:
            msg = (
                f"expected {self.metric!r} to make its variables in __init__, got "
                f"{len(found) - len(expected)} more after an update"
            )
            raise StateError(msg)
        return found


@dataclass(frozen=True)
class ChunkSums:
    """The exact sums of variables after each chunk's update, and the number of chunks.

    Notes
    -----
    State: an exact sum for each element of the variables.
    Exact: the sums; what is summed depends on how the rows are cut.
    """

    of: OnChunk

    def empty(self, cells: int = 1) -> SumState:
        """No chunk."""
        return SumState.zeros(cells, self._sums + 1)

    def update(self, state: SumState | OpenSums, batch: Batch) -> OpenSums:
        """Run the update on a block."""
        if isinstance(state, SumState):
            self.of.check(batch)
            state = state.open()
        chunk = batch.derive(self.of)
        values = np.empty((len(chunk.cells), self._sums + 1))
        values[:, :-1] = chunk.values[:, _places(self.of.metric, sums=True)]
        values[:, -1] = 1.0
        index = chunk.cells[:, None] * values.shape[1] + np.arange(values.shape[1])
        state.add(values.reshape(-1), index.reshape(-1))
        return state

    def seal(self, state: SumState | OpenSums) -> SumState:
        """The canonical form."""
        return state if isinstance(state, SumState) else SumState.sealed(state, self._sums + 1)

    def merge(self, a: SumState, b: SumState) -> SumState:
        """Integer addition."""
        return a.merged(b)

    @property
    def _sums(self) -> int:
        return len(_places(self.of.metric, sums=True))


@dataclass(frozen=True, eq=False)
class ExtremesState(State):
    """The largest value of each element; of the smallest ones, negated."""

    high: Array = declared("float64", fill=-np.inf)


@dataclass(frozen=True)
class ChunkExtremes:
    """The extremes of variables after each chunk's update.

    Notes
    -----
    State: a number for each element of the variables.
    Exact: the extremes; what they are of depends on how the rows are cut.
    """

    of: OnChunk

    def empty(self, cells: int = 1) -> ExtremesState:
        """No chunk."""
        return ExtremesState(np.full((cells, len(self._signs)), -np.inf))

    def update(self, state: ExtremesState, batch: Batch) -> ExtremesState:
        """Run the update on a block."""
        chunk = batch.derive(self.of)
        values = chunk.values[:, _places(self.of.metric, sums=False)] * self._signs + 0.0
        values[np.isnan(values)] = np.nan  # one NaN of many
        state.high[chunk.cells] = np.maximum(state.high[chunk.cells], values)
        return state

    def seal(self, state: ExtremesState) -> ExtremesState:
        """A copy: updates write into the state."""
        return ExtremesState(state.high.copy())

    def merge(self, a: ExtremesState, b: ExtremesState) -> ExtremesState:
        """The larger ones."""
        return ExtremesState(np.maximum(a.high, b.high))

    @property
    def _signs(self) -> Array:
        return _signs(self.of.metric)


def set_variables(metric: Stateful, sums: SumState, extremes: ExtremesState | None) -> None:
    """Give a fresh metric the values that all chunks together give.

    A sum is its initial value, and what was added to it in each chunk; rounded once.
    """
    fractions = sums.fractions()
    chunks = fractions[-1]
    totals = iter(range(len(fractions) - 1))
    highs = iter((extremes.high[0] * _signs(metric)).tolist() if extremes is not None else [])
    for own in metric.variables:
        values = []
        for initial in own.initial.reshape(-1).tolist():
            if own.merge != "sum":
                values.append(next(highs) if chunks else initial)
                continue
            place = next(totals)
            special = sums.special(place)
            added = fractions[place] - (chunks - 1) * Fraction(initial)
            values.append(limbs.to_float(added) if special is None else special)
        own.assign(np.array(values).reshape(own.shape))


def _wide(values: Any) -> Array:
    array = backend.to_host(values)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _flat(variables: list[Variable]) -> Array:
    parts = [np.asarray(own.current, np.float64).reshape(-1) for own in variables]
    return np.concatenate([np.zeros(0), *parts])


def _places(metric: Stateful, *, sums: bool) -> Array:
    """The elements of variables that are sums, or of the others."""
    marks = [np.full(own.initial.size, own.merge == "sum") for own in metric.variables]
    is_sum = np.concatenate([np.zeros(0, bool), *marks])
    return np.flatnonzero(is_sum if sums else ~is_sum)


def _signs(metric: Stateful) -> Array:
    """+1 for each element of a largest value, -1 of a smallest."""
    signs = [
        np.full(own.initial.size, 1.0 if own.merge == "max" else -1.0)
        for own in metric.variables
        if own.merge != "sum"
    ]
    return np.concatenate([np.zeros(0), *signs])
