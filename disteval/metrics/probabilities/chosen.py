"""The cross-entropy that the shapes of the data ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from disteval.errors import ColumnTypeError
from disteval.metrics.checks import require_bool, require_numbers
from disteval.metrics.probabilities.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Schema


@dataclass(frozen=True, repr=False)
class ChosenCrossentropy(Metric):
    """Cross-entropy in the form that the shapes ask for.

    One probability a row: `BinaryCrossentropy`. Rows of probabilities (N, C):
    `SparseCategoricalCrossentropy` for one label a row, `CategoricalCrossentropy` for one-hot
    rows (N, C).

    Parameters
    ----------
    from_logits : bool
        y_pred are logits.

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Several labels a row, each with its own probability, are `binary_crossentropy`.
    Shapes: (N,) and (N,); labels (N,) and numbers (N, C); or numbers (N, C) and (N, C).
    Range: [0, inf), lower is better.
    State: as of the form chosen.
    Exact: as the form chosen.
    Reference: tf.keras's rule for the string "crossentropy".

    Examples
    --------
    >>> round(ChosenCrossentropy()([0, 1], [0.4, 0.6]), 12)
    0.510825623766
    >>> round(ChosenCrossentropy()([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]), 12)
    1.176939193691
    """

    from_logits: bool = False

    key: ClassVar[str] = "crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """The form for this schema, under this metric's name."""
        require_bool("from_logits", self.from_logits)
        require_numbers(schema, Y_TRUE, Y_PRED)
        true, pred = schema[Y_TRUE], schema[Y_PRED]
        if pred.kind != "float" and not pred.shape:
            msg = (
                "expected probabilities in y_pred, got labels (integers or booleans); predict "
                "probabilities, or ask for accuracy"
            )
            raise ColumnTypeError(msg)
        form: type[BinaryCrossentropy | CategoricalCrossentropy | SparseCategoricalCrossentropy]
        if not pred.shape:
            form = BinaryCrossentropy
        elif true.shape == pred.shape[:-1]:
            form = SparseCategoricalCrossentropy
        else:
            form = CategoricalCrossentropy
        return form(from_logits=self.from_logits, name=self.name).resolve(schema)
