"""``.npy`` and ``.npz`` files, one file or the shards of a dataset."""

from __future__ import annotations

import ast
import functools
import mmap
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from disteval.errors import (
    ColumnTypeError,
    CorruptFileError,
    ShapeError,
    SourceError,
    SourceNotFoundError,
)
from disteval.protocol import Column
from disteval.sources.columns.kinds import common_column, row_shape
from disteval.sources.names import check_names

# what reading a header or a compressed array may raise where bytes are wrong
_DAMAGED = (
    *(ValueError, TypeError, SyntaxError, EOFError, LookupError, MemoryError, NotImplementedError),
    *(struct.error, zlib.error, zipfile.BadZipFile),
)


@dataclass(frozen=True)
class NpyFile:
    """The array inside a file, known by its header: rows are read on the worker.

    Parameters
    ----------
    path : the file
    dtype : dtype string
    shape : of the whole array
    offset : bytes before the first element
    fortran : whether the first axis is the fastest
    stamp : the file's time of change
    member : its name, where the file is an archive of several
    """

    path: str
    dtype: str
    shape: tuple[int, ...]
    offset: int = 0
    fortran: bool = False
    stamp: int = 0
    member: str | None = None

    @classmethod
    def open(cls, path: Path) -> NpyFile:
        """Read the header, and check that the data is all there."""
        try:
            with path.open("rb") as stream:
                dtype, shape, fortran = _header(stream)
                offset = stream.tell()
        except FileNotFoundError:
            msg = f"there is no file {str(path)!r}"
            raise SourceNotFoundError(msg) from None
        except _DAMAGED as error:
            msg = f"expected a .npy file, but {str(path)!r} has no readable header ({error})"
            raise CorruptFileError(msg) from error
        except OSError as error:
            msg = f"cannot read {str(path)!r}: {error.strerror or error}"
            raise SourceError(msg) from error
        status = path.stat()
        file = cls(str(path), dtype.str, shape, offset, fortran, status.st_mtime_ns)
        file._check_size(status.st_size)
        return file

    @classmethod
    def of_memmap(cls, array: np.memmap[Any, Any]) -> NpyFile | None:
        """The file of a C-contiguous memory map (or a run of its rows); None if not to be had."""
        root: Any = array
        while isinstance(root.base, np.ndarray):
            root = root.base
        path = getattr(array, "filename", None)
        # a copy-on-write map may hold values that are in no file
        if path is None or not isinstance(root, np.memmap) or root.mode == "c":
            return None
        if not array.flags.c_contiguous or array.base is None:
            return None
        shift = array.ctypes.data - root.ctypes.data
        array.flush()  # what is only in memory so far must be in the file
        file = cls(str(path), array.dtype.str, array.shape, int(root.offset) + shift)
        file.__dict__["_given"] = array.view(np.ndarray)  # it is mapped already
        return file

    @property
    def rows(self) -> int:
        """Length of the first axis."""
        return self.shape[0] if self.shape else 0

    @property
    def column(self) -> Column:
        """Kind and shape of a row."""
        return Column(np.dtype(self.dtype), row_shape(self.shape))

    def __getstate__(self) -> dict[str, Any]:
        # the mapping stays here: workers make their own
        return {spec.name: getattr(self, spec.name) for spec in fields(self)}

    @property
    def array(self) -> Any:
        """The array: mapped into memory read-only, where pages are read when touched."""
        given = self.__dict__.get("_given")
        if given is not None:
            return given
        return _mapped(self) if self.member is None else _decompressed(self)

    def check_rows(self) -> None:
        """Refuse what has no rows, or rows of no use."""
        if np.dtype(self.dtype).hasobject:
            msg = f"{self.path!r} holds Python objects; save it as numbers, booleans or strings"
            raise ColumnTypeError(msg)
        if not self.shape:
            msg = f"expected the array in {self.path!r} to have rows, got a single value"
            raise ShapeError(msg)

    def _check_size(self, size: int) -> None:
        self.check_rows()
        needed = int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize
        if size - self.offset < needed:
            msg = (
                f"expected {needed:,} bytes of data in {self.path!r} for shape {self.shape}, got "
                f"{max(size - self.offset, 0):,}: the file is truncated"
            )
            raise CorruptFileError(msg)


