"""Reference rows of the family `probabilities`."""

from __future__ import annotations

from tests.references.rows import (
    LOW,
    F,
    Row,
    binary_log_loss,
    exact_log_loss,
    one_hot,
    one_hot_log_loss,
    probabilities,
    scores,
    sparse_log_loss,
)

ROWS: tuple[Row, ...] = (
    Row(
        "binary_crossentropy", scores, binary_log_loss, exact_log_loss, dtypes=F, own_clip=True
    ),
    Row(
        "categorical_crossentropy", one_hot, one_hot_log_loss, exact_log_loss, dtypes=LOW,
        own_clip=True,
    ),
    Row(
        "sparse_categorical_crossentropy", probabilities, sparse_log_loss, exact_log_loss,
        dtypes=LOW, own_clip=True,
    ),
)  # fmt: skip
