"""The reference table: one row for every metric, with whoever else computes it.

A row says how to make data, and what scikit-learn (or, where it has no such metric, the
definition in NumPy) gives on whole float64 arrays. `exact` is the definition in rational
numbers, for a tie between us and the reference. `tests/test_references.py` inherits all its
tests to every row. A file for each family of metrics; `rows` has what they share.
"""

from tests.references import (
    aggregation,
    keras1,
    labels,
    labels_sklearn,
    losses,
    margins,
    overlap,
    probabilities,
    ranking,
    regression,
    similarity,
    thresholds,
    top_k,
)
from tests.references.rows import Array, Columns, Row, compute, identifier, one_column, values

TABLE: tuple[Row, ...] = (
    *regression.ROWS,
    *similarity.ROWS,
    *aggregation.ROWS,
    *labels.ROWS,
    *labels_sklearn.ROWS,
    *probabilities.ROWS,
    *thresholds.ROWS,
    *top_k.ROWS,
    *ranking.ROWS,
    *margins.ROWS,
    *overlap.ROWS,
    *losses.ROWS,
    *keras1.ROWS,
)

__all__ = ["TABLE", "Array", "Columns", "Row", "compute", "identifier", "one_column", "values"]
