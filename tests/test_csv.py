"""CSV files as sources."""

from __future__ import annotations

import bz2
import csv
import gzip
import itertools
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import disteval
from disteval import errors
from disteval.numerics.words import Words
from disteval.sources.files import csv as module
from disteval.sources.files.csv import CsvFiles, header
from disteval.sources.files.headers import names_in
from disteval.sources.files.parquet import ParquetFiles
from disteval.sources.files.paths import paths
from disteval.testing import SourceContract

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = np.ndarray[Any, np.dtype[Any]]
N = 600
ROLES = {"y_true": "label", "y_pred": ("a", "b"), "sample_weight": "w", "by": "country"}


def columns() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    return {
        "label": rng.integers(0, 2, N),
        "a": rng.random(N),
        "unused, quoted": np.array(['said "no",\nand left'] * N),
        "b": rng.random(N),
        "w": rng.random(N) * 1e-300,
        "country": np.array(["FR", "NA", "Côte d'Ivoire", "a,b\nc"])[rng.integers(0, 4, N)],
    }


def write(path: Path, table: Mapping[str, Any], **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, **options)
        writer.writerow(table)
        writer.writerows(zip(*(v.tolist() for v in table.values()), strict=True))
    return path


def shards(folder: Path, **options: Any) -> list[Path]:
    """Files cut anywhere, one with a header alone."""
    return [
        write(folder / f"p{i}.csv", {n: v[start:stop] for n, v in columns().items()}, **options)
        for i, (start, stop) in enumerate(itertools.pairwise([0, 10, 10, 333, N]))
    ]


def text(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def opened(folder: Path, *contents: str | bytes, role: str = "y_true", name: str = "y") -> CsvFiles:
    files = [text(folder / f"{i}.csv", content) for i, content in enumerate(contents)]
    return CsvFiles.open(files, {role: name})


def read(source: Any, role: str = "y_true") -> list[Any]:
    found = [source.read(i, [role]) for i in range(len(source.pieces()))]
    return [chunk[role] for chunks in found for chunk in chunks]


def only(source: Any, role: str = "y_true") -> Any:
    (chunk,) = read(source, role)
    return chunk


def words(chunk: Words) -> list[str | None]:
    return [None if code < 0 else chunk.vocabulary[code] for code in chunk.codes]


class TestShards(SourceContract):
    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path) -> None:
        self.files = shards(tmp_path)

    @property
    def source(self) -> CsvFiles:
        return CsvFiles.open(self.files, ROLES)

    @property
    def expected(self) -> dict[str, Array]:
        c = columns()
        y_pred = np.stack([c["a"], c["b"]], axis=-1)
        return {"y_true": c["label"], "y_pred": y_pred, "sample_weight": c["w"],
                "by": c["country"]}  # fmt: skip

    def test_rows_of_a_file_can_be_read_alone(self) -> None:
        for rows in (slice(0, 5), slice(7, 300), slice(300, 400)):
            chunks = [chunk["y_true"] for chunk in self.source.read(1, ["y_true"], rows)]
            assert np.concatenate(chunks).tolist() == columns()["label"][10:333][rows].tolist()


