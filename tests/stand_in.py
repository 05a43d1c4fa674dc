"""A stand-in for CuPy on NumPy, stricter than CuPy itself: the GPU path without a GPU.

What it shares with CuPy: arrays never become NumPy's unless asked to (``get``), never mix with
NumPy arrays, and reductions give arrays of no dimension. `namespace` has functions of CuPy's
alone, with their limits: no `reduce` of most ufuncs, ``add.at`` not for int64, only stable
sorts, float to int conversions that saturate. What it refuses beyond that is what would change
bits: sums of floats, and elementary functions of the device's own.
"""

from __future__ import annotations

import operator
from typing import Any, NoReturn

import numpy as np

Host = np.ndarray[Any, np.dtype[Any]]

IMPLICIT = "Implicit conversion to a NumPy array is not allowed. Please use `.get()`"

UFUNCS = (
    "abs", "absolute", "add", "bitwise_and", "bitwise_or", "bitwise_xor", "ceil", "equal",
    "floor_divide", "fmax", "fmin", "greater", "greater_equal", "invert", "isfinite", "isinf",
    "isnan", "ldexp", "left_shift", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "maximum", "minimum", "multiply", "negative", "not_equal", "remainder",
    "right_shift", "sign", "signbit", "sqrt", "subtract", "true_divide",
)  # fmt: skip
FUNCTIONS = (
    "all", "any", "arange", "argmax", "argmin", "argsort", "array", "asarray",
    "ascontiguousarray", "bincount", "broadcast_arrays", "broadcast_to", "concatenate",
    "count_nonzero", "cumsum", "diff", "empty", "empty_like", "flatnonzero", "full", "full_like",
    "lexsort", "max", "min", "nonzero", "ones", "ones_like", "repeat", "searchsorted", "sort",
    "stack", "sum", "take", "take_along_axis", "tile", "unique", "where", "zeros", "zeros_like",
)  # fmt: skip
CONSTANTS = (
    "bool_", "float16", "float32", "float64", "inf", "int16", "int32", "int64", "int8", "nan",
    "newaxis", "pi", "uint16", "uint32", "uint64", "uint8",
)  # fmt: skip
METHODS = (
    "all", "any", "argmax", "argmin", "argsort", "astype", "copy", "cumsum", "get", "item", "max",
    "min", "nonzero", "ravel", "repeat", "reshape", "searchsorted", "squeeze", "sum", "take",
    "tolist", "transpose", "view",
)  # fmt: skip
ATTRIBUTES = ("T", "dtype", "flags", "itemsize", "nbytes", "ndim", "shape", "size")

_AT_DTYPES = ("int32", "uint32", "uint64")  # CUDA's atomicAdd has no int64; floats lose the order
_ACCUMULATING = ("cumsum", "sum")
_SORTING = ("argsort", "sort")


class Flags:
    """The flags that CuPy knows."""

    def __init__(self, array: Host) -> None:
        self.c_contiguous = bool(array.flags.c_contiguous)
        self.f_contiguous = bool(array.flags.f_contiguous)
        self.owndata = bool(array.flags.owndata)


