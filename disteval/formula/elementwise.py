"""Operations element by element: ufuncs on symbolic rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from disteval.errors import ArgumentError
from disteval.formula import nodes
from disteval.formula.nodes import Node
from disteval.formula.operations import ELEMENTARY, INTEGER, PLAIN
from disteval.formula.refusing import insisted, refuse, refuse_order, refuse_shapes
from disteval.formula.rows import EVERY, Rows, Space
from disteval.formula.unknown import Unknown, depth_of, sampled

if TYPE_CHECKING:
    from disteval.formula.tracing import Run

LARGEST_ARRAY = 4_096
"""Elements of an array that a function may bring along: class weights, bin edges."""

NAMES: dict[np.ufunc, str] = {
    getattr(np, name): name
    for name in (*PLAIN, *INTEGER, *ELEMENTARY)
} | {
    np.square: "square", np.power: "power", np.float_power: "power", np.fabs: "absolute",
    np.log2: "log2", np.log10: "log10", np.exp2: "exp2", np.sinh: "sinh", np.cosh: "cosh",
    np.logaddexp: "logaddexp",
}  # fmt: skip
"""The ufuncs of NumPy that have an operation of ours."""

_ALIKE = (np.positive, np.conjugate)
_ON_BOOLEANS = {"add": "logical_or", "multiply": "logical_and", "maximum": "logical_or",
                "minimum": "logical_and", "absolute": "identity",
                "bitwise_and": "logical_and", "bitwise_or": "logical_or",
                "bitwise_xor": "logical_xor", "invert": "logical_not"}  # fmt: skip
_EITHER_ORDER = ("add", "multiply", "equal", "not_equal", "logical_and", "logical_or")
_LARGEST_PRODUCT = 8
_SMALL = 12  # levels of expressions whose order is made canonical
_FOLDS = {"add": "sum", "maximum": "max", "minimum": "min", "logical_and": "all",
          "logical_or": "any", "multiply": "prod"}  # fmt: skip
SPECIAL = {"expit": "sigmoid", "log1p": "log1p", "expm1": "expm1", "exp2": "exp2"}
"""The ufuncs of scipy.special that have an operation of ours."""


def call_ufunc(
    run: Run, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What ``__array_ufunc__`` does for rows."""
    name = f"np.{ufunc.__name__}"
    if method != "__call__":
        return _folded(ufunc, method, inputs, kwargs)
    if kwargs.pop("out", None) is not None:
        refuse(f"out= of {name}", "writes into memory that symbolic rows don't have", "x = f(x)")
    if kwargs.pop("where", True) is not True:
        refuse(f"where= of {name}", "leaves elements without a value", "np.where")
    dtype = kwargs.pop("dtype", None)
    kwargs.pop("casting", None)
    if kwargs:
        refuse(f"{name} with {', '.join(kwargs)}=", "is not known here")
    if ufunc is np.matmul:
        return next(x for x in inputs if isinstance(x, Rows)).dot(*_other(inputs), "@")
    if ufunc is np.divmod:
        return np.floor_divide(*inputs), np.remainder(*inputs)
    if ufunc is np.modf:
        whole = np.trunc(*inputs)
        return inputs[0] - whole, whole
    if ufunc.nout != 1 or ufunc.signature is not None:
        refuse(name, "is no operation on single elements with one result")
    if ufunc in _ALIKE:
        return inputs[0]
    result = _called(run, ufunc, inputs)
    return result if dtype is None else result.astype(dtype)


def _other(inputs: tuple[Any, ...]) -> tuple[Any]:
    a, b = inputs
    return (b,) if isinstance(a, Rows) else (a,)


