"""`Formula`: a user's plain function as a metric."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from disteval.errors import ArgumentError, UnknownNameError
from disteval.formula.arguments import Call, name_of, same
from disteval.formula.locating import explained
from disteval.formula.nodes import keep_shared
from disteval.formula.requests import Request
from disteval.formula.results import Several, finished, keys_of, note_of, undefined_of
from disteval.formula.tracing import Known, NotKnownError, Run, run_known, trace
from disteval.formula.views import nodes_of
from disteval.protocol import WEIGHT, Y_PRED, Metric, Outcome, Reduction, Schema, Value

MOST_PASSES = 64


@dataclass(frozen=True, repr=False, eq=False)
class Formula(Metric):
    """A function of (y_true, y_pred), written once, as a formula over the whole data.

    Parameters
    ----------
    function : callable
        Of arrays ``(y_true, y_pred)``, perhaps also ``sample_weight``, and columns of ``data=`` by
        the names of its further parameters. With NumPy, or `disteval.ops`. It returns a number,
        a dict of numbers by name, an array, or one value per row, of which the mean is taken.

    Returns
    -------
    float, int, array, or several values by name
        What the function returns for the dataset. NaN, with a warning, where it is not defined.

    Notes
    -----
    Shapes: whatever the function takes. (N,) and (N, 1) differ, as in NumPy; ``axis=-1`` of (N, 1)
    is inside the row.
    Range: whatever the function returns, no direction.
    State: that of the reductions in it: some 100 bytes each.
    Exact: row values in float64, by exactly specified operations (but for ufuncs that
    `disteval.formula.operations` does not list, such as sin, which are the processor's); sums,
    means and moments of them exact, rounded once; then what the function does with these numbers.
    Reference: the function itself, called on the whole arrays.

    The function is run several times, on symbolic rows, here and never on a worker. A number that
    is needed before the rows can be reduced further (``y - y.mean()``) costs another pass.

    Examples
    --------
    >>> import numpy as np
    >>> def rmse(y_true, y_pred):
    ...     return np.sqrt(np.mean((y_pred - y_true) ** 2))
    >>> Formula(rmse)([0.0, 0.0], [3.0, 4.0])
    3.5355339059327378
    """

    function: Callable[..., Any]
    key: ClassVar[str] = "formula"

    def __post_init__(self) -> None:
        given: Any = self.function
        if not callable(given):
            msg = f"expected a function, got {self.function!r:.60}"
            raise ArgumentError(msg)
        super().__post_init__()

    def canonical_string(self) -> str:
        """The function's name."""
        return name_of(self.function)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Formula)
            and self.name == other.name
            and same(self.function, other.function)
        )

    def __hash__(self) -> int:
        return hash(("formula", self.name))

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of ``data=`` that it takes besides y_true, y_pred and sample_weight."""
        return Call.of(self.function).extra

    def resolve(self, schema: Schema) -> Metric:
        """Find the reductions in it."""
        call = Call.of(self.function)
        _check_columns(call, schema)
        weighing = ("function" if call.weight else "rows") if WEIGHT in schema else ""
        return TracedFormula.next(call, schema, weighing, {}, str(self.name))


@dataclass(frozen=True)
class Answers:
    """What passes have answered: a field that stays as it is."""

    by_request: Known

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Answers):
            return NotImplemented
        return repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(frozenset(self.by_request))


@dataclass(frozen=True, repr=False)
class TracedFormula(Metric):
    """A formula of which it is known what it asks of the rows.

    Parameters
    ----------
    call : the function, and which columns it takes
    schema, weighing : as in `Run`
    known : what earlier passes have answered
    requests : what it asks of this pass
    passes : how many there are to come, with this one
    keys : names of its results, where it returns several
    done : how many passes there were
    inner : what is needed before other rows can be reduced, in words

    Notes
    -----
    Exact: row values in float64, by exactly specified operations (but for ufuncs that
    `disteval.formula.operations` does not list, such as sin, which are the processor's); sums,
    means and moments of them exact, rounded once; then what the function does with these numbers.
    """

    call: Call
    schema: Schema
    weighing: str
    known: Answers
    requests: tuple[Request, ...]
    passes: int = field(default=1, kw_only=True)  # type: ignore[misc]  # of each, not of the class
    keys: tuple[str, ...] = ()
    done: int = 0
    inner: str = ""
    key: ClassVar[str] = "formula"

    @classmethod
    def next(
        cls, call: Call, schema: Schema, weighing: str, known: Known, name: str, done: int = 0
    ) -> Self:
        """The metric of the next pass."""
        if done >= MOST_PASSES:
            msg = f"expected a formula of at most {MOST_PASSES} passes; does it search or iterate?"
            raise ArgumentError(msg)
        found = trace(call, schema, known, weighing=weighing, finish=finished)
        if not found.requests and not known and found.passes == 1:
            msg = (
                f"expected a formula of the rows, got {_shown(found.results)} whatever they are; "
                "use the function's own parameters, not arrays from outside of it"
            )
            raise ArgumentError(msg)
        needs = [need for request in found.requests for need in request.needs]
        keep_shared(dict.fromkeys(node for need in needs for node in nodes_of(need)))
        keys = dict.fromkeys(key for result in found.results for key in keys_of(result))
        return cls(
            call, schema, weighing, Answers(known), found.requests, tuple(keys), done, found.inner,
            passes=done + found.passes, name=name,
        )  # fmt: skip

    def canonical_string(self) -> str:
        """The function's name."""
        return name_of(self.call.function)

    @property
    def instead(self) -> str:
        """What would read the data once, for a message; "" where this does."""
        if self.passes == 1:
            return ""
        what = f"{self.inner} is needed before the rest" if self.inner else "it asks twice"
        return f"{what}; np.var, std, cov, corrcoef and average need one pass"

    @property
    def unpromised(self) -> tuple[str, ...]:
        """The ufuncs in it whose bits are the processor's: NumPy's own, or another library's."""
        nodes = (part for node in nodes_of(self.needs) for part in node.order)
        return tuple(dict.fromkeys(part.param.__name__ for part in nodes if part.op == "ufunc"))

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The reductions that were found."""
        return tuple(dict.fromkeys(self._needs()))

    def _needs(self) -> Iterator[Reduction[Any]]:
        for request in self.requests:
            yield from request.needs

    def compute(self, *states: Any) -> Value | Outcome:
        """Run the function with the reductions known."""
        try:
            value = self._value(self._answers(states))
        except NotKnownError:
            return Outcome(math.nan, undefined="it takes another pass over the rows")
        return value

    def then(self, *states: Any) -> Metric | None:
        """The metric of another pass, where the function asks for more."""
        known = self._answers(states)
        try:
            self._value(known)
        except NotKnownError:
            call, schema, weighing = self.call, self.schema, self.weighing
            return self.next(call, schema, weighing, known, str(self.name), self.done + 1)
        return None

    def _answers(self, states: tuple[Any, ...]) -> Known:
        """What is known after this pass."""
        by_need = dict(zip(self.needs, states, strict=True))
        known = dict(self.known.by_request)
        for request in self.requests:
            known[request] = request.answer(*(by_need[need] for need in request.needs))
        return known

    def _value(self, known: Known) -> Outcome:
        run = Run(self.schema, known, self.weighing)
        try:
            result = finished(run, run_known(self.call, run))
        except Exception as error:  # noqa: BLE001  (the user's code may raise anything)
            told = explained(error, self.call.function)
            told.args = (f"{self.name}: {told}",)
            raise told from error.__cause__
        several = isinstance(result.value, Several)
        return Outcome(
            dict(result.value) if several else result.value,
            undefined=undefined_of(result),
            note=note_of(run, result),
            several=several,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # a worker has no use for the function, which often enough no other process can load
        return (SentFormula, (self.needs, self.name))


@dataclass(frozen=True, repr=False)
class SentFormula(Metric):
    """A formula as workers know it: by its reductions."""

    reductions: tuple[Reduction[Any], ...]
    of: str
    key: ClassVar[str] = "formula"

    def canonical_string(self) -> str:
        """The function's name."""
        return self.of

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The reductions."""
        return self.reductions

    def compute(self, *_: Any) -> Value | Outcome:
        """Refuse: the function stayed where it was written."""
        msg = f"{self.of} was pickled without its function; evaluate it where that is"
        raise ArgumentError(msg)


def from_function(asked: Any) -> Metric:
    """The metric of a function.

    Parameters
    ----------
    asked : function, functools.partial, or any other callable of (y_true, y_pred)
        Its name is the metric's. That of a lambda is "<lambda>", as in Keras: give
        ``("name", f)`` for another.
    """
    return Formula(asked)


def _check_columns(call: Call, schema: Schema) -> None:
    if call.unnamed and Y_PRED in schema:
        msg = (
            f"expected a function of (y_true, y_pred), got {name_of(call.function)} of one column; "
            "name its parameter y_true or y_pred, such as lambda y_pred: ..."
        )
        raise ArgumentError(msg)
    for name in call.columns:
        if name in call.extra and name not in schema:
            known = ", ".join(schema.names)
            msg = (
                f"there is no column {name!r}, which the function takes as a parameter; the "
                f"columns are {known}. Give data= with such a column, or the parameter a default"
            )
            if WEIGHT in schema and "weight" in name:
                msg += "; sample weights come as a parameter named sample_weight"
            raise UnknownNameError(msg)
        schema[name]


def _shown(results: tuple[Any, ...]) -> str:
    first = results[0] if results else None
    value = getattr(first, "value", first)
    return f"{value!r:.60}"
