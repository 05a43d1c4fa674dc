"""The reference table: one row for every metric, with whoever else computes it.

A row says how to make data, and what scikit-learn (or, where it has no such metric, the
definition in NumPy) gives on whole float64 arrays. `exact` is the definition in rational
numbers, for a tie between us and the reference. `tests/test_references.py` inherits all its
tests to every row. A file for each family of metrics; `rows` has what they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.references import (
    aggregation,
    areas,
    curves,
    keras1,
    labels,
    labels_sklearn,
    losses,
    margins,
    overlap,
    points,
    probabilities,
    quantiles,
    ranking,
    regression,
    similarity,
    thresholds,
    top_k,
)
from tests.references.rows import (
    Array,
    Columns,
    Row,
    compute,
    identifier,
    maker,
    metric_of,
    one_column,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disteval.protocol import Metric

TABLE: tuple[Row, ...] = (
    *regression.ROWS,
    *quantiles.ROWS,
    *similarity.ROWS,
    *aggregation.ROWS,
    *labels.ROWS,
    *labels_sklearn.ROWS,
    *probabilities.ROWS,
    *thresholds.ROWS,
    *areas.ROWS,
    *points.ROWS,
    *top_k.ROWS,
    *ranking.ROWS,
    *margins.ROWS,
    *overlap.ROWS,
    *losses.ROWS,
    *keras1.ROWS,
    *curves.ROWS,
)


@dataclass(frozen=True)
class Together:
    """Rows of the same data, whose metrics one evaluation gives."""

    rows: tuple[Row, ...]
    number: int

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, each under a name of its own."""
        return [metric_of(row).renamed(f"{i}: {row.name}") for i, row in enumerate(self.rows)]

    def __str__(self) -> str:
        return f"{maker(self.rows[0])}-{self.number}"


def together(rows: Iterable[Row]) -> list[Together]:
    """The rows by what makes their data; those of several passes apart."""
    found: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        found.setdefault((repr(row.make), metric_of(row).passes > 1), []).append(row)
    return [Together(tuple(group), number) for number, group in enumerate(found.values())]


__all__ = [
    "TABLE",
    "Array",
    "Columns",
    "Row",
    "Together",
    "compute",
    "identifier",
    "metric_of",
    "one_column",
    "together",
    "values",
]
