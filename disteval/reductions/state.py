"""What every state is: a frozen dataclass of declared arrays in one canonical form.

From the declaration come equality, hash, size, pickling, the digest and the selection of cells.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Role = Literal["cells", "shared"]


@dataclass(frozen=True)
class Declared:
    """A field of a state.

    Parameters
    ----------
    dtype : name of the dtype, or None where the data decides (labels)
    role : "cells" if the first axis is the cell, "shared" if the array is common to all cells
    fill : the value of a cell that has seen no row
    """

    dtype: str | None
    role: Role = "cells"
    fill: float = 0


def declared(dtype: str | None, role: Role = "cells", fill: float = 0) -> Any:
    """A dataclass field that declares an array of the state."""
    return dataclasses.field(metadata={"declared": Declared(dtype, role, fill)})


@functools.cache
def _declared(cls: type[State]) -> tuple[tuple[str, Declared], ...]:
    return tuple(
        (f.name, f.metadata["declared"])
        for f in dataclasses.fields(cls)
        if "declared" in f.metadata
    )


@dataclass(frozen=True, eq=False)
class State:
    """Base of all states. Subclasses declare their arrays with `declared`."""

    def __post_init__(self) -> None:
        for name, spec in self.schema():
            array = getattr(self, name)
            if not isinstance(array, np.ndarray) or (
                spec.dtype is not None and array.dtype != spec.dtype
            ):
                msg = f"{type(self).__name__}.{name} should be a {spec.dtype} array, got {array!r}"
                raise TypeError(msg)

    @classmethod
    def schema(cls) -> tuple[tuple[str, Declared], ...]:
        """The declared fields."""
        return _declared(cls)  # type: ignore[arg-type]  # a class is hashable

    @property
    def cells(self) -> int:
        """How many cells the state holds."""
        for name, spec in self.schema():
            if spec.role == "cells":
                return len(getattr(self, name))
        return 1

    @property
    def cell_bytes(self) -> int:
        """Memory that each cell takes."""
        arrays = [getattr(self, name) for name, spec in self.schema() if spec.role == "cells"]
        return sum(int(array.nbytes) for array in arrays) // max(self.cells, 1)

    def to_bytes(self) -> bytes:
        """The content with dtypes and shapes: equal states, equal bytes."""
        parts = [type(self).__name__.encode()]
        for name, _ in self.schema():
            array = getattr(self, name)
            parts += [f"{name}:{array.dtype.str}:{array.shape}".encode(), array.tobytes()]
        return b"\0".join(parts)

    def take(self, index: Array) -> Self:
        """The state whose cell i is this state's cell index[i], or an empty one where it is -1."""
        arrays = {}
        for name, spec in self.schema():
            array = getattr(self, name)
            if spec.role == "cells":
                out = np.full((len(index), *array.shape[1:]), spec.fill, array.dtype)
                out[index >= 0] = array[index[index >= 0]]
                array = out
            arrays[name] = array
        return type(self)(**arrays).canonical()

    def cell(self, i: int) -> Self:
        """The state of one cell: ``take([i])``, in a fraction of the time."""
        arrays = {
            name: getattr(self, name)[i : i + 1].copy()
            if spec.role == "cells"
            else getattr(self, name)
            for name, spec in self.schema()
        }
        return type(self)(**arrays).canonical()

    def canonical(self) -> Self:
        """The canonical form of the same content."""
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __sizeof__(self) -> int:
        # without this, Dask would see some 50 bytes and never spill
        arrays: list[Array] = [getattr(self, name) for name, _ in self.schema()]
        return 64 + sum(array.nbytes for array in arrays)
