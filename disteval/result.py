"""The result of an evaluation: values by name, and everything that must be said about them."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from disteval.engine import RowCounts
from disteval.errors import UnknownNameError
from disteval.protocol import Reduction, Value


@dataclass(frozen=True, eq=False, repr=False)
class Result(Mapping[str, Any]):
    """Values by name; aliases find them too.

    Parameters
    ----------
    values : by the name of each metric
    labels : what the positions of an array mean, by name
    rules : how predictions were turned into labels, by name
    notes : what the user should know, such as undefined values
    rows : rows seen, used and dropped
    states : the merged states, by reduction
    passes : how often the data was read
    aliases : other names of the metrics

    Examples
    --------
    >>> import disteval
    >>> result = disteval.evaluate([1.0, 2.0], [1.0, 4.0], ["mse"])
    >>> result["mse"], result["mean_squared_error"]
    (2.0, 2.0)
    """

    values_: Mapping[str, Value]
    rows: RowCounts
    states: tuple[tuple[Reduction[Any], Any], ...]
    labels: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    passes: int = 1
    aliases: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        for candidate in (name, self.aliases.get(name, "")):
            if candidate in self.values_:
                return self.values_[candidate]
        near = difflib.get_close_matches(str(name), [*self.values_], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        msg = f"there is no value {name!r}; there are {', '.join(self.values_)}{hint}"
        raise UnknownNameError(msg)

    def __contains__(self, name: object) -> bool:
        return name in self.values_ or self.aliases.get(str(name)) in self.values_

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    @property
    def digest(self) -> str:
        """A hash of the merged states: equal data and reductions, equal digest.

        It depends neither on chunks, their order, threads, workers or device, nor on the order
        in which the metrics were asked for.
        """
        parts = sorted((repr(reduction), state.to_bytes()) for reduction, state in self.states)
        digest = hashlib.sha256()
        for name, content in parts:
            for part in (name.encode(), content):
                digest.update(len(part).to_bytes(8, "little"))
                digest.update(part)
        return digest.hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Everything but the states, as plain Python values; NaN stays NaN."""
        return {
            "metrics": {name: _plain(value) for name, value in self.values_.items()},
            "labels": {name: list(labels) for name, labels in self.labels.items()},
            "rules": dict(self.rules),
            "rows": {
                "seen": self.rows.seen,
                "used": self.rows.used,
                "dropped": dict(self.rows.dropped),
            },
            "notes": list(self.notes),
            "passes": self.passes,
            "digest": self.digest,
        }

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict` as strict JSON: NaN is null, infinities are the strings "inf" and "-inf"."""
        return json.dumps(_strict(self.to_dict()), indent=indent, allow_nan=False)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={_short(value)}" for name, value in self.values_.items())
        return f"<Result of {self.rows.used:,} rows: {values}>"

    def __str__(self) -> str:
        width = max(len(name) for name in self.values_)
        lines = []
        for name, value in self.values_.items():
            text = _block(value, self.labels.get(name, ()), width + 2)
            lines.append(f"{name:<{width}}  {text}")
        dropped = "".join(f", {n:,} dropped ({why})" for why, n in self.rows.dropped.items())
        lines.append(f"{'rows':<{width}}  {self.rows.used:,} used of {self.rows.seen:,}{dropped}")
        rules = dict.fromkeys(self.rules.values())
        lines.extend(f"{'labels':<{width}}  {rule}" for rule in rules)
        lines.extend(f"{'note':<{width}}  {note}" for note in self.notes)
        lines.append(f"{'digest':<{width}}  {self.digest[:16]}")
        return "\n".join(lines)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array{list(value.shape)}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _block(value: Any, labels: tuple[Any, ...], indent: int) -> str:
    """A value in full; an array with its labels."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    if value.ndim == 1:
        names = labels or range(len(value))
        return "  ".join(f"{label}: {item!r}" for label, item in zip(names, value.tolist(),
                                                                       strict=True))  # fmt: skip
    head = ["true \\ pred", *map(str, labels or range(value.shape[1]))]
    rows = [[str(head[1 + i]), *map(_short, row)] for i, row in enumerate(value.tolist())]
    widths = [max(len(row[j]) for row in (head, *rows)) for j in range(len(head))]
    lines = [
        "  ".join(f"{c:>{w}}" for c, w in zip(row, widths, strict=True)) for row in (head, *rows)
    ]
    return ("\n" + " " * indent).join(lines)