class TestSmallBlocks(TestShards):
    """Rows that are cut anywhere, within quotes too."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "BLOCK_BYTES", 2_000)
        monkeypatch.setattr(module, "_LEAST_FIRST_BYTES", 300)


class TestFolders(SourceContract):
    """Columns that the folders say; all that is wanted may be such."""

    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path) -> None:
        for i, country in enumerate(["FR", "DE"]):
            part = {"y": columns()["a"][100 * i : 100 * i + 100]}
            write(tmp_path / f"country={country}" / f"n={i}" / "part.csv", part)
        self.folder = tmp_path

    @property
    def source(self) -> CsvFiles:
        roles = {"y_true": "y", "y_pred": "n", "by": "country"}
        return CsvFiles.open(paths(self.folder), roles)

    @property
    def expected(self) -> dict[str, Array]:
        a = columns()["a"]
        return {
            "y_true": np.concatenate([a[100:200], a[:100]]),
            "y_pred": np.repeat([1, 0], 100),
            "by": np.repeat(["DE", "FR"], 100),
        }


def test_the_same_rows_give_one_digest(tmp_path: Path) -> None:
    """As NumPy arrays, CSV, tab-separated, compressed, Parquet; by paths too."""
    c = columns()
    metrics = ["mse", "mae", "r2_score"]
    expected = disteval.evaluate(c["a"], c["b"], metrics, sample_weight=c["w"])
    roles = {"y_true": "a", "y_pred": "b", "sample_weight": "w"}
    files = shards(tmp_path / "csv")
    tabs = [path.rename(path.with_suffix(".tsv"))
            for path in shards(tmp_path / "tsv", delimiter="\t")]  # fmt: skip
    whole = files[3].read_bytes()
    half = whole.index(b"\n", whole.index(b"\r\n") + 1)  # anything: streams are cut anywhere
    packed = [
        text(
            tmp_path / "gz" / "p.csv.gz", gzip.compress(whole[:half]) + gzip.compress(whole[half:])
        ),
        text(tmp_path / "gz" / "p.csv.bz2", bz2.compress(files[0].read_bytes())),
        text(
            tmp_path / "gz" / "p.csv.zst", pa.compress(files[2].read_bytes(), "zstd", asbytes=True)
        ),
    ]
    table = tmp_path / "t.parquet"
    pq.write_table(pa.table(c), table, row_group_size=100)
    for source in (
        CsvFiles.open(files, roles), CsvFiles.open(tabs, roles), CsvFiles.open(packed, roles),
        ParquetFiles.open([table], roles),
    ):  # fmt: skip
        found = disteval.evaluate(source, metrics=metrics)
        assert found.digest == expected.digest
        assert found.rows.seen == N


# --- kinds, and what is missing -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        ("1 -2 3", "int", [1, -2, 3]),
        ("1 2.5 1e3", "float", [1.0, 2.5, 1000.0]),
        ("inf -inf 0", "float", [np.inf, -np.inf, 0.0]),
        ("True false TRUE", "bool", [True, False, True]),
        ("a b a", "str", ["a", "b", "a"]),
        ("1 x 2", "str", ["1", "x", "2"]),
        ("2024-01-05 2024-01-06", "str", ["2024-01-05", "2024-01-06"]),
        ("10:00:00 11:00:00", "str", ["10:00:00", "11:00:00"]),
        ("2024-01-05T10:00:00 2024-01-06T10:00:00.5", "str",
         ["2024-01-05T10:00:00", "2024-01-06T10:00:00.5"]),
    ],
)  # fmt: skip
def test_kinds(cells: str, kind: str, values: list[Any], tmp_path: Path) -> None:
    lines = "\n".join(["x,y", *(f"-,{cell}" for cell in cells.split())])
    source = opened(tmp_path, lines)
    assert source.schema["y_true"].kind == kind
    assert np.asarray(only(source)).tolist() == values


def test_empty_cells_are_missing(tmp_path: Path) -> None:
    content = 'f,i,b,s\n0.5,1,true,x\n,,,\nNA,NA,NA,NA\n"","","",""\nnan,null,n/a,nan\n'
    file = text(tmp_path / "m.csv", content)
    roles = {"y_true": "f", "y_pred": "i", "sample_weight": "b", "by": "s"}
    (chunk,) = CsvFiles.open([file], roles).read(0, list(roles))
    assert np.isnan(chunk["y_true"]).tolist() == [False, True, True, True, True]
    for name in ("y_pred", "sample_weight"):
        assert isinstance(chunk[name], np.ma.MaskedArray)
        assert np.ma.getmaskarray(chunk[name]).tolist() == [False, True, True, True, True]
    assert words(chunk["by"]) == ["x", None, "NA", None, "nan"]  # Namibia


def test_weights_are_floats(tmp_path: Path) -> None:
    """Those that begin 0 and 1 may go on 0.5; the same column as labels stays what it is."""
    file = text(tmp_path / "w.csv", "w\n0\n1\n")
    source = CsvFiles.open([file], {"sample_weight": "w", "y_true": "w"})
    (chunk,) = source.read(0, ["sample_weight", "y_true"])
    assert source.schema["sample_weight"].kind == "float"
    assert (chunk["sample_weight"].dtype.kind, chunk["y_true"].dtype.kind) == ("f", "i")
    later = "w\n" + "1\n" * 100 + "0.5\n"
    assert read(opened(tmp_path, later, role="sample_weight", name="w"), "sample_weight")


def test_kinds_are_those_of_all_files(tmp_path: Path) -> None:
    source = opened(tmp_path, "y\n\n", "y\n0\n1\n", "y,x\n,1\n,2\n", "y\n0.5\n", "")
    assert source.schema["y_true"].dtype == np.float64
    assert [len(piece.token) > 0 for piece in source.pieces()] == [True] * 3
    chunks = [chunk.tolist() for chunk in read(source)]
    assert chunks[0] == [0.0, 1.0]
    assert np.isnan(chunks[1]).all()
    assert chunks[2] == [0.5]
    groups = opened(tmp_path, "y\n1\n", "y\nA1\n", role="by")
    assert [words(chunk) for chunk in read(groups, "by")] == [["1"], ["A1"]]
    with pytest.raises(errors.ColumnTypeError, match=r"one kind .*0\.csv, column y' and <U0"):
        opened(tmp_path, "y\n1\n", "y\nA1\n")


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [("1", "0.5", "integers"), ("0.5", "x", "numbers"), ("true", "x", "true or false")],
)
def test_rows_that_are_not_as_the_first(
    first: str, later: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FIRST_BYTES", 1)
    monkeypatch.setattr(module, "_LEAST_FIRST_BYTES", 100)
    source = opened(tmp_path, "x,y\n" + f"a,{first}\n" * 100 + f"a,{later}\n")
    message = (
        rf"expected {expected} in column 'y' of '.*0\.csv', .* got invalid value '{later}' \(row "
        r"101 after the header\); write all its values in one way"
    )
    with pytest.raises(errors.ColumnTypeError, match=message):
        read(source)
    with pytest.raises(errors.ColumnTypeError, match="save the table as Parquet"):
        disteval.evaluate(source, metrics="mean")


def test_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(errors.EmptyDataError, match=r"one row, got none in '.*0\.csv' and 2 more"):
        opened(tmp_path, "y\n", "", "\n\n")
    with pytest.raises(errors.ColumnTypeError, match=r"values in column 'y', got none"):
        opened(tmp_path, "x,y\n1,\n2,\n")


# --- headers ------------------------------------------------------------------------------------


def test_headers(tmp_path: Path) -> None:
    file = text(tmp_path / "h.csv", '\ufeff"y","a, ""b""\nc"\r\n1,2\r\n')
    assert header(file) == ["y", 'a, "b"\nc']
    assert only(CsvFiles.open([file], {"y_true": "y"})).tolist() == [1]
    assert only(CsvFiles.open([file], {"y_true": 'a, "b"\nc'})).tolist() == [2]


def test_names_without_rows(tmp_path: Path) -> None:
    """As the shell completes them: whatever the format, with the folders' keys."""
    folder = tmp_path / "country=FR"
    folder.mkdir()
    packed = pa.compress(b"y\tp\n1\t2\n", "zstd", asbytes=True)
    pq.write_table(pa.table({"y": [1], "country": ["DE"]}), folder / "t.parquet")
    np.savez(folder / "t.npz", y=np.ones(1))
    np.save(folder / "t.npy", np.ones(1))
    assert names_in(text(folder / "t.tsv.zst", packed)) == ["y", "p", "country"]
    assert names_in(text(folder / "t.csv", "\n")) == []
    assert names_in(folder / "t.parquet") == ["y", "country"]
    assert names_in(folder / "t.npz") == ["y"]
    assert names_in(folder / "t.npy") == []
    with pytest.raises(errors.CorruptFileError, match=r"bad\.parquet' is damaged"):
        names_in(text(folder / "bad.parquet", "PAR1"))
    with pytest.raises(errors.InputError, match=r"UTF-8 text in '.*bad\.csv'"):
        names_in(text(folder / "bad.csv", b"\xff\xfe"))


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("label,pred\n1,2\n", errors.UnknownNameError, "there is no column 'y'.*label, pred$"),
        ("yy,pred\n1,2\n", errors.UnknownNameError, r"did you mean 'yy'\?$"),
        ("0,0.5\n1,0.7\n", errors.UnknownNameError, "its first line should be a header"),
        ("y;p\n1;2\n", errors.UnknownNameError, "columns separated by ',', got ';'$"),
        ("y\tp\n1\t2\n", errors.UnknownNameError, r"separated by ',', got '\\t'$"),
        ("y,y\n1,2\n", errors.InputError, "one column 'y' .* got 2 of that name; rename"),
    ],
    ids=["missing", "nearest", "no header", "semicolons", "tabs", "twice"],
)
def test_bad_headers(content: str, error: type[Exception], message: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=message):
        opened(tmp_path, content)