class DeviceArray:
    """An array that only `get` brings to the host."""

    __slots__ = ("_host",)
    dtype: np.dtype[Any]
    __disteval_device__ = True
    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, host: Host) -> None:
        self._host = host

    def __array_namespace__(self, **_: Any) -> Namespace:
        return namespace

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(IMPLICIT)

    def __array_ufunc__(self, ufunc: Any, *_: Any, **__: Any) -> NoReturn:
        msg = f"numpy.{ufunc.__name__} was called on a device array: use its own namespace"
        raise TypeError(msg)

    def __array_function__(self, function: Any, _: Any, args: Any, __: Any) -> Any:
        if function in (np.ndim, np.shape, np.size):  # CuPy's own are called, nothing is moved
            return getattr(args[0], function.__name__)
        msg = f"numpy.{function.__name__} was called on a device array: use its own namespace"
        raise TypeError(msg)

    def __iter__(self) -> NoReturn:
        msg = "a loop over a device array fetches its elements one by one"
        raise TypeError(msg)

    def __repr__(self) -> str:
        return f"device {self._host!r}"

    def __len__(self) -> int:
        return len(self._host)

    def __bool__(self) -> bool:
        return bool(self._host)

    def __int__(self) -> int:
        return int(self._host)

    def __float__(self) -> float:
        return float(self._host)

    def __getitem__(self, index: Any) -> DeviceArray:
        return _wrapped(self._host[_index(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._host[_index(index)] = _operand(value)

    def get(self) -> Host:
        """Copy to the host."""
        return self._host.copy()

    def item(self) -> Any:
        """Give the only element, as a Python scalar."""
        return self._host.item()

    def tolist(self) -> Any:
        """Give lists of Python scalars."""
        return self._host.tolist()

    @property
    def flags(self) -> Flags:
        """Contiguity."""
        return Flags(self._host)

    def astype(self, dtype: Any, copy: bool = True) -> DeviceArray:
        """Of another dtype; floats beyond the integers saturate, as on a GPU."""
        host, wanted = self._host, np.dtype(dtype)
        if host.dtype.kind == "f" and wanted.kind in "iu":
            bounds = np.iinfo(wanted)
            with np.errstate(invalid="ignore"):
                cast = host.astype(wanted)
            cast = np.where(host >= float(bounds.max), bounds.max, cast)
            cast = np.where(host <= float(bounds.min), bounds.min, cast)
            return DeviceArray(cast.astype(wanted))
        return DeviceArray(host.astype(wanted, copy=copy))


class Ufunc:
    """A ufunc: calls, and ``add.at``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ufunc = getattr(np, name)

    def __call__(self, *args: Any, out: DeviceArray | None = None) -> DeviceArray:
        """Element-wise."""
        given = [_operand(value) for value in args]
        if out is None:
            return _wrapped(self._ufunc(*given))
        self._ufunc(*given, out=out._host)
        return out

    def at(self, array: DeviceArray, index: DeviceArray, values: Any) -> None:
        """Atomic additions of integers that CUDA can add atomically."""
        if self._name != "add":
            msg = f"`{self._name}.at` is not supported"
            raise NotImplementedError(msg)
        if array.dtype not in _AT_DTYPES:
            msg = f"scatter_add of {array.dtype}: expected one of {', '.join(_AT_DTYPES)}"
            raise TypeError(msg)
        np.add.at(array._host, _index(index), _operand(values))

    def reduce(self, *_: Any, **__: Any) -> NoReturn:
        """CuPy has it for add and multiply only, where methods serve."""
        msg = f"`{self._name}.reduce` is not supported yet"
        raise NotImplementedError(msg)


class Namespace:
    """The module of functions. What CuPy lacks raises AttributeError."""

    def __init__(self) -> None:
        self.__dict__.update({name: getattr(np, name) for name in CONSTANTS})
        self.__dict__.update({name: Ufunc(name) for name in UFUNCS})
        self.__dict__.update({name: Function(name) for name in FUNCTIONS})

    def __getattr__(self, name: str) -> NoReturn:
        msg = f"the device's namespace has no {name!r}"
        raise AttributeError(msg)


class Function:
    """A function of arrays."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any, **options: Any) -> Any:
        """NumPy's, on device arrays and scalars alone."""
        _check_options(self._name, args, options)
        if self._name in ("array", "asarray"):
            return _moved(*args, **options)
        given = [_argument(value) for value in args]
        named = {name: _argument(value) for name, value in options.items()}
        result = getattr(np, self._name)(*given, **named)
        if isinstance(result, tuple):
            return tuple(_wrapped(part) for part in result)
        return _wrapped(result)


def _check_options(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    if name in _ACCUMULATING and args[0].dtype.kind == "f":
        msg = f"{name} of floats depends on the order in which a device's threads come"
        raise TypeError(msg)
    if name in _SORTING and options.get("kind") not in (None, "stable"):
        msg = f"{name} sorts stably, got kind={options['kind']!r}"
        raise ValueError(msg)
    if name == "bincount" and ("weights" in options or len(args) > 1):
        msg = "bincount with weights adds floats in any order"
        raise TypeError(msg)


def _moved(values: Any, dtype: Any = None) -> DeviceArray:
    """To the device: the one function that takes what lives on the host."""
    if isinstance(values, DeviceArray):
        return values if dtype is None else values.astype(dtype, copy=False)
    host = np.array(values, dtype=dtype)
    if host.dtype.kind not in "biuf" or not host.dtype.isnative:
        msg = f"Unsupported dtype {host.dtype}"
        raise ValueError(msg)
    return DeviceArray(host)


def _wrapped(result: Any) -> DeviceArray:
    return DeviceArray(np.asarray(result))


def _operand(value: Any) -> Any:
    if isinstance(value, DeviceArray):
        return value._host
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return value
    msg = f"Unsupported type {type(value)}"
    raise TypeError(msg)


def _argument(value: Any) -> Any:
    """Take an operand, or what says how: dtypes, shapes, axes, lists of arrays."""
    if isinstance(value, np.ndarray):
        msg = f"Unsupported type {type(value)}"
        raise TypeError(msg)
    if isinstance(value, list | tuple):
        return type(value)(_argument(part) for part in value)
    return value._host if isinstance(value, DeviceArray) else value


def _index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_index(part) for part in index)
    if index is None or index is Ellipsis or isinstance(index, slice):
        return index
    return _operand(index)


def _install() -> None:
    """Give `DeviceArray` the operators, methods and attributes that work as NumPy's."""

    def unary(function: Any) -> Any:
        return lambda self: _wrapped(function(self._host))

    def binary(function: Any) -> Any:
        return lambda self, other: _wrapped(function(self._host, _operand(other)))

    def reflected(function: Any) -> Any:
        return lambda self, other: _wrapped(function(_operand(other), self._host))

    def in_place(function: Any) -> Any:
        def apply(self: DeviceArray, other: Any) -> DeviceArray:
            self._host = np.asarray(function(self._host, _operand(other)))
            return self

        return apply

    def method(name: str) -> Any:
        def call(self: DeviceArray, *args: Any, **options: Any) -> Any:
            _check_options(name, (self, *args), options)
            given = [_argument(value) for value in args]
            result = getattr(self._host, name)(*given, **options)
            if isinstance(result, tuple):
                return tuple(_wrapped(part) for part in result)
            return _wrapped(result)

        return call

    def attribute(name: str) -> Any:
        return lambda self: getattr(self._host, name)

    for name in ("neg", "pos", "abs", "invert"):
        setattr(DeviceArray, f"__{name}__", unary(getattr(operator, name)))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(DeviceArray, f"__{name}__", binary(getattr(operator, name)))
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "and_", "or_", "xor",
                 "lshift", "rshift"):  # fmt: skip
        plain = name.rstrip("_")
        setattr(DeviceArray, f"__{plain}__", binary(getattr(operator, name)))
        setattr(DeviceArray, f"__r{plain}__", reflected(getattr(operator, name)))
        setattr(DeviceArray, f"__i{plain}__", in_place(getattr(operator, f"i{plain}")))
    for name in METHODS:
        if name not in vars(DeviceArray):
            setattr(DeviceArray, name, method(name))
    for name in ATTRIBUTES:
        if name == "T":
            setattr(DeviceArray, name, property(unary(operator.attrgetter("T"))))
        elif name != "flags":
            setattr(DeviceArray, name, property(attribute(name)))


_install()

namespace = Namespace()
asarray = _moved
