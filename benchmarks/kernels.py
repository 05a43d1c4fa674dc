"""Compiled specialisations that all metrics on all dtypes need, and the time they take."""

from __future__ import annotations

import importlib
import json
import pkgutil
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

import disteval
from benchmarks.measuring import Figure, Lap, Report, Settings, Target, python
from disteval.errors import DistevalError
from disteval.metrics.table import TABLE

QUESTION = "compiled specialisations after all metrics on all dtypes, from an empty cache"
MOST, SECONDS = 40, 30.0
ROWS = 6_000
FLOATS = ("f2", "f4", "f8")
INTEGERS = ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
CLASSES = 3


def measure(settings: Settings) -> Report:
    if settings.tiny:  # with whatever is in the cache, on one dtype
        found = json.loads(python("-m", "benchmarks.kernels", "tiny").splitlines()[-1])
    else:
        with tempfile.TemporaryDirectory() as empty:
            environment = {"NUMBA_CACHE_DIR": empty}
            text = python("-m", "benchmarks.kernels", environment=environment)
            found = json.loads(text.splitlines()[-1])
    per_kernel = Counter(found["signatures"])
    listed = ", ".join(f"{name} {n}" for name, n in per_kernel.most_common())
    return Report(
        (Figure("compiling", "other", 0, (Lap(found["compiling"], 0.0),)),
         Figure("all in all", "other", 0, (Lap(found["seconds"], 0.0),))),
        (Target("specialisations called from Python", sum(per_kernel.values()), MOST),
         Target("compiling all of them", found["compiling"], SECONDS, "s")),
        (f"called from Python: {listed}",
         f"compiled in all, with what they call: {found['all']}",
         f"evaluations: {found['evaluations']}"),
    )  # fmt: skip


def columns(dtypes: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    """Labels against labels, labels against scores, numbers, one-hot and sparse classes."""
    generator = np.random.default_rng(20)
    labels = generator.integers(2, size=ROWS)
    scores = generator.random((ROWS, CLASSES))
    scores /= scores.sum(axis=1, keepdims=True)
    classes = generator.integers(CLASSES, size=ROWS)
    onehot = np.eye(CLASSES)[classes]
    for dtype in dtypes:
        floats = dtype if dtype in FLOATS else "f4"
        yield labels.astype(dtype), generator.integers(2, size=ROWS).astype(dtype)
        yield labels.astype(dtype), scores[:, 0].astype(floats)
        yield onehot.astype(dtype), scores.astype(floats)
        if dtype not in ("?", *FLOATS):
            yield classes.astype(dtype), scores.astype(floats)


def signatures() -> tuple[list[str], int]:
    """Kernels called from Python, one entry a specialisation; and how many were compiled."""
    from numba.core.registry import CPUDispatcher

    import disteval.numerics.kernels as package

    seen: dict[int, tuple[str, Any]] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, CPUDispatcher):
                seen.setdefault(id(value), (f"{module.name.rpartition('.')[2]}.{name}", value))
    public = [
        name
        for name, kernel in seen.values()
        if not name.rpartition(".")[2].startswith("_")
        for _ in kernel.signatures
    ]
    return public, sum(len(kernel.signatures) for _, kernel in seen.values())


def main(dtypes: tuple[str, ...] = (*FLOATS, *INTEGERS)) -> None:
    """Run every metric on every dtype in this process, and print what was compiled."""
    from numba.core import event

    warnings.simplefilter("ignore")
    start = time.perf_counter()
    done = 0
    compiling: list[float] = []
    with event.install_timer("numba:compile", compiling.append):
        for y, p in columns(dtypes):
            for name in dict.fromkeys(entry.name for entry in TABLE):
                for weight in (None, np.full(ROWS, 0.5), np.full(ROWS, 0.5, np.float32)):
                    try:
                        disteval.evaluate(y, p, [name], sample_weight=weight, scheduler="sync")
                        done += 1
                    except DistevalError:
                        continue  # not for these kinds and shapes
    called, in_all = signatures()
    seconds = time.perf_counter() - start
    print(json.dumps({
        "signatures": called, "all": in_all, "compiling": sum(compiling), "seconds": seconds,
        "evaluations": done,
    }))  # fmt: skip


if __name__ == "__main__":
    import sys

    main(("f4",)) if "tiny" in sys.argv else main()
