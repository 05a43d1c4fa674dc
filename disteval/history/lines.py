"""The file of a history: lines of JSON that are only ever appended.

The first line is ``{"disteval_history": 1}``, the format; every other one is an entry::

    {"step": 0, "prefix": "val_", "values": {"mean_squared_error": 0.25}}

A line reaches the disk in one write, while the file is locked. What a crash left behind the last
whole line (it has no newline, or is not JSON) was never acknowledged to anyone: it is dropped with
a warning when the file is read, and cut off when the next line is written.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from disteval.errors import (
    ArgumentError,
    CorruptFileError,
    DistevalWarning,
    SourceError,
    SourceNotFoundError,
)
from disteval.history.entries import Entry, Step, checked_step, named, parsed, strict

try:
    import fcntl
except ImportError:  # pragma: no cover  (Windows)
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
_KEY = "disteval_history"
_START = f'{{"{_KEY}":'.encode()
_HEADER = _START + f" {FORMAT}}}\n".encode()


class LineFile:
    """The file, as far as this process knows it.

    Parameters
    ----------
    path : str or Path
        A file, or the name of one to come in a directory that exists.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _checked(path)
        self._end = 0  # behind the last whole line that was read or written here

    def read(self) -> list[Entry]:
        """All entries; a torn last line is dropped with a warning."""
        try:
            with self.path.open("rb", buffering=0) as stream, _locked(stream, shared=True):
                content = stream.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self.path, error) from error
        return self._entries(content)

    def _entries(self, content: bytes) -> list[Entry]:
        *lines, torn = content.split(b"\n")
        if not lines and not (torn.startswith(_START) or _HEADER.startswith(torn)):
            raise self._damaged(1, f"expected a history, which begins with {_START.decode()} ...")
        found = []
        for number, line in enumerate(lines, 1):
            try:
                record = _loads(line)
            except ValueError as error:
                if 1 < number == len(lines) and not torn:
                    torn = line + b"\n"
                    break
                raise self._damaged(number, f"expected a line of JSON, got {line!r:.60}") from error
            entry = self._entry(number, record)
            if entry is not None:
                found.append(entry)
        self._end = len(content) - len(torn)
        if torn:
            msg = (
                f"dropped the torn last line of {self.path}: {len(torn):,} bytes that a crash left "
                "behind while writing; the next append replaces them"
            )
            warnings.warn(msg, DistevalWarning, stacklevel=4)
        return found

    def _entry(self, number: int, record: Any) -> Entry | None:
        """What a line holds; None for a line that tells the format."""
        if isinstance(record, dict):
            version = record.get(_KEY)
            if isinstance(version, int):
                self._check_version(version)
                return None
            if number > 1:
                with contextlib.suppress(KeyError, TypeError, AttributeError, ValueError):
                    values = record["values"].items()
                    plain = {name: parsed(value) for name, value in values}
                    return named(checked_step(record["step"]), record["prefix"], plain)
        what = "a history's entry" if number > 1 else f"a history, which begins with {_HEADER!r}"
        raise self._damaged(number, f"expected {what}, got {json.dumps(record):.60}")

    def _check_version(self, version: int) -> None:
        if version > FORMAT:
            msg = (
                f"{self.path} has format {version} of a newer disteval, this one reads formats up "
                f"to {FORMAT}; upgrade disteval to open it"
            )
            raise SourceError(msg)

    def _damaged(self, number: int, what: str) -> CorruptFileError:
        return CorruptFileError(f"{self.path}, line {number}: {what}")

    def append(self, step: Step, prefix: str, values: Mapping[str, Any]) -> None:
        """Write an entry through to the disk; a failure leaves the file as it was."""
        record = {
            "step": step,
            "prefix": prefix,
            "values": {name: strict(value) for name, value in values.items()},
        }
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        try:
            with self.path.open("a+b", buffering=0) as stream, _locked(stream):
                self._end = self._write(stream, line)
        except SourceError:
            raise
        except OSError as error:
            msg = (
                f"cannot append to the history {self.path}: {error.strerror or error}; nothing was "
                "added, append again when this is mended"
            )
            raise SourceError(msg) from error

    def _write(self, stream: FileIO, line: bytes) -> int:
        size = stream.seek(0, os.SEEK_END)
        start = _whole(stream, size)
        if start < self._end:
            msg = (
                f"expected {self.path} to hold the {self._end:,} bytes that were read and written "
                f"here, got {start:,}: it was replaced or cut; open it anew with History(path)"
            )
            raise CorruptFileError(msg)
        if start < size:
            stream.truncate(start)
        rest = line if start else _HEADER + line
        end = start + len(rest)
        try:
            while rest:
                rest = rest[stream.write(rest) :]
            os.fsync(stream.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                stream.truncate(start)
            raise
        return end


def _checked(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        msg = f"expected path to be a str or Path, got {type(path).__name__}"
        raise ArgumentError(msg)
    found = Path(path).absolute()  # the program may change its directory
    try:
        mode = found.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if found.parent.is_dir():
            return found
        msg = (
            f"there is no directory {str(found.parent)!r} to keep the history {found.name!r} in; "
            "create it first"
        )
        raise SourceNotFoundError(msg) from None
    except OSError as error:
        raise _unreadable(found, error) from error
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
        msg = f"expected a file to keep the history in, such as 'history.jsonl'; {found} is {kind}"
        raise ArgumentError(msg)
    return found


def _unreadable(path: Path, error: OSError) -> SourceError:
    return SourceError(f"cannot read the history {path}: {error.strerror or error}")


@contextlib.contextmanager
def _locked(stream: FileIO, *, shared: bool = False) -> Iterator[None]:
    """The file to this process alone, or to readers alone, where the system has such locks.

    Without one, appends of several processes still do not mix: each is one write to the end.
    """
    if fcntl is not None:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(stream, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    yield  # closing the file unlocks it


def _whole(stream: FileIO, size: int) -> int:
    """Where the last whole line ends."""
    block = 4096
    while True:
        start = max(0, size - block)
        stream.seek(start)
        tail = stream.read(size - start)
        cut = tail.rfind(b"\n", 0, len(tail) - 1) + 1
        if cut or not start:
            break
        block *= 8
    last = tail[cut:]
    try:
        if last.endswith(b"\n"):
            _loads(last)
            return size
    except ValueError:
        pass
    return start + cut


def _no_number(text: str) -> float:
    msg = f"{text} is not JSON"
    raise ValueError(msg)


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _loads(line: bytes) -> Any:
    """The value of a line of strict JSON. ValueError: it is none."""
    try:
        return _DECODER.decode(line.decode())
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error
