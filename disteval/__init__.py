"""Evaluate predictions over a whole dataset: exact, in one pass, the same bits everywhere."""

from disteval import errors, metrics
from disteval.engine import Plan
from disteval.evaluator import Evaluator, evaluate, explain
from disteval.protocol import Batch, Metric, Outcome, Piece, Reduction, Schema, Source
from disteval.result import Result

__version__ = "0.1.0"

__all__ = [
    "Batch",
    "Evaluator",
    "Metric",
    "Outcome",
    "Piece",
    "Plan",
    "Reduction",
    "Result",
    "Schema",
    "Source",
    "__version__",
    "errors",
    "evaluate",
    "explain",
    "metrics",
]
