"""What metrics refuse: arguments, kinds and shapes before the pass, flags of the rows after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from disteval.errors import ArgumentError, ColumnTypeError, DomainError, LabelError, ShapeError
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Schema
from disteval.reductions import CountState, MinMaxState


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


def is_number(value: Any) -> bool:
    """Whether this is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def require_number_arguments(**arguments: Any) -> None:
    """Refuse parameters that are no numbers."""
    for name, value in arguments.items():
        if not is_number(value):
            msg = f"expected a number as {name}, got {value!r}"
            raise ArgumentError(msg)


def require_int(name: str, value: Any, least: int | None = None, *, optional: bool = True) -> None:
    """Refuse what is neither an integer of at least so much nor, where it may be left out, None."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    missing = optional and value is None
    if not missing and not (whole and (least is None or value >= least)):
        bound = "" if least is None else f" of at least {least}"
        msg = f"expected {name} to be an integer{bound}, got {value!r}"
        raise ArgumentError(msg)


def require_bool(name: str, value: Any) -> None:
    """Refuse what is not True or False."""
    if not isinstance(value, bool):
        msg = f"expected {name} to be True or False, got {value!r}"
        raise ArgumentError(msg)


def require_one_kind(schema: Schema) -> None:
    """Refuse strings against numbers."""
    true, pred = schema[Y_TRUE].kind, schema[Y_PRED].kind
    if (true == "str") != (pred == "str"):
        msg = f"expected y_true and y_pred of one kind, got {true} and {pred}; convert one of them"
        raise ColumnTypeError(msg)


def require_positive(schema: Schema, label: Any) -> None:
    """Refuse a positive label of another kind than y_true's; strings need one, None is none."""
    kind = schema[Y_TRUE].kind
    if label is None and kind == "str":
        msg = (
            "expected pos_label= to name the positive label, as y_true holds strings and y_pred "
            "one score a row"
        )
        raise LabelError(msg)
    if label is not None and isinstance(label, str) != (kind == "str"):
        msg = f"expected pos_label of the kind of y_true ({kind}), got {label!r}"
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


def require_classes(schema: Schema, column: str) -> int:
    """The number of classes of a column (N, C), or (N, ..., C)."""
    shape = schema[column].shape
    if not shape:
        msg = (
            f"expected {column} of shape (N, classes), got {shown(shape)}; one score a row wants "
            "a binary metric"
        )
        raise ShapeError(msg)
    return shape[-1]


def require_sparse(schema: Schema) -> int:
    """The number of classes where y_true is one label for each run of scores in y_pred."""
    classes = require_classes(schema, Y_PRED)
    true, pred = schema[Y_TRUE].shape, schema[Y_PRED].shape
    if true != pred[:-1]:
        msg = (
            f"expected labels {shown(pred[:-1])} in y_true for y_pred {shown(pred)}, got "
            f"{shown(true)}; for one-hot labels use the categorical metric"
        )
        raise ShapeError(msg)
    return classes


def check_label_range(state: MinMaxState, classes: int) -> None:
    """Refuse labels outside [0, classes)."""
    low, high = state.low[0], state.high[0]
    if low <= high and (low < 0 or high >= classes):
        msg = (
            f"expected labels in [0, {classes}) for {classes} classes in y_pred, got labels "
            f"from {int(low)} to {int(high)}; number the classes as y_pred's columns, from 0"
        )
        raise LabelError(msg)


def check_one_hot(state: CountState, name: str, hint: str) -> None:
    """Refuse rows of several labels, or of none; the hint says which metric takes them."""
    several = state.rows
    if several:
        msg = (
            f"{name}: expected one label a row in y_true (N, C), got {several:,} rows with several "
            f"or none; {hint}"
        )
        raise LabelError(msg)


def check_score_range(state: MinMaxState, name: str, hint: str) -> None:
    """Refuse scores outside [0, 1]; the hint says what to do where they are logits."""
    low, high = float(state.low[0]), float(state.high[0])
    if low <= high and (low < 0 or high > 1):
        msg = (
            f"{name}: expected scores within [0, 1], got values from {low} to {high}; are these "
            f"logits ({hint}, or apply a sigmoid), or labels (cast them to integers)?"
        )
        raise DomainError(msg)


def check_binary(state: CountState, name: str) -> None:
    """Refuse labels other than 0 and 1."""
    others = state.rows
    if others:
        msg = (
            f"{name}: expected labels 0 and 1 against one score a row, got {others:,} other "
            "labels in y_true; make them 0 and 1 (such as y_true == 2), or give predictions as "
            "labels, or one score a class"
        )
        raise LabelError(msg)


def require_weights_of(schema: Schema, *columns: str) -> None:
    """Refuse weights of elements that no row of these columns has."""
    shape = schema[WEIGHT].shape
    rows = [schema[name].shape for name in columns if name in schema]
    if not any(row[: len(shape)] == shape for row in rows):
        each = f", or one for each element of {shown(max(rows, key=len))}" if any(rows) else ""
        msg = (
            f"expected one weight a row{each}, got sample_weight of shape {shown(shape)}; give "
            "their sum or their mean over the row"
        )
        raise ShapeError(msg)
