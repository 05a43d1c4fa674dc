"""What the arguments of losses may be, and the probabilities that they take."""

from __future__ import annotations

from disteval.errors import ArgumentError, DomainError
from disteval.metrics.checks import require_int, require_number_arguments, shown
from disteval.protocol import Y_PRED, Schema
from disteval.reductions import MinMaxState


def check_smoothing(smoothing: float) -> None:
    """Refuse shares of the labels outside [0, 1]."""
    require_number_arguments(label_smoothing=smoothing)
    if not 0 <= smoothing <= 1:
        msg = f"expected label_smoothing in [0, 1], got {smoothing}"
        raise ArgumentError(msg)


def class_axis(axis: int, schema: Schema) -> int:
    """The axis of classes among those of a row of y_pred, from 0.

    Parameters
    ----------
    axis : of the array as it was given, with its rows and its axes of length one
    """
    row = schema[Y_PRED].axes or (1,)
    require_int("axis", axis)
    place = axis + len(row) if axis < 0 else axis - 1
    if not 0 <= place < len(row):
        msg = (
            f"expected axis to be -1 or another axis of a row of y_pred {shown(row)}, from 1 to "
            f"{len(row)}, got {axis}; axis 0 holds the rows"
        )
        raise ArgumentError(msg)
    return sum(length != 1 for length in row[:place])


def check_last_axis(axis: int, schema: Schema) -> None:
    """Refuse classes that are not the last axis."""
    if axis not in (-1, len(schema[Y_PRED].axes)):
        msg = f"expected axis=-1, got {axis}; the classes are the last axis: transpose y_pred"
        raise ArgumentError(msg)


def check_not_negative(state: MinMaxState, name: str) -> None:
    """Refuse negative probabilities."""
    if state.low[0] < 0:
        msg = (
            f"{name}: expected probabilities, got values down to {float(state.low[0])}; "
            "are these logits? then give from_logits=True, or apply a softmax"
        )
        raise DomainError(msg)
