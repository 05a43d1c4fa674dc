"""What is judged of a plan, a source and its rows, before and after the pass."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from disteval.engine.plan import Plan
from disteval.engine.rows import RowCounts
from disteval.errors import (
    ArgumentError,
    ColumnTypeError,
    EmptyDataError,
    MissingValueError,
    ReplayError,
    ShapeError,
)
from disteval.protocol import BY, WEIGHT, Column, Metric, Schema, Source


def check_rows(plan: Plan, rows: RowCounts, source: Source, titles: Mapping[str, str]) -> None:
    """Refuse no rows at all, and judge the rows with NaN.

    Parameters
    ----------
    titles : the user's names of the columns
    """
    if not rows.seen:
        msg = "expected at least one row, got none; is a filter or a slice too narrow?"
        raise EmptyDataError(msg)
    first = ""
    if rows.first is not None:
        pieces = source.pieces()
        before = [piece.rows for piece in pieces[: rows.first.piece]]
        if len(pieces) > 1 and pieces[rows.first.piece].token:
            first = f" (in {pieces[rows.first.piece].token})"
        if all(n is not None for n in before):
            first = f"; the first is row {sum(n or 0 for n in before) + rows.first.offset}{first}"
        else:
            first = f"; the first is row {rows.first.offset} of piece {rows.first.piece}{first}"
    check_nan(plan, rows, first, titles)
    if not rows.used and plan.nan_policy == "omit":
        msg = (
            f"expected at least one row without NaN, got none of {rows.seen:,}; is a column wrong, "
            "or of another type?"
        )
        raise EmptyDataError(msg)


def check_nan(
    plan: Plan, rows: RowCounts, first: str = "", titles: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Refuse rows with NaN under "raise", with their number and the first."""
    if plan.nan_policy != "raise" or not rows.dropped:
        return
    if not first and rows.first is not None:
        first = f"; the first is row {rows.first.offset} of batch {rows.first.piece}"
    by_column: dict[str, int] = {}
    for why, n in rows.dropped.items():
        for name in why.rpartition(": ")[0].split(" and "):
            by_column[name] = by_column.get(name, 0) + n
    columns = ", ".join(
        f"{n:,} in {titles.get(name, name)}" for name, n in sorted(by_column.items(), reverse=True)
    )
    only_nan = all(why.endswith(": NaN") for why in rows.dropped)
    msg = (
        f"expected no {'NaN' if only_nan else 'missing values'}, got {columns} among "
        f"{rows.seen:,} rows{first}; "
        "nan_policy='omit' leaves such rows out, 'propagate' makes the metrics NaN"
    )
    raise MissingValueError(msg)


def check_schema(schema: Schema) -> None:
    """Refuse kinds and shapes that no metric can take."""
    for name, column in schema.columns:
        if column.kind == "float" and column.dtype.itemsize > 8:
            msg = (
                f"expected float64 or narrower in {name}, got {column.dtype}; round it with "
                ".astype(np.float64)"
            )
            raise ColumnTypeError(msg)
        if 0 in column.shape:
            msg = (
                f"expected at least one value a row in {name}, got {_shown(column)}; is a "
                "selection of columns empty?"
            )
            raise ShapeError(msg)
    if BY in schema and schema[BY].shape:
        msg = (
            f"expected one group label a row, got by of shape {_shown(schema[BY])}; join several "
            "columns into one first"
        )
        raise ShapeError(msg)
    if WEIGHT not in schema:
        return
    column = schema[WEIGHT]
    if column.kind == "str":
        msg = "expected numbers in sample_weight, got strings; convert them with .astype(float)"
        raise ColumnTypeError(msg)


def _shown(column: Column) -> str:
    return f"({', '.join(['N', *map(str, column.shape)])})"


def check_passes(plan: Plan, source: Source) -> None:
    """Refuse metrics of several passes over what is read once."""
    if not source.replayable:
        for metric in plan.metrics:
            refuse_passes(metric, "an iterator, which is read once")
    for metric in plan.metrics if plan.by else ():
        if metric.passes > 1:
            msg = (
                f"{metric.name} may read the data {metric.passes} times, which by= cannot slice; "
                f"evaluate it without by={f' ({metric.instead})' if metric.instead else ''}"
            )
            raise ArgumentError(msg)


def refuse_passes(metric: Metric, what: str) -> None:
    """Refuse a metric of several passes."""
    if metric.passes > 1:
        instead = f" ({metric.instead})" if metric.instead else ""
        msg = (
            f"{metric.name} may read the data {metric.passes} times, but got {what}; give arrays, "
            f"files or a list of batches{instead}"
        )
        raise ReplayError(msg)
