"""What is appended, and what must be the same after reading it back."""

from __future__ import annotations

from typing import Any

from disteval.history import History


def result(error: float) -> dict[str, float]:
    return {"mean_squared_error": error * error / 2, "mean_absolute_error": error / 2}


def content(history: History) -> Any:
    """Everything that must be the same after reading a file back, NaN included."""
    return repr((list(history), dict(history.history), history.steps))
