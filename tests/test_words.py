"""Strings as words, missing values, and chunks in any form: the same rows, the same bits."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import errors
from disteval.engine import blocks
from disteval.engine.blocks import Blocks, without_nan
from disteval.numerics import words as module
from disteval.numerics.labels import LabelIndex
from disteval.numerics.words import Vocabulary, Words
from disteval.protocol import Batch, Column, Origin, Piece, Schema
from tests.columns import values_of

TEXT = ["", "a", "b", "ab", "é", "Ω", "\U0001f600", "\U0001f600x", "a\0b", "x" * 90, " ", "nan"]


def of(codes: Sequence[int], vocabulary: Sequence[str]) -> Words:
    return Words(np.array(codes, np.int32), vocabulary)


# --- vocabularies -------------------------------------------------------------------------------


def spelled(vocabulary: Vocabulary, codes: Any) -> list[str]:
    return [vocabulary.words[code] for code in codes.reshape(-1).tolist()]


@pytest.mark.parametrize("seed", range(8))
def test_arrays_of_any_width_and_layout(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One number a word, whatever array or vocabulary it comes in; room grows from almost none."""
    monkeypatch.setattr(module, "_FIRST_ROOM", 1)
    rng = np.random.default_rng(seed)
    vocabulary = Vocabulary()
    numbers: dict[str, int] = {}
    for _ in range(12):
        pool = [*TEXT, *(f"word {i}" for i in range(int(rng.integers(0, 200))))]
        text = rng.choice(np.array(pool[int(rng.integers(0, 9)) :]), int(rng.integers(0, 300)))
        layout = rng.integers(0, 5)
        given: Any = text
        if layout == 0:
            given = text.astype(text.dtype.newbyteorder("S"))
        elif layout == 1:
            given = np.repeat(text, 2)[::2]
        elif layout == 2:
            given = text.copy()
            given.flags.writeable = False
        elif layout == 3:
            known, codes = np.unique(text, return_inverse=True)
            given = of(codes.tolist(), [*known.tolist(), "elsewhere"])
        codes = vocabulary.codes(given)
        assert spelled(vocabulary, codes) == text.tolist()
        for word, code in zip(text.tolist(), codes.tolist(), strict=True):
            assert numbers.setdefault(word, code) == code
    assert len(set(vocabulary.words)) == len(vocabulary.words)


def test_edges_of_strings() -> None:
    vocabulary = Vocabulary()
    assert vocabulary.codes(np.zeros(0, "U3")).shape == (0,)
    assert vocabulary.codes(np.array([["a", "b"], ["b", ""]])).tolist() == [[0, 1], [1, 2]]
    narrow = np.zeros(2, np.dtype([("none", "U0"), ("one", "i4")]))["none"]
    assert vocabulary.codes(narrow).tolist() == [2, 2]
    half = np.array([0xD83D], np.uint32).view("U1")  # half of a surrogate pair
    assert vocabulary.codes(half).tolist() == [3]
    assert vocabulary.words == ["a", "b", "", "\ud83d"]
    # zeros at the end are no part of a string, as in NumPy's; those inside are
    assert vocabulary.codes(of([0, 1, 2], ["a\0", "a\0\0b", "\0"])).tolist() == [0, 4, 2]
    assert vocabulary.codes(np.array(["a\0\0b", "a\0\0"])).tolist() == [4, 0]


