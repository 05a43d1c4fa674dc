"""Running a function on symbolic rows: to find what it asks of the dataset, and to answer it.

Trace, compute, trace again: a function is run once with nothing known, which finds the reductions
of the first pass; after the pass it is run again, now with real numbers wherever it asks for these,
so that everything else in it is plain Python on plain numbers. Where that run meets a reduction
which is not known yet (a mean inside a sum of squares), there is one more pass.

A library for whatever runs users' code on rows: `trace` finds, `Run` answers.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, DistevalError
from disteval.formula import nodes
from disteval.formula.locating import explained
from disteval.formula.nodes import Node
from disteval.formula.refusing import insisted, insisting
from disteval.formula.requests import Request, Total, in_words
from disteval.formula.rows import EVERY, Rows, Space
from disteval.formula.unknown import Unknown
from disteval.formula.views import (
    is_weight,
    pooled_function,
    row_function,
    unweighted,
    weight_factor,
)
from disteval.metrics.rows import Raw
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Column, Reduction, Schema
from disteval.reductions import Count, ExactSum, Moments, TotalWeight

Known = Mapping[Request, Any]
Function = Callable[[Mapping[str, Rows]], Any]
"""What is run: it gets the rows by the names of their columns."""

MOST_PATHS = 64
"""Ways through a function that are looked at beforehand."""
MOST_IN_VAIN = 16
"""Of them one after the other that ask for nothing new."""
MOST_DECISIONS = 128
"""Conditions on the way."""


LARGE = 10
"""From this seed on, samples are large."""


class NotKnownError(BaseException):
    """A number is asked for that no pass has found yet. No ``except`` of the user's stops it."""


class EnoughError(BaseException):
    """A way through the function is not followed further."""


