"""What was asked for, as metrics; a user's plain function is a formula."""

from __future__ import annotations

from typing import Any

from disteval.metrics import as_metrics
from disteval.protocol import Metric, Schema


def metrics_of(asked: Any, schema: Schema | None = None) -> list[Metric]:
    """The metrics that were asked for.

    Parameters
    ----------
    schema : of the data, on which the presets depend
    """
    found: list[Metric] = as_metrics(asked, schema, function=_formula)
    return found


def _formula(function: Any) -> Metric:
    from disteval.formula import from_function  # at its first use: most runs have none

    return from_function(function)
