"""Three ways to run one plan: `evaluate`, the streaming `Evaluator`, and a metric alone."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from disteval.engine import Partial, Plan, RowCounts, run
from disteval.engine.blocks import Blocks, without_nan
from disteval.engine.checks import (
    check_nan,
    check_passes,
    check_rows,
    check_schema,
    refuse_passes,
)
from disteval.engine.watching import Progress
from disteval.errors import (
    DistevalError,
    InputError,
    ReplayError,
    StateError,
    UndefinedMetricWarning,
)
from disteval.metrics import aliases, as_metrics
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.rows import Labels
from disteval.protocol import (
    BY,
    WEIGHT,
    Y_PRED,
    Y_TRUE,
    Column,
    Metric,
    NanPolicy,
    Origin,
    Outcome,
    Schema,
    Source,
    Value,
)
from disteval.result import Result
from disteval.sources import open_source
from disteval.sources.table import Table


def evaluate(
    y_true: Any,
    y_pred: Any = None,
    metrics: Any = None,
    *,
    data: Any = None,
    sample_weight: Any = None,
    by: Any = None,
    nan_policy: NanPolicy = "raise",
    scheduler: Any = None,
    progress: Progress = None,
) -> Result:
    """Every metric asked for, over all rows, in one pass, exact.

    Parameters
    ----------
    y_true, y_pred : (N,) or (N, k)
        Arrays, lists, series or frames (NumPy, CuPy, pandas, Polars, Arrow, torch, jax, Dask), or
        paths and globs of ``.npy`` and ``.npz`` shards. Names of columns where `data` is given; a
        list of names is one column a class. As `y_true` alone also an iterable of
        ``(y_true, y_pred)`` or ``(y_true, y_pred, sample_weight)`` batches, or a `Source`.
    metrics : str, Metric, (name, metric), mapping, or a sequence of these
        Or a preset: "binary", "multiclass", "multilabel", "regression".
    data : optional
        What holds the named columns: Parquet, CSV or ``.npz`` files (a path, a directory, a glob
        or a list of paths), a frame (pandas, Polars, Arrow, Dask), a mapping of arrays, or an
        iterable of such tables as batches.
    sample_weight : as y_true, (N,), optional
    by : as y_true, (N,), optional
        Labels of groups: values for each group too, from the same pass (`Result.slices`).
    nan_policy : "raise", "omit" or "propagate"
        Rows with NaN or a missing value: an error that counts them, left out, or NaN for every
        metric.
    scheduler : None, "threads", "sync", "processes", a distributed.Client, or an address
        None: the active client where there is one, else threads.
    progress : None, "bar", "lines" or False
        None: a bar in a terminal, else a line every 10 s. On stderr.

    Returns
    -------
    Result
        Values by name. The same bits for any chunking, order of rows, threads and workers.

    Raises
    ------
    errors.DistevalError
        Bad input, before or instead of a wrong number.

    Examples
    --------
    >>> result = evaluate([0, 1, 1, 0], [0.1, 0.9, 0.4, 0.2], ["accuracy", "binary_crossentropy"])
    >>> result["accuracy"]
    0.75
    """
    given = {Y_TRUE: y_true, Y_PRED: y_pred, WEIGHT: sample_weight, BY: by}
    plan, source = _prepared(given, metrics, data, nan_policy)
    titles = _titles(given, data)
    outcomes: dict[str, Outcome] = {}
    names = [str(metric.name) for metric in plan.metrics]
    first, states = plan, list[Any]()
    passes, rows = 0, RowCounts()
    following: Plan | None = plan
    while following is not None:
        plan, passes = following, passes + 1
        partial = run(plan, source, scheduler, progress=progress, number=passes)
        rows = partial.rows.renamed(titles)
        check_rows(plan, rows, source)
        total = plan.total(partial.states)
        states += zip(plan.reductions, total, strict=True)
        outcomes |= _outcomes(plan, total, rows)
        following = plan.then(total)
    slices = _slices(first, partial)
    result = _result(
        {name: outcomes[name] for name in names},
        rows,
        states,
        first,
        passes=passes,
        notes=(*getattr(source, "notes", ()), *_notes_of(slices)),
        by=titles.get(BY, BY) if first.by is not None else "",
        slices=slices,
    )
    _warn((*_undefined(outcomes), *_notes_of(slices)))
    return result


def explain(
    y_true: Any,
    y_pred: Any = None,
    metrics: Any = None,
    *,
    data: Any = None,
    sample_weight: Any = None,
    by: Any = None,
    nan_policy: NanPolicy = "raise",
) -> str:
    """What `evaluate` would do with the same arguments, before any row is read.

    Returns
    -------
    str
        Passes, rows, bytes, tasks, what each metric is resolved to, and the reductions shared.

    Examples
    --------
    >>> print(explain([1.0, 2.0], [1.0, 4.0], ["mse", "rmse"]))
    2 metrics, 2 reductions, at most 1 pass
    columns: y_true: float64, y_pred: float64 (16 bytes a row)
    nan_policy: raise
    source: 2 rows in 1 pieces, 32 bytes, can be read again; 1 tasks, merged 8 at a time
      mean_squared_error: MeanSquaredError from [0], [1]
      root_mean_squared_error: RootMeanSquaredError from [0], [1]
      [0] ExactSum(of=SquaredError(), columns=1) - 96 bytes when empty
      [1] TotalWeight() - 96 bytes when empty
    """
    for given in (y_true, data):
        if isinstance(given, Iterator):
            msg = "explain would take the first batch from this iterator; give arrays or a list"
            raise ReplayError(msg)
    given = {Y_TRUE: y_true, Y_PRED: y_pred, WEIGHT: sample_weight, BY: by}
    plan, source = _prepared(given, metrics, data, nan_policy)
    return plan.explain(source)


def _prepared(
    given: Mapping[str, Any], metrics: Any, data: Any, nan_policy: NanPolicy
) -> tuple[Plan, Source]:
    """The plan and the source, after every check that needs no row."""
    if metrics is not None:
        as_metrics(metrics)  # before a batch is taken from an iterator
    source = open_source(given[Y_TRUE], given[Y_PRED], given[WEIGHT], data, given[BY])
    check_schema(source.schema)
    asked = as_metrics(metrics, source.schema)
    by = Labels(BY) if BY in source.schema else None
    plan = Plan.build(asked, source.schema, nan_policy, by)
    check_passes(plan, source)
    return plan, source


def _titles(given: Mapping[str, Any], data: Any) -> dict[str, str]:
    """The user's names of the columns, where they have some."""
    titles = {}
    for role, value in given.items():
        title = value if data is not None else getattr(value, "name", None)
        if isinstance(title, str):
            titles[role] = title
    return titles


