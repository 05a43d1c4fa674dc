"""Comparisons, and what depends on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.ops.symbolic import is_symbolic


def equal(x: Any, y: Any) -> Any:
    """x == y."""
    return np.equal(x, y)


def not_equal(x: Any, y: Any) -> Any:
    """x != y."""
    return np.not_equal(x, y)


def greater(x: Any, y: Any) -> Any:
    """x > y."""
    return np.greater(x, y)


def greater_equal(x: Any, y: Any) -> Any:
    """x >= y."""
    return np.greater_equal(x, y)


def less(x: Any, y: Any) -> Any:
    """x < y."""
    return np.less(x, y)


def less_equal(x: Any, y: Any) -> Any:
    """x <= y."""
    return np.less_equal(x, y)


def logical_and(x1: Any, x2: Any) -> Any:
    """Both."""
    return np.logical_and(x1, x2)


def logical_or(x1: Any, x2: Any) -> Any:
    """One of them, or both."""
    return np.logical_or(x1, x2)


def logical_not(x: Any) -> Any:
    """Not."""
    return np.logical_not(x)


def isnan(x: Any) -> Any:
    """Whether a number is NaN."""
    return np.isnan(x)


def isinf(x: Any) -> Any:
    """Whether a number is infinite."""
    return np.isinf(x)


def isfinite(x: Any) -> Any:
    """Whether a number is finite."""
    return np.isfinite(x)


def where(condition: Any, x1: Any, x2: Any) -> Any:
    """x1 where the condition holds, else x2."""
    return np.where(condition, x1, x2)


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two values (or of functions of no arguments that give them)."""
    then_expression, else_expression = (
        branch() if callable(branch) and not is_symbolic(branch) else branch
        for branch in (then_expression, else_expression)
    )
    return np.where(condition, then_expression, else_expression)
