"""What a plan computes for a class in Keras's style.

`update_state` is run once on symbolic rows, as if all rows of the dataset were one batch: what it
asks of them becomes exact reductions, and its value does not depend on chunks. Where that cannot
be, it runs on each block of real rows, and the result says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from disteval.errors import ArgumentError, ShapeError
from disteval.formula.formulas import MOST_PASSES, Answers, SentFormula
from disteval.formula.keras_style.chunked import (
    ChunkExtremes,
    ChunkSums,
    ExtremesState,
    OnChunk,
    set_variables,
)
from disteval.formula.keras_style.extended import Extended, formula_of
from disteval.formula.keras_style.stateful import Stateful, inner_metrics
from disteval.formula.keras_style.updates import KeptError, Update, check_unchanged
from disteval.formula.keras_style.variables import is_symbolic
from disteval.formula.locating import explained
from disteval.formula.requests import Request, Total
from disteval.formula.tracing import Known, NotKnownError, Run, run_known, trace
from disteval.protocol import WEIGHT, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import SumState


def planned(metric: Stateful | Extended, schema: Schema) -> Metric:
    """The metric of a plan: exact where `update_state` runs on symbolic rows, else by chunks."""
    check_unchanged(metric)
    update = Update.of(metric, schema)
    try:
        return OnRows.next(update, schema, {}, str(metric.name))
    except (KeptError, ShapeError):
        raise  # on blocks of rows, NumPy would broadcast what the rows refuse
    except Exception as error:  # noqa: BLE001  (users' code may raise anything)
        return OnChunks.of(update, schema, error)


@dataclass(frozen=True, repr=False)
class OnRows(Metric):
    """A class in Keras's style of which it is known what it asks of the rows.

    Parameters
    ----------
    update : of the class
    schema : the columns
    known : what earlier passes have answered
    requests : what it asks of this pass
    done : how many passes there were
    passes : how many there are in all

    Notes
    -----
    State: that of the reductions found: some 100 bytes for each number of the variables.
    Exact: the reductions, rounded once; then what the class does with these numbers.
    """

    update: Update
    schema: Schema
    known: Answers
    requests: tuple[Request, ...]
    passes: int = field(default=1, kw_only=True)  # type: ignore[misc]  # of each, not of the class
    done: int = 0

    @classmethod
    def next(cls, update: Update, schema: Schema, known: Known, name: str, done: int = 0) -> Self:
        """The metric of the next pass."""
        if done >= MOST_PASSES:
            msg = f"expected at most {MOST_PASSES} passes over the rows; does it iterate?"
            raise ArgumentError(msg)
        found = trace(update, schema, known, weighing=_weighing(schema))
        passes = done + found.passes
        return cls(update, schema, Answers(known), found.requests, done, passes=passes, name=name)

    def canonical_string(self) -> str:
        return self.update.metric.canonical_string()

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The reductions that were found, and the number of rows."""
        return tuple(dict.fromkeys(self._needs()))

    def _needs(self) -> Iterator[Reduction[Any]]:
        yield from self._rows.needs
        for request in self.requests:
            yield from request.needs

    @property
    def _rows(self) -> Request:
        return Total(Run(self.schema, {}).rows(), whole=True)

    def compute(self, *states: Any) -> Value | Outcome:
        """What `result` returns after one update with all rows."""
        if not self._rows.answer(states[0]):
            return outcome_of(self.update.metric.fresh())  # no update
        try:
            return outcome_of(self._updated(self._answers(states)))
        except NotKnownError:
            return Outcome(math.nan, undefined="it takes another pass over the rows")

    def then(self, *states: Any) -> Metric | None:
        """The metric of another pass, where the class asks for more."""
        known = self._answers(states)
        try:
            value_of(self._updated(known))
        except NotKnownError:
            return self.next(self.update, self.schema, known, str(self.name), self.done + 1)
        return None

    def _answers(self, states: tuple[Any, ...]) -> Known:
        """What is known after this pass."""
        by_need = dict(zip(self.needs, states, strict=True))
        known = dict(self.known.by_request)
        for request in self.requests:
            known[request] = request.answer(*(by_need[need] for need in request.needs))
        return known

    def _updated(self, known: Known) -> Stateful | Extended:
        run = Run(self.schema, known, _weighing(self.schema))
        try:
            metric: Stateful | Extended = run_known(self.update, run)
        except Exception as error:  # noqa: BLE001  (users' code may raise anything)
            raise explained(error, self.update.metric) from error.__cause__
        return metric

    def __reduce__(self) -> tuple[Any, ...]:
        # a worker has no use for the class, which often enough no other process can load
        return (SentFormula, (self.needs, self.name))


