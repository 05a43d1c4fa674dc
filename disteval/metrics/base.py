"""What families share: means of row values, and checks of kinds and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from disteval.errors import ArgumentError, ColumnTypeError, ShapeError
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Outcome, Reduction, RowFunction, Schema, Value
from disteval.reductions import ExactSum, SumState, TotalWeight, quotients

NO_WEIGHT = "the total weight is zero, or there are no rows"


@dataclass(frozen=True, repr=False)
class RowMean(Metric):
    """Σ wᵢ fᵢ / Σ wᵢ of a row function f; over all elements where rows have several.

    A metric of this kind is its `values`, and a check of the schema in `resolve`.
    """

    elements: int = field(default=1, kw_only=True, repr=False)
    """Values of a row; set by `resolve`."""

    @property
    def values(self) -> RowFunction:
        """The row function."""
        raise NotImplementedError

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """Reductions whose states `check` judges."""
        return ()

    def check(self, *states: Any) -> None:
        """Raise where the data is outside the metric's domain."""

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum, the total weight, and the flags."""
        return (ExactSum(self.values), TotalWeight(), *self.checks)

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """The quotient, rounded once."""
        self.check(*flags)
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        return mean(total, weight, self.elements)

    def with_elements(self, schema: Schema, column: str = Y_PRED) -> Self:
        """The metric for rows of this column's shape."""
        return replace(self, elements=size(schema[column].shape))


def is_weightless(weight: SumState) -> bool:
    """Whether the total weight is zero (infinite weights are another thing)."""
    return weight.special() is None and not weight.limbs[0].any()


def mean(total: SumState, weight: SumState, elements: int = 1) -> float:
    """total / (weight * elements) of the first column, rounded once."""
    return quotients(total, weight, elements)[0]


def size(shape: Sequence[int]) -> int:
    """Elements of a row of this shape."""
    n = 1
    for length in shape:
        n *= length
    return n


def require_numbers(schema: Schema, *columns: str) -> None:
    """Refuse strings."""
    for name in columns:
        if schema[name].kind == "str":
            msg = f"expected numbers in {name}, got strings; {_as_numbers(schema, name)}"
            raise ColumnTypeError(msg)


def _as_numbers(schema: Schema, name: str) -> str:
    """How strings become the numbers that they stand for."""
    if name != Y_TRUE or Y_PRED not in schema or schema[Y_PRED].kind != "float":
        return "convert them with .astype(float), or ask for a metric of labels"
    if schema[Y_PRED].shape:
        return "give the place of each label's column in y_pred, 0, 1, ..."
    return "give 1 for the positive label and 0 for others, such as y_true == 'yes'"


def require_number_arguments(**arguments: Any) -> None:
    """Refuse parameters that are no numbers."""
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            msg = f"expected a number as {name}, got {value!r}"
            raise ArgumentError(msg)


def require_int(name: str, value: Any, least: int | None = None) -> None:
    """Refuse what is neither None nor an integer of at least so much."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and not (whole and (least is None or value >= least)):
        bound = "" if least is None else f" of at least {least}"
        msg = f"expected {name} to be an integer{bound}, got {value!r}"
        raise ArgumentError(msg)


def require_bool(name: str, value: Any) -> None:
    """Refuse what is not True or False."""
    if not isinstance(value, bool):
        msg = f"expected {name} to be True or False, got {value!r}"
        raise ArgumentError(msg)


def require_same_shape(schema: Schema) -> None:
    """Refuse rows of different shapes; (N,) and (N, 1) are the same."""
    true, pred = schema[Y_TRUE].shape, schema[Y_PRED].shape
    if true != pred:
        hint = ""
        if not true and pred == (2,):
            hint = "; the score of the positive one of two classes is y_pred[:, 1]"
        elif not true and pred:
            hint = (
                "; labels against one score a class want a categorical metric, several outputs "
                "want as many columns in y_true"
            )
        elif true and not pred:
            hint = (
                "; are they swapped? one label a row against one-hot rows: give y_true as class "
                "numbers"
            )
        else:
            hint = "; give a value for each value"
        msg = f"expected y_true and y_pred of one shape, got {shown(true)} and {shown(pred)}{hint}"
        raise ShapeError(msg)


def shown(shape: Sequence[int]) -> str:
    """A row shape as the shape of an array."""
    return f"({', '.join(['N', *map(str, shape)])}{',' if not shape else ''})"
