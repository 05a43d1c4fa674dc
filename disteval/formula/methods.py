"""The methods of NumPy's arrays on symbolic rows, and what other libraries' tensors add."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from disteval.formula import shapes
from disteval.formula.functions.table import refuse_function
from disteval.formula.indexing import flattened
from disteval.formula.refusing import ORDERED, refuse
from disteval.formula.rows import Rows

_FUNCTIONS = (
    *("sum", "mean", "max", "min", "var", "std", "any", "all", "prod", "argmax", "argmin"),
    *("round", "clip", "ravel", "squeeze", "transpose", "swapaxes", "copy", "nonzero"),
    *("argsort", "cumsum", "repeat", "take", "compress", "searchsorted"),
    *("cumprod", "diagonal", "trace", "choose", "partition", "argpartition", "put"),
)
"""Methods that do what the function of NumPy does."""

_VALUES = {
    "item": "x.item()",
    "tolist": "x.tolist()",
    "tobytes": "x.tobytes()",
    "tofile": "x.tofile()",
    "dump": "x.dump()",
}
_ITSELF = ("numpy", "to_numpy", "conj", "conjugate", "block_until_ready", "view")
_PLAIN = ("values", "real", "data")


def method_of(x: Rows, name: str) -> Any:
    """An attribute of rows that is not their own."""
    if name.startswith("__"):
        raise AttributeError(name)
    if name in _FUNCTIONS:
        return _function(x, name)
    if name in _ITSELF:
        return lambda *_args, **_kwargs: x
    if name in _PLAIN:
        return x
    if name in _OWN:
        own = _OWN[name]
        return lambda *args, **kwargs: own(x, *args, **kwargs)
    if name == "T":
        return shapes.transposed(x, None)
    if name == "sort":
        refuse_function("sort", "x.sort()")
    if name in _VALUES or name in ORDERED:
        refuse(
            _VALUES.get(name, f"x.{name}()"), "needs the rows themselves",
            "reduce first, np.mean(x)",
        )  # fmt: skip
    msg = (
        f"rows have no attribute {name!r}; they have the operators, functions and methods of "
        "NumPy's arrays (disteval.ops has Keras's names)"
    )
    raise AttributeError(msg)


def _function(x: Rows, name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    def method(*args: Any, **kwargs: Any) -> Any:
        if name == "transpose" and args and not isinstance(args[0], tuple | list):
            args = (args,)
        return function(x, *args, **kwargs)

    return method


def _astype(x: Rows, dtype: Any, **_: Any) -> Rows:
    return shapes.cast(x, dtype)


def _reshape(x: Rows, *shape: Any, **_: Any) -> Rows:
    return shapes.reshaped(x, shape[0] if len(shape) == 1 else shape)


def _flatten(x: Rows, *_: Any) -> Rows:
    return flattened(x._with(x._node))


def _fill(x: Rows, value: Any) -> None:
    x[:] = value


_OWN: dict[str, Callable[..., Any]] = {
    "astype": _astype,
    "reshape": _reshape,
    "flatten": _flatten,
    "fill": _fill,
}
