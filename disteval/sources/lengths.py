"""What to say of columns of different lengths, and what may have been meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from disteval.protocol import Y_PRED, Y_TRUE

_SHOWN = 3


def unequal(rows: Mapping[str, int], shards: Mapping[str, Sequence[str]] | None = None) -> str:
    """The message for columns of these lengths.

    Parameters
    ----------
    rows : column to its number of rows
    shards : column to the paths of its parts ("" where a part has none)

    Examples
    --------
    >>> print(unequal({"y_true": 200, "y_pred": 600}))
    expected columns of one length, got y_true: 200, y_pred: 600 rows; are y_pred 3 values a row? \
then reshape it to (200, 3)
    """
    given = ", ".join(f"{name}: {n:,}" for name, n in rows.items())
    remedy = _without_partner(shards or {}) or _remedy(rows)
    return f"expected columns of one length, got {given} rows; {remedy}"


def _without_partner(shards: Mapping[str, Sequence[str]]) -> str:
    """Shards of which another column has no namesake; "" where there is none."""
    sharded = {name: paths for name, paths in shards.items() if len(paths) > 1 and all(paths)}
    stems = {name: {PurePath(path).stem for path in paths} for name, paths in sharded.items()}
    found = []
    for name, paths in sharded.items():
        for other, theirs in stems.items():
            if not stems[name] & theirs:
                continue  # other names altogether say nothing
            alone = [path for path in paths if PurePath(path).stem not in theirs]
            if alone:
                found.append(f"{other} has no shard to go with {_listed(alone)} of {name}")
    return "; ".join(found)


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(map(repr, paths[:_SHOWN])) + more


def _remedy(rows: Mapping[str, int]) -> str:
    true, pred = rows.get(Y_TRUE, 0), rows.get(Y_PRED, 0)
    if 1 < true < pred and not pred % true:
        k = pred // true
        return f"are y_pred {k} values a row? then reshape it to ({true}, {k})"
    if 1 in rows.values():
        return "rows are the first axis of an array: is one transposed?"
    return "give the same rows of each, in the same order"
