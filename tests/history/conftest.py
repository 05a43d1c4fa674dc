"""A history in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from disteval.history import History
from tests.history.contents import result


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


@pytest.fixture
def kept(path: Path) -> History:
    """A history of three lines in a file."""
    history = History(path)
    for error in (1.0, 0.5, 0.25):
        history.append(result(error))
    return history