@dataclass(frozen=True, repr=False)
class OnChunks(Metric):
    """A class in Keras's style whose updates run on real rows, block by block, in float64.

    Parameters
    ----------
    run : the update on a block
    why : it does not run on symbolic rows

    Notes
    -----
    State: an exact sum, or an extreme, for each number of the variables.
    Exact: no. It depends on how the rows are cut; not on threads, workers or the order of merges.
    """

    run: OnChunk
    why: str
    key: ClassVar[str] = ""

    @classmethod
    def of(cls, update: Update, schema: Schema, error: Exception) -> Self:
        """The metric, from what stopped the run on symbolic rows."""
        metric = update.metric
        why = str(error).partition("; ")[0]
        formulas: list[Metric] = [formula_of(metric)] if isinstance(metric, Extended) else []
        formulas += [one for one in inner_metrics(metric) if not isinstance(one, Stateful)]
        if formulas or isinstance(metric, Extended):
            msg = (
                f"expected {type(metric).__name__}.update_state to run on symbolic rows, for the "
                f"{type(formulas[0]).__name__} that it updates to see them, got: {why}"
            )
            raise ArgumentError(msg) from error
        axes = tuple((name, schema[name].axes) for name in (*update.positional, *update.named))
        return cls(OnChunk(metric, update, axes), why, name=metric.name)

    def canonical_string(self) -> str:
        return self.run.metric.canonical_string()

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Sums, and extremes where there are any."""
        extremes = any(own.merge != "sum" for own in self.run.metric.variables)
        return (ChunkSums(self.run), *([ChunkExtremes(self.run)] if extremes else []))

    def compute(self, sums: SumState, extremes: ExtremesState | None = None) -> Value | Outcome:
        """What `result` returns for the merged variables."""
        metric = self.run.metric.fresh()
        set_variables(metric, sums, extremes)
        note = (
            "update_state ran on blocks of rows, and the value may depend on how they are cut: on "
            f"symbolic rows it does not run ({self.why})"
        )
        return outcome_of(metric, note)


def outcome_of(metric: Metric, note: str = "") -> Outcome:
    """The value that a user's class gives, and that it is none where it is NaN."""
    value = value_of(metric)
    is_nan = isinstance(value, float) and math.isnan(value)
    return Outcome(value, undefined="result() returned NaN" if is_nan else "", note=note)


def value_of(metric: Metric) -> Value:
    """What `result` of the user's class returns, in plain types."""
    try:
        with np.errstate(all="ignore"):
            result = metric.result()
        return _plain(result, type(metric).__name__)
    except Exception as error:  # noqa: BLE001  (users' code may raise anything)
        raise explained(error, metric) from error.__cause__


def _plain(result: Any, of: str) -> Value:
    if isinstance(result, Mapping):
        return {str(key): _plain(part, of) for key, part in result.items()}
    if isinstance(result, str):
        return result
    array = np.asarray(result) if result is not None and not is_symbolic(result) else None
    if array is None or array.dtype.kind not in "biuf":
        expected = "a number, an array, or a dict of them by name"
        hint = "; is a return missing?" if result is None else ""
        msg = f"expected {of}.result() to return {expected}, got {result!r:.60}{hint}"
        raise ArgumentError(msg)
    if array.ndim:
        return np.array(array, np.float64 if array.dtype.kind == "f" else np.int64)
    plain: Value = array.item()
    return plain


def _weighing(schema: Schema) -> str:
    return "function" if WEIGHT in schema else ""