def _slices(plan: Plan, partial: Partial) -> dict[Any, Result]:
    """A result for each group; a metric that refuses the rows of one is NaN there, with a note."""
    slices = {}
    for label, n, states in plan.groups(partial.states):
        outcomes: dict[str, Outcome] = {}
        rows = RowCounts(n)
        for i, metric in enumerate(plan.metrics):
            try:
                outcome = plan.outcome(states, i)
            except InputError as error:
                outcome = Outcome(float("nan"), undefined=str(error))
            outcomes[str(metric.name)] = outcome
        if plan.nan_policy == "propagate" and partial.rows.dropped:
            outcomes = {name: _poisoned(outcome) for name, outcome in outcomes.items()}
        paired = list(zip(plan.reductions, states, strict=True))
        slices[label] = _result(outcomes, rows, paired, plan)
    return slices


def _notes_of(slices: Mapping[Any, Result]) -> tuple[str, ...]:
    """The notes of all groups, each once with the groups that it is of."""
    groups: dict[str, list[str]] = {}
    for label, result in slices.items():
        for note in result.notes:
            groups.setdefault(note, []).append(str(label))
    return tuple(
        f"{note} (in {len(labels):,} of {len(slices):,} groups: {', '.join(labels[:6])}"
        f"{', ...' if len(labels) > 6 else ''})"
        for note, labels in groups.items()
    )


