"""Functions element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.formula import reducing, shapes
from disteval.formula.elementwise import apply
from disteval.formula.functions.table import handles
from disteval.formula.indexing import places
from disteval.formula.refusing import refuse, refuse_order
from disteval.formula.rows import is_rows
from disteval.formula.unknown import Unknown


@handles(np.where)
def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return places(condition)
    rows = next(v for v in (condition, x, y) if is_rows(v))
    if is_rows(condition) and condition.dtype != bool:
        condition = condition.astype(bool)
    dtype = shapes.joined_dtype((x, y))
    return apply(rows._run, "where", (condition, x, y), label="np.where", dtype=dtype)


@handles(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = np.where(condition, choice, result)
    return result


@handles(np.clip)
def _clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,  # noqa: A002
    max: Any = None,  # noqa: A002
) -> Any:
    low, high = (a_min if a_min is not None else min), (a_max if a_max is not None else max)
    if reducing.is_given(low):
        a = np.maximum(a, low)
    return np.minimum(a, high) if reducing.is_given(high) else a


@handles(np.round, np.around)
def _round(a: Any, decimals: int = 0) -> Any:
    if a.dtype.kind in "bi" and decimals >= 0:
        return a
    if not decimals:
        return np.rint(a)
    scale = 10.0 ** abs(decimals)
    return np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale


@handles(np.fix)
def _fix(x: Any) -> Any:
    return np.trunc(x)


@handles(np.nan_to_num)
def _nan_to_num(
    x: Any,
    copy: bool = True,  # noqa: ARG001  (NumPy's)
    nan: float = 0.0,
    posinf: Any = None,
    neginf: Any = None,
) -> Any:
    most = np.finfo(np.float64).max
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, most if posinf is None else posinf, x)
    return np.where(x == -np.inf, -most if neginf is None else neginf, x)


@handles(np.isclose)
def _isclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    same = np.equal(a, b)
    near = np.abs(np.subtract(a, b)) <= atol + rtol * np.abs(b)
    result = same | (near & np.isfinite(b))
    return result | (np.isnan(a) & np.isnan(b)) if equal_nan else result


@handles(np.allclose)
def _allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    return np.all(_isclose(a, b, rtol, atol, equal_nan))


@handles(np.array_equal)
def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    same = np.equal(a1, a2)
    return np.all(same | (np.isnan(a1) & np.isnan(a2)) if equal_nan else same)


@handles(np.isin)
def _isin(element: Any, test_elements: Any, *, invert: bool = False, **_: Any) -> Any:
    if not is_rows(element) or is_rows(test_elements):
        refuse_order("np.isin with rows as the elements to look for")
    found = None
    for value in np.asarray(list(test_elements)).reshape(-1).tolist():
        held = element == value
        found = held if found is None else found | held
    if found is None:
        found = np.zeros_like(element, dtype=bool)
    return ~found if invert else found


@handles(np.digitize)
def _digitize(x: Any, bins: Any, right: bool = False) -> Any:
    return _searched(x, bins, "left" if right else "right", "np.digitize")


@handles(np.searchsorted)
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    if is_rows(a) or sorter is not None:
        refuse_order("np.searchsorted in rows")
    return _searched(v, a, side, "np.searchsorted")


def _searched(x: Any, bins: Any, side: str, name: str) -> Any:
    if not is_rows(x) or is_rows(bins):
        refuse_order(f"{name} with rows as edges")
    if isinstance(bins, Unknown):
        refuse(name, "needs its edges before the rows", "edges that are numbers")
    edges = tuple(float(edge) for edge in bins)
    if list(edges) != sorted(edges):
        msg = f"{name}: expected edges in rising order, got {bins!r:.60}"
        raise ValueError(msg)
    return apply(x._run, "digitize", (x,), param=(edges, side), label=name, dtype="int64")
