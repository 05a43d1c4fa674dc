"""The symbolic rows that a function is run on.

`Rows` stands for an array of all rows of a dataset: `y_true`, `y_pred`, another column, or what
a function made of them. It behaves as NumPy's arrays do (operators, ufuncs, functions of NumPy,
methods, ``x[:, 1]``, ``x[mask]``), but holds an expression in place of values:

- an operation within rows gives `Rows` of another expression;
- a reduction over the rows (``np.mean(x)``) asks the run, which answers with the number where it
  is known and with an `Unknown` where it is yet to be found out (see `tracing`);
- what can't be had so (``x[0]``, ``np.median(x)``, ``float(x)``) is refused by name.

``axis=0`` is the dataset, the last axis is inside the row, no axis is everything.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from disteval.formula.nodes import Node
from disteval.formula.refusing import refuse, refuse_order

if TYPE_CHECKING:
    from disteval.formula.tracing import Run

AS_ARRAY = "leave it out, for columns are arrays already"


@dataclass(frozen=True)
class Space:
    """Which rows there are.

    Parameters
    ----------
    where : a condition on the rows (or elements) of the dataset, or None: all of them
    flat : axes of a row that have become rows: of ``x.ravel()``, or ``x[x > 0]`` of (N, k)
    """

    where: Node | None = None
    flat: tuple[int, ...] = ()

    def shown(self, axes: tuple[int, ...]) -> str:
        """A shape, for messages."""
        n = "M" if self.where is not None else "N"
        if self.flat and self.where is None:
            n = f"N * {math.prod(self.flat)}"
        return f"({', '.join([n, *map(str, axes)])}{'' if axes else ','})"


EVERY = Space()


class Rows(NDArrayOperatorsMixin):
    """An array of all rows of the dataset, as an expression.

    Parameters
    ----------
    run : the run of the function that it belongs to
    node : the expression
    space : which rows there are
    """

    __disteval_symbolic__ = True
    __disteval_rows__ = True
    __array_priority__ = 200.0

    def __init__(self, run: Run, node: Node, space: Space = EVERY) -> None:
        self._run = run
        self._node = node
        self._space = space
        self._seen = False  # another name may look at the same memory, as views in NumPy do

    # --- what it is -----------------------------------------------------------------------------

    @property
    def axes(self) -> tuple[int, ...]:
        """The shape of a row."""
        return () if self._space.flat else self._node.shape

    @property
    def shown(self) -> str:
        """The shape, for messages."""
        return self._space.shown(self.axes)

    @property
    def _depth(self) -> int:
        """How many passes must come before these values, and which rows they are, are known."""
        where = self._space.where
        return max(self._node.depth, where.depth if where is not None else 0)

    @property
    def shape(self) -> tuple[Any, ...]:
        """The number of rows, which is a value of the dataset, and the shape of a row."""
        return (self._run.length(self._space), *self.axes)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return 1 + len(self.axes)

    @property
    def size(self) -> Any:
        """The number of elements."""
        return self._run.length(self._space) * math.prod(self.axes)

    @property
    def dtype(self) -> np.dtype[Any]:
        """What NumPy would have, with numbers widened to 64 bits."""
        return np.dtype(self._node.dtype if self._node.dtype != "str" else "U")

    def __len__(self) -> int:
        return int(self._run.length(self._space))

    def __repr__(self) -> str:
        return f"<rows {self.shown} of {self._node!r}>"

    def _with(self, node: Node, space: Space | None = None) -> Rows:
        return Rows(self._run, node, self._space if space is None else space)

    def _view(self, node: Node, space: Space | None = None) -> Rows:
        """Another look at the same memory, in NumPy: neither can be written to from here on."""
        made = self._with(node, space)
        self._seen = made._seen = True
        return made

    # --- NumPy ----------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from disteval.formula.elementwise import call_ufunc

        return call_ufunc(self._run, ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from disteval.formula.functions.calling import call_function

        return call_function(func, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        refuse(
            "np.asarray (or np.array, np.vectorize, or a library that calls it)",
            "needs the rows themselves, and this function is run before any row is read",
            f"{AS_ARRAY}; for a score of scikit-learn give its name, as 'sklearn:f1_score'",
        )

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other, "@")

    def __rmatmul__(self, other: Any) -> Any:
        return self.dot(other, "@")

    # --- elements -------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        from disteval.formula.indexing import select

        return select(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        from disteval.formula.indexing import assigned

        if self._seen:
            refuse(
                "x[...] = v", "would change other names of the same memory too",
                "write x = np.where(condition, v, x)",
            )  # fmt: skip
        self._node = assigned(self, index, value)

    def _in_place(self, ufunc: np.ufunc, other: Any) -> Self:
        made = ufunc(self, other)
        if not isinstance(made, Rows) or made.axes != self.axes or made._space != self._space:
            refuse("an operation in place", "can't change the shape", "write x = x + y")
        if self._seen:
            refuse(
                "an operation in place", "would change other names of the same memory too",
                "write x = x + y",
            )  # fmt: skip
        # where several names are the same array all of them see the change, as in NumPy
        if not np.can_cast(made.dtype, self.dtype, "same_kind"):
            msg = f"{ufunc.__name__} in place gives {made.dtype}, which {self.dtype} can't hold"
            raise TypeError(msg)
        self._node = made._node
        return self

    def __iadd__(self, other: Any) -> Self:
        return self._in_place(np.add, other)

    def __isub__(self, other: Any) -> Self:
        return self._in_place(np.subtract, other)

    def __imul__(self, other: Any) -> Self:
        return self._in_place(np.multiply, other)

    def __itruediv__(self, other: Any) -> Self:
        return self._in_place(np.true_divide, other)

    def __ipow__(self, other: Any) -> Self:
        return self._in_place(np.power, other)

    def __ifloordiv__(self, other: Any) -> Self:
        return self._in_place(np.floor_divide, other)

    def __imod__(self, other: Any) -> Self:
        return self._in_place(np.remainder, other)

    def __iand__(self, other: Any) -> Self:
        return self._in_place(np.bitwise_and, other)

    def __ior__(self, other: Any) -> Self:
        return self._in_place(np.bitwise_or, other)

    def __ixor__(self, other: Any) -> Self:
        return self._in_place(np.bitwise_xor, other)

    # --- what rows are not ----------------------------------------------------------------------

    def __bool__(self) -> bool:  # noqa: PLE0304  (refuses)
        refuse(
            "the truth of rows (if, and, or, not, max() of two)",
            "differs from row to row",
            "use np.where(condition, a, b), &, |, ~, np.maximum; of all rows: np.any, np.all",
        )

    def __float__(self) -> float:
        refuse(
            "float() of rows", "wants one number of many",
            "reduce first, float(np.mean(x)); math.sqrt and its like are np.sqrt for rows",
        )  # fmt: skip

    def __int__(self) -> int:
        refuse("int() of rows", "wants one number of many", "x.astype(int), or int(np.sum(x))")

    def __index__(self) -> int:  # noqa: PLE0305  (refuses)
        refuse(
            "an index made of rows", "wants one number of many",
            "np.take_along_axis(x, y[:, None], axis=-1), or ops.one_hot(y, k)",
        )  # fmt: skip

    def __complex__(self) -> complex:
        refuse("complex() of rows", "wants one number of many")

    def __iter__(self) -> Iterator[Any]:
        refuse_order("a loop over rows (for, zip, list, sum, max)", "use np.sum, np.where, ...")

    def __reversed__(self) -> Iterator[Any]:
        refuse_order("reversed(rows)")

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    def __format__(self, spec: str) -> str:
        if spec:
            refuse("formatting rows as a number", "wants one number of many", "reduce first")
        return repr(self)

    __hash__ = None  # type: ignore[assignment]  # as an array's

    # --- methods --------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        from disteval.formula.methods import method_of

        return method_of(self, name)

    def dot(self, other: Any, called: str = "np.dot") -> Any:
        """The sum of products of two columns."""
        from disteval.formula.reducing import dot

        return dot(self, other, called)

    def __disteval_sigmoid__(self) -> Rows:
        """1 / (1 + exp(-x)): what `disteval.ops` asks of rows, for NumPy has no such function."""
        from disteval.formula.elementwise import apply

        return apply(self._run, "sigmoid", (self,), label="sigmoid", typed=np.exp)

    # --- metrics --------------------------------------------------------------------------------

    def __disteval_metric__(
        self, metric: Any, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """The value of a whole metric, of these rows.

        Parameters
        ----------
        metric : Metric
        y_true, y_pred : rows
        sample_weight : None, or the function's own ``sample_weight``
        """
        from disteval.formula.embedding import embedded

        return embedded(self._run, metric, y_true, y_pred, sample_weight)


def is_rows(value: Any) -> bool:
    """Whether this is `Rows`."""
    return isinstance(value, Rows)
