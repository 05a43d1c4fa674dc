"""A user's plain function of (y_true, y_pred) as a metric: run on symbolic rows, then exact.

formulas        the metric: trace, compute, trace again
tracing         running a function on symbolic rows; arguments: which columns it takes
rows, unknown   the symbolic values: rows, and numbers of the dataset that are not known yet
elementwise, indexing, shapes, methods, functions
                what NumPy does to rows
nodes           expressions, each once; operations: what they do to blocks
reducing        reductions of rows; requests: what they ask of a pass; views
embedding       metrics inside formulas
results         what a function returned; refusing, locating: errors, and the user's line
keras_style     classes with an `update_state` of their own
"""

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
