"""A user's plain function of (y_true, y_pred) as a metric: run on symbolic rows, then exact."""

from disteval.formula.formulas import Formula, TracedFormula, from_function
from disteval.formula.results import Several
from disteval.formula.rows import Rows
from disteval.formula.tracing import NotKnownError, Run, Trace, run_known, trace
from disteval.formula.unknown import Unknown

__all__ = [
    "Formula",
    "NotKnownError",
    "Rows",
    "Run",
    "Several",
    "Trace",
    "TracedFormula",
    "Unknown",
    "from_function",
    "run_known",
    "trace",
]
