"""Expressions over the columns of a row, as plain data: what is sent to the workers.

A `Node` is an operation, its arguments and a parameter. Equal nodes are one object, in every
process: so that they compare by identity, are computed once for each block, and make reductions
over equal expressions equal. A pickle holds each node of an expression once.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Iterable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from disteval.formula.operations import OPERATIONS, rounded
from disteval.protocol import Batch

Key = tuple[Any, ...]

_MOST_TEXT = 300
_STEP = 64  # kept nodes upon each other that are computed by recursion

_known: weakref.WeakValueDictionary[Key, Node] = weakref.WeakValueDictionary()
_lock = threading.Lock()


class Node:
    """Values per row of a batch: a row function.

    Parameters
    ----------
    op : name in `OPERATIONS`
    args : nodes
    param : plain, hashable data
    shape : of a row's values
    dtype : "bool", "int64", "float64", "float32", "float16" or "str": what NumPy would have.
        Values are float64 whatever the number; narrower floats are rounded to theirs.
    """

    __slots__ = (
        "__weakref__", "_order", "_steps", "args", "depth", "dtype", "height", "kept", "op",
        "param", "shape",
    )  # fmt: skip

    op: str
    args: tuple[Node, ...]
    param: Any
    shape: tuple[int, ...]
    dtype: str
    depth: int
    """How many passes must come before this one: 0 where every value in it is known."""
    height: int
    kept: bool
    """Whether several expressions hold it: it is then computed once for a block, and kept."""
    _order: tuple[Node, ...] | None
    _steps: _Steps | None

    def __call__(self, batch: Batch) -> Any:
        if self._steps is None:
            self._steps = _steps(self)
        for node in self._steps.first:
            batch.derive(node)
        values: dict[Node, Any] = {}
        for node, done in self._steps.then:
            if node.kept and node is not self:
                values[node] = batch.derive(node)
                continue
            given = [values[arg] for arg in node.args]
            result = OPERATIONS[node.op](batch, node.param, *given)
            values[node] = rounded(result, node.dtype)
            for arg in done:  # a block of every operation of a long formula would fill memory
                del values[arg]
        return values[self]

    @property
    def order(self) -> tuple[Node, ...]:
        """Every node of the expression once, arguments before what takes them."""
        if self._order is None:
            self._order = tuple(_sorted(self))
        return self._order

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it reads."""
        return frozenset(node.param[0] for node in self.order if node.op == "column")

    def __repr__(self) -> str:
        text = reduce(_spelled, self.order, dict[Node, str]())[self]
        if len(text) <= _MOST_TEXT:
            return text
        # whole, it might fill the memory: what stands twice is written twice
        parts = [part[:5] for part in _program(self)]
        told = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
        return f"<{len(self.order)} operations, {told}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuilt, (_program(self),))


class _Steps(NamedTuple):
    """How an expression is computed: what is derived first, and each node with what it frees."""

    first: tuple[Node, ...]
    then: tuple[tuple[Node, tuple[Node, ...]], ...]


def _steps(root: Node) -> _Steps:
    order = _sorted(root, whole=False)
    last: dict[Node, Node] = {}
    for at in order:
        if not at.kept or at is root:
            last.update(dict.fromkeys(at.args, at))
    frees: dict[Node, list[Node]] = {}
    for arg, at in last.items():
        frees.setdefault(at, []).append(arg)
    # kept nodes may stand upon each other, higher than Python's stack: some of them go first
    kept = [at for at in root.order if at.kept and at is not root]
    return _Steps(
        tuple(kept[_STEP - 1 :: _STEP]), tuple((at, tuple(frees.get(at, ()))) for at in order)
    )


def keep_shared(roots: Iterable[Node]) -> None:
    """Have what several expressions hold computed once for all of them."""
    parents: dict[Node, set[Node | None]] = {}
    for root in roots:
        parents.setdefault(root, set()).add(None)
        for at in root.order:
            for arg in at.args:
                parents.setdefault(arg, set()).add(at)
    for root in roots:
        inside = set(root.order)
        for at in inside:
            # used by a node that is no part of this expression, or asked for itself
            if at.args and at is not root and parents[at] - inside:
                at.kept = True


