"""The names of the columns in a file, from its header alone."""

from __future__ import annotations

from pathlib import Path

from disteval.sources.files import csv, parquet
from disteval.sources.files.npy import npz_members
from disteval.sources.files.paths import common_format
from disteval.sources.files.roles import folder_keys, with_keys


def names_in(path: Path) -> list[str]:
    """The names of the columns, and those that the folders of the file are keys of.

    Parameters
    ----------
    path : Parquet, CSV or ``.npz`` file; a ``.npy`` file has no names
    """
    match common_format([path]):
        case "npz":
            return list(npz_members(path))
        case "parquet":
            names = parquet.header(path)
        case "csv":
            names = csv.header(path) or []
        case _:
            return []
    return with_keys(names, folder_keys(path)) if names else []