def test_words_that_are_in_memory_already_do_not_crowd_it(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_MOST_WORDS", 1_000)
    vocabulary = Vocabulary()
    vocabulary.codes(of([0], [f"word {i}" for i in range(3_000)]))
    assert not vocabulary.is_crowded
    vocabulary.codes(np.array([f"another {i}" for i in range(1_001)]))
    assert vocabulary.is_crowded


def test_a_long_string_costs_its_own_length_alone() -> None:
    vocabulary = Vocabulary()
    vocabulary.codes(np.array(["a" * 100_000, "b"]))
    short = np.array(["a", "b", "c", "d"] * 500)
    tracemalloc.start()
    assert spelled(vocabulary, vocabulary.codes(short)) == short.tolist()
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_other_vocabularies_are_known_by_identity() -> None:
    """One that grows, several in turn, and one whose place in memory another had before."""
    vocabulary = Vocabulary()
    growing = ["b", "a"]
    assert vocabulary.codes(of([1, 0, -1], growing)).tolist() == [1, 0, -1]
    growing.append("c")
    assert vocabulary.codes(of([2, 0], growing)).tolist() == [2, 0]
    for i in range(50):
        other = [f"word {i}", "a", "b"]
        assert spelled(vocabulary, vocabulary.codes(of([0, 1, 2], other))) == other
    copy = pickle.loads(pickle.dumps(vocabulary))
    for number, (_, table) in list(copy._tables.items()):
        copy._tables[number] = (["another", "of", "length"], table)
    assert spelled(copy, copy.codes(of([2, 1, 0], other))) == ["b", "a", "word 49"]
    assert vocabulary.codes(Words(np.array([5, 3], np.int32), vocabulary.words)).tolist() == [5, 3]


def test_words_compare_as_strings_do() -> None:
    one = of([0, 1, 2], ["a", "b", "c"])
    assert (one == of([2, 1, 1], ["x", "b", "a"])).tolist() == [True, True, False]
    assert (one != of([2, 1, 1], one.vocabulary)).tolist() == [True, False, True]
    assert (one == "b").tolist() == [False, True, False]
    assert not (one == "x").any()
    assert (one == of([0, 0, 0], ["q"])).tolist() == [False] * 3
    assert one[::2].reshape(2, 1).shape == (2, 1)
    assert np.asarray(one[:0]).tolist() == []


# --- labels -------------------------------------------------------------------------------------


def test_only_words_that_occur_are_labels() -> None:
    index = LabelIndex()
    shared = ["unused", "b", "a", "elsewhere"]
    assert index.find(of([2, 1, 2], shared)).tolist() == [0, 1, 0]
    shared.append("late")
    assert index.find(of([4, 1], shared)).tolist() == [2, 1]
    assert index.labels.tolist() == ["a", "b", "late"]
    assert index.find(of([0, 1], ["late", "a"])).tolist() == [2, 0]  # another vocabulary
    assert index.find(of([0, 1], ["a\0", "new"])).tolist() == [0, 3]
    assert index.find(np.array(["new", "b"])).tolist() == [3, 1]
    with pytest.raises(errors.LabelError, match="integers after strings"):
        index.find(np.array([1, 2]))


@pytest.mark.parametrize("seed", range(10))
def test_integers_in_tables_and_out_of_them(seed: int) -> None:
    """Near each other and far apart, of any dtype, appearing late."""
    rng = np.random.default_rng(seed)
    index = LabelIndex()
    places: dict[int, int] = {}
    pool = [0, 1, -1, 7, 127, -128, 2**20 - 1, -(2**20), 2**31, -(2**63), 2**63 - 1]
    for dtype, count in ((np.int64, 6), (np.int32, 8), (np.bool_, 2), (np.int64, 11)):
        values = rng.choice(np.array(pool[: int(rng.integers(1, count + 1))]), 50).astype(dtype)
        out = np.empty(50, rng.choice(np.array(["int32", "int64"])))
        found = index.find(values, out)
        assert found is out
        for value, place in zip(values.tolist(), found.tolist(), strict=True):
            assert places.setdefault(int(value), place) == place
    assert index.labels.tolist() == sorted(places, key=places.__getitem__)


# --- blocks -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chunks:
    """A source of these chunks, piece by piece, in whatever form they are."""

    schema: Schema
    chunks: Sequence[Sequence[Mapping[str, Any]]]
    replayable: bool = True

    def pieces(self) -> Sequence[Piece]:
        return [Piece(None, 1, f"piece {i}") for i in range(len(self.chunks))]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        assert rows is None
        for chunk in self.chunks[piece]:
            yield {name: chunk[name] for name in columns}

    def restrict(self, pieces: slice) -> Chunks:  # noqa: ARG002
        return self


def in_some_form(rng: np.random.Generator, values: Any, lost: Any) -> Any:
    """The same rows as an array of some layout, masked, or as words of some vocabulary."""
    if values.dtype.kind == "U" and rng.random() < 0.5:
        others = [word for word in ("zzz", "unused", *TEXT) if rng.random() < 0.3]
        vocabulary = list(dict.fromkeys([*np.unique(values).tolist(), *others]))
        rng.shuffle(vocabulary)
        at = {word: code for code, word in enumerate(vocabulary)}
        codes = np.array([at[word] for word in values.ravel().tolist()], np.int32)
        codes = codes.reshape(values.shape)
        codes[lost] = -1
        return Words(codes, vocabulary)
    if values.dtype.kind == "U" and len(values):
        values = values.astype(f"U{max(map(len, values.ravel().tolist())) + rng.integers(1, 5)}")
    if values.dtype.kind == "f" and rng.random() < 0.8:
        values = np.where(lost, np.nan, values).astype(values.dtype)
        lost = np.zeros_like(lost)
    if rng.random() < 0.3:
        values = values.astype(values.dtype.newbyteorder("S"))
    if rng.random() < 0.3:
        values, lost = np.repeat(values, 2, axis=0)[::2], np.repeat(lost, 2, axis=0)[::2]
    if rng.random() < 0.3:
        values = values.copy()
        values.flags.writeable = False
    return np.ma.MaskedArray(values, lost) if lost.any() or rng.random() < 0.1 else values


def chunked(
    rng: np.random.Generator, columns: Mapping[str, Any], lost: Mapping[str, Any]
) -> Chunks:
    """The rows in any order, cut anywhere."""
    rows = len(columns["y_true"])
    order = rng.permutation(rows)
    pieces: list[list[dict[str, Any]]] = [[]]
    for a, b in pairwise([0, *np.sort(rng.integers(0, rows + 1, 9)).tolist(), rows]):
        part = order[a:b]
        chunk = {n: in_some_form(rng, c[part], lost[n][part]) for n, c in columns.items()}
        pieces[-1].append(chunk)
        if rng.random() < 0.4:
            pieces.append([])
    kinds = {n: "U" if c.dtype.kind == "U" else c.dtype for n, c in columns.items()}
    schema = Schema(tuple((n, Column(np.dtype(kinds[n]), c.shape[1:])) for n, c in columns.items()))
    return Chunks(schema, pieces, bool(rng.random() < 0.8))


def strings(rng: np.random.Generator, n: int) -> tuple[dict[str, Any], list[str]]:
    y, other = rng.choice(np.array(TEXT), (2, n))
    columns = {"y_true": y, "y_pred": np.where(rng.random(n) < 0.5, y, other)}
    return columns, ["accuracy", "confusion_matrix", "f1_score"]


def pairs_of_strings(rng: np.random.Generator, n: int) -> tuple[dict[str, Any], list[str]]:
    y = rng.choice(np.array(TEXT), (n, 2))
    return {"y_true": y, "y_pred": np.where(rng.random((n, 2)) < 0.5, y, y[:, ::-1])}, ["Accuracy"]


def scores(rng: np.random.Generator, n: int) -> tuple[dict[str, Any], list[str]]:
    columns = {"y_true": rng.integers(0, 2, n).astype(np.int8), "y_pred": rng.random(n)}
    return columns | {"sample_weight": rng.choice([0.0, 1.0, 0.1], n)}, ["binary"]


def numbers(rng: np.random.Generator, n: int) -> tuple[dict[str, Any], list[str]]:
    edges = [0.0, -0.0, np.inf, 5e-324, -1e308, 2.0**1000]
    y, p = rng.choice([*edges, *rng.normal(size=20)], (2, n)).astype(np.float64)
    return {"y_true": y, "y_pred": p, "sample_weight": rng.normal(size=n)}, ["mse", "r2", "mae"]


def outputs(rng: np.random.Generator, n: int) -> tuple[dict[str, Any], list[str]]:
    y, p = rng.normal(size=(2, n, 3)).astype(np.float32)
    return {"y_true": y, "y_pred": p}, ["mse", "r2", "rmse"]


def long_integers(rng: np.random.Generator, n: int) -> tuple[dict[str, Any], list[str]]:
    return {"y_true": rng.choice([2**53 + 1, -(2**63), 2**63 - 1, 3], n)}, ["sum", "mean"]


def groups(rng: np.random.Generator, n: int) -> Any:
    some = int(rng.choice([1, 8, 9, 40]))
    return [
        rng.choice(np.array(TEXT), n),
        np.sort(rng.integers(-some, some, n)).astype(np.int8),
        rng.choice([-(2**63), -1, 5, 2**21, 2**63 - 1], n),
        rng.choice(np.array([0, 2**40, 2**63 - 1], np.uint64), n),
        rng.random(n) < 0.1,
        rng.integers(-3, 4, n).astype(np.float32),
    ][int(rng.integers(0, 6))]


def evaluate(columns: Mapping[str, Any], metrics: Any) -> Any:
    """The result, or the refusal."""
    try:
        return disteval.evaluate(
            columns["y_true"],
            columns.get("y_pred"),
            metrics,
            sample_weight=columns.get("sample_weight"),
        )
    except errors.InputError as error:
        return error


MAKERS = (strings, pairs_of_strings, scores, numbers, outputs, long_integers)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("seed", range(12))
def test_any_form_of_the_same_rows(seed: int, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `evaluate` on the rows that miss no value, and on those of each group alone."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 5, 60, 400]))
    columns, metrics = make(rng, n)
    columns["by"] = groups(rng, n)
    rows = int(rng.choice([4, 32, 1000]))
    monkeypatch.setattr(blocks, "block_rows", lambda _: rows)
    monkeypatch.setattr(blocks, "_DIRECT_ROWS", int(rng.choice([2, 16, 1000])))
    if seed % 3 == 0:  # vocabularies are given up all the time
        monkeypatch.setattr(module, "_MOST_WORDS", 2)
    policy: Any = ("raise", "omit", "propagate")[seed % 3]
    share = 0.0 if policy == "raise" else rng.choice([0.02, 0.3])
    gone = {name: rng.random(n) < share * rng.integers(0, 2) for name in columns}
    cells = {}
    for name, column in columns.items():
        cells[name] = np.zeros(column.shape, bool)
        cells[name].reshape(n, -1)[gone[name], -1] = True
    kept = ~np.any(list(gone.values()), axis=0)
    alone = {name: column for name, column in columns.items() if name != "by"}
    source = chunked(rng, columns, cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.UndefinedMetricWarning)
        whole = evaluate({name: c[kept] for name, c in alone.items()}, metrics)
        if policy == "propagate" and not kept.any():
            result = disteval.evaluate(source, metrics=metrics, nan_policy=policy)
            assert_rows(result.rows, columns, gone)
            return
        if isinstance(whole, Exception):
            with pytest.raises(type(whole)):
                disteval.evaluate(source, metrics=metrics, nan_policy=policy)
            return
        result = disteval.evaluate(source, metrics=metrics, nan_policy=policy)
        assert result.digest == whole.digest
        assert_rows(result.rows, columns, gone)
        known = ~gone["by"] & (kept | (policy == "propagate"))
        assert list(result.slices) == np.unique(columns["by"][known]).tolist()
        for label, part in result.slices.items():
            own = ~gone["by"] & (columns["by"] == label)
            assert_rows(part.rows, columns, {name: mask[own] for name, mask in gone.items()})
            expected = evaluate({name: c[kept & own] for name, c in alone.items()}, metrics)
            if isinstance(expected, Exception):  # refused, or of no row
                continue
            assert part.digest == expected.digest
            if policy == "propagate" and not kept[own].all():
                assert all(np.isnan(value).all() for value in part.values())
                continue
            assert repr(dict(part)) == repr(dict(expected))
            assert (part.labels, part.notes) == (expected.labels, expected.notes)


def assert_rows(rows: Any, columns: Mapping[str, Any], gone: Mapping[str, Any]) -> None:
    """Seen = used + dropped, each under the columns in which it misses a value."""
    reasons: dict[str, int] = {}
    for row in zip(*gone.values(), strict=True):
        names = [name for name, lost in zip(gone, row, strict=True) if lost]
        if names:
            floats = all(columns[name].dtype.kind == "f" for name in names)
            why = f"{' and '.join(names)}: {'NaN' if floats else 'missing'}"
            reasons[why] = reasons.get(why, 0) + 1
    assert rows.dropped == reasons
    assert rows.seen == len(gone["y_true"])
    assert rows.used == rows.seen - sum(reasons.values())


def test_masks_go_with_their_rows() -> None:
    """Joined and cut, masks in some chunks alone: each row is missing once, and is located."""
    specs = (("y_true", Column(np.dtype(np.int64))), ("y_pred", Column(np.dtype("U"), (2,))))
    cutter = Blocks(Schema(specs))
    text = np.array([["a", "b"], ["c", "d"], ["e", "f"]])
    chunks: list[dict[str, Any]] = [
        {"y_true": np.arange(3), "y_pred": text},
        {
            "y_true": np.ma.MaskedArray(np.arange(3, 6), [True, False, False]),
            "y_pred": Words(np.array([[0, 1], [-1, 0], [1, 1]], np.int32), ["x", "y"]),
        },
        {"y_true": np.arange(6, 9), "y_pred": np.ma.MaskedArray(text, text == "d")},
    ]
    batches: list[Batch] = []
    for i, chunk in enumerate(chunks):
        batches += cutter.push(chunk, Origin(i, 10))
    (batch,) = [*batches, *cutter.flush()]
    assert {name: np.flatnonzero(mask).tolist() for name, mask in batch.missing.items()} == {
        "y_true": [3],
        "y_pred": [4, 7],
    }
    clean, rows = without_nan(batch)
    assert clean["y_true"].tolist() == [0, 1, 2, 5, 6, 8]
    assert values_of(clean["y_pred"])[3:] == [["y", "y"], ["a", "b"], ["e", "f"]]
    assert rows.dropped == {"y_true: missing": 1, "y_pred: missing": 2}
    assert rows.first == Origin(1, 10)
    where = [(0, 10), (0, 11), (0, 12), (1, 12), (2, 10), (2, 12)]
    assert [clean.locate(i) for i in range(6)] == where
    assert clean.origin == where[0]


def test_strings_that_are_all_different_do_not_fill_memory(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_MOST_WORDS", 1_000)
    evaluator = disteval.Evaluator("accuracy")
    for i in range(20):
        y = np.array([f"row {i} {j}" for j in range(500)])
        evaluator.update_state(y, y)
        evaluator.result()  # ends the block
        assert evaluator._blocks is not None
        assert len(evaluator._blocks._vocabulary.words) <= 1_500
    assert evaluator.result()["accuracy"] == 1.0


def test_streams_of_strings() -> None:
    """Widths that change, lists and arrays, missing values, pickles between and a merge."""
    rng = np.random.default_rng(0)
    y, p = rng.choice(np.array(TEXT), (2, 300))
    lost = rng.random(300) < 0.1
    metrics = ["accuracy", "confusion_matrix"]
    whole = disteval.evaluate(y[~lost], p[~lost], metrics)
    streams = [disteval.Evaluator(metrics, nan_policy="omit") for _ in range(3)]
    for i, (a, b) in enumerate(pairwise(range(0, 301, 20))):
        given: Any = np.ma.MaskedArray(y[a:b], lost[a:b])
        if i % 2:
            given = [None if gone else word for word, gone in zip(y[a:b], lost[a:b], strict=True)]
        streams[i % 3].update_state(given, p[a:b].astype(f"U{100 + i}"))
        streams[i % 3] = pickle.loads(pickle.dumps(streams[i % 3]))
    streams[0].merge_state(streams[1:])
    result = streams[0].result()
    assert result.digest == whole.digest
    assert result.labels == whole.labels
    assert result.rows.dropped == {"y_true: missing": int(lost.sum())}


def test_a_stream_counts_the_rows_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is read in several chunks is one batch in errors."""
    pandas = pytest.importorskip("pandas")
    from disteval.sources import table

    monkeypatch.setattr(table, "CHUNK_BYTES", 1)
    rows = pandas.Series(np.arange(3_000.0)).astype("Float64")
    rows[2_500] = None
    evaluator = disteval.Evaluator("mse")
    evaluator.update_state(rows, rows)
    with pytest.raises(errors.MissingValueError, match="the first is row 2500 of batch 0"):
        evaluator.result()
