"""NumPy's functions on symbolic rows, by ``__array_function__``."""

from __future__ import annotations

from typing import Any

# each of them enters what it handles into the table
from disteval.formula.functions import axes, elements, reductions
from disteval.formula.functions.table import HANDLERS, called, refuse_function
from disteval.formula.refusing import refuse


def call_function(func: Any, args: Any, kwargs: Any) -> Any:
    """What ``__array_function__`` does for rows."""
    name = called(func)
    if kwargs.get("out") is not None:
        refuse(f"out= of {name}", "writes into memory that symbolic rows don't have", "x = f(x)")
    kwargs = {k: v for k, v in kwargs.items() if k not in ("out", "dtype")}
    handler = HANDLERS.get(func)
    if handler is None:
        refuse_function(func.__name__, name)
    return handler(*args, **kwargs)


__all__ = ["axes", "call_function", "elements", "reductions"]
