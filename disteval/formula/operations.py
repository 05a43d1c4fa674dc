"""What the nodes of an expression do with blocks of rows.

Element by element by exactly specified operations and `numerics.elementary`; along a row by
`numerics.rows`: never NumPy's own log or sum, whose bits depend on machine and layout. A ufunc that
is not in this table is called as it is (``"ufunc"``): on the CPU, its bits not promised. What a GPU
may do otherwise than NumPy goes to the host and back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from disteval import backend
from disteval.metrics.rows import Wide
from disteval.numerics import elementary, rows
from disteval.protocol import Batch

Operation = Callable[..., Any]

OPERATIONS: dict[str, Operation] = {}
"""By name: the values of a node from the batch, its parameter and its arguments' values."""

PLAIN = (
    *("add", "subtract", "multiply", "divide", "floor_divide", "remainder", "fmod"),
    *("negative", "absolute", "sign", "sqrt", "floor", "ceil", "trunc", "rint"),
    *("minimum", "maximum", "fmin", "fmax", "copysign", "signbit", "reciprocal", "heaviside"),
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("logical_and", "logical_or", "logical_xor", "logical_not"),
    *("isnan", "isinf", "isfinite"),
)
"""NumPy's ufuncs of an exactly specified result, by their names there."""
ON_DEVICE = (
    *("add", "subtract", "multiply", "divide", "negative", "absolute", "sign", "sqrt"),
    *("ceil", "minimum", "maximum", "signbit", "logical_and", "logical_or"),
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("logical_not", "isnan", "isinf", "isfinite"),
)
"""Those of them that have the same bits on a GPU."""
INTEGER = (
    *("bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"),
    *("gcd", "lcm"),
)
"""NumPy's ufuncs of integers."""
ELEMENTARY = ("log", "log1p", "exp", "expm1", "tanh")
"""Those of `numerics.elementary`, by the same name."""

_NAMES = {"divide": "true_divide"}  # CuPy's
_LN2, _LN10 = math.log(2.0), math.log(10.0)
_LARGEST_EXP = 700.0


def rounded(values: Any, dtype: str) -> Any:
    """Numbers as float64, rounded to the node's dtype where that is narrower."""
    if dtype in ("float32", "float16"):
        xp = backend.namespace(values)
        return xp.asarray(values, dtype).astype(xp.float64)
    return values


def _operation(name: str, *, hosted: bool = False) -> Callable[[Operation], Operation]:
    def register(function: Operation) -> Operation:
        OPERATIONS[name] = _hosted(function) if hosted else function
        return function

    return register


def _hosted(function: Operation) -> Operation:
    """The operation on the host, wherever the values are."""

    def apply(batch: Batch, param: Any, *values: Any) -> Any:
        at = next((v for v in values if backend.is_device(v)), None)
        if at is None:
            return function(batch, param, *values)
        host = [backend.to_host(v) if backend.is_device(v) else v for v in values]
        return backend.namespace(at).asarray(function(batch, param, *host))

    return apply


def _float(values: Any) -> Any:
    """Booleans as numbers, so that 1 + 1 is 2."""
    return values.astype(float) if _is_boolean(values) else values


def _is_boolean(values: Any) -> bool:
    return type(values) is bool or getattr(getattr(values, "dtype", None), "kind", "") == "b"


def _plain(name: str) -> Operation:
    def apply(_batch: Batch, _param: Any, *values: Any) -> Any:
        if getattr(values[0], "vocabulary", None) is not None or isinstance(values[0], str):
            return _of_words(name, *values)
        xp = backend.namespace(_array(values))
        numbers = values if _keeps_booleans(name) else tuple(map(_float, values))
        return getattr(xp, _NAMES.get(name, name))(*numbers)

    return apply if name in ON_DEVICE else _hosted(apply)


def _keeps_booleans(name: str) -> bool:
    return name.startswith(("logical", "is")) or name in ("equal", "not_equal")


def _of_words(name: str, a: Any, b: Any) -> Any:
    same = b == a if isinstance(a, str) else a == b
    return same if name == "equal" else ~same


def _array(values: tuple[Any, ...]) -> Any:
    """One of the values that is an array, which tells the device."""
    return next((v for v in values if getattr(v, "ndim", 0)), values[0])


def _integer(name: str) -> Operation:
    def apply(_batch: Batch, _param: Any, *values: Any) -> Any:
        xp = backend.namespace(_array(values))
        if all(map(_is_boolean, values)):
            return getattr(xp, name)(*values)
        whole = [xp.asarray(v).astype(xp.int64) for v in values]
        return getattr(xp, name)(*whole).astype(xp.float64)

    return _hosted(apply)


