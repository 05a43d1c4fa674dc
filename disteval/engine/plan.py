"""The plan: metrics resolved against a schema, equal reductions shared."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from disteval.engine.spans import cut
from disteval.errors import ArgumentError, DistevalError
from disteval.protocol import (
    BY,
    WEIGHT,
    Budgeted,
    LazySource,
    Metric,
    NanPolicy,
    Outcome,
    Reduction,
    RevealsNan,
    RowFunction,
    Schema,
    Source,
    Swept,
)
from disteval.reductions import Keyed
from disteval.reductions.scores.scratch import BUDGET
from disteval.reductions.scores.sweeping import available_threads

States = tuple[Any, ...]


@dataclass(frozen=True)
class Plan:
    """What one pass computes.

    Parameters
    ----------
    schema : the columns
    metrics : resolved metrics, of different names
    reductions : what they need, each once
    slots : for each metric, which reductions its states are
    nan_policy : what becomes of rows with NaN
    by : labels of the groups to which the rows belong; None: the plan is not sliced
    budget : bytes that states which grow with the data may hold in the memory of a process
    """

    schema: Schema
    metrics: tuple[Metric, ...]
    reductions: tuple[Reduction[Any], ...]
    slots: tuple[tuple[int, ...], ...]
    nan_policy: NanPolicy = "raise"
    by: RowFunction | None = None
    budget: int = BUDGET

    @classmethod
    def build(
        cls,
        metrics: Iterable[Metric],
        schema: Schema,
        nan_policy: NanPolicy = "raise",
        by: RowFunction | None = None,
        budget: int = BUDGET,
    ) -> Plan:
        """Resolve the metrics and share what they need."""
        if nan_policy not in ("raise", "omit", "propagate"):
            msg = f"expected nan_policy 'raise', 'omit' or 'propagate', got {nan_policy!r}"
            raise ArgumentError(msg)
        asked = list(metrics)
        _check_names(asked)
        resolved = tuple(_resolved(metric, schema) for metric in asked)
        place: dict[Reduction[Any], int] = {}
        slots = tuple(
            tuple(place.setdefault(reduction, len(place)) for reduction in metric.needs)
            for metric in resolved
        )
        reductions = tuple(
            reduction.within(budget) if isinstance(reduction, Budgeted) else reduction
            for reduction in place
        )
        return cls(schema, resolved, reductions, slots, nan_policy, by, budget)

    @cached_property
    def folded(self) -> tuple[Reduction[Any], ...]:
        """What the tasks fold rows into: the reductions, or one that holds them for each group."""
        return self.reductions if self.by is None else (Keyed(self.by, self.reductions),)

    def empty(self) -> States:
        """Open states of no rows."""
        return tuple(reduction.empty() for reduction in self.folded)

    def update(self, states: States, batch: Any) -> States:
        """Open states with a batch more."""
        pairs = zip(self.folded, states, strict=True)
        return tuple(reduction.update(state, batch) for reduction, state in pairs)

    def seal(self, states: States) -> States:
        """Canonical states."""
        pairs = zip(self.folded, states, strict=True)
        return tuple(reduction.seal(state) for reduction, state in pairs)

    def merge(self, a: States, b: States) -> States:
        """Canonical states of the rows of both."""
        return tuple(r.merge(x, y) for r, x, y in zip(self.folded, a, b, strict=True))

    def total(self, states: States) -> States:
        """The states of the reductions, over all groups."""
        keyed = self.folded[0] if self.folded else None
        return keyed.total(states[0]) if self.by and isinstance(keyed, Keyed) else states

    def groups(
        self, states: States, others: Iterable[Any] = ()
    ) -> Iterator[tuple[Any, int, States]]:
        """Label, rows and states of each group, in the order of the labels.

        Parameters
        ----------
        others : labels of groups that may have no row in the states
        """
        if self.by is None:
            return
        keyed = states[0]
        boolean = BY in self.schema and self.schema[BY].kind == "bool"
        nothing = tuple(r.seal(r.empty()) for r in self.reductions)
        empty = ((label, 0, nothing) for label in sorted({*others} - {*keyed.labels.tolist()}))
        for label, rows, inner in heapq.merge(keyed.groups(), empty, key=itemgetter(0)):
            yield bool(label) if boolean else label, rows, inner

    def states_of(self, states: States, i: int) -> States:
        """Those of the (total) states that metric i computes from."""
        return tuple(states[slot] for slot in self.slots[i])

    def compute(self, states: States) -> list[Outcome]:
        """The value of each metric, from total states or those of a group."""
        self.prepare(states)
        return [self.outcome(states, i) for i in range(len(self.metrics))]

    def sweeps(self, slot: int) -> tuple[Any, ...]:
        """What the metrics that need a reduction will ask of its state."""
        asking = (m for m, own in zip(self.metrics, self.slots, strict=True) if slot in own)
        return tuple(dict.fromkeys(sweep for metric in asking for sweep in metric.sweeps))

    def prepare(self, states: States) -> None:
        """Let states run the sweeps of all metrics at once."""
        for slot, state in enumerate(states):
            if isinstance(state, Swept):
                state.prepare(self.sweeps(slot), threads_here())

    def outcome(self, states: States, i: int) -> Outcome:
        """The value of metric i."""
        value = self.metrics[i].compute(*self.states_of(states, i))
        return value if isinstance(value, Outcome) else Outcome(value)

    def then(self, states: States) -> Plan | None:
        """The plan of the next pass, or None. Metrics keep their names from pass to pass."""
        following = [
            metric.then(*self.states_of(states, i)) for i, metric in enumerate(self.metrics)
        ]
        named = [
            metric.renamed(str(asked.name))
            for asked, metric in zip(self.metrics, following, strict=True)
            if metric is not None
        ]
        if not named:
            return None
        return Plan.build(named, self.schema, self.nan_policy, budget=self.budget)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Float columns whose NaN no reduction's state would show."""
        shown: frozenset[str] = frozenset().union(
            *(r.reveals(self.schema) for r in self.folded if isinstance(r, RevealsNan))
        )
        return tuple(
            name
            for name, column in self.schema.columns
            if column.kind == "float" and name not in shown
        )

    def saw_nan(self, states: States) -> bool:
        """Whether the sealed states show a NaN."""
        pairs = zip(self.folded, states, strict=True)
        return any(r.saw_nan(state) for r, state in pairs if isinstance(r, RevealsNan))

    @property
    def passes(self) -> int:
        """How many passes over the data the metrics may ask for."""
        return max((metric.passes for metric in self.metrics), default=1)

    def explain(self, source: Source | None = None) -> str:
        """What running the plan will do, before any row is read."""
        columns = ", ".join(
            f"{name}: {column.dtype}{list(column.shape) or ''}"
            for name, column in self.schema.columns
        )
        times = f"{self.passes} pass{'es' if self.passes > 1 else ''}"
        lines = [
            f"{len(self.metrics)} metrics, {len(self.reductions)} reductions, at most {times}",
            f"columns: {columns} ({self.schema.row_bytes} bytes a row)",
            f"nan_policy: {self.nan_policy}",
        ]
        if source is not None:
            lines.append(_explain_source(source, self.schema))
        for i, metric in enumerate(self.metrics):
            slots = ", ".join(f"[{slot}]" for slot in self.slots[i])
            lines.append(f"  {metric.name}: {type(metric).__name__} from {slots}")
        for slot, reduction in enumerate(self.reductions):
            lines.append(f"  [{slot}] {reduction} - {self._size(reduction)}")
        if self.by is not None:
            lines.append("  each of them once for every group found in the column by")
        return "\n".join(lines)

    def _size(self, reduction: Reduction[Any]) -> str:
        if isinstance(reduction, Budgeted):
            return (
                f"grows with the data, {self.budget >> 20:,} MiB of it in the memory of each "
                "process, the rest in scratch files"
            )
        return f"{reduction.seal(reduction.empty()).__sizeof__()} bytes when empty"


