"""What to say of columns of different lengths, and what may have been meant."""

from __future__ import annotations

from collections.abc import Mapping

from disteval.protocol import Y_PRED, Y_TRUE


def unequal(rows: Mapping[str, int]) -> str:
    """The message for columns of these lengths.

    Parameters
    ----------
    rows : column to its number of rows

    Examples
    --------
    >>> print(unequal({"y_true": 200, "y_pred": 600}))
    expected columns of one length, got y_true: 200, y_pred: 600 rows; are y_pred 3 values a row? \
then reshape it to (200, 3)
    """
    given = ", ".join(f"{name}: {n:,}" for name, n in rows.items())
    return f"expected columns of one length, got {given} rows; {_remedy(rows)}"


def _remedy(rows: Mapping[str, int]) -> str:
    true, pred = rows.get(Y_TRUE, 0), rows.get(Y_PRED, 0)
    if 1 < true < pred and not pred % true:
        k = pred // true
        return f"are y_pred {k} values a row? then reshape it to ({true}, {k})"
    if 1 in rows.values():
        return "rows are the first axis of an array: is one transposed?"
    return "give the same rows of each, in the same order"