def _elementary(name: str) -> Operation:
    function = getattr(elementary, name)

    def apply(_batch: Batch, _param: Any, x: Any) -> Any:
        return function(x)

    return apply


for _name in PLAIN:
    OPERATIONS[_name] = _plain(_name)
for _name in INTEGER:
    OPERATIONS[_name] = _integer(_name)
for _name in (*ELEMENTARY, "sigmoid"):
    OPERATIONS[_name] = _elementary(_name)


# --- leaves -------------------------------------------------------------------------------------


@_operation("column")
def _column(batch: Batch, param: Any, *_: Any) -> Any:
    values = batch[param[0]]
    axes = param[1]
    if values.dtype.kind in "iuf":
        values = batch.derive(Wide(param[0]))
    return values.reshape(len(values), *axes)


@_operation("constant")
def _constant(_batch: Batch, param: Any, *_: Any) -> Any:
    return float(param) if type(param) is int else param


@_operation("array")
def _constants(batch: Batch, param: Any, *_: Any) -> Any:
    flat, shape = param
    xp = backend.namespace(next(iter(batch.columns.values())))
    kept = bool if all(type(v) is bool for v in flat) else float
    return xp.asarray(flat, dtype=kept).reshape(shape)


@_operation("full")
def _full(_batch: Batch, param: Any, like: Any) -> Any:
    """One value, for every element of something of rows."""
    xp = backend.namespace(like)
    kind = bool if type(param) is bool else float
    return xp.full(like.shape, param, dtype=kind)


# --- element by element -------------------------------------------------------------------------


@_operation("power")
def _power(_batch: Batch, _param: Any, x: Any, y: Any) -> Any:
    return elementary.power(_float(x), _float(y))


@_operation("whole_power")
def _whole_power(_batch: Batch, param: Any, x: Any) -> Any:
    return elementary.power(_float(x), param)


@_operation("square")
def _square(_batch: Batch, _param: Any, x: Any) -> Any:
    x = _float(x)
    return x * x


@_operation("log2", hosted=True)
def _log2(_batch: Batch, _param: Any, x: Any) -> Any:
    return _log_to_base(x, _LN2)


@_operation("log10", hosted=True)
def _log10(_batch: Batch, _param: Any, x: Any) -> Any:
    return _log_to_base(x, _LN10)


def _log_to_base(x: Any, log_of_base: float) -> Any:
    """log(x) / log(base); a whole result where x is a power of the base."""
    xp = backend.namespace(x)
    y = elementary.log(x) / log_of_base
    whole = xp.rint(y)
    base = 2.0 if log_of_base == _LN2 else 10.0
    # only those up to 10**22 are numbers at all
    small = abs(whole) <= (1022.0 if base == 2.0 else 22.0)
    exponent = xp.where(small & (whole == whole), whole, 0.0)  # noqa: PLR0124  (not NaN)
    power = elementary.power(xp.full_like(exponent, base), exponent)
    return xp.where(small & (power == x), whole, y)


@_operation("exp2", hosted=True)
def _exp2(_batch: Batch, _param: Any, x: Any) -> Any:
    return elementary.power(backend.namespace(x).full_like(_float(x), 2.0), _float(x))


@_operation("sinh", hosted=True)
def _sinh(_batch: Batch, _param: Any, x: Any) -> Any:
    xp = backend.namespace(x)
    e = elementary.expm1(abs(x))
    y = 0.5 * (e + e / (e + 1.0))
    half = elementary.exp(0.5 * abs(x))
    return xp.copysign(xp.where(abs(x) > _LARGEST_EXP, (0.5 * half) * half, y), x)


@_operation("cosh", hosted=True)
def _cosh(_batch: Batch, _param: Any, x: Any) -> Any:
    xp = backend.namespace(x)
    e = elementary.exp(abs(x))
    half = elementary.exp(0.5 * abs(x))
    return xp.where(abs(x) > _LARGEST_EXP, (0.5 * half) * half, 0.5 * e + 0.5 / e)


@_operation("logaddexp", hosted=True)
def _logaddexp(_batch: Batch, _param: Any, x: Any, y: Any) -> Any:
    xp = backend.namespace(_array((x, y)))
    x, y = xp.broadcast_arrays(_float(x), _float(y))
    gap = abs(x - y)
    same = x == y  # infinities
    return xp.where(same, x + _LN2, xp.maximum(x, y) + elementary.log1p(elementary.exp(-gap)))


@_operation("where")
def _where(_batch: Batch, _param: Any, condition: Any, x: Any, y: Any) -> Any:
    xp = backend.namespace(_array((condition, x, y)))
    return xp.where(xp.asarray(condition, bool), x, y)


