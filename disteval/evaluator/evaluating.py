"""`evaluate`: one plan over one source; and `explain`, what it would do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from disteval.engine import Plan, RowCounts, run
from disteval.engine.budgets import bytes_of
from disteval.engine.checks import check_passes, check_rows, check_schema
from disteval.engine.watching import Progress
from disteval.errors import ArgumentError, ReplayError, UnknownNameError
from disteval.evaluator.asked import metrics_of
from disteval.evaluator.outcomes import (
    notes_of,
    outcomes_of,
    result_of,
    said,
    slices_of,
    undefined,
    warn,
)
from disteval.metrics.rows import Labels
from disteval.protocol import BY, WEIGHT, Y_PRED, Y_TRUE, Metric, NanPolicy, Outcome, Source
from disteval.reductions.scores.scratch import BUDGET
from disteval.result import Result
from disteval.sources import open_source
from disteval.sources.files.paths import FORMATS
from disteval.sources.memory.frames import as_mapping


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
    memory_budget: int | str | None = None,
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
        metric (by groups: of the groups that have such rows).
    scheduler : None, "threads", "sync", "processes", a distributed.Client, or an address
        None: the active client where there is one, else threads.
    progress : None, "bar", "lines" or False
        None: a bar in a terminal, else a line every 10 s. On stderr.
    memory_budget : int or str, optional
        Bytes, or a text such as "64 MiB", that what grows with the data (the scores of AUC and
        its family) may hold in the memory of each process; 1 GiB by default. What is over it goes
        to unnamed files in the folder DISTEVAL_SCRATCH, or Dask's or Python's for such files. The
        bits are the same.

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
    plan, source = _prepared(given, metrics, data, nan_policy, bytes_of(memory_budget))
    titles = _titles(given, data)
    outcomes: dict[str, Outcome] = {}
    names = [str(metric.name) for metric in plan.metrics]
    first, states = plan, list[Any]()
    passes, rows = 0, RowCounts()
    following: Plan | None = plan
    while following is not None:
        plan, passes = following, passes + 1
        partial = run(plan, source, scheduler, progress=progress, number=passes)
        check_rows(plan, partial.rows, source, titles)
        rows = partial.rows.renamed(titles)
        total = plan.total(partial.states)
        states += zip(plan.reductions, total, strict=True)
        outcomes |= outcomes_of(plan, total, rows)
        following = plan.then(total)
    slices = slices_of(first, partial, titles)
    others = said(outcomes)
    of_slices = notes_of(slices, others)
    result = result_of(
        {name: outcomes[name] for name in names},
        rows,
        states,
        first,
        passes=passes,
        notes=(*getattr(source, "notes", ()), *of_slices),
        by=titles.get(BY, BY) if first.by is not None else "",
        slices=slices,
    )
    warn((*undefined(outcomes), *of_slices), others)
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
      [1] TotalWeight(columns=1) - 96 bytes when empty
    """
    for given in (y_true, data):
        if isinstance(given, Iterator):
            msg = "explain would take the first batch from this iterator; give arrays or a list"
            raise ReplayError(msg)
    given = {Y_TRUE: y_true, Y_PRED: y_pred, WEIGHT: sample_weight, BY: by}
    plan, source = _prepared(given, metrics, data, nan_policy)
    return plan.explain(source)


def _prepared(
    given: Mapping[str, Any],
    metrics: Any,
    data: Any,
    nan_policy: NanPolicy,
    budget: int = BUDGET,
) -> tuple[Plan, Source]:
    """The plan and the source, after every check that needs no row."""
    columns: tuple[str, ...] = ()
    if metrics is not None:  # before a batch is taken from an iterator
        columns = _columns_of(_checked_metrics(metrics, given, data))
    elif data is None and _is_metric(given[Y_PRED]):
        msg = f"expected metrics, got {given[Y_PRED]!r} as y_pred; write metrics={given[Y_PRED]!r}"
        raise ArgumentError(msg)
    source = open_source(given[Y_TRUE], given[Y_PRED], given[WEIGHT], data, given[BY], columns)
    check_schema(source.schema)
    asked = metrics_of(metrics, source.schema)
    by = Labels(BY) if BY in source.schema else None
    plan = Plan.build(asked, source.schema, nan_policy, by, budget)
    check_passes(plan, source)
    return plan, source


def _columns_of(metrics: Sequence[Metric]) -> tuple[str, ...]:
    """The columns that metrics read besides those of `evaluate`'s own arguments, each once."""
    names = dict.fromkeys(name for metric in metrics for name in metric.reads)
    return tuple(names)


def _checked_metrics(metrics: Any, given: Mapping[str, Any], data: Any) -> Sequence[Metric]:
    """What was asked for; a name of none may be that of a column of a table given as y_true."""
    try:
        asked: Sequence[Metric] = metrics_of(metrics)
    except UnknownNameError as error:
        if data is not None or not isinstance(given[Y_PRED], str) or not _is_table(given[Y_TRUE]):
            raise
        what, _, _ = str(error).partition(";")
        msg = f"{what}; for columns of a table: evaluate('label', 'score', metrics, data=table)"
        raise UnknownNameError(msg) from None
    return asked


def _is_metric(given: Any) -> bool:
    """Whether this is the name of a metric or of a preset."""
    with contextlib.suppress(UnknownNameError, ArgumentError):
        return isinstance(given, str) and bool(metrics_of(given))
    return False


def _is_table(given: Any) -> bool:
    """Whether this is a table, or the name of a file of one."""
    if isinstance(given, str | Path):
        return str(given).lower().endswith((*FORMATS["parquet"], *FORMATS["csv"]))
    return as_mapping(given) is not None


def _titles(given: Mapping[str, Any], data: Any) -> dict[str, str]:
    """The user's names of the columns, where they have some."""
    found = {
        role: value if data is not None else getattr(value, "name", None)
        for role, value in given.items()
    }
    names = [name for name in found.values() if isinstance(name, str)]
    # two columns of one name, or one of another's role, would be one in the account of rows
    return {
        role: name
        for role, name in found.items()
        if isinstance(name, str) and name and names.count(name) == 1 and name not in given
    }
