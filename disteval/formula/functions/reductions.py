"""Sums, means and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.formula import reducing
from disteval.formula.functions.table import handles
from disteval.formula.refusing import HOLISTIC, WHOLE, refuse
from disteval.formula.rows import is_rows


@handles(np.sum)
def _sum(
    a: Any, axis: Any = None, keepdims: Any = False, initial: Any = 0, where: Any = True
) -> Any:
    found = reducing.total(a, axis, keepdims=keepdims, where=where)
    return found if initial is np._NoValue or initial == 0 else found + initial


@handles(np.mean)
def _mean(a: Any, axis: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    return reducing.mean(a, axis, keepdims=keepdims, where=where)


@handles(np.max, np.amax)
def _max(
    a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Any:
    return reducing.extreme(a, "max", axis, keepdims=keepdims, where=where, initial=initial)


@handles(np.min, np.amin)
def _min(
    a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Any:
    return reducing.extreme(a, "min", axis, keepdims=keepdims, where=where, initial=initial)


@handles(np.ptp)
def _ptp(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    high = reducing.extreme(a, "max", axis, keepdims=keepdims)
    return high - reducing.extreme(a, "min", axis, keepdims=keepdims)


@handles(np.any)
def _any(a: Any, axis: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    return reducing.holds(a, "any", axis, keepdims=keepdims, where=where)


@handles(np.all)
def _all(a: Any, axis: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    return reducing.holds(a, "all", axis, keepdims=keepdims, where=where)


@handles(np.count_nonzero)
def _count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return reducing.total(a.astype(bool), axis, keepdims=keepdims)


@handles(np.var)
def _var(
    a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, *, where: Any = True,
    mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    return _spread("var", a, axis, ddof, keepdims, where, mean, correction)


@handles(np.std)
def _std(
    a: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, *, where: Any = True,
    mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    return _spread("std", a, axis, ddof, keepdims, where, mean, correction)


def _spread(
    which: Any, a: Any, axis: Any, ddof: Any, keepdims: Any, where: Any, mean: Any, correction: Any
) -> Any:
    if reducing.is_given(mean):
        refuse(f"mean= of np.{which}", "is found along with it, exactly", f"np.{which}(x)")
    ddof = correction if reducing.is_given(correction) else ddof
    return reducing.spread(a, which, axis, ddof=ddof, keepdims=keepdims, where=where)


@handles(np.average)
def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False
) -> Any:  # fmt: skip
    return reducing.average(a, axis, weights, returned=returned, keepdims=keepdims)


@handles(np.cov)
def _cov(
    m: Any, y: Any = None, rowvar: bool = True,  # noqa: ARG001  (NumPy's)
    bias: bool = False, ddof: Any = None,
    fweights: Any = None, aweights: Any = None,
) -> Any:  # fmt: skip
    if y is None and is_rows(m) and m.ndim == 1:
        return reducing.spread(m, "var", ddof=(0 if bias else 1) if ddof is None else ddof)
    _check_pair("np.cov", m, y)
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = fweights if aweights is None else aweights
    if aweights is not None and ddof:
        refuse("aweights= of np.cov with ddof other than 0", "is not known here", "ddof=0")
    return reducing.paired(m, y, "cov", ddof=ddof, weights=weights)


@handles(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:  # noqa: ARG001  (NumPy's)
    _check_pair("np.corrcoef", x, y)
    return reducing.paired(x, y, "corrcoef", ddof=0)


def _check_pair(name: str, x: Any, y: Any) -> None:
    if not (is_rows(x) and is_rows(y)):
        refuse(f"{name} of anything but two columns", "is not known here", f"{name}(x, y)")


@handles(np.dot, np.vdot, np.inner)
def _dot(a: Any, b: Any) -> Any:
    return reducing.dot(a, b, "np.dot")


@handles(np.linalg.vecdot if hasattr(np.linalg, "vecdot") else np.vdot)
def _vecdot(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return reducing.total(np.multiply(x1, x2), axis)


@handles(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    if (axis is None and x.axes and ord is not None) or isinstance(axis, tuple):
        refuse("np.linalg.norm of a matrix of rows", "is not known here", "np.sqrt(np.sum(x**2))")
    match ord:
        case None | 2 | "fro":
            return np.sqrt(reducing.total(x * x, axis, keepdims=keepdims))
        case 1:
            return reducing.total(abs(x), axis, keepdims=keepdims)
        case 0:
            return reducing.total(x != 0, axis, keepdims=keepdims)
        case np.inf:
            return reducing.extreme(abs(x), "max", axis, keepdims=keepdims)
        case _ if ord == -np.inf:
            return reducing.extreme(abs(x), "min", axis, keepdims=keepdims)
    return reducing.total(abs(x) ** ord, axis, keepdims=keepdims) ** (1.0 / ord)


@handles(np.argmax)
def _argmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return reducing.by_place(a, "argmax", axis, keepdims=keepdims)


@handles(np.argmin)
def _argmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return reducing.by_place(a, "argmin", axis, keepdims=keepdims)


@handles(np.prod)
def _prod(a: Any, axis: Any = None, keepdims: Any = False, **_: Any) -> Any:
    rows, axes = reducing.split_axes(a, axis)
    if rows:
        refuse("np.prod over rows", WHOLE, HOLISTIC["prod"])
    return reducing.inner(a, "row_prod", axes, keepdims)


# --- leaving NaN out -----------------------------------------------------------------------------


def _without_nan(name: str, a: Any, axis: Any) -> Any:
    rows, axes = reducing.split_axes(a, axis)
    if not rows or len(axes) < len(a.axes):
        refuse(f"{name} along an axis of rows {a.shown}", "is not known here", "np.where(...)")
    return reducing.selected(a, ~np.isnan(a))


@handles(np.nansum)
def _nansum(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    kept: Any = np.where(np.isnan(a), 0, a)
    return reducing.total(kept, axis, keepdims=keepdims)


@handles(np.nanmean)
def _nanmean(a: Any, axis: Any = None) -> Any:
    return reducing.mean(_without_nan("np.nanmean", a, axis))


@handles(np.nanmax)
def _nanmax(a: Any, axis: Any = None) -> Any:
    return reducing.extreme(_without_nan("np.nanmax", a, axis), "max")


@handles(np.nanmin)
def _nanmin(a: Any, axis: Any = None) -> Any:
    return reducing.extreme(_without_nan("np.nanmin", a, axis), "min")


@handles(np.nanvar)
def _nanvar(a: Any, axis: Any = None, ddof: Any = 0) -> Any:
    return reducing.spread(_without_nan("np.nanvar", a, axis), "var", ddof=ddof)


@handles(np.nanstd)
def _nanstd(a: Any, axis: Any = None, ddof: Any = 0) -> Any:
    return reducing.spread(_without_nan("np.nanstd", a, axis), "std", ddof=ddof)
