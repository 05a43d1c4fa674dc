"""Shards of labels and predictions pair by name; where they cannot, the source says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import errors
from disteval.sources import open_source
from disteval.sources.files.pairing import paired

RNG = np.random.default_rng(0)


def save(folder: Path, names: list[str], sizes: list[int] | None = None) -> list[Path]:
    """Shards whose rows are their number; of 3, 4, 5, ... rows each."""
    files = []
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.full(sizes[i] if sizes else 3 + i, float(i)))
        files.append(path)
    return files


def notes_of(source: Any) -> tuple[str, ...]:
    found: tuple[str, ...] = source.notes
    return found


def test_the_order_of_names_does_not_count(tmp_path: Path) -> None:
    names = [f"shard-{i}.npy" for i in range(12)]
    y, p = save(tmp_path / "y", names), save(tmp_path / "p", names)
    for given in (p, p[::-1], [p[i] for i in RNG.permutation(12)], tmp_path / "p"):
        source = open_source(y, given, given)
        assert notes_of(source) == ()
        assert disteval.evaluate(source, metrics="mse")["mse"] == 0.0
        assert disteval.evaluate(given, y, "mse")["mse"] == 0.0
    assert disteval.evaluate(y, p[::-1], "mse", by=y[::-1]).slices[3].rows.seen == 6


def test_folders_tell_shards_of_one_stem_apart(tmp_path: Path) -> None:
    days = ["mon", "tue", "wed"]
    y = save(tmp_path / "y", [f"{day}/part.npy" for day in days])
    p = save(tmp_path / "p", [f"{day}/part.npy" for day in days])
    source = open_source(y, p[::-1])
    assert notes_of(source) == ()
    assert disteval.evaluate(source, metrics="mse")["mse"] == 0.0
    deep = save(tmp_path / "deep", [f"{day}/a/part.npy" for day in days])
    with pytest.raises(
        errors.LengthMismatchError, match=r"one name to have as many rows, got '.*/m"
    ):
        open_source(y, deep[::-1])


def test_archives_pair_too(tmp_path: Path) -> None:
    for i in range(3):
        for folder in ("y", "p"):
            (tmp_path / folder).mkdir(exist_ok=True)
            np.savez(tmp_path / folder / f"{i}.npz", values=np.full(3 + i, i))
    y, p = ([tmp_path / folder / f"{i}.npz" for i in range(3)] for folder in ("y", "p"))
    assert disteval.evaluate(y, p[::-1], "mse")["mse"] == 0.0


def test_other_names_pair_by_position_with_a_note(tmp_path: Path) -> None:
    y = save(tmp_path, [f"y-{i}.npy" for i in range(5)])
    p = save(tmp_path, [f"p-{i}.npy" for i in range(5)])
    source = open_source(f"{tmp_path}/y-*.npy", f"{tmp_path}/p-*.npy")
    first = ", ".join(f"'{a}' with '{b}'" for a, b in zip(y[:3], p, strict=False))
    assert notes_of(source) == (f"shards paired by position, as their names differ: {first}, ...",)
    result = disteval.evaluate(source, metrics="mse")
    assert result["mse"] == 0.0
    assert result.notes == source.notes  # type: ignore[attr-defined]
    one_other = [*p[:4], save(tmp_path, ["q.npy"], [7])[0]]
    (note,) = notes_of(open_source(p, one_other))
    assert note.endswith(f"differ: '{p[4]}' with '{one_other[4]}'")


def test_other_numbers_of_shards(tmp_path: Path) -> None:
    y = save(tmp_path / "y", ["0.npy", "1.npy", "2.npy"], [2, 2, 2])
    p = save(tmp_path / "p", ["0.npy", "1.npy"], [2, 4])
    (note,) = notes_of(open_source(y, p))
    assert note == "shards paired by position, as their names differ: 3 files with 2"
    for one in (p[1], np.zeros(6)):
        whole = one if isinstance(one, np.ndarray) else save(tmp_path, ["whole.npy"], [6])[0]
        assert notes_of(open_source(y, whole)) == ()  # one file is cut as the others are
        assert notes_of(open_source(whole, y)) == ()


def test_shards_without_a_partner_are_named(tmp_path: Path) -> None:
    names = [f"{i}.npy" for i in range(8)]
    y, p = save(tmp_path / "y", names), save(tmp_path / "p", [*names[:5], *names[6:]])
    match = (
        r"got y_true: 52, y_pred: \d+ rows; y_pred has no shard to go with '.*y/5.npy' of y_true$"
    )
    with pytest.raises(errors.LengthMismatchError, match=match):
        disteval.evaluate(y, p, "mse")
    with pytest.raises(errors.LengthMismatchError, match=r"6.npy' and 1 more of y_true$"):
        disteval.evaluate(y, p[:4], "mse")
    with pytest.raises(
        errors.LengthMismatchError, match=r"y_true has no shard to go with .* of y_p"
    ):
        disteval.evaluate(p, y, "mse")
    others = save(tmp_path / "q", [f"q{i}.npy" for i in range(7)])
    with pytest.raises(errors.LengthMismatchError, match=r"y_pred: \d+ rows; give the same rows"):
        disteval.evaluate(y, others, "mse")
    with pytest.raises(errors.LengthMismatchError, match=r"y_pred: 3 rows; give the same rows"):
        disteval.evaluate(y, np.zeros(3), "mse")


def test_names_alone() -> None:
    def ordered(first: str, other: str) -> tuple[list[str], int]:
        found, notes = paired({"a": [Path(p) for p in first.split()],
                               "b": [Path(p) for p in other.split()]})  # fmt: skip
        return [path.as_posix() for path in found["b"]], len(notes)

    assert ordered("y/0 y/1", "p/1 p/0") == (["p/0", "p/1"], 0)
    assert ordered("y/0.npy y/1.npy", "p/1.npz p/0.npz") == (["p/0.npz", "p/1.npz"], 0)
    assert ordered("y/a/0 y/b/0", "p/b/0 p/a/0") == (["p/a/0", "p/b/0"], 0)
    assert ordered("y/a/0 y/b/0", "p/c/0 p/d/0") == (["p/c/0", "p/d/0"], 1)
    assert ordered("y/0 y/0", "p/0 p/0") == (["p/0", "p/0"], 1)  # nothing tells them apart
    assert ordered("y/0 y/0", "y/0 y/0") == (["y/0", "y/0"], 0)
    assert ordered("y/0 y/1", "p/0") == (["p/0"], 0)
    assert ordered("0 1", "1 0") == (["0", "1"], 0)
    assert paired({}) == ({}, ())
