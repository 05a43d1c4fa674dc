"""Rows to test with: random batches, chunks and merge trees, and equality to the bit."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Array, Batch, Outcome

T = TypeVar("T")
Columns = Mapping[str, Array]

_EDGES = (0.0, -0.0, 5e-324, -2.2e-308, 1e-160, -1e-160, 1.0, -1.0, 1e200, -1e300, 1.7e308)
_SPECIALS = (float("inf"), float("-inf"), float("nan"))


def wild_floats(rng: np.random.Generator, rows: int, *, specials: bool = True) -> Array:
    """Doubles of every magnitude and both signs: subnormal, huge, -0.0; inf and NaN if wanted."""
    x = np.ldexp(rng.uniform(0.5, 1.0, rows), rng.integers(-1073, 1024, rows))
    x *= rng.choice([-1.0, 1.0], rows)
    few = rng.random(rows)
    x[few < 0.4] = rng.normal(size=rows)[few < 0.4]
    edges = np.array(_EDGES + _SPECIALS if specials else _EDGES)
    x[few < 0.2] = rng.choice(edges, rows)[few < 0.2]
    return x


def random_batches(
    rng: np.random.Generator,
    columns: Mapping[str, Callable[[np.random.Generator, int], Any]] | None = None,
    rows: Sequence[int] = (37, 0, 1, 5, 64),
) -> list[Batch]:
    """Batches of random rows, one of them empty and one of a single row.

    Parameters
    ----------
    columns : mapping of name to a function of (generator, rows)
        By default y_true and y_pred of every magnitude, and weights, some of them zero.
    rows : rows of each batch
    """
    if columns is None:
        columns = {Y_TRUE: wild_floats, Y_PRED: wild_floats, WEIGHT: _weights}
    return [Batch({name: make(rng, n) for name, make in columns.items()}) for n in rows]


def _weights(rng: np.random.Generator, rows: int) -> Array:
    return rng.choice([0.0, 1.0, 0.1, 2.5, 1e-300, 1e300], rows)


def concatenated(batches: Sequence[Batch]) -> Batch:
    """Join the rows of all batches into one."""
    names = batches[0].columns
    return Batch({name: np.concatenate([b.columns[name] for b in batches]) for name in names})


def rows_of(batch: Batch, index: Any) -> Batch:
    """Take some rows of a batch."""
    return Batch({n: np.ascontiguousarray(column[index]) for n, column in batch.columns.items()})


def random_chunks(rng: np.random.Generator, rows: int) -> list[slice]:
    """Cut so many rows at random; some chunks are empty, some single rows."""
    edges = np.sort(rng.integers(0, rows + 1, int(rng.integers(0, 9))))
    bounds = [0, *edges.tolist(), rows]
    return [slice(a, b) for a, b in itertools.pairwise(bounds)]


def merged_at_random(rng: np.random.Generator, parts: Sequence[T], merge: Callable[[T, T], T]) -> T:
    """All parts merged, two random ones at a time."""
    left = list(parts)
    while len(left) > 1:
        a = left.pop(int(rng.integers(len(left))))
        b = left.pop(int(rng.integers(len(left))))
        left.append(merge(a, b))
    return left[0]


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal to the bit: NaN is NaN, and 0.0 is not -0.0."""
    if isinstance(a, Outcome) or isinstance(b, Outcome):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a)
        )
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return a.dtype == b.dtype and a.shape == b.shape and _digits(a) == _digits(b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or (a != a and b != b)  # noqa: PLR0124
    return bool(a == b)


def _digits(array: Array) -> bytes:
    array = np.ascontiguousarray(array)
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    return array.tobytes()


def arrays_of(value: Any) -> Iterator[Array]:
    """Every array inside a state."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from arrays_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from arrays_of(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays_of(getattr(value, field.name))


def read_only(state: Any) -> Any:
    """Make the arrays of a state read-only, as they come from a cluster's network."""
    for array in arrays_of(state):
        array.flags.writeable = False
    return state


def pickled(value: T) -> T:
    """Pickle a value and read it back."""
    return pickle.loads(pickle.dumps(value))  # type: ignore[no-any-return]  # noqa: S301
