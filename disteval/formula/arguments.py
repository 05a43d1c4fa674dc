"""Which columns a function's parameters are."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from disteval.errors import ArgumentError
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ROLES = (Y_TRUE, Y_PRED)


@dataclass(frozen=True)
class Call:
    """How a function is called on columns.

    Parameters
    ----------
    function : the user's
    positional : the column of each positional argument
    keywords : parameter and column of each keyword argument
    weight : "required", "optional" or "": how it takes sample_weight
    """

    function: Callable[..., Any]
    positional: tuple[str, ...]
    keywords: tuple[tuple[str, str], ...] = ()
    weight: str = ""

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Call:
        """Read the function's parameters."""
        parameters = _parameters(function)
        if parameters is None or any(
            p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters[:2]
        ):
            return cls(function, _ROLES)
        places = [p for p in parameters if p.kind in _POSITIONAL]
        _check_order(function, [p.name for p in places])
        left = [role for role in _ROLES if role not in {p.name for p in places}]
        positional: list[str] = []
        for p in places:
            if p.name in _ROLES:
                positional.append(p.name)
            elif p.default is not inspect.Parameter.empty or p.name == WEIGHT:
                break
            else:
                positional.append(left.pop(0) if left and len(positional) < 2 else p.name)
        taken = places[len(positional) :] + [
            p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        keywords = [
            (p.name, p.name)
            for p in taken
            if p.name != WEIGHT and (p.default is inspect.Parameter.empty or p.name in _ROLES)
        ]
        weight = next((p for p in taken if p.name == WEIGHT), None)
        how = "" if weight is None else "optional"
        if weight is not None and weight.default is inspect.Parameter.empty:
            how = "required"
        call = cls(function, tuple(positional), tuple(keywords), how)
        if not call.columns:
            msg = "expected a function of (y_true, y_pred), got one that takes neither"
            raise ArgumentError(msg)
        return call

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it must have."""
        return (*self.positional, *(column for _, column in self.keywords))

    @property
    def extra(self) -> tuple[str, ...]:
        """Those that are neither y_true nor y_pred: columns of data=."""
        return tuple(column for column in self.columns if column not in _ROLES)

    @property
    def unnamed(self) -> bool:
        """Whether it takes one column, and does not say which, as np.mean."""
        names = {p.name for p in _parameters(self.function) or ()}
        return len(self.columns) == 1 and bool(names) and not names & {*_ROLES}

    def __call__(self, rows: Mapping[str, Any]) -> Any:
        keywords = {name: rows[column] for name, column in self.keywords}
        if self.weight and (WEIGHT in rows or self.weight == "required"):
            keywords[WEIGHT] = rows.get(WEIGHT)
        return self.function(*(rows[column] for column in self.positional), **keywords)


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C
        return None


def _check_order(function: Callable[..., Any], names: list[str]) -> None:
    if names[:2] == [Y_PRED, Y_TRUE]:
        msg = (
            f"expected a function of (y_true, y_pred), got {name_of(function)}(y_pred, y_true); "
            "swap the parameters: they are given in this order"
        )
        raise ArgumentError(msg)


def name_of(function: Any) -> str:
    """The name of a function, of what a partial calls, or of an object's class."""
    while isinstance(function, functools.partial):
        function = function.func
    for attribute in ("__name__", "name"):
        found = getattr(function, attribute, None)
        if isinstance(found, str) and found:
            return found
    return type(function).__name__


def same(a: Any, b: Any) -> bool:
    """Whether two functions do the same, as far as can be told: also after pickling."""
    if a is b:
        return True
    if isinstance(a, functools.partial) and isinstance(b, functools.partial):
        return same(a.func, b.func) and _equal((a.args, a.keywords), (b.args, b.keywords))
    if inspect.ismethod(a) and inspect.ismethod(b):
        return same(a.__func__, b.__func__) and _equal(a.__self__, b.__self__)
    if not (inspect.isfunction(a) and inspect.isfunction(b)):
        return _equal(a, b)
    return (
        a.__code__ == b.__code__
        and a.__module__ == b.__module__
        and _equal((a.__defaults__, a.__kwdefaults__), (b.__defaults__, b.__kwdefaults__))
        and _equal(_closure(a), _closure(b))
    )


def _closure(function: Any) -> list[Any]:
    return [cell.cell_contents for cell in function.__closure__ or ()]


def _equal(a: Any, b: Any) -> bool:
    try:
        return bool(a == b)
    except (TypeError, ValueError):  # arrays
        return False
