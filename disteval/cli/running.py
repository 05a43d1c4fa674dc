"""What `disteval evaluate` does once its words are read: imports, checks, and the evaluation."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import Iterator, Sequence
from glob import has_magic
from pathlib import Path
from typing import Any

import click

import disteval
from disteval.cli import custom
from disteval.cli.commands import say
from disteval.errors import ArgumentError, ClusterError, SourceNotFoundError
from disteval.formula import from_function
from disteval.metrics import as_metrics, catalogue
from disteval.metrics.presets import PRESETS
from disteval.result import Result
from disteval.sources.files.paths import absent, paths, similar

CONNECT_SECONDS = 5

Words = tuple[str, ...]


def arguments(
    data: Words,
    y_true: tuple[Words, ...],
    y_pred: tuple[Words, ...],
    weight: Words | None,
    by: Words | None,
) -> dict[str, Any]:
    """The arguments of `disteval.evaluate` that say where the rows are."""
    given = {
        "y_true": ("--y-true", y_true),
        "y_pred": ("--y-pred", y_pred),
        "sample_weight": ("--weight", (weight,) if weight else ()),
        "by": ("--by", (by,) if by else ()),
    }
    of = _name if data else _shards
    found = {role: of(option, values) for role, (option, values) in given.items() if values}
    return found | {"data": _tables(data)} if data else found


def _name(option: str, values: tuple[Words, ...]) -> str | list[str]:
    """The name of a column of the data, or the names of several."""
    for words in values:
        if len(words) > 1:
            msg = (
                f"expected the name of a column of DATA as {option}, got {len(words)} files "
                f"({words[0]!r}, ...); leave DATA out to evaluate these"
            )
            raise ArgumentError(msg)
    names = [name for (name,) in values]
    return names[0] if len(names) == 1 else names


def _shards(option: str, values: tuple[Words, ...]) -> str | list[Path]:
    """The files of a column, or their glob."""
    if len(values) > 1:
        msg = (
            f"several {option} name columns of DATA, and no DATA are given; the shards of one "
            f"array are one {option}, such as {option} 'shards/*.npy'"
        )
        raise ArgumentError(msg)
    (words,) = values
    if len(words) > 1:
        return [Path(word) for word in words]
    (word,) = words
    if not has_magic(word) and not Path(word).expanduser().exists():
        msg = (
            f"there is no file {word!r}; for a column of this name, say which files hold it: "
            f"disteval evaluate 'preds/*.parquet' {option} {word} ..."
        )
        raise SourceNotFoundError(absent(word) if Path(word).suffix else msg)
    return word


def _tables(words: Words) -> str | list[Path]:
    for word in words:
        if not has_magic(word) and "://" not in word and not Path(word).expanduser().exists():
            raise SourceNotFoundError(_stray(word))
    if len(words) == 1:
        return words[0]
    found = [path for word in words for path in paths(word)]
    given: set[Path] = set()
    for path in found:
        if path.resolve() in given:
            msg = f"{str(path)!r} is given twice; its rows would count twice"
            raise ArgumentError(msg)
        given.add(path.resolve())
    return found


def _stray(word: str) -> str:
    """What to say of a word that is no file, and what it may have been meant to be."""
    lead = f"there is no file {word!r}"
    if word in PRESETS or catalogue.exactly(word):
        return f"{lead}; for the metric write -m {word}"
    if Path(word).suffix or "/" in word or similar(Path(word)):
        return absent(word)
    return f"{lead}; for a column of this name repeat the option, such as --y-pred {word}"


def metrics(asked: Sequence[str]) -> list[Any]:
    """The metrics asked for, those of the user's own loaded."""
    if not asked:
        msg = (
            f"say what to compute: -m METRIC, such as -m accuracy, or a preset: "
            f"{', '.join(f'-m {name}' for name in PRESETS)}; 'disteval metrics' lists them all"
        )
        raise click.UsageError(msg)
    found = [custom.as_asked(text) for text in asked]
    as_metrics(found, function=from_function)  # what is wrong with them is told at once
    return found


def run(
    rows: dict[str, Any],
    wanted: list[Any],
    nan_policy: str,
    memory_budget: str | None,
    scheduler: str | None,
    progress: str | None,
) -> Result:
    """The result; warnings are lines on stderr."""
    options: dict[str, Any] = {"nan_policy": nan_policy, "memory_budget": memory_budget}
    if progress is not None:
        options["progress"] = False if progress == "none" else progress
    if scheduler and "://" in scheduler:
        rows = _for_workers(rows)
    with _warnings_told(), _connected(scheduler) as client:
        return disteval.evaluate(metrics=wanted, scheduler=client, **rows, **options)


def _for_workers(rows: dict[str, Any]) -> dict[str, Any]:
    """The same rows by full paths: workers run in folders of their own."""
    files = ["data"] if "data" in rows else list(rows)
    return rows | {role: _absolute(rows[role]) for role in files}


def _absolute(given: str | list[Path]) -> str | list[Path]:
    if isinstance(given, list):
        return [path.absolute() for path in given]
    return given if "://" in given else str(Path(given).expanduser().absolute())


@contextlib.contextmanager
def _warnings_told() -> Iterator[None]:
    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        say(f"warning: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", disteval.errors.DistevalWarning)
        warnings.showwarning = show
        yield


@contextlib.contextmanager
def _connected(scheduler: str | None) -> Iterator[Any]:
    """What `disteval.evaluate` takes: a client of the address, or what was given."""
    if scheduler is None or "://" not in scheduler:
        yield scheduler
        return
    from distributed import Client

    # a client of what is no scheduler waits for long, and is long in giving up
    _check_answers(scheduler)
    with Client(scheduler, set_as_default=False) as client:
        yield client


def _check_answers(address: str) -> None:
    """Refuse an address at which no scheduler is."""
    from distributed import Security, rpc

    async def kind() -> str:
        security = Security().get_connection_args("client")
        async with asyncio.timeout(CONNECT_SECONDS), rpc(address, connection_args=security) as node:
            return str((await node.identity())["type"])

    try:
        found = asyncio.run(kind())
    except Exception as error:
        reason = f"waited {CONNECT_SECONDS} s" if isinstance(error, TimeoutError) else str(error)
        msg = f"no Dask scheduler answers at {address!r}: {reason}"
        raise ClusterError(msg) from error
    if found != "Scheduler":
        msg = f"expected the address of a Dask scheduler, got that of a {found}: {address!r}"
        raise ClusterError(msg)
