"""What a function may return, and what becomes of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval.errors import ArgumentError
from disteval.formula.nodes import Node
from disteval.formula.reducing import divisor, masked, pooled_sum
from disteval.formula.requests import Mean, Total
from disteval.formula.rows import Rows
from disteval.formula.tracing import Run
from disteval.formula.unknown import Unknown
from disteval.formula.views import is_weight, pooled_function
from disteval.metrics.base import NO_WEIGHT
from disteval.protocol import WEIGHT
from disteval.reductions import ExactSum, TotalWeight

EXPECTED = "expected a number, an array, a dict of them by name, or one value per row"


class Several(dict[str, Any]):
    """Values by name, each a result of its own."""


@dataclass(frozen=True)
class Finished:
    """A function's value, and the rows whose mean it is.

    Parameters
    ----------
    value : number, array, or `Several`; unknown in a run in which nothing is known
    rows : expressions of values per row that were averaged
    weightless : whether one of those means has no weight
    """

    value: Any
    rows: tuple[Node, ...] = ()
    weightless: bool = False


def finished(run: Run, result: Any) -> Finished:
    """The value of what a function returned."""
    if isinstance(result, Mapping):
        if not result:
            msg = f"{EXPECTED}, got an empty dict"
            raise ArgumentError(msg)
        parts = {_key(name): _single(run, part) for name, part in result.items()}
        rows = tuple(row for part in parts.values() for row in part.rows)
        values = Several((name, part.value) for name, part in parts.items())
        return Finished(values, rows, any(part.weightless for part in parts.values()))
    return _single(run, result)


def _key(name: Any) -> str:
    if not isinstance(name, str) or not name:
        msg = f"expected names of results as the keys of a dict, got {name!r:.60}"
        raise ArgumentError(msg)
    return name


def _single(run: Run, result: Any) -> Finished:
    if isinstance(result, Rows):
        return _averaged(run, result)
    if isinstance(result, Unknown):
        return Finished(result)
    if isinstance(result, bool | np.bool_):
        return Finished(int(result))
    if isinstance(result, np.generic | np.ndarray) and not np.ndim(result):
        result = np.asarray(result).item()
    if isinstance(result, int | float) and not isinstance(result, bool):
        return Finished(result)
    if isinstance(result, np.ndarray) and result.dtype.kind in "biuf":
        wide = np.float64 if result.dtype.kind == "f" else np.int64
        return Finished(np.ascontiguousarray(result, wide))
    raise ArgumentError(_unexpected(result))


def _unexpected(result: Any) -> str:
    if result is None:
        return f"{EXPECTED}, got None; is a return missing?"
    if isinstance(result, list | tuple):
        return (
            f"{EXPECTED}, got a {type(result).__name__} of {len(result)}; give names to several "
            "results, {'a': a, 'b': b}, or return np.array([...])"
        )
    return f"{EXPECTED}, got {type(result).__name__}: {result!r:.60}"


def _averaged(run: Run, rows: Rows) -> Finished:
    """The mean over rows and over the elements of a row, by weight where there are weights."""
    if rows.dtype.kind == "U":
        msg = f"{EXPECTED}, got a column of strings"
        raise ArgumentError(msg)
    node = rows._node
    if WEIGHT not in run.schema:
        by, elements = divisor(rows)
        of = pooled_sum(rows)
    else:
        if any(is_weight(part) for part in node.order):
            msg = (
                "the values per row that this function returns hold sample_weight already, and "
                "would be weighted once more; leave it out, or return "
                "np.average(values, weights=sample_weight)"
            )
            raise ArgumentError(msg)
        of, by, elements = _weighted(rows)
    value = run.ask(Mean(of, by, elements), rows._depth, reduces=False)
    weight = run.ask(Total(by), rows._space.where.depth if rows._space.where else 0, reduces=False)
    if isinstance(value, Unknown) or isinstance(weight, Unknown):
        return Finished(value, (node,))
    weightless = bool(weight == 0)
    return Finished(0.0 if weightless else float(value), (node,), weightless)


def _weighted(rows: Rows) -> tuple[Any, Any, int]:
    """The weighted sum, the weight, and the elements of a row."""
    where, node = rows._space.where, rows._node
    if where is None:
        return ExactSum(pooled_function(node)), TotalWeight(), math.prod(node.shape)
    elements = 1 if where.shape == node.shape else math.prod(node.shape)
    return ExactSum(masked(rows, 0)), ExactSum(where), elements


def keys_of(result: Any) -> Iterable[str]:
    """The names of several results."""
    value = getattr(result, "value", None)
    return list(value) if isinstance(value, Several) else ()


# --- notes --------------------------------------------------------------------------------------

_LINEAR = ("add", "subtract", "negative", "reshape", "getitem", "row_sum", "cast", "broadcast")


def undefined_of(result: Finished) -> str:
    """Why a value is not defined, or ""."""
    if result.weightless:
        return NO_WEIGHT
    values = result.value.values() if isinstance(result.value, Several) else (result.value,)
    if any(isinstance(v, float) and math.isnan(v) for v in values):
        return "the function returned NaN"
    return ""


def note_of(run: Run, result: Finished) -> str:
    """What must be said of a value, or ""."""
    for node in result.rows:
        bent = _bent(node, run)
        if bent:
            return (
                f"axis=-1 of rows (N, 1) is inside the row, a reduction of one value, and {bent} "
                "is then taken row by row: this is the mean of the rows' values, for a root of "
                "squares the mean absolute error. For the formula over the dataset leave axis=-1 "
                "out"
            )
    return ""


def _bent(node: Node, run: Run) -> str:
    """The operation, if any, by which the mean of it is not that of what is reduced in a row."""
    over: set[Node] = {part for part in node.order if part in run.inner}
    for part in node.order:
        held = [arg in over for arg in part.args]
        if not any(held):
            continue
        over.add(part)
        scaled = part.op == "multiply" and held.count(True) == 1
        scaled |= part.op == "divide" and held == [True, False]
        if part.op not in _LINEAR and not scaled:
            return f"np.{part.op}"
    return ""
