"""``.npy`` and ``.npz`` files, one file or the shards of a dataset."""

from __future__ import annotations

import ast
import functools
import mmap
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
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

# what reading a header or a compressed array may raise where bytes are wrong
_DAMAGED = (
    *(ValueError, TypeError, SyntaxError, EOFError, LookupError, MemoryError, NotImplementedError),
    *(struct.error, zlib.error),
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
    """

    path: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    fortran: bool = False
    stamp: int = 0

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
        return Column(np.dtype(self.dtype), tuple(size for size in self.shape[1:] if size != 1))

    def __getstate__(self) -> dict[str, Any]:
        # the mapping stays here: workers make their own
        return {spec.name: getattr(self, spec.name) for spec in fields(self)}

    @property
    def mapped(self) -> Any:
        """The array, mapped into memory read-only: pages are read when touched."""
        given = self.__dict__.get("_given")
        return given if given is not None else _mapped(self)

    def map(self) -> Any:
        """Map the file."""
        count = int(np.prod(self.shape, dtype=np.int64))
        if count == 0:
            return np.zeros(self.shape, self.dtype)
        try:
            with Path(self.path).open("rb") as stream:
                mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            flat = np.frombuffer(mapped, self.dtype, count, self.offset)
        except (OSError, ValueError) as error:
            msg = f"cannot read {self.path!r}: {error}; was it changed or removed meanwhile?"
            raise SourceError(msg) from error
        return flat.reshape(self.shape, order="F" if self.fortran else "C")

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
    return file.map()


@functools.lru_cache(maxsize=4)
def _decompressed(path: str, stamp: int, name: str) -> Any:  # noqa: ARG001  (part of the key)
    """An array of an archive, kept for its next span: each would decompress it anew."""
    with np.load(path, allow_pickle=False) as archive:
        return archive[name]


@dataclass(frozen=True)
class NpyColumn:
    """The arrays of one or more ``.npy`` files, one after the other."""

    files: tuple[NpyFile, ...]

    @property
    def column(self) -> Column:
        """Kind and shape, over all files."""
        return common_column([(file.path, file.column) for file in self.files])

    @property
    def lengths(self) -> tuple[int, ...]:
        """Rows of each file."""
        return tuple(file.rows for file in self.files)

    def token(self, part: int) -> str:
        """The path."""
        return self.files[part].path

    def read(self, part: int, start: int, stop: int) -> Any:
        """A mapped view."""
        return self.files[part].mapped[start:stop]

    def restrict(self, part: int, start: int, stop: int) -> NpyColumn | NpyRows:
        """The file by name, at an offset."""
        file = self.files[part]
        return NpyRows(file, start, stop) if (start, stop) != (0, file.rows) else NpyColumn((file,))


@dataclass(frozen=True)
class NpyRows:
    """Some rows of a file."""

    file: NpyFile
    start: int
    stop: int

    @property
    def column(self) -> Column:
        """Kind and shape."""
        return self.file.column

    @property
    def lengths(self) -> tuple[int, ...]:
        """The only length."""
        return (self.stop - self.start,)

    def token(self, part: int) -> str:  # noqa: ARG002  (there is one part)
        """The path."""
        return self.file.path

    def read(self, part: int, start: int, stop: int) -> Any:  # noqa: ARG002
        """A mapped view."""
        return self.file.mapped[self.start + start : self.start + stop]

    def restrict(self, part: int, start: int, stop: int) -> NpyRows:  # noqa: ARG002
        """Fewer rows."""
        return NpyRows(self.file, self.start + start, self.start + stop)


@dataclass(frozen=True)
class NpzColumn:
    """One named array of one or more ``.npz`` archives; decompressed on the worker."""

    members: tuple[NpyFile, ...]
    name: str
    first: int = 0

    @property
    def column(self) -> Column:
        """Kind and shape, over all archives."""
        return common_column([(member.path, member.column) for member in self.members])

    @property
    def lengths(self) -> tuple[int, ...]:
        """Rows in each archive."""
        return tuple(member.rows for member in self.members)

    def token(self, part: int) -> str:
        """The path."""
        return self.members[part].path

    def read(self, part: int, start: int, stop: int) -> Any:
        """The rows, from the decompressed array."""
        path = self.members[part].path
        try:
            array = _decompressed(path, self.members[part].stamp, self.name)
            return array[self.first + start : self.first + stop]
        except (*_DAMAGED, zipfile.BadZipFile, OSError) as error:
            msg = f"cannot read {self.name!r} from {path!r}: {error}"
            raise CorruptFileError(msg) from error

    def restrict(self, part: int, start: int, stop: int) -> NpzColumn:
        """Rows of one archive, by name."""
        member = self.members[part]
        rows = replace(member, shape=(stop - start, *member.shape[1:]))
        return NpzColumn((rows,), self.name, self.first + start)


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
                members[name] = NpyFile(str(path), dtype.str, shape, 0, stamp=stamp)
    except FileNotFoundError:
        msg = f"there is no file {str(path)!r}"
        raise SourceNotFoundError(msg) from None
    except (*_DAMAGED, zipfile.BadZipFile, OSError) as error:
        msg = f"expected an .npz archive, but {str(path)!r} is damaged ({error})"
        raise CorruptFileError(msg) from error
    return members


def common_column(named: Sequence[tuple[str, Column]]) -> Column:
    """The column of all files together: one kind and shape, the widest dtype."""
    first_path, first = named[0]
    dtype = first.dtype
    for path, column in named[1:]:
        if column.kind != first.kind or column.shape != first.shape:
            msg = (
                f"expected shards of one kind and shape, got {first.dtype} {first.shape} in "
                f"{first_path!r} and {column.dtype} {column.shape} in {path!r}"
            )
            raise ColumnTypeError(msg)
        dtype = np.promote_types(dtype, column.dtype)
    if Column(dtype).kind != first.kind:  # int64 and uint64 would become floats
        msg = f"expected integer shards of one signedness, got mixed ones from {first_path!r} on"
        raise ColumnTypeError(msg)
    return Column(dtype, first.shape)


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