class Evaluator:
    """A plan that takes batches as they come, with Keras's verbs.

    Parameters
    ----------
    metrics : as for `evaluate`
    nan_policy : as for `evaluate`

    Examples
    --------
    >>> ev = Evaluator(["mse", "mae"])
    >>> ev.update_state([1.0, 2.0], [1.0, 4.0])
    >>> ev.update_state([3.0], [3.0])
    >>> dict(ev.result())
    {'mean_squared_error': 1.3333333333333333, 'mean_absolute_error': 0.6666666666666666}
    """

    def __init__(self, metrics: Any, *, nan_policy: NanPolicy = "raise") -> None:
        self._asked = metrics
        self._metrics = tuple(as_metrics(metrics))
        self._policy: NanPolicy = nan_policy
        Plan.build((), Schema(()), nan_policy)  # refuses an unknown policy at once
        for metric in self._metrics:
            refuse_passes(metric.passes, str(metric.name), "a stream of batches")
        self.reset_state()

    def reset_state(self) -> None:
        """Forget all rows."""
        self._plan: Plan | None = None
        self._blocks: Blocks | None = None
        self._open: tuple[Any, ...] = ()
        self._dirty = False
        self._sealed: Partial | None = None
        self._rows = RowCounts()
        self._batches = 0
        self._failure: Exception | None = None

    reset_states = reset_state

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """Add a batch. The first one decides kinds and shapes; others must have the same."""
        single = isinstance(y_true, int | float | np.generic) or (
            isinstance(y_true, np.ndarray) and not y_true.ndim
        )
        if y_pred is None and single:
            y_true = [y_true]  # a loss, as Mean and Sum take it in Keras
        self._refuse_failed()
        source = open_source(y_true, y_pred, sample_weight)
        if not isinstance(source, Table):
            msg = "expected arrays in update_state; give evaluate() files, Dask arrays or batches"
            raise StateError(msg)
        if not source.pieces():
            return  # no rows tell no kinds
        plan = self._planned(source.schema)
        if source.schema.names != plan.schema.names:
            msg = (
                f"expected every batch to have {', '.join(plan.schema.names)}, got "
                f"{', '.join(source.schema.names)}"
            )
            raise StateError(msg)
        assert self._blocks is not None
        piece, self._batches = self._batches, self._batches + 1
        for i in range(len(source.pieces())):
            for chunk in source.read(i, plan.schema.names):
                self._add(self._blocks.push(chunk, Origin(piece, 0)))

    def merge_state(self, others: Any) -> None:
        """Add the rows that others (an Evaluator, or an iterable of them) have seen."""
        group = [others] if isinstance(others, Evaluator) else list(others)
        for other in group:
            if not isinstance(other, Evaluator):
                msg = f"expected Evaluators to merge, got {type(other).__name__}"
                raise StateError(msg)
            if as_metrics(other._asked) != as_metrics(self._asked):
                msg = (
                    f"expected an evaluator of {list(self._metrics)}, got one of "
                    f"{list(other._metrics)}"
                )
                raise StateError(msg)
            if other._policy != self._policy:
                msg = f"expected nan_policy {self._policy!r}, got {other._policy!r}"
                raise StateError(msg)
        seen = [other._current() for other in group if other._plan is not None]
        if not seen:
            return
        merged = self._planned(seen[0][0].schema)
        for plan, _ in seen:
            if plan.reductions != merged.reductions or _kinds(plan) != _kinds(merged):
                msg = (
                    "expected evaluators of the same kinds and shapes of columns, got "
                    f"{_kinds(merged)} and {_kinds(plan)}"
                )
                raise StateError(msg)
        _, total = self._current()
        for _, theirs in seen:
            states = merged.merge(total.states, theirs.states)
            total = Partial(states, total.rows + theirs.rows)
        self._sealed, self._rows = total, total.rows

    def result(self) -> Result:
        """Values over all rows so far. Changes nothing; ask as often as you like."""
        try:
            plan, partial = self._current()
        except DistevalError:
            if self._plan is not None or self._failure is not None:
                raise
            # no batch yet, and a metric that wants other shapes: as Keras, 0.0
            nothing = {str(m.name): Outcome(0.0, undefined=NO_WEIGHT) for m in self._metrics}
            result = _result(nothing, RowCounts(), [], None)
        else:
            states = list(zip(plan.reductions, partial.states, strict=True))
            outcomes = _outcomes(plan, partial.states, partial.rows)
            result = _result(outcomes, partial.rows, states, plan)
        _warn(result.notes)
        return result

    def value(self) -> Value:
        """The value of the only metric."""
        value: Value
        (value,) = self.result().values()
        return value

    def _planned(self, schema: Schema) -> Plan:
        if self._plan is None:
            check_schema(schema)
            self._metrics = tuple(as_metrics(self._asked, schema))  # a preset depends on it
            self._plan = Plan.build(self._metrics, schema, self._policy)
            self._blocks = Blocks(self._plan.schema)
            self._open = self._plan.empty()
        return self._plan

    def _add(self, batches: Iterable[Any]) -> None:
        assert self._plan is not None
        try:
            with np.errstate(all="ignore"):
                for batch in batches:
                    clean, counted = without_nan(batch)
                    self._rows += counted
                    if clean.rows:
                        self._open = self._plan.update(self._open, clean)
                        self._dirty = True
        except Exception as error:
            # some states hold the batch and some do not: there is no right value from here on
            self._failure = error
            raise

    def _refuse_failed(self) -> None:
        if self._failure is not None:
            msg = (
                f"an earlier batch could not be evaluated ({self._failure}); "
                "reset_state() to start anew without it"
            )
            raise StateError(msg) from self._failure

    def _current(self) -> tuple[Plan, Partial]:
        """The plan and the states of all rows so far."""
        self._refuse_failed()
        if self._plan is None or self._blocks is None:
            plan = Plan.build(self._metrics, _unknown_schema(), self._policy)
            return plan, Partial(plan.seal(plan.empty()), RowCounts())
        self._add(self._blocks.flush())
        plan = self._plan
        if self._dirty or self._sealed is None:
            states = plan.seal(self._open)
            if self._sealed is not None:
                states = plan.merge(self._sealed.states, states)
            self._sealed = Partial(states, self._rows)
            self._open, self._dirty = plan.empty(), False
        partial = Partial(self._sealed.states, self._rows)
        check_nan(plan, partial.rows, "")
        return plan, partial