@functools.lru_cache(maxsize=32)
def _mapped(file: NpyFile) -> Any:
    """The mapping of a file, kept for its next span: a new one would fault each page in anew.

    Few are kept, as each holds a file descriptor; the file's time of change is part of the key.
    """
    count = int(np.prod(file.shape, dtype=np.int64))
    if count == 0:
        return np.zeros(file.shape, file.dtype)
    try:
        with Path(file.path).open("rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        flat = np.frombuffer(mapped, file.dtype, count, file.offset)
    except (OSError, ValueError) as error:
        msg = f"cannot read {file.path!r}: {error}; was it changed or removed meanwhile?"
        raise SourceError(msg) from error
    return flat.reshape(file.shape, order="F" if file.fortran else "C")


@functools.lru_cache(maxsize=4)
def _decompressed(file: NpyFile) -> Any:
    """An array of an archive, kept for its next span: each would decompress it anew."""
    try:
        with np.load(file.path, allow_pickle=False) as archive:
            return archive[str(file.member)]
    except (*_DAMAGED, OSError) as error:
        msg = f"cannot read {file.member!r} from {file.path!r}: {error}"
        raise CorruptFileError(msg) from error


@dataclass(frozen=True)
class NpyColumn:
    """The arrays of one or more files, one after the other; or a run of the rows of one.

    Parameters
    ----------
    files : or arrays of archives
    run : the first row and the last, exclusive, of the only file; None for all rows
    """

    files: tuple[NpyFile, ...]
    run: tuple[int, int] | None = None

    @classmethod
    def in_archives(
        cls, archives: Sequence[tuple[Path, Mapping[str, NpyFile]]], name: str
    ) -> NpyColumn:
        """An array of ``.npz`` files by name.

        Parameters
        ----------
        archives : (path, what `npz_members` finds there)
        """
        for path, members in archives:
            check_names([name], members, "it holds", f" in {str(path)!r}", "there is no array")
            members[name].check_rows()
        return cls(tuple(members[name] for _, members in archives))

    @property
    def column(self) -> Column:
        """Kind and shape, over all files."""
        return common_column([(file.path, file.column) for file in self.files])

    @property
    def lengths(self) -> tuple[int, ...]:
        """Rows of each file."""
        if self.run is not None:
            return (self.run[1] - self.run[0],)
        return tuple(file.rows for file in self.files)

    def token(self, part: int) -> str:
        """The path."""
        return self.files[part].path

    def read(self, part: int, start: int, stop: int) -> Any:
        """The rows: a mapped view, or those of an array of an archive."""
        first = self.run[0] if self.run is not None else 0
        return self.files[part].array[first + start : first + stop]

    def restrict(self, part: int, start: int, stop: int) -> NpyColumn:
        """The rows of one file, by its name."""
        first = self.run[0] if self.run is not None else 0
        return NpyColumn((self.files[part],), (first + start, first + stop))


def npz_members(path: Path) -> dict[str, NpyFile]:
    """The arrays of an archive by name, from their headers alone."""
    members = {}
    try:
        stamp = path.stat().st_mtime_ns
        with zipfile.ZipFile(path) as archive:
            for entry in archive.namelist():
                with archive.open(entry) as stream:
                    dtype, shape, _ = _header(stream)
                name = entry.removesuffix(".npy")
                members[name] = NpyFile(str(path), dtype.str, shape, stamp=stamp, member=name)
    except FileNotFoundError:
        msg = f"there is no file {str(path)!r}"
        raise SourceNotFoundError(msg) from None
    except (*_DAMAGED, OSError) as error:
        msg = f"expected an .npz archive, but {str(path)!r} is damaged ({error})"
        raise CorruptFileError(msg) from error
    return members


def _header(stream: Any) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """dtype, shape and order from a .npy header (format versions 1 to 3)."""
    magic = stream.read(8)
    if magic[:6] != b"\x93NUMPY" or len(magic) < 8:
        msg = "no .npy magic at its start"
        raise ValueError(msg)
    wide = magic[6] > 1
    (length,) = struct.unpack("<I" if wide else "<H", stream.read(4 if wide else 2))
    text = stream.read(length)
    if len(text) < length:
        msg = "the header is cut off"
        raise EOFError(msg)
    fields = ast.literal_eval(text.decode("utf-8" if magic[6] > 2 else "latin1"))
    return np.dtype(fields["descr"]), tuple(fields["shape"]), bool(fields["fortran_order"])
