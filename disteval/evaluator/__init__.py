"""Three ways to run one plan: `evaluate`, the streaming `Evaluator`, and a metric alone."""

from disteval.evaluator.evaluating import evaluate, explain
from disteval.evaluator.streaming import Evaluator

__all__ = ["Evaluator", "evaluate", "explain"]