def node(op: str, args: Iterable[Node], param: Any, shape: tuple[int, ...], dtype: str) -> Node:
    """The node of these parts: the same object for the same parts.

    Parameters
    ----------
    op, args, param, shape, dtype : as in `Node`
    """
    args = tuple(args)
    key = (op, args, _typed(param), shape, dtype)
    with _lock:
        found = _known.get(key)
        if found is None:
            found = Node()
            found.op, found.args, found.param, found.shape, found.dtype = (
                op, args, param, shape, dtype,
            )  # fmt: skip
            own = param if op == "unknown" else (0, 0)
            found.depth = max([own[1], *(arg.depth for arg in args)])
            found.height = 1 + max((arg.height for arg in args), default=0)
            found.kept = False
            found._order = found._steps = None
            _known[key] = found
    return found


def column(name: str, axes: tuple[int, ...], dtype: str) -> Node:
    """A column, in the shape in which it arrived."""
    return node("column", (), (name, axes), axes, dtype)


def constant(value: Any) -> Node:
    """A number, a string, or a small array along the trailing axes."""
    if isinstance(value, np.ndarray):
        flat = tuple(value.reshape(-1).tolist())
        return node("array", (), (flat, value.shape), value.shape, str(value.dtype))
    if isinstance(value, np.generic):
        value = value.item()
    dtype = {bool: "bool", int: "int64", str: "str"}.get(type(value), "float64")
    return node("constant", (), value, (), dtype)


def unknown(number: int, depth: int, shape: tuple[int, ...], dtype: str) -> Node:
    """A value of the dataset that is known after `depth` passes. It cannot be computed."""
    return node("unknown", (), (number, depth), shape, dtype)


def _typed(param: Any) -> Any:
    """A key in which 1, 1.0 and True differ, and 0.0 and -0.0, and NaN equals itself."""
    if isinstance(param, tuple):
        return tuple(map(_typed, param))
    return (type(param).__name__, param.hex() if isinstance(param, float) else param)


def _sorted(root: Node, *, whole: bool = True) -> list[Node]:
    """Arguments before what takes them; or only what is not kept from elsewhere."""
    done: dict[Node, None] = {}
    stack = [(root, False)]
    while stack:
        at, ready = stack.pop()
        if ready:
            done[at] = None
        elif at not in done:
            stack.append((at, True))
            if whole or not at.kept or at is root:
                stack.extend((arg, False) for arg in reversed(at.args) if arg not in done)
    return list(done)


def _program(root: Node) -> tuple[Any, ...]:
    place = {at: i for i, at in enumerate(root.order)}
    return tuple(
        (at.op, tuple(place[arg] for arg in at.args), at.param, at.shape, at.dtype, at.kept)
        for at in root.order
    )


def _rebuilt(program: tuple[Any, ...]) -> Node:
    made: list[Node] = []
    for op, args, param, shape, dtype, kept in program:
        made.append(node(op, [made[i] for i in args], param, shape, dtype))
        made[-1].kept |= kept
    return made[-1]


_SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "equal": "==",
    "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
    "bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^", "floor_divide": "//",
    "remainder": "%",
}  # fmt: skip


def _spelled(texts: dict[Node, str], at: Node) -> dict[Node, str]:
    args = [texts[arg] for arg in at.args]
    match at.op:
        case "column":
            text = at.param[0]
        case "constant":
            text = repr(at.param)
        case "array":
            text = repr(list(at.param[0]))
        case op if op in _SIGNS and len(args) == 2:
            text = f"({args[0]} {_SIGNS[op]} {args[1]})"
        case name:
            given = [*args, *([] if at.param is None else [repr(at.param)])]
            text = f"{name}({', '.join(given)})"
    # longer ones are shown by their length alone
    texts[at] = text if len(text) <= 2 * _MOST_TEXT else text[: 2 * _MOST_TEXT]
    return texts