def _folded(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    name = f"np.{ufunc.__name__}.{method}"
    if method == "at":
        refuse(name, "writes row by row, in their order", "np.where, or np.sum over a condition")
    if method in ("accumulate", "reduceat"):
        refuse_order(name)
    if method != "reduce" or NAMES.get(ufunc) not in _FOLDS:
        why = "makes rows times rows, or needs them all at once"
        refuse(name, why, "np.sum, np.max, np.all, ...")
    axis = kwargs.pop("axis", inputs[1] if len(inputs) > 1 else 0)
    return getattr(inputs[0], _FOLDS[NAMES[ufunc]])(axis=axis, **kwargs)


def _called(run: Run, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Rows:
    own = NAMES.get(ufunc)
    label = f"np.{ufunc.__name__}"
    if own is None:
        if all("O" in kind for kind in ufunc.types):
            refuse(
                f"{ufunc.__name__} (np.vectorize, np.frompyfunc)",
                "calls Python for every row, and there are no rows yet",
                "write it with np.where and operators on whole columns",
            )
        special = SPECIAL.get(ufunc.__name__)
        if special is not None:
            return apply(run, special, inputs, label=label, typed=ufunc)
        return apply(run, "ufunc", inputs, param=ufunc, label=label, typed=ufunc)
    if own == "power":
        return _power(run, ufunc, inputs)
    if own == "multiply" and isinstance(inputs[0], Rows) and inputs[0] is inputs[1]:
        return apply(run, "square", inputs[:1], label=label, typed=np.square)
    return apply(run, own, inputs, label=label, typed=ufunc)


def _power(run: Run, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Rows:
    """A power; of a plain exponent, what NumPy's ``**`` makes of it."""
    x, y = inputs
    if isinstance(x, Rows) and isinstance(y, int | float | np.number) and x.dtype != bool:
        if y == 2:
            return apply(run, "square", (x,), label="np.square", typed=np.square)
        if y == 0.5:
            return apply(run, "sqrt", (x,), label="np.sqrt", typed=np.sqrt)
        if y == 1:
            return x
        if y == -1 and x.dtype.kind == "f":
            return 1.0 / x  # type: ignore[no-any-return]
        if isinstance(y, int | np.integer) and 0 <= y <= _LARGEST_PRODUCT:
            given = (x,)
            dtype = result_dtype(ufunc, (x, y))
            return apply(run, "whole_power", given, param=int(y), label="np.power", dtype=dtype)
    return apply(run, "power", inputs, label="np.power", typed=ufunc)


def apply(
    run: Run,
    op: str,
    inputs: tuple[Any, ...],
    *,
    param: Any = None,
    label: str,
    typed: np.ufunc | None = None,
    dtype: str = "",
) -> Rows:
    """An operation element by element.

    Parameters
    ----------
    label : its name, for messages
    typed : the ufunc that tells the dtype of the result, where `dtype` does not
    """
    space = common_space(label, inputs)
    check_ranks(label, inputs)
    args = [as_node(run, x, inputs, label) for x in inputs]
    dtype = dtype or result_dtype(typed, inputs)  # type: ignore[arg-type]
    if dtype == "bool" and op in _ON_BOOLEANS:
        op = _ON_BOOLEANS[op]
    try:
        shape = np.broadcast_shapes(*(arg.shape for arg in args))
    except ValueError:
        shapes = [x.shown if isinstance(x, Rows) else str(np.shape(x)) for x in inputs]
        refuse_shapes(label, shapes, "select columns, x[:, 0], or reduce along the last axis")
    return Rows(run, combined(op, args, param, shape, dtype), space)


def combined(op: str, args: list[Node], param: Any, shape: tuple[int, ...], dtype: str) -> Node:
    """A node, in the one form that equal expressions have."""
    if op == "identity":
        return args[0]
    if op in _EITHER_ORDER and all(arg.height <= _SMALL for arg in args):
        args = sorted(args, key=repr)
    if op == "multiply" and args[0] is args[1]:
        return nodes.node("square", args[:1], None, shape, dtype)
    return nodes.node(op, args, param, shape, dtype)


def common_space(label: str, inputs: tuple[Any, ...]) -> Space:
    """The rows that all have; refuses different selections."""
    rows = [x for x in inputs if isinstance(x, Rows)]
    space = rows[0]._space
    for other in rows[1:]:
        if other._space != space:
            if space.where is None and other._space.where is None:
                refuse_shapes(label, [rows[0].shown, other.shown], "flatten both of them, or none")
            refuse(
                label,
                f"joins rows of different selections, {rows[0].shown} and {other.shown}",
                "select both by the same mask, or use np.where",
            )
    return space


def check_ranks(label: str, inputs: tuple[Any, ...]) -> None:
    """Refuse (N,) with (N, 1): NumPy would make N times N of it."""
    rows = [x for x in inputs if isinstance(x, Rows)]
    for other in rows[1:]:
        if len(other.axes) != len(rows[0].axes):
            refuse_shapes(
                label,
                [f"{_title(x)} {x.shown}" for x in (rows[0], other)],
                "NumPy would make every pair of rows of it; write x[:, 0], np.squeeze(x), or "
                "x[:, None], so that both have as many axes",
            )


def _title(rows: Rows) -> str:
    return rows._node.param[0] if rows._node.op == "column" else "rows"


def as_node(run: Run, value: Any, beside: tuple[Any, ...], label: str) -> Node:
    """The node of an operand.

    Parameters
    ----------
    beside : all operands
    """
    if isinstance(value, Rows):
        return value._node
    rows = next(x for x in beside if isinstance(x, Rows))
    shape = np.shape(sampled(value)) if not isinstance(value, str) else ()
    shape = _trailing(shape, rows, label)
    if isinstance(value, Unknown):
        sample = np.asarray(sampled(value))
        return nodes.unknown(run.number(value), depth_of(value), shape, plain_dtype(sample.dtype))
    if isinstance(value, bool | int | float | str | np.generic):
        return _constant(value, label)
    if isinstance(value, list | tuple):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        msg = (
            f"{label}: expected numbers or rows beside rows, got {type(value).__name__}; NumPy "
            "and disteval.ops are what formulas are written with"
        )
        raise insisted(ArgumentError(msg))
    return nodes.constant(value.reshape(shape)) if shape else _constant(value.reshape(()), label)


def _constant(value: Any, label: str) -> Node:
    value = value[()] if isinstance(value, np.ndarray) else value
    if np.asarray(value).dtype.kind not in "biufU":
        msg = f"{label}: expected a number, got {value!r:.60}"
        raise insisted(ArgumentError(msg))
    return nodes.constant(value)


def _trailing(shape: tuple[int, ...], rows: Rows, label: str) -> tuple[int, ...]:
    """The shape of an array beside rows, along the axes of a row."""
    if not shape:
        return ()
    size = int(np.prod(shape))
    if size == 1 and len(shape) <= rows.ndim:
        return ()
    inside = shape[1:] if len(shape) == rows.ndim and shape[0] == 1 else shape
    if len(inside) > len(rows.axes) or size > LARGEST_ARRAY:
        msg = (
            f"{label}: expected numbers beside rows {rows.shown}, got an array of shape {shape}; "
            "rows are known by columns alone: give it as a column of data= and name it in the "
            "function's parameters, and write np.zeros_like(x) for np.zeros(len(x))"
        )
        raise insisted(ArgumentError(msg))
    return inside


def result_dtype(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> str:
    """The dtype of NumPy's result; NumPy's TypeError where it has none."""
    samples = [_one(x) for x in inputs]
    with np.errstate(all="ignore"):
        return plain_dtype(np.asarray(ufunc(*samples)).dtype)


def _one(value: Any) -> Any:
    if isinstance(value, Rows):
        return np.str_("a") if value.dtype.kind == "U" else value.dtype.type(1)
    value = sampled(value)
    return np.asarray(value) if isinstance(value, list | tuple) else value


def plain_dtype(dtype: np.dtype[Any]) -> str:
    """A dtype of nodes: integers are int64, as they don't wrap here."""
    if dtype.kind == "b":
        return "bool"
    if dtype.kind in "iu":
        return "int64"
    if dtype.kind == "U":
        return "str"
    if dtype.kind != "f" or dtype.itemsize > 8:
        refuse(f"dtype {dtype}", "is no number that sums are exact for", "float64")
    return str(dtype.name)


def expanded(node: Node, rank: int) -> Node:
    """The node with axes of length one at the end of a row, up to this rank."""
    missing = rank - len(node.shape)
    if missing <= 0:
        return node
    shape = (*node.shape, *(1,) * missing)
    return nodes.node("reshape", (node,), shape, shape, node.dtype)


def chosen(condition: Node, x: Node, y: Node) -> Node:
    """``np.where`` of nodes; a condition of rows chooses whole rows."""
    rank = max(len(x.shape), len(y.shape))
    condition = expanded(condition, rank)
    shape = np.broadcast_shapes(condition.shape, x.shape, y.shape)
    kinds = [np.dtype(n.dtype).type(1) if n.dtype != "str" else "a" for n in (x, y)]
    weak = [n.param if n.op == "constant" else k for n, k in zip((x, y), kinds, strict=True)]
    dtype = plain_dtype(np.result_type(*weak))
    return nodes.node("where", (condition, x, y), None, shape, dtype)


__all__ = [
    "EVERY", "LARGEST_ARRAY", "apply", "as_node", "call_ufunc", "check_ranks", "chosen",
    "combined", "common_space", "expanded", "plain_dtype", "result_dtype",
]  # fmt: skip
