"""Which function of NumPy does what on symbolic rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from disteval.formula.refusing import HOLISTIC, ORDERED, WHOLE, refuse, refuse_order

Handler = Callable[..., Any]
HANDLERS: dict[Any, Handler] = {}
"""By function of NumPy."""


def refuse_function(plain: str, name: str) -> NoReturn:
    """Refuse a function by its name."""
    if plain in HOLISTIC:
        refuse(name, WHOLE, HOLISTIC[plain])
    if plain in ORDERED:
        refuse_order(name, ORDERED[plain])
    why = "is not known for symbolic rows"
    refuse(name, why, "operators, np.where, np.sum, np.mean, ...")


def called(func: Any) -> str:
    """The name by which a function of NumPy is called."""
    module = str(getattr(func, "__module__", "numpy")).replace("numpy", "np", 1)
    return f"{module}.{func.__name__}"


def handles(*functions: Any) -> Callable[[Handler], Handler]:
    """Enter what handles functions of NumPy into the table."""

    def register(handler: Handler) -> Handler:
        for function in functions:
            HANDLERS[function] = handler
        return handler

    return register
