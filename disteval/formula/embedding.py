"""Whole metrics inside a function: ``metrics.mean_squared_error(y_true, y_pred)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from disteval.errors import ArgumentError
from disteval.formula.elementwise import common_space
from disteval.formula.requests import Embedded
from disteval.formula.rows import Rows
from disteval.formula.views import is_weight, row_function
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Column, Metric, Schema

if TYPE_CHECKING:
    from disteval.formula.tracing import Run


def embedded(run: Run, metric: Metric, y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
    """The value of a metric, of rows.

    Weights count as they do for the metric itself, unless the function takes sample_weight: then
    they count where it passes them on.
    """
    for name, value in ((Y_TRUE, y_true), (Y_PRED, y_pred)):
        if value is not None and not isinstance(value, Rows):
            msg = f"{metric.name}: expected rows as {name}, got {type(value).__name__}"
            raise ArgumentError(msg)
    given = {Y_TRUE: y_true, Y_PRED: y_pred}
    rows = {name: value for name, value in given.items() if value is not None}
    space = common_space(str(metric.name), tuple(rows.values()))
    if space.flat:
        msg = (
            f"{metric.name}: expected rows, got single elements of them (ravel, flatten, or a "
            "mask of elements); give it the rows as they are"
        )
        raise ArgumentError(msg)
    weighted = _is_weighted(run, metric, sample_weight)
    names = [*rows, WEIGHT] if weighted else list(rows)
    columns = tuple((name, _column(run, name, rows)) for name in names)
    resolved = metric.resolve(Schema(columns))
    if resolved.passes > 1:
        msg = f"{metric.name}: expected a metric of one pass inside a function"
        raise ArgumentError(msg)
    if space.where is None and all(_is_column(value, name) for name, value in rows.items()):
        wrap = None
    else:
        functions = [(name, row_function(value._node)) for name, value in rows.items()]
        if weighted:
            functions.append((WEIGHT, row_function(run.column(WEIGHT)._node)))
        wrap = (tuple(functions), space.where)
    request = Embedded(resolved, wrap, not weighted and WEIGHT in run.schema)
    depth = max(value._depth for value in rows.values())
    return run.ask(request, depth, reduces=False)


def _is_weighted(run: Run, metric: Metric, sample_weight: Any) -> bool:
    if sample_weight is not None:
        if not (isinstance(sample_weight, Rows) and is_weight(sample_weight._node)):
            msg = f"{metric.name}: expected the function's own sample_weight, got something else"
            raise ArgumentError(msg)
        return True
    return run.weighing == "rows"


def _is_column(rows: Rows, name: str) -> bool:
    return rows._node.op == "column" and rows._node.param[0] == name


def _column(run: Run, name: str, rows: dict[str, Rows]) -> Column:
    if name == WEIGHT:
        return run.schema[WEIGHT]
    value = rows[name]
    if value._node.op == "column":
        return run.schema[value._node.param[0]]
    dtype = np.dtype("U" if value._node.dtype == "str" else value._node.dtype)
    axes = value.axes
    return Column(dtype, tuple(n for n in axes if n != 1), axes)
