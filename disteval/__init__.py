"""Evaluate predictions over a whole dataset: exact, in one pass, the same bits everywhere."""

from importlib import import_module as _import_module
from sys import modules as _modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disteval import errors as errors
    from disteval import metrics as metrics
    from disteval import ops as ops
    from disteval import testing as testing
    from disteval.engine import Plan as Plan
    from disteval.evaluator import Evaluator as Evaluator
    from disteval.evaluator import evaluate as evaluate
    from disteval.evaluator import explain as explain
    from disteval.history import History as History
    from disteval.protocol import Batch as Batch
    from disteval.protocol import Metric as Metric
    from disteval.protocol import Outcome as Outcome
    from disteval.protocol import Piece as Piece
    from disteval.protocol import Reduction as Reduction
    from disteval.protocol import Schema as Schema
    from disteval.protocol import Source as Source
    from disteval.result import Result as Result

__version__ = "0.1.0"

# The same names for the running program, which imports a module when one of its names is first
# used: the command line, and a `dask` command that finds ours, need none of them. "": a module.
_HOMES = {
    "Batch": "protocol",
    "Evaluator": "evaluator",
    "History": "history",
    "Metric": "protocol",
    "Outcome": "protocol",
    "Piece": "protocol",
    "Plan": "engine",
    "Reduction": "protocol",
    "Result": "result",
    "Schema": "protocol",
    "Source": "protocol",
    "errors": "",
    "evaluate": "evaluator",
    "explain": "evaluator",
    "metrics": "",
    "ops": "",
    "testing": "",
}

__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605  (type checkers read the list above)

if not TYPE_CHECKING:  # a type checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg, name=name, obj=_modules[__name__])  # Python adds the nearest
        home = _HOMES[name]
        module = _import_module(f"{__name__}.{home or name}")
        found = globals()[name] = getattr(module, name) if home else module
        return found

    def __dir__() -> list[str]:
        return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
