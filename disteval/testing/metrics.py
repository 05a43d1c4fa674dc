"""The contract of a metric."""

from __future__ import annotations

import ast
import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from disteval.engine import Partial, Plan, RowCounts, Span
from disteval.engine.reduce import merge_partials, run_span
from disteval.protocol import (
    BY,
    WEIGHT,
    Y_PRED,
    Y_TRUE,
    Array,
    Batch,
    Metric,
    Outcome,
    Schema,
    Value,
)
from disteval.sources import Table
from disteval.sources.columns.kinds import column_of
from disteval.sources.memory.parts import MemoryColumn
from disteval.testing.rows import Columns, merged_at_random, pickled, random_chunks, same

if TYPE_CHECKING:
    from collections.abc import Sequence


class MetricContract:
    """What a `Metric` promises.

    Attributes
    ----------
    metric : Metric
    y_true, y_pred, sample_weight : arrays of the same rows; None where there is no such column
    expected : the value; NaN is NaN. For anything but equality override `check`
    repeats : int
        Random chunkings and orders that are tried.
    """

    metric: Metric
    y_true: Any
    y_pred: Any = None
    sample_weight: Any = None
    expected: Any = None
    repeats: int = 5

    def check(self, value: Value) -> None:
        """Assert that the value is the expected one, to the bit."""
        found = np.asarray(value)
        assert same(found, np.asarray(self.expected, found.dtype)), (value, self.expected)

    def test_the_value_is_the_expected_one(self) -> None:
        """Of all rows as one chunk."""
        (outcome,), _ = self._run([self._columns()], np.random.default_rng(0))
        self.check(outcome.value)

    def test_chunks_and_order_do_not_matter(self) -> None:
        """Any chunking, order of rows and merge tree: the same value and states, to the bit."""
        columns = self._columns()
        rows = len(columns[Y_TRUE])
        expected, states = self._run([columns], np.random.default_rng(0))
        for seed in range(self.repeats):
            rng = np.random.default_rng(seed)
            order = rng.permutation(rows)
            mixed = {name: array[order] for name, array in columns.items()}
            parts = [{n: a[chunk] for n, a in mixed.items()} for chunk in random_chunks(rng, rows)]
            found, found_states = self._run(parts, rng)
            assert found_states == states
            assert all(same(a, b) for a, b in zip(found, expected, strict=True))

    def test_each_group_is_a_dataset_of_its_own(self) -> None:
        """Sliced, a group's states are those of its rows alone; all together, those of all."""
        if self.metric.passes > 1:
            return
        columns = self._columns()
        _, whole = self._run([columns], np.random.default_rng(0))
        for seed in range(self.repeats):
            rng = np.random.default_rng(seed)
            columns[BY] = rng.choice(_LABELS[seed % 2], len(columns[Y_TRUE]))
            schema = Schema(tuple((name, column_of(a)) for name, a in columns.items()))
            plan = Plan.build([self.metric], schema, "raise", ByColumn())
            parts = [
                {n: a[chunk] for n, a in columns.items()}
                for chunk in random_chunks(rng, len(columns[BY]))
            ]
            merged = merged_at_random(rng, _partials(plan, parts), partial(_merge, plan))
            assert [s.to_bytes() for s in plan.total(merged.states)] == whole
            for label, rows, states in plan.groups(merged.states):
                alone = {n: a[columns[BY] == label] for n, a in columns.items() if n != BY}
                _, expected = self._run([alone], rng)
                assert [state.to_bytes() for state in states] == expected
                assert rows == len(alone[Y_TRUE])

    def test_a_metric_is_a_frozen_value(self) -> None:
        """Equal to its like, hashable, not to be changed; a pickle is its parameters."""
        metric = self.metric
        copy = pickled(metric)
        assert copy == metric
        assert hash(copy) == hash(metric)
        assert copy.name == metric.name
        assert metric != metric.renamed("another name")
        for field in dataclasses.fields(metric):
            try:
                setattr(metric, field.name, getattr(metric, field.name))
            except dataclasses.FrozenInstanceError:
                continue
            msg = f"{type(metric).__name__} should be a frozen dataclass"
            raise AssertionError(msg)

    def test_the_repr_makes_an_equal_metric(self) -> None:
        """The canonical string is the key with literal arguments, and says all parameters."""
        metric = self.metric
        call = ast.parse(repr(metric), mode="eval").body
        arguments = {} if isinstance(call, ast.Name) else _literals(call)
        key = call if isinstance(call, ast.Name) else getattr(call, "func", None)
        assert isinstance(key, ast.Name), repr(metric)
        assert key.id == type(metric).key
        assert type(metric)(**arguments).renamed(str(metric.name)) == metric

    def test_equal_metrics_share_what_they_need(self) -> None:
        """Under two names, a metric is computed once."""
        schema = self._schema()
        one, other = self.metric.resolve(schema), pickled(self.metric).resolve(schema)
        assert one.needs == other.needs
        assert [hash(r) for r in one.needs] == [hash(r) for r in other.needs]
        twice = Plan.build([self.metric, pickled(self.metric).renamed("another name")], schema)
        assert len(twice.reductions) == len(set(one.needs))

    def test_resolving_takes_a_schema_alone(self) -> None:
        """The form for these kinds and shapes is a metric too, and always the same one."""
        schema = self._schema()
        resolved = self.metric.resolve(schema)
        assert isinstance(resolved, Metric)
        assert resolved == self.metric.resolve(pickled(schema)) == pickled(resolved)
        assert resolved.name == self.metric.name

    def test_the_docstring_says_what_is_promised(self) -> None:
        """A definition in the first line; State: and Exact: lines."""
        text = type(self.metric).__doc__ or ""
        first, *others = [line.strip() for line in text.strip().splitlines() or [""]]
        assert first.endswith((".", ":")), "the first line of a metric is its definition"
        for word in ("State:", "Exact:"):
            assert any(line.startswith(word) for line in others), f"there is no line {word}"

    def _columns(self) -> dict[str, Array]:
        given = {Y_TRUE: self.y_true, Y_PRED: self.y_pred, WEIGHT: self.sample_weight}
        return {name: np.asarray(array) for name, array in given.items() if array is not None}

    def _schema(self) -> Schema:
        return Schema(tuple((name, column_of(a)) for name, a in self._columns().items()))

    def _run(
        self, chunks: Sequence[Columns], rng: np.random.Generator
    ) -> tuple[list[Outcome], list[bytes]]:
        """Run every pass, one span for each chunk: the last outcome, and all states."""
        outcomes: list[Outcome] = []
        states: list[bytes] = []
        plan: Plan | None = Plan.build([self.metric], self._schema(), "raise")
        while plan is not None:
            merged = merged_at_random(rng, _partials(plan, chunks), partial(_merge, plan))
            outcomes += plan.compute(merged.states)
            states += [state.to_bytes() for state in merged.states]
            plan = plan.then(merged.states)
        return outcomes[-1:], states


def _literals(call: ast.expr) -> dict[str, Any]:
    """Read the keyword arguments of a canonical string; inf and nan are names there."""
    assert isinstance(call, ast.Call)
    assert not call.args
    named = {"inf": float("inf"), "nan": float("nan")}
    return {
        str(k.arg): named.get(ast.unparse(k.value)) or ast.literal_eval(k.value)
        for k in call.keywords
    }


@dataclass(frozen=True)
class ByColumn:
    """The labels of groups."""

    def __call__(self, batch: Batch) -> Any:
        return batch[BY]


_LABELS = (np.array([-7, 0, 3, 2**20]), np.array(["", "é", "a group with a long name"]))


def _partials(plan: Plan, chunks: Sequence[Columns]) -> list[Partial]:
    """One for each chunk, and one of no rows."""
    partials = [
        run_span(plan, table, Span(0, len(table.pieces())), "laws") for table in map(_table, chunks)
    ]
    return [*partials, Partial(plan.seal(plan.empty()), RowCounts())]


def _table(columns: Columns) -> Table:
    return Table(tuple((name, MemoryColumn(array)) for name, array in columns.items()))


def _merge(plan: Plan, a: Partial, b: Partial) -> Partial:
    return merge_partials(plan, [a, b])
