"""Values of the dataset that a function computes with before any row was read.

An `Unknown` carries a *sample*, a number of the same kind and shape, on which the function's own
arithmetic is tried out; what comes of it is Unknown again. Where the program must go one way or
the other (``if tp + fp > 0``) the run asks its explorer, which takes both in turn. Where it insists
on a number (``float(x)``, ``len(y)``) it is given the sample. Nothing of such a run ever reaches a
result: only the reductions that were asked for are taken from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Deciding(Protocol):
    """What an unknown value needs of the run of a function."""

    def decide(self) -> bool:
        """Which way to go where a condition is not known."""
        ...

    def gave_sample(self) -> None:
        """The program got a number that is none."""
        ...


class Unknown(NDArrayOperatorsMixin):
    """A number, or an array, of the dataset that is not known yet.

    Parameters
    ----------
    run : the run of the function
    sample : NumPy scalar or array in its place
    depth : how many passes it takes to know it
    """

    __disteval_symbolic__ = True
    __array_priority__ = 100.0

    def __init__(self, run: Deciding, sample: Any, depth: int) -> None:
        self._run = run
        self._sample = sample
        self._depth = depth
        self._decided: bool | None = None

    # --- arithmetic, on samples -----------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        others = [type(x).__array_ufunc__ for x in inputs if _is_rows(x)]
        if others:
            return NotImplemented  # rows know what to do
        out = kwargs.pop("out", None)
        if out is not None and not all(isinstance(x, Unknown) for x in out):
            return NotImplemented  # x += y of what is unknown is x = x + y
        plain = [sampled(x) for x in inputs]
        return self._like(getattr(ufunc, method)(*plain, **kwargs), *inputs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(issubclass(t, Unknown) is False and hasattr(t, "__disteval_rows__") for t in types):
            return NotImplemented
        result = func(*sampled(args), **sampled(kwargs))
        return self._like(result, *_unknowns((args, kwargs)))

    def _like(self, sample: Any, *inputs: Any) -> Any:
        depth = max([self._depth, *(x._depth for x in inputs if isinstance(x, Unknown))])
        if isinstance(sample, tuple):
            return tuple(self._like(part, *inputs) for part in sample)
        if not isinstance(sample, np.ndarray | np.generic | bool | int | float):
            return sample
        return Unknown(self._run, np.asarray(sample)[()], depth)

    def __getitem__(self, index: Any) -> Any:
        return self._like(self._sample[sampled(index)], *_unknowns(index))

    def __iter__(self) -> Iterator[Any]:
        return (self._like(part) for part in self._sample)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self._sample, name)
        if name in ("item", "tolist"):
            self._run.gave_sample()
            return found
        if not callable(found):
            return self._like(found) if isinstance(found, np.ndarray | np.generic) else found

        def method(*args: Any, **kwargs: Any) -> Any:
            return self._like(found(*sampled(args), **sampled(kwargs)), *_unknowns((args, kwargs)))

        return method

    def __eq__(self, other: object) -> Any:
        return True if other is self else np.equal(self, other)  # type: ignore[call-overload]

    def __ne__(self, other: object) -> Any:
        return False if other is self else np.not_equal(self, other)  # type: ignore[call-overload]

    __hash__ = None  # type: ignore[assignment]  # as an array's

    def __round__(self, digits: int = 0) -> Any:
        return self._like(np.round(self._sample, digits))

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    # --- where a number, or a way to go, is wanted ----------------------------------------------

    def __bool__(self) -> bool:
        if np.size(self._sample) != 1:
            return bool(self._sample)  # NumPy's error
        if self._decided is None:
            self._decided = self._run.decide()
        return self._decided

    def __float__(self) -> float:
        self._run.gave_sample()
        return float(self._sample)

    def __int__(self) -> int:
        self._run.gave_sample()
        return int(self._sample)

    def __index__(self) -> int:
        self._run.gave_sample()
        return self._sample.__index__()  # type: ignore[no-any-return]

    def __complex__(self) -> complex:
        self._run.gave_sample()
        return complex(self._sample)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._run.gave_sample()
        return np.array(self._sample, dtype)

    def __len__(self) -> int:
        return len(self._sample)

    def __format__(self, spec: str) -> str:
        self._run.gave_sample()
        return format(self._sample, spec)

    def __repr__(self) -> str:
        return "<a value of the dataset, not known yet>"

    __trunc__ = __int__

    def __floor__(self) -> int:
        return int(self)

    __ceil__ = __floor__


def sampled(value: Any) -> Any:
    """The same with samples in place of what is unknown."""
    if isinstance(value, Unknown):
        return value._sample
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(map(sampled, value))
    if isinstance(value, dict):
        return {key: sampled(part) for key, part in value.items()}
    return value


def depth_of(value: Unknown) -> int:
    """How many passes it takes to know it."""
    return value._depth


def _unknowns(value: Any) -> list[Unknown]:
    if isinstance(value, Unknown):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(parts, list | tuple) or isinstance(value, dict):
        return [found for part in parts for found in _unknowns(part)]
    return []


def _is_rows(value: Any) -> bool:
    return hasattr(type(value), "__disteval_rows__")
