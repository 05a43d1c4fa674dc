"""Classes in Keras's style: variables, `update_state` and `result`, as users wrote them for Keras.

A class that derives from `disteval.Metric` and has an `update_state` and a `result` of its own
gets `Stateful` among its bases. Alone, it works as in Keras: every update runs on the arrays that
it is given. In a plan, `planned` makes of it what the rows of the whole dataset give.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

from disteval.errors import ArgumentError, StateError
from disteval.formula.keras_style.extended import extend, further_columns, given_arrays
from disteval.formula.keras_style.variables import Variable, kept, merged, variable
from disteval.parameters import as_literal, canonical, same, snake
from disteval.protocol import Metric, Schema

_DTYPES = ("float16", "float32", "float64", "bfloat16", "mixed_float16", "mixed_bfloat16")
_OWN = ("name", "dtype", "trainable", "dynamic", "autocast")  # what the base takes
_FREE = ("dtype", "key", "name")  # names of ours that a class may set


@dataclass
class Record:
    """What is kept of an instance, beside its own attributes."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    variables: list[Variable] = field(default_factory=list)
    updates: int = 0


class Stateful(Metric):
    """What a class in Keras's style has from its base.

    Parameters
    ----------
    name : str, optional
        The result's key; the class's name in snake case where there is none.
    dtype : optional
        Taken as in Keras. Variables are float64.
    trainable, dynamic, autocast, ... : optional
        Taken, and mean nothing here.

    Notes
    -----
    Two of them are equal when class, name and the constructor's arguments are. What they have
    accumulated is no part of that, but a pickle or a copy has it.
    """

    dtype = "float64"

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self.__dict__["_disteval"] = Record(args, kwargs)
        own = getattr(cls, "name", None)  # a class may name itself
        self.__dict__["name"] = own if isinstance(own, str) else snake(cls.__name__)
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Keras 2 has (name, dtype), Keras 3 (dtype, name)
        names = [value for value in args if isinstance(value, str) and value not in _DTYPES]
        name = kwargs.get("name") or (names[0] if names else None)
        if name is not None:
            if not isinstance(name, str):
                msg = f"expected name to be a string, got {name!r}"
                raise ArgumentError(msg)
            self.__dict__["name"] = name
        unknown = set(kwargs) - {*_OWN}
        if unknown:
            msg = (
                f"expected name=, dtype= or trainable= for disteval.Metric, got "
                f"{', '.join(sorted(unknown))}; keep it in {type(self).__name__}.__init__"
            )
            raise ArgumentError(msg)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _TAKEN:
            msg = (
                f"{type(self).__name__}.{name}: the name is taken by disteval.Metric; choose "
                f"another, such as self.{name}_"
            )
            raise ArgumentError(msg)
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)

    # --- variables ----------------------------------------------------------------------------

    def add_weight(self, *args: Any, **kwargs: Any) -> Variable:
        """A variable of the state, with the arguments of Keras 2 or Keras 3, in either order.

        Parameters
        ----------
        name : str, optional
        shape : tuple of int
        initializer : "zeros", "ones", a number, an array, or a function of the shape
        dtype : taken; variables are float64
        merge : "sum", "min" or "max"
            How the states of two parts of the data become one: the initial value and what both
            added to it, or the smaller or larger of both. Variables that start at an infinity
            are extremes if nothing else is said.
        """
        own = record(self).variables
        names = tuple(one.name for one in own)
        made = variable(names, args, kwargs, default=f"variable_{len(own)}")
        own.append(made)
        return made

    add_variable = add_weight

    @property
    def variables(self) -> list[Variable]:
        """All variables, in the order in which they were made; also those of metrics inside."""
        inner = [metric for metric in inner_metrics(self) if isinstance(metric, Stateful)]
        return [*record(self).variables, *(own for metric in inner for own in metric.variables)]

    weights = variables

    # --- alone --------------------------------------------------------------------------------

    def reset_state(self) -> None:
        """Every variable back to its initial value."""
        for own in record(self).variables:
            own.reset()
        for metric in inner_metrics(self):
            metric.reset_state()

    reset_states = reset_state

    def merge_state(self, others: Metric | Sequence[Metric]) -> None:
        """Add what equal metrics elsewhere have accumulated.

        Each variable becomes its initial value and what all have added to it, rounded once; or
        the smallest or the largest of all, where `add_weight` was told so.
        """
        group = [others] if isinstance(others, Metric) else list(others)
        for other in group:
            if other != self:
                msg = f"expected a {self!r} to merge, got {other!r}"
                raise StateError(msg)
        states = [cast("Stateful", other) for other in group]
        for i, own in enumerate(record(self).variables):
            own.assign(merged(own, [_variable_of(state, i) for state in states]))
        inner = [list(inner_metrics(state)) for state in states]
        for i, metric in enumerate(inner_metrics(self)):
            metric.merge_state([metrics[i] for metrics in inner])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Update with a batch and return the value over all so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    # --- as a value ---------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments and the name."""
        config = parameters_of(self)
        if "name" in _signature(type(self)).parameters or _takes_any(type(self)):
            config["name"] = self.name
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A metric of these arguments."""
        return cls(**config)

    def fresh(self) -> Self:
        """The same metric without what it has accumulated: made anew by its constructor."""
        made = type(self)(*record(self).args, **record(self).kwargs)
        made.__dict__["name"] = self.name
        return made

    def renamed(self, name: str) -> Self:
        """The same metric under another name, with nothing accumulated."""
        made = self.fresh()
        made.__dict__["name"] = name
        return made

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of ``data=`` that `update_state` takes besides y_true and y_pred."""
        return further_columns(type(self))

    def resolve(self, schema: Schema) -> Metric:
        """What a plan computes: `update_state` for all rows, then `result`."""
        from disteval.formula.keras_style.planned import planned

        return planned(self, schema)

    def canonical_string(self) -> str:
        """The class and the arguments that differ from their defaults."""
        parameters = _signature(type(self)).parameters
        given = [
            f"{name}={as_literal(canonical(value))}"
            for name, value in parameters_of(self).items()
            if name not in parameters or not same(value, parameters[name].default)
        ]
        return f"{type(self).__name__}({', '.join(given)})" if given else type(self).__name__

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        ours, theirs = (defaults_of(type(self)) | parameters_of(one) for one in (self, other))
        return (
            self.name == other.name
            and ours.keys() == theirs.keys()
            and all(same(value, theirs[key]) for key, value in ours.items())
        )

    def __hash__(self) -> int:
        return hash((type(self), self.name))  # arguments may be lists or arrays

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __copy__(self) -> Self:
        return copy.deepcopy(self)


