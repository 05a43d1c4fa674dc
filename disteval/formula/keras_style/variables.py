"""The variables of a class in Keras's style: float64 arrays that take part in arithmetic."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from disteval.errors import ArgumentError, ShapeError, StateError

Array = np.ndarray[Any, np.dtype[Any]]
Merge = Literal["sum", "min", "max"]

_NAMED = {"zeros": 0.0, "zero": 0.0, "ones": 1.0, "one": 1.0}


class Scalar(np.float64):
    """A number that also answers to ``.numpy()``, as Keras's tensors do."""

    def numpy(self) -> np.float64:
        """The number."""
        return np.float64(self)

    __repr__ = float.__repr__


class Values(np.ndarray[Any, np.dtype[Any]]):
    """An array that also answers to ``.numpy()``."""

    def numpy(self) -> Array:
        """The array."""
        return np.array(self)


def is_symbolic(value: object) -> bool:
    """Whether this stands for rows, or for a value of the dataset, that is not known yet."""
    return hasattr(type(value), "__disteval_symbolic__") or is_rows(value)


def is_rows(value: object) -> bool:
    """Whether this stands for one value per row."""
    return hasattr(type(value), "__disteval_rows__")


class Variable(NDArrayOperatorsMixin):
    """A part of a metric's state: its initial value, and what updates made of it.

    Parameters
    ----------
    name : for errors and for people
    initial : the value before any update
    merge : how two states become one: the sum of what was added to each, or an extreme

    Examples
    --------
    >>> total = Variable("total", np.zeros(()))
    >>> total.assign_add(2.0)
    <Variable total, shape (), value 2.0>
    >>> float(total / 4), total.numpy()
    (0.5, np.float64(2.0))
    """

    dtype = "float64"

    def __init__(self, name: str, initial: Array, merge: Merge = "sum") -> None:
        self.name = name
        self.initial = initial
        self.merge: Merge = merge
        self.locked = False
        """Whether `result` runs, which reads variables and sets none."""
        self._value: Any = initial.copy()

    # --- values -----------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the value; an update cannot change it."""
        shape: tuple[int, ...] = self.initial.shape
        return shape

    @property
    def ndim(self) -> int:
        """Axes of the value."""
        return self.initial.ndim

    @property
    def current(self) -> Any:
        """The value itself: an array, or what stands for one while rows are not known."""
        return self._value

    @property
    def value(self) -> Any:
        """A copy of the value."""
        return kept(self._value)

    def read_value(self) -> Any:
        """A copy of the value."""
        return self.value

    def numpy(self) -> Any:
        """The value as NumPy's, a copy."""
        return self._value if is_symbolic(self._value) else self._value.copy()[()]

    # --- updates ----------------------------------------------------------------------------

    def assign(self, value: Any) -> Self:
        """Replace the value."""
        if self.locked:
            msg = (
                f"expected result() to read variables, got an assignment to {self.name!r}; "
                "assign in update_state or reset_state"
            )
            raise StateError(msg)
        value = plain(value)
        self._check_shape(value)
        if not is_symbolic(value):
            value = np.array(np.broadcast_to(np.asarray(value, np.float64), self.shape))
        self._value = value
        return self

    def assign_add(self, value: Any) -> Self:
        """Add to the value."""
        value = plain(value)
        self._check_shape(value)
        return self.assign(self._value + value)

    def assign_sub(self, value: Any) -> Self:
        """Subtract from the value."""
        value = plain(value)
        self._check_shape(value)
        return self.assign(self._value - value)

    def reset(self) -> None:
        """Back to the initial value."""
        self._value = self.initial.copy()

    def _check_shape(self, value: Any) -> None:
        if is_rows(value):
            got = "one value per row; reduce over the rows first, as in ops.sum(values)"
        else:
            shape = np.shape(value) if not is_symbolic(value) else tuple(value.shape)
            if _fits(shape, self.shape):
                return
            got = f"a value of shape {shape}; give add_weight(shape=...)"
            if len(shape) == 1 and not self.shape:
                got += ", or reduce over the rows first, as in ops.sum(values)"
        msg = f"expected shape {self.shape} for the variable {self.name!r}, got {got}"
        raise ShapeError(msg)

    # --- as an array ------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", ())
        if any(target is not self for target in out):
            return NotImplemented
        result = getattr(ufunc, method)(*map(plain, inputs), **kwargs)
        return self.assign(result) if out else result  # ``variable += x`` assigns

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return func(*plain(args), **plain(kwargs))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self._value, dtype)

    def __getitem__(self, index: Any) -> Any:
        return self._value[plain(index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        changed = np.array(self._value)
        changed[plain(index)] = plain(value)
        self.assign(changed)

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def __int__(self) -> int:
        return int(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __round__(self, digits: int = 0) -> Any:
        return round(self._value[()], digits)

    def __format__(self, spec: str) -> str:
        return format(self._value if is_symbolic(self._value) else self._value[()], spec)

    def __repr__(self) -> str:
        value = self._value if is_symbolic(self._value) else self._value.tolist()
        return f"<Variable {self.name}, shape {self.shape}, value {value}>"

    __hash__ = object.__hash__  # equality is element by element; what is hashed is the object


def plain(value: Any) -> Any:
    """The same with values in place of variables, also inside lists, tuples and dicts."""
    if isinstance(value, Variable):
        return value.current
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {key: plain(part) for key, part in value.items()}
    return value


def as_input(value: Any) -> Any:
    """An argument of `update_state` as an array; floats in float64."""
    if value is None or is_symbolic(value) or isinstance(value, dict | str):
        return value
    array = np.asarray(value)
    if array.dtype.kind == "f":
        return array.astype(np.float64, copy=False)
    return array if array.dtype.kind in "biuU" else value


def kept(value: Any) -> Any:
    """A value that no later update changes: numbers and arrays with ``.numpy()``, copied."""
    value = plain(value)
    if isinstance(value, dict):
        return {key: kept(part) for key, part in value.items()}
    if is_symbolic(value) or isinstance(value, str) or value is None:
        return value
    array = np.array(value)
    if array.dtype.kind not in "biuf":
        return value
    return array.view(Values) if array.ndim else Scalar(array)


def merged(own: Variable, others: Sequence[Variable]) -> Array:
    """The value of a state that has seen what several have.

    The initial value and what was added to each, rounded once; or the extreme of all.
    """
    states = [np.asarray(one.numpy()) for one in (own, *others)]
    if own.merge != "sum":
        extreme = np.minimum if own.merge == "min" else np.maximum
        return np.asarray(functools.reduce(extreme, states))
    added = np.array([own.initial, *(part for state in states for part in (state, -own.initial))])
    if not np.isfinite(added).all():
        with np.errstate(all="ignore"):
            return np.asarray(added.sum(axis=0))
    columns = added.reshape(len(added), -1).T.tolist()
    return np.array([math.fsum(column) for column in columns]).reshape(own.shape)


def variable(
    names: tuple[str, ...], given: tuple[Any, ...], named: dict[str, Any], default: str
) -> Variable:
    """The variable that arguments of `add_weight` describe, in any of Keras's orders.

    Parameters
    ----------
    names : of the variables that there are
    given : positional arguments: (name, shape, aggregation, ..., initializer, dtype) as in Keras 2,
        or (shape, initializer, dtype, name) as in Keras 3
    named : keyword arguments
    default : the name of a variable without one
    """
    known = dict(named)
    order = ("shape", "initializer", "dtype", "name")
    if given and isinstance(given[0], str):
        order = ("name", "shape", "initializer", "dtype")
        given = (*given[:2], *(value for value in given[2:] if not _is_aggregation(value)))
    if len(given) > len(order):
        msg = f"expected add_weight(name, shape, initializer, dtype), got {len(given)} arguments"
        raise ArgumentError(msg)
    for key, value in zip(order, given, strict=False):
        if key in known:
            msg = f"expected {key} of a variable once, got {value!r} and {known[key]!r}"
            raise ArgumentError(msg)
        known[key] = value
    name = _free(str(known.get("name") or default), names)
    initial = _initial(name, known.get("initializer"), _shape(name, known.get("shape")))
    return Variable(name, initial, _merge(name, known.get("merge"), initial))


def _is_aggregation(value: Any) -> bool:
    """Whether this is an enum of TensorFlow's, which says how replicas add up."""
    return type(value).__name__ in ("VariableAggregation", "VariableAggregationV2",
                                    "VariableSynchronization")  # fmt: skip


def _free(name: str, names: tuple[str, ...]) -> str:
    """The name, with a number where it is taken, as in Keras."""
    number, free = 0, name
    while free in names:
        number += 1
        free = f"{name}_{number}"
    return free


def _shape(name: str, shape: Any) -> tuple[int, ...]:
    try:
        sizes = (shape,) if isinstance(shape, int | np.integer) else tuple(shape or ())
        found = tuple(int(size) for size in sizes)
    except (TypeError, ValueError):
        found = (-1,)
    if any(size < 0 for size in found):
        msg = f"expected a shape such as () or (10,) for the variable {name!r}, got {shape!r}"
        raise ArgumentError(msg)
    return found


def _initial(name: str, initializer: Any, shape: tuple[int, ...]) -> Array:
    """The initial value that Keras's argument describes."""
    if initializer is None:
        return np.zeros(shape)
    if isinstance(initializer, str):
        if initializer.lower() not in _NAMED:
            msg = (
                f"expected initializer 'zeros' or 'ones', a number, an array or a function of the "
                f"shape for the variable {name!r}, got {initializer!r}"
            )
            raise ArgumentError(msg)
        return np.full(shape, _NAMED[initializer.lower()])
    value = _called(initializer, shape) if callable(initializer) else initializer
    try:
        return np.array(np.broadcast_to(np.asarray(value, np.float64), shape))
    except (TypeError, ValueError) as error:
        msg = (
            f"expected an initial value of shape {shape} for the variable {name!r}, got "
            f"{value!r:.80} ({error})"
        )
        raise ArgumentError(msg) from error


def _called(initializer: Callable[..., Any], shape: tuple[int, ...]) -> Any:
    """What an initializer gives: one of Keras's (object or class), or a function of the shape."""
    if isinstance(initializer, type):
        initializer = initializer()
    try:
        return initializer(shape, dtype="float64")
    except TypeError:
        return initializer(shape)


def _merge(name: str, merge: Any, initial: Array) -> Merge:
    """How two states become one; what starts at an infinity is an extreme."""
    if merge is None and initial.size and np.isinf(initial).all():
        if (initial < 0).all():
            return "max"
        if (initial > 0).all():
            return "min"
    if merge is None:
        merge = "sum"
    if merge == "sum" and not np.isfinite(initial).all():
        msg = (
            f"expected a finite initial value for the variable {name!r}, which is a sum; "
            "give merge='min' or 'max'"
        )
        raise ArgumentError(msg)
    if merge not in ("sum", "min", "max"):
        msg = f"expected merge 'sum', 'min' or 'max' for the variable {name!r}, got {merge!r}"
        raise ArgumentError(msg)
    found: Merge = merge
    return found


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether values of this shape can be spread to the wanted one."""
    pairs = zip(reversed(shape), reversed(wanted), strict=False)
    return len(shape) <= len(wanted) and all(a in (1, b) for a, b in pairs)