def _result(
    outcomes: dict[str, Outcome],
    rows: RowCounts,
    states: list[Any],
    plan: Plan | None,
    *,
    passes: int = 1,
    notes: tuple[str, ...] = (),
    by: str = "",
    slices: Mapping[Any, Result] | None = None,
) -> Result:
    return Result(
        {name: outcome.value for name, outcome in outcomes.items()},
        rows,
        tuple(states),
        {name: outcome.labels for name, outcome in outcomes.items() if outcome.labels},
        {name: outcome.rule for name, outcome in outcomes.items() if outcome.rule},
        (*_undefined(outcomes), *notes),
        passes,
        aliases(),
        metrics=plan.metrics if plan is not None else (),
        by=by,
        slices=slices or {},
    )


def _outcomes(plan: Plan, states: tuple[Any, ...], rows: RowCounts) -> dict[str, Outcome]:
    """The value of each metric, by name, from total states."""
    outcomes = plan.compute(states)
    if plan.nan_policy == "propagate" and rows.dropped:
        outcomes = [_poisoned(outcome) for outcome in outcomes]
    return {str(m.name): outcome for m, outcome in zip(plan.metrics, outcomes, strict=True)}


def _poisoned(outcome: Outcome) -> Outcome:
    value = outcome.value
    nan: Value = float("nan")
    if isinstance(value, np.ndarray):
        nan = np.full(value.shape, np.nan)
    return Outcome(nan, outcome.labels, "", outcome.rule)


def _undefined(outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    return tuple(f"{name}: {o.undefined}" for name, o in outcomes.items() if o.undefined)


def _warn(notes: Iterable[str]) -> None:
    for note in notes:
        warnings.warn(note, UndefinedMetricWarning, stacklevel=3)


def _unknown_schema() -> Schema:
    column = Column(np.dtype(np.float64))
    return Schema(((Y_TRUE, column), (Y_PRED, column)))


def _kinds(plan: Plan) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (column.kind, column.shape) for name, column in plan.schema.columns}


Metric.accumulator = lambda metric: Evaluator([metric])
