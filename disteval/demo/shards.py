"""The flights as shards: what they are asked, in files and in the tasks of a Dask graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from disteval.demo import flights
from disteval.errors import ArgumentError, SourceError

if TYPE_CHECKING:
    from disteval.protocol import Array

LATE: Final = 15
"""Minutes from which on a flight counts as late, as in the statistics of the US."""


@dataclass(frozen=True)
class Shards:
    """The columns of the flights, in so many shards.

    Parameters
    ----------
    folder : where the files are, a folder for each column
    count : how many shards
    """

    folder: Path
    count: int

    def column(self, name: str) -> Path:
        """Return the folder of a column."""
        return self.folder / name

    def write(self) -> None:
        """Write each column as ``.npy`` files of nearly equal length."""
        for name in columns():
            self.column(name).mkdir(parents=True)
            for i, part in enumerate(self.read(name)):
                np.save(self.column(name) / _file(i), part)

    def read(self, name: str) -> list[Array]:
        """Return the shards of a column, cut in memory."""
        return np.array_split(columns()[name], self.count)

    def dask(self, name: str) -> Any:
        """Return a column as a Dask array that reads each shard in a task of its own."""
        import dask.array as da

        parts = self.read(name)
        lengths = tuple(len(part) for part in parts)
        return da.map_blocks(
            _load, chunks=(lengths,), dtype=parts[0].dtype, folder=str(self.column(name))
        )


def columns() -> dict[str, Array]:
    """Departure and arrival delay, and whether the arrival was late; NaN where none is known."""
    found = flights.load()
    departure, arrival = found["dep_delay"], found["arr_delay"]
    late = np.where(np.isnan(arrival), arrival, arrival >= LATE).astype(np.float32)
    return {"dep_delay": departure, "arr_delay": arrival, "late": late}


def write(folder: Path, counts: tuple[int, ...]) -> list[Shards]:
    """Write the flights in so many shards, and in so many, each in a folder of its own."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            msg = f"expected a new or empty folder, but there are files in {str(folder)!r}"
            raise ArgumentError(msg)
        written = [Shards(folder / f"{count}-shards", count) for count in counts]
        for shards in written:
            shards.write()
    except OSError as error:
        msg = f"cannot write to {str(folder)!r}: {error.strerror or error}"
        raise SourceError(msg) from error
    return written


def _load(block_id: tuple[int], folder: str) -> Array:
    loaded: Array = np.load(Path(folder) / _file(block_id[0]))
    return loaded


def _file(i: int) -> str:
    return f"{i:03}.npy"