def threads_here() -> int:
    """How many threads of this process may be used: as the user told Dask, or as there are."""
    import dask

    return dask.config.get("num_workers", None) or available_threads()


def _explain_source(source: Source, schema: Schema) -> str:
    pieces = source.pieces()
    tasks = len(
        pieces if isinstance(source, LazySource) else cut(pieces, schema.row_bytes, threads_here())
    )
    known = all(piece.rows is not None for piece in pieces)
    rows = f"{sum(piece.rows or 0 for piece in pieces):,} rows" if known else "unknown rows"
    size = sum(piece.nbytes for piece in pieces)
    again = "can be read again" if source.replayable else "can be read once"
    return (
        f"source: {rows} in {len(pieces):,} pieces, {size:,} bytes, {again}; "
        f"{tasks:,} tasks, merged 8 at a time"
    )


def _resolved(metric: Metric, schema: Schema) -> Metric:
    """The metric for this schema; its refusal tells which metric it was."""
    try:
        resolved = metric.resolve(schema)
        by_element = WEIGHT in schema and schema[WEIGHT].shape
        return resolved.weighted_by(schema) if by_element else resolved
    except DistevalError as error:
        said = str(error)
        if len(error.args) == 1 and not said.startswith(str(metric.name)):
            error.args = (f"{metric.name}: {said}",)
        raise


def _check_names(metrics: Sequence[Metric]) -> None:
    seen: dict[str | None, Metric] = {}
    for metric in metrics:
        other = seen.setdefault(metric.name, metric)
        if other is not metric:
            if other == metric:
                msg = f"expected each metric once, got {metric.name!r} twice; leave one out"
                raise ArgumentError(msg)
            msg = (
                f"expected metrics of different names, got {metric.name!r} for "
                f"{other.canonical_string()} and {metric.canonical_string()}; "
                "give one of them another name=, or leave it out"
            )
            raise ArgumentError(msg)
