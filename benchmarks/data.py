"""Generated data: columns in `.npy` files, made once and kept in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_BLOCK = 1 << 22
_SMALL_BLOCK = 1 << 18  # which the second cache holds


def pair(
    folder: Path, name: str, rows: int, make: Callable[[np.random.Generator, int], tuple[Any, Any]]
) -> tuple[Path, Path]:
    """Two columns, written block by block; files that are there already are taken.

    Parameters
    ----------
    folder : where
    name : of the pair
    rows : of each column
    make : (generator, rows) to the rows of a block
    """
    paths = folder / f"{name}-{rows}-true.npy", folder / f"{name}-{rows}-pred.npy"
    if all(path.exists() for path in paths):
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(20)
    parts = [path.with_suffix(".part") for path in paths]
    dtypes = [column.dtype for column in make(np.random.default_rng(0), 1)]
    maps = [
        np.lib.format.open_memmap(part, "w+", dtype, (rows,))
        for part, dtype in zip(parts, dtypes, strict=True)
    ]
    for start in range(0, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        for column, block in zip(maps, make(generator, stop - start), strict=True):
            column[start:stop] = block
    for column, part, path in zip(maps, parts, paths, strict=True):
        column.flush()
        part.replace(path)
    return paths


Columns = tuple[list[Path], list[Path]]


def shards(
    folder: Path, name: str, count: int, rows: int, make: Callable[[Any, int, int], tuple[Any, Any]]
) -> Columns:
    """Files of labels and of scores, made on two threads; what is there already is taken.

    Parameters
    ----------
    folder : where
    name : of the data
    count, rows : how many pairs of files, and the rows of each
    make : (generator, number of the first row, rows) to the labels and scores of a block
    """
    whole = folder / f"{name}-{count}x{rows}"
    found = [[whole / f"{kind}-{i:03}.npy" for i in range(count)] for kind in ("label", "score")]
    if whole.exists():
        return found[0], found[1]
    part = whole.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)

    def write(i: int) -> None:
        generator = np.random.default_rng((20, i))  # of its own, whichever thread takes it
        columns = [np.empty(rows, column.dtype) for column in make(generator, 0, 1)]
        for start in range(0, rows, _SMALL_BLOCK):
            stop = min(start + _SMALL_BLOCK, rows)
            block = make(generator, i * rows + start, stop - start)
            for column, values in zip(columns, block, strict=True):
                column[start:stop] = values
        for paths, column in zip(found, columns, strict=True):
            np.save(part / paths[i].name, column)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(count)))
    part.rename(whole)
    return found[0], found[1]


def sigmoids(
    generator: np.random.Generator, rows: int, mean: float, deviation: float
) -> tuple[Array, Array]:
    """int8 labels that are 1 as often as the score says, and float32 sigmoids of normal numbers."""
    scores = generator.standard_normal(rows, np.float32)
    scores *= np.float32(-deviation)
    scores -= np.float32(mean)
    np.exp(scores, out=scores)
    scores += np.float32(1)
    np.reciprocal(scores, out=scores)
    return (generator.random(rows, np.float32) < scores).view(np.int8), scores


def distinct(
    generator: np.random.Generator, first: int, rows: int, mean: float, deviation: float
) -> tuple[Array, Array]:
    """The same in float64, no two of 2**30 alike: the last 30 bits number the rows."""
    scores = generator.standard_normal(rows)
    scores *= -deviation
    scores -= mean
    np.exp(scores, out=scores)
    scores += 1
    np.reciprocal(scores, out=scores)
    bits = scores.view(np.uint64)
    bits &= np.uint64((1 << 64) - (1 << 30))
    bits |= np.arange(first, first + rows, dtype=np.uint64)
    return (generator.random(rows) < scores).view(np.int8), scores


def regression(generator: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """Standard normal float32 values, and predictions that miss by a tenth of that."""
    y = generator.standard_normal(rows, np.float32)
    p = y + np.float32(0.1) * generator.standard_normal(rows, np.float32)
    return y, p


def scores(generator: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """Labels 0 and 1, and scores in [0, 1] that lean to the right side; float32."""
    y = (generator.random(rows, np.float32) < np.float32(0.3)).astype(np.float32)
    p = generator.random(rows, np.float32)
    return y, np.where(y == 1, np.sqrt(p), p * p).astype(np.float32)


CLASSES = 1_000


def labels_right(generator: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """int32 labels of 1,000 classes, 90 of 100 predictions right."""
    y, p = labels_random(generator, rows)
    return y, np.where(generator.random(rows, np.float32) < np.float32(0.9), y, p)


def labels_random(generator: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """int32 labels of 1,000 classes, predictions drawn at random."""
    y = generator.integers(CLASSES, size=rows, dtype=np.int32)
    return y, generator.integers(CLASSES, size=rows, dtype=np.int32)


def groups(generator: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """int32 groups of 6, and of 1,000."""
    few = generator.integers(6, size=rows, dtype=np.int32)
    return few, generator.integers(1_000, size=rows, dtype=np.int32)


def countries(generator: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """Six countries as text, and their numbers."""
    numbers = generator.integers(6, size=rows, dtype=np.int8)
    return np.array(["AT", "DE", "ES", "FR", "IT", "UK"])[numbers], numbers
