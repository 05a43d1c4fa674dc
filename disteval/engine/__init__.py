"""The engine: a plan of reductions, run over spans of a source by Dask."""

from disteval.engine.plan import Plan
from disteval.engine.rows import Partial, RowCounts
from disteval.engine.run import run
from disteval.engine.spans import Span, cut

__all__ = ["Partial", "Plan", "RowCounts", "Span", "cut", "run"]
