"""The names of the columns in a file, from its header alone."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from disteval.sources.arrow_chunks import arrow
from disteval.sources.file_columns import folder_keys
from disteval.sources.npy import npz_members
from disteval.sources.paths import common_format

_OPENERS: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".bz2": bz2.open}


def names_in(path: Path) -> list[str]:
    """The names of the columns, and those that the folders of the file are keys of.

    Parameters
    ----------
    path : Parquet, CSV or ``.npz`` file; a ``.npy`` file has no names
    """
    form = common_format([path])
    if form == "npz":
        return list(npz_members(path))
    if form == "parquet":
        arrow("Parquet files")
        import pyarrow.parquet

        names = pyarrow.parquet.read_schema(path).names
    else:
        names = _first_line(path) if form == "csv" else []
    return [*names, *(key for key in folder_keys(path) if key not in names)] if names else []


def _first_line(path: Path) -> list[str]:
    name = path.name.lower()
    with _OPENERS.get(path.suffix.lower(), io.FileIO)(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        return next(csv.reader(text, delimiter="\t" if ".tsv" in name else ","), [])
