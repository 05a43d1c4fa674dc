"""Values as a pandas data frame in long form: one number a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from disteval.errors import MissingExtraError
from disteval.protocol import Value
from disteval.report.values import Labels, as_float, is_number, leaves

Part = tuple[Any, Mapping[str, Value], Mapping[str, Labels]]
"""The label of a slice (None: all rows), its values by name, and the labels of their positions."""


def long_frame(parts: Iterable[Part]) -> Any:
    """The columns metric, label, slice, value; what is no number is left out."""
    pd = _pandas()
    metrics: list[str] = []
    labels: list[Any] = []
    slices: list[Any] = []
    numbers: list[Any] = []
    for part, values, names in parts:
        for metric, value in values.items():
            for path, leaf in leaves(value, names.get(metric, ())):
                if not is_number(leaf):
                    continue
                metrics.append(metric)
                labels.append(path if len(path) > 1 else path[0] if path else None)
                slices.append(part)
                numbers.append(_of_column(leaf))
    return pd.DataFrame(
        {
            "metric": metrics,
            # objects: None stays None, and labels keep their types
            "label": pd.Series(labels, dtype=object),
            "slice": pd.Series(slices, dtype=object),
            "value": pd.Series(numbers, dtype=None if numbers else float),
        }
    )


def _of_column(number: Any) -> int | float:
    """The number without what would make a column of objects: truth values, endless integers."""
    if isinstance(number, int) and abs(number) < 1 << 63:
        return int(number)
    return as_float(number)


def wide(columns: Mapping[str, Sequence[Any]], index: Sequence[Any], index_name: str) -> Any:
    """These columns over an index."""
    pd = _pandas()
    return pd.DataFrame(dict(columns), index=pd.Index(index, name=index_name))


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError:
        msg = "a data frame needs pandas, which is not installed; pip install 'disteval[dataframe]'"
        raise MissingExtraError(msg) from None
    return pd