@dataclass
class Run:
    """One run of a function.

    Parameters
    ----------
    schema : the columns of the dataset
    known : answers by request
    weighing : "function": it has the weights and uses them as it likes; "rows": there are weights,
        which the function does not take; "" where there are none
    decisions : which ways to go where nothing is known; None: only what is known is given
    seed : of the samples in place of numbers that are not known
    """

    schema: Schema
    known: Known
    weighing: str = ""
    decisions: list[bool] | None = None
    seed: int = 0
    asked: dict[Request, None] = field(default_factory=dict)
    depth: int = 0
    samples: bool = False
    decided: int = 0
    numbers: dict[int, Unknown] = field(default_factory=dict)
    unknowns: dict[Any, Unknown] = field(default_factory=dict)
    inner: set[Node] = field(default_factory=set)
    """Reductions inside the row of one value alone."""

    # --- what the function is run on ------------------------------------------------------------

    def column(self, name: str) -> Rows:
        """A column of the dataset."""
        spec = self.schema[name]
        dtypes = {"bool": "bool", "int": "int64", "float": "float64", "str": "str"}
        return Rows(self, nodes.column(name, spec.axes, dtypes[spec.kind]))

    # --- what unknown values ask ----------------------------------------------------------------

    def decide(self) -> bool:
        """Which way to go at a condition that is not known."""
        assert self.decisions is not None
        if self.decided >= MOST_DECISIONS:
            raise insisted(EnoughError())
        if self.decided == len(self.decisions):
            self.decisions.append(True)
        self.decided += 1
        return self.decisions[self.decided - 1]

    def gave_sample(self) -> None:
        """The function goes on with a number that is none."""
        self.samples = True

    def number(self, value: Unknown) -> int:
        """A number for an unknown value, as part of an expression."""
        self.numbers[id(value)] = value  # kept, so that no other gets its id
        return id(value)

    # --- what rows ask --------------------------------------------------------------------------

    def ask(self, request: Request, depth: int = 0, *, reduces: bool = True) -> Any:
        """The answer to a request.

        Parameters
        ----------
        depth : how many passes must come before it can be asked
        reduces : whether this reduces rows: it then has to do with their weights
        """
        if reduces and self.weighing == "rows":
            msg = (
                "sample_weight is given, and this function reduces rows itself but does not take "
                "the weights; give it a third parameter sample_weight and use that, as in "
                "np.average(x, weights=sample_weight), or let it return one value per row, whose "
                "weighted mean is then taken"
            )
            raise insisted(ArgumentError(msg))
        if not depth and request in self.known:
            return self.known[request]
        if self.decisions is None:
            raise insisted(NotKnownError())
        if not depth:
            self.asked.setdefault(request)
        self.depth = max(self.depth, depth + 1)
        key = (request, depth)
        if key not in self.unknowns or depth:
            self.unknowns[key] = Unknown(self, self._sample(request), depth + 1)
        return self.unknowns[key]

    def _sample(self, request: Request) -> Any:
        """A number of the answer's kind and shape, a little different for each seed."""
        place = len(self.unknowns) + 1
        large, near = divmod(self.seed, LARGE)
        if request.whole:
            value: Any = np.int64((1_000_000 if large else 11) + place + near)
            return value if not request.shape else np.full(request.shape, value)
        value = (1000.0 if large else 0.5) + 0.01 * place + 1e-7 * near
        if not request.shape:
            return np.float64(value)
        return value + 0.001 * np.arange(math.prod(request.shape)).reshape(request.shape)

    def length(self, space: Space = EVERY) -> Any:
        """The number of rows."""
        if space.where is None:
            rows = self.ask(Total(self.rows(), whole=True), reduces=False)
            return rows * math.prod(space.flat) if space.flat else rows
        count = Total(Count(space.where, weighted=False), whole=True)
        return self.ask(count, space.where.depth)  # it reduces: a share of rows has weights

    # --- reductions, as the weights want them ---------------------------------------------------

    @property
    def _weighted(self) -> bool:
        return WEIGHT in self.schema

    def plain(self, reduction: Reduction[Any]) -> Reduction[Any]:
        """The reduction with every row counting once."""
        return unweighted(reduction) if self._weighted else reduction

    def rows(self) -> Reduction[Any]:
        """The number of rows."""
        return self.plain(TotalWeight())

    def summed(self, node: Node, columns: int = 1) -> Reduction[Any]:
        """The exact sum of values per row."""
        if columns > 1:
            return self.plain(ExactSum(row_function(node), columns))
        if self._weighted:
            if is_weight(node):
                return TotalWeight()
            factor = weight_factor(node)
            if factor is not None and factor.shape == node.shape:
                return ExactSum(pooled_function(factor))
        return self.plain(ExactSum(pooled_function(node)))

    def moments(self, node: Node, columns: int) -> tuple[Reduction[Any], str]:
        """Moments in which a node is x, or y."""
        names = self._pair()
        function = row_function(node)
        if names and function in names:
            pair = Moments(names[0], names[1], columns)
            return self.plain(pair), "x" if function == names[0] else "y"
        return self.plain(Moments(function, function, columns)), "x"

    def joint(self, x: Node, y: Node) -> Reduction[Any]:
        """Moments of two columns."""
        return self.plain(Moments(row_function(x), row_function(y)))

    def weighted_joint(
        self, x: Node, y: Node, weights: Any
    ) -> tuple[Reduction[Any], Reduction[Any]]:
        """Moments of two columns by the dataset's weights, and their total."""
        if not (isinstance(weights, Rows) and is_weight(weights._node)):
            msg = "expected the function's sample_weight as weights of np.cov, got something else"
            raise ArgumentError(msg)
        return Moments(row_function(x), row_function(y)), TotalWeight()

    def _pair(self) -> tuple[Raw, Raw] | None:
        """y_true and y_pred, where their moments are shared with R² and the like."""
        if Y_TRUE not in self.schema or Y_PRED not in self.schema:
            return None
        true, pred = self.schema[Y_TRUE], self.schema[Y_PRED]
        alike = true.shape == pred.shape and "str" not in (true.kind, pred.kind)
        return (Raw(Y_TRUE), Raw(Y_PRED)) if alike else None


@dataclass(frozen=True)
class Trace:
    """What a function asks of the dataset.

    Parameters
    ----------
    requests : of the next pass
    passes : how many there are to come, as far as can be told
    results : what the function returned, of the ways through it; with unknown values
    inner : what other rows can't be reduced without, in words: "the mean of y_true"
    """

    requests: tuple[Request, ...]
    passes: int
    results: tuple[Any, ...]
    inner: str = ""