@_operation("cast")
def _cast(_batch: Batch, param: Any, x: Any) -> Any:
    xp = backend.namespace(x)
    if param == "bool":
        return x if _is_boolean(x) else x != 0
    x = _float(x)
    return xp.where(x < 0, xp.ceil(x), -xp.ceil(-x)) if param == "int64" else x


@_operation("digitize", hosted=True)
def _digitize(_batch: Batch, param: Any, x: Any) -> Any:
    edges, side = param
    xp = backend.namespace(x)
    return xp.searchsorted(xp.asarray(edges, float), _float(x), side=side).astype(float)


@_operation("ufunc", hosted=True)
def _ufunc(_batch: Batch, param: Any, *values: Any) -> Any:
    given = [_float(v) for v in values]
    result = param(*given)
    return result.astype(float) if result.dtype.kind in "iu" else result


# --- along a row --------------------------------------------------------------------------------


def _lines(x: Any, axes: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """A matrix whose rows run along these axes of a row, and the shape of what is left."""
    xp = backend.namespace(x)
    kept = [axis for axis in range(x.ndim) if axis - 1 not in axes or axis == 0]
    moved = x.transpose([*kept, *(axis + 1 for axis in axes)])
    shape = moved.shape[: len(kept)]
    length = math.prod(moved.shape[len(kept) :])
    return xp.ascontiguousarray(moved).reshape(-1, length), shape


def _along(name: str, function: Callable[[Any], Any]) -> None:
    def apply(_batch: Batch, axes: tuple[int, ...], x: Any) -> Any:
        matrix, shape = _lines(_float(x), axes)
        result = function(matrix)
        return (result.astype(float) if result.dtype.kind in "iu" else result).reshape(shape)

    OPERATIONS[name] = apply


def _row_product(matrix: Any) -> Any:
    total = matrix[:, 0]
    for j in range(1, matrix.shape[1]):
        total = total * matrix[:, j]
    return total


_along("row_sum", rows.row_sum)
_along("row_prod", _row_product)
_along("row_max", rows.row_max)
_along("row_min", lambda matrix: -rows.row_max(-matrix))
_along("row_argmax", rows.row_argmax)
_along("row_argmin", lambda matrix: rows.row_argmax(-matrix))
_along("row_any", lambda matrix: (matrix != 0).any(axis=1))
_along("row_all", lambda matrix: (matrix != 0).all(axis=1))


@_operation("row_cumsum", hosted=True)
def _row_cumsum(_batch: Batch, axis: int, x: Any) -> Any:
    return backend.namespace(x).cumsum(_float(x), axis=axis + 1)  # from left to right, always


@_operation("row_sort", hosted=True)
def _row_sort(_batch: Batch, axis: int, x: Any) -> Any:
    return backend.namespace(x).sort(_float(x), axis=axis + 1)


@_operation("row_argsort", hosted=True)
def _row_argsort(_batch: Batch, axis: int, x: Any) -> Any:
    return backend.namespace(x).argsort(_float(x), axis=axis + 1, kind="stable").astype(float)


@_operation("take", hosted=True)
def _take(_batch: Batch, axis: int, x: Any, index: Any) -> Any:
    """The elements of each row that another column names."""
    xp = backend.namespace(x)
    return xp.take_along_axis(x, index.astype(xp.int64), axis=axis + 1)


# --- shapes of rows -----------------------------------------------------------------------------


@_operation("getitem")
def _getitem(_batch: Batch, param: Any, x: Any) -> Any:
    return np.ascontiguousarray(x[_index(param)]) if type(x) is np.ndarray else x[_index(param)]


def _index(param: Any) -> tuple[Any, ...]:
    """An index from plain data: (start, stop, step) is a slice, a list stands as ("list", ...)."""
    made: list[Any] = [slice(None)]
    for part in param:
        if isinstance(part, tuple):
            made.append(list(part[1:]) if part[0] == "list" else slice(*part[1:]))
        else:
            made.append(part)
    return tuple(made)


@_operation("reshape")
def _reshape(_batch: Batch, shape: tuple[int, ...], x: Any) -> Any:
    return x.reshape(len(x), *shape)


@_operation("transpose")
def _transpose(_batch: Batch, axes: tuple[int, ...], x: Any) -> Any:
    xp = backend.namespace(x)
    return xp.ascontiguousarray(x.transpose(0, *(axis + 1 for axis in axes)))


@_operation("broadcast")
def _broadcast(_batch: Batch, shape: tuple[int, ...], x: Any) -> Any:
    xp = backend.namespace(x)
    return xp.ascontiguousarray(xp.broadcast_to(x, (len(x), *shape)))


@_operation("stack", hosted=True)
def _stack(_batch: Batch, axis: int, *values: Any) -> Any:
    xp = backend.namespace(_array(values))
    return xp.concatenate([_float(v) for v in values], axis=axis + 1)
