"""Errors of a user's function, with the line on which they came up."""

from __future__ import annotations

import linecache
import sysconfig
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, DistevalError

_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_OURS = (str(Path(__file__).parents[1]), str(Path(np.__file__).parent))


def explained(error: Exception, function: Any) -> Exception:
    """The error as it is told: of ours, with the function and the line of it."""
    where = _place(error, function)
    if isinstance(error, DistevalError):
        error.args = (f"{error}{where}",)
        return error
    kind = type(error).__name__
    told = ArgumentError(f"the function raised {kind}: {error}{where}")
    told.__cause__ = error
    return told


def _place(error: Exception, function: Any) -> str:
    """The innermost line that is neither ours nor NumPy's."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_OURS)
    ]
    # rather in the user's own code than in a library that it calls
    frames = [frame for frame in frames if not frame.filename.startswith(_LIBRARIES)] or frames
    if not frames:
        name = getattr(function, "name", None)
        return f" (in {name})" if name else ""
    last = frames[-1]
    line = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    code = f": {line}" if line else f" of {last.filename}"
    return f" (in {last.name}, line {last.lineno}{code})"