def run_known(function: Function, run: Run) -> Any:
    """What a function returns where all that it asks is known; else `NotKnownError`."""
    with np.errstate(all="ignore"), insisting():
        return function({name: run.column(name) for name in run.schema.names})


def trace(
    function: Function,
    columns: Mapping[str, Column] | Schema,
    known: Known | None = None,
    *,
    weighing: str = "",
    finish: Callable[[Run, Any], Any] = lambda _run, result: result,
) -> Trace:
    """Find what a function asks of the dataset.

    Parameters
    ----------
    function : takes a mapping of names to `Rows`
    columns : what is known of the columns
    known : what earlier passes have answered
    weighing : as in `Run`
    finish : what is asked of its result, such as the mean of values per row
    """
    schema = columns if isinstance(columns, Schema) else Schema(tuple(columns.items()))
    known = {} if known is None else known
    explorer = _Explorer(function, schema, known, weighing, finish)
    first, near = explorer.explored(0), explorer.explored(1)
    again = list(explorer.explored(0, ways=1).asked)
    if again != list(first.asked)[: len(again)]:
        msg = (
            "asks for something else each time it is run: is there a random number in it, or "
            "something that it keeps from call to call? Draw before, and give what is drawn as "
            "a column"
        )
        raise ArgumentError(msg)
    # what depends on a sample is not the same with another sample: it waits for the number
    real = [request for request in first.asked if request in near.asked]
    depth = max(first.depth, 2 if len(real) < len(first.asked) else 1)
    if first.samples:  # what it does with large numbers may be something else
        large, larger = explorer.explored(LARGE), explorer.explored(LARGE + 1)
        real += [r for r in large.asked if r in larger.asked and r not in first.asked]
    if first.failure is not None and not first.results:
        raise first.failure
    passes = depth if first.asked or first.depth else 1
    return Trace(tuple(real), passes, tuple(first.results), first.inner)


_OF_VALUES = (ValueError, ArithmeticError, LookupError, AssertionError)
"""Errors that a sample may lead to where the number does not."""


@dataclass
class _Found:
    samples: bool = False
    asked: dict[Request, None] = field(default_factory=dict)
    depth: int = 0
    results: list[Any] = field(default_factory=list)
    failure: Exception | None = None
    inner: str = ""


@dataclass
class _Explorer:
    """Follows every way through a function, as far as there are not too many."""

    function: Function
    schema: Schema
    known: Known
    weighing: str
    finish: Callable[[Run, Any], Any]

    def explored(self, seed: int, ways: int = MOST_PATHS) -> _Found:
        found = _Found()
        starts: deque[list[bool]] = deque([[]])
        in_vain = 0
        for _ in range(ways):
            if not starts or in_vain > MOST_IN_VAIN:
                break
            start = starts.popleft()  # first those that part early
            run = self._run(list(start), seed, found)
            in_vain = 0 if run.asked.keys() - found.asked.keys() else in_vain + 1
            taken = run.decisions or []
            starts += [[*taken[:i], not taken[i]] for i in range(len(start), len(taken))]
            found.asked.update(run.asked)
            found.depth = max(found.depth, run.depth)
            found.samples |= run.samples
            held = [key[0] for key, value in run.unknowns.items() if id(value) in run.numbers]
            found.inner = found.inner or next(map(in_words, held), "")
        return found

    def _run(self, decisions: Sequence[bool], seed: int, found: _Found) -> Run:
        run = Run(self.schema, self.known, self.weighing, list(decisions), seed)
        try:
            found.results.append(self.finish(run, run_known(self.function, run)))
        except EnoughError:
            pass
        except Exception as error:  # noqa: BLE001  (the user's code may raise anything)
            of_value = isinstance(error, _OF_VALUES) and not isinstance(error, DistevalError)
            if run.samples and of_value:
                found.results.append(None)
            elif found.failure is None:
                found.failure = explained(error, self.function)
        return run
