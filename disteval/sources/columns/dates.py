"""Dates and times as text in ISO format: what they are as labels of groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import numpy as np

from disteval.numerics.words import Words

_DAYS = ("Y", "M", "W", "D")


def iso_words(dates: Any) -> Words:
    """The text of each date or time, as `isoformat` gives it; NaT is missing.

    Parameters
    ----------
    dates : datetime64 array

    Examples
    --------
    >>> iso_words(np.array(["2024-01-31", "NaT"], "M8[D]")).vocabulary
    ['2024-01-31']
    >>> iso_words(np.array(["2024-01-31", "2024-01-31T12:00:00.5"], "M8[ns]")).vocabulary
    ['2024-01-31T00:00:00', '2024-01-31T12:00:00.500000']
    """
    unique, codes = np.unique(dates, return_inverse=True)
    known = unique[~np.isnat(unique)]  # NaT is sorted to the end
    codes = codes.reshape(dates.shape).astype(np.int32)
    return Words(np.where(codes < len(known), codes, np.int32(-1)), _iso(known).tolist())


def iso_moment(moment: datetime, nanoseconds: int = 0) -> str:
    """The text of one time; of finer ones, with the nanoseconds that Python's cannot hold.

    Examples
    --------
    >>> iso_moment(datetime(2024, 1, 31), 7)
    '2024-01-31T00:00:00.000000007'
    """
    if not nanoseconds:
        return moment.isoformat()
    text = moment.isoformat(timespec="microseconds")
    end = text.index(".") + 7
    return f"{text[:end]}{nanoseconds:03}{text[end:]}"


def _iso(dates: Any) -> Any:
    if np.datetime_data(dates.dtype)[0] in _DAYS:
        return np.datetime_as_string(dates, unit="D")
    # whatever the unit is, as few digits as the time needs: seconds, microseconds or all
    text = np.datetime_as_string(dates, unit="s", casting="unsafe").astype(object)
    steps: tuple[tuple[str, Literal["us", "ns"]], ...] = (("s", "us"), ("us", "ns"))
    for coarse, fine in steps:
        more = dates.astype(f"M8[{coarse}]") != dates
        text[more] = np.datetime_as_string(dates[more], unit=fine, casting="unsafe")
    return text