# --- damage -------------------------------------------------------------------------------------


def test_damaged_files(tmp_path: Path) -> None:
    ragged = opened(tmp_path, "x,y\n" + "1,2\n" * 10)
    text(tmp_path / "0.csv", "x,y\n" + "1,2\n" * 10 + "1,2,3\n")
    with pytest.raises(errors.CorruptFileError, match=r"'.*0\.csv' cannot be read .*Row #12"):
        read(ragged)
    with pytest.raises(errors.CorruptFileError, match="Expected 2 columns, got 3"):
        opened(tmp_path, "x,y\n1,2,3\n")
    packed = gzip.compress(b"x,y\n" + np.random.default_rng(0).bytes(9_000).hex(",").encode())
    for damaged in (packed[:-500], b"junk", packed[:100] + b"junk" + packed[104:]):
        with pytest.raises(errors.CorruptFileError, match=r"y\.csv\.gz"):
            read(CsvFiles.open([text(tmp_path / "y.csv.gz", damaged)], {"y_true": "y"}))
    with pytest.raises(errors.CorruptFileError, match="cannot be read"):
        CsvFiles.open([tmp_path], {"y_true": "y"})


def test_truncated_archives(tmp_path: Path) -> None:
    content = "y\n" + "\n".join(map(str, range(50_000))) + "\n"
    whole = gzip.compress(content.encode())
    file = text(tmp_path / "y.csv.gz", whole)
    source = CsvFiles.open([file], {"y_true": "y"})
    assert sum(map(len, read(source))) == 50_000
    text(file, whole[: len(whole) // 2])
    with pytest.raises(errors.CorruptFileError, match=r"y\.csv\.gz' cannot be read"):
        read(source)


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(
        errors.InputError, match=r"expected UTF-8 text in .* in its header; convert it"
    ):
        opened(tmp_path, b"\xff\xfey\x00,\x00")
    with pytest.raises(errors.InputError, match=r"UTF-8 text in column 'y' of .*0\.csv"):
        opened(tmp_path, "y\ncaf\xe9\n".encode("latin1"))
    # where nobody asks for it, it is no matter
    source = opened(tmp_path, "x,y\ncaf\xe9,1\n".encode("latin1"))
    assert only(source).tolist() == [1]
    later = opened(tmp_path, "y\nb\n")
    text(tmp_path / "0.csv", "y\nb\ncaf\xe9\n".encode("latin1"))
    with pytest.raises(errors.ColumnTypeError, match="expected UTF-8 text in column 'y'"):
        read(later)


def test_files_that_are_gone(tmp_path: Path) -> None:
    source = opened(tmp_path, "y\n1\n")
    (tmp_path / "0.csv").unlink()
    with pytest.raises(errors.SourceNotFoundError, match=r"there is no file .*; was it removed"):
        read(source)
    with pytest.raises(errors.SourceNotFoundError, match="there is no file"):
        CsvFiles.open([tmp_path / "0.csv"], {"y_true": "y"})


def test_files_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pa, "input_stream", refuse)
    with pytest.raises(errors.SourceError, match=r"cannot read '.*0\.csv': Permission denied"):
        opened(tmp_path, "y\n1\n")


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(errors.MissingExtraError, match=r"CSV files; pip install 'disteval\[parqu"):
        opened(tmp_path, "y\n1\n")


def test_a_row_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_BYTES", 1)
    monkeypatch.setattr(module, "_LEAST_FIRST_BYTES", 100)
    source = opened(tmp_path, "x,y\n" + "z" * 1_000 + ",1\n")
    assert only(source).tolist() == [1]


def test_what_is_sent_to_a_worker_is_small(tmp_path: Path) -> None:
    source = opened(tmp_path, *["x,y\n1,2\n"] * 50)
    assert len(pickle.dumps(source.restrict(slice(3, 5)))) < 2_000