_TAKEN = frozenset(name for name in dir(Stateful) if not name.startswith("__")) - {*_FREE}


def adopt(cls: type[Metric]) -> None:
    """Give a class that has an `update_state` or `result` of its own what Keras's have."""
    if cls.compute is not Metric.compute:
        extend(cls)
        return
    if not issubclass(cls, Stateful):
        bases = [Stateful if base is Metric else base for base in cls.__bases__]
        cls.__bases__ = tuple(bases if Stateful in bases else [*bases, Stateful])
    own = cls.__dict__
    for name in ("reset_state", "reset_states"):
        other = "reset_states" if name == "reset_state" else "reset_state"
        if name in own and other not in own:
            setattr(cls, other, own[name])
    for name, missing in (("update_state", _no_update), ("result", _no_result)):
        if getattr(cls, name) is getattr(Metric, name):
            setattr(cls, name, missing)
    if not hasattr(cls.update_state, "given_arrays"):
        cls.update_state = given_arrays(cls.update_state)  # type: ignore[method-assign]
    if not hasattr(cls.result, "locks"):
        cls.result = _reading(cls.result)  # type: ignore[method-assign]


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """`result` that sets no variable, and whose value no later update changes."""

    @functools.wraps(function)
    def result(self: Stateful) -> Any:
        with _locked(self.variables):
            return kept(function(self))

    result.locks = True  # type: ignore[attr-defined]
    return result


class _locked:  # noqa: N801  (a context manager)
    def __init__(self, variables: list[Variable]) -> None:
        self._before = [(own, own.locked) for own in variables]

    def __enter__(self) -> None:
        for own, _ in self._before:
            own.locked = True

    def __exit__(self, *_: object) -> None:
        for own, before in self._before:
            own.locked = before


def inner_metrics(metric: Metric) -> Iterator[Metric]:
    """Metrics among the attributes, also in lists, tuples and dicts."""
    for value in metric.__dict__.values():
        parts = value.values() if isinstance(value, dict) else value
        for part in parts if isinstance(value, dict | list | tuple) else [value]:
            if isinstance(part, Metric):
                yield part


def _no_update(self: Stateful, *_: Any, **__: Any) -> None:
    msg = f"expected {type(self).__name__} to define update_state, got none"
    raise ArgumentError(msg)


def _no_result(self: Stateful) -> None:
    msg = f"expected {type(self).__name__} to define result, got none"
    raise ArgumentError(msg)


def _variable_of(metric: Stateful, i: int) -> Variable:
    own = record(metric).variables
    if i >= len(own):
        msg = f"expected {metric!r} to have its variables, got one without; update it first"
        raise StateError(msg)
    return own[i]


def record(metric: Stateful) -> Record:
    """What is kept of an instance."""
    found: Record = metric.__dict__["_disteval"]
    return found


def parameters_of(metric: Stateful) -> dict[str, Any]:
    """The constructor's arguments by name, but for the metric's own name and dtype."""
    signature = _signature(type(metric))
    bound = signature.bind(*record(metric).args, **record(metric).kwargs)
    found: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        found |= value if kind is inspect.Parameter.VAR_KEYWORD else {name: value}
    return {name: value for name, value in found.items() if name not in _OWN}


def defaults_of(cls: type[Stateful]) -> dict[str, Any]:
    """The constructor's defaults, but for the metric's own name and dtype."""
    parameters = _signature(cls).parameters.values()
    return {
        p.name: p.default for p in parameters if p.default is not p.empty and p.name not in _OWN
    }


def _signature(cls: type[Stateful]) -> inspect.Signature:
    if cls.__init__ is Stateful.__init__:
        return inspect.signature(_constructor)
    signature = inspect.signature(cls.__init__)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _constructor(name: Any = None, dtype: Any = None, **kwargs: Any) -> None:
    """What `Stateful` is made of, for classes without a constructor of their own."""


def _takes_any(cls: type[Stateful]) -> bool:
    kinds = (parameter.kind for parameter in _signature(cls).parameters.values())
    return inspect.Parameter.VAR_KEYWORD in kinds
