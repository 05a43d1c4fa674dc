"""Bad input: an error of disteval's own that says what was expected, what arrived, what to do."""

from __future__ import annotations

import contextlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np
import pytest

import disteval
from disteval import errors, metrics
from disteval.metrics.aggregation.means import Mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from disteval.protocol import Metric

Y = np.array([0, 1, 1, 0])
P = np.array([0.1, 0.9, 0.4, 0.2])


def refuses(error: type[Exception], match: str, *args: Any, **options: Any) -> None:
    with pytest.raises(error, match=match) as caught:
        disteval.evaluate(*args, **options)
    assert isinstance(caught.value, errors.DistevalError)


def batches(*parts: Any) -> Iterator[Any]:
    yield from parts


# --- lengths ------------------------------------------------------------------------------------


def test_arrays_of_different_lengths() -> None:
    refuses(errors.LengthMismatchError, "one length, got y_true: 4, y_pred: 3 rows", Y, P[:3])
    refuses(errors.LengthMismatchError, "sample_weight: 3", Y, P, sample_weight=np.ones(3))


def test_batch_of_different_lengths() -> None:
    message = "one length in piece 1, got y_true: 4, y_pred: 3"
    refuses(errors.LengthMismatchError, message, [(Y, P), (Y, P[:3])], None, "mse")
    stream = batches((Y, P), (Y, P[:3]))
    refuses(errors.LengthMismatchError, "got y_true: 4, y_pred: 3", stream, None, "mse")
    evaluator = disteval.Evaluator("mse")
    with pytest.raises(errors.LengthMismatchError, match="y_true: 4, y_pred: 3"):
        evaluator.update_state(Y, P[:3])


def test_shards_of_different_lengths(tmp_path: Path) -> None:
    for name, n in (("y", 4), ("p", 3)):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "0.npy", np.ones(4))
        np.save(tmp_path / name / "1.npy", np.ones(n))
    message = "one length, got y_true: 8, y_pred: 7 rows"
    refuses(errors.LengthMismatchError, message, tmp_path / "y", tmp_path / "p", "mse")


def test_dask_arrays_of_different_lengths() -> None:
    y, p = da.from_array(np.ones(10), chunks=5), da.from_array(np.ones(9), chunks=5)
    refuses(errors.LengthMismatchError, "y_true: 10, y_pred: 9 rows", y, p, "mse")
    unknown = y[y > 0]
    refuses(errors.LengthMismatchError, "one length in piece 1", unknown, p[p > 0], "mse")
    more = da.from_array(np.ones(10), chunks=2)
    refuses(errors.LengthMismatchError, "compute_chunk_sizes", unknown, more[more > 0], "mse")
    refuses(errors.LengthMismatchError, "compute_chunk_sizes", unknown, np.ones(10), "mse")


# --- shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metric", ["mse", "mae", "rmse", "r2", "sklearn:r2_score", "bce", "Accuracy"]
)
def test_one_column_against_two(metric: str) -> None:
    message = r"one shape, got \(N,\) and \(N, 2\)"
    refuses(errors.ShapeError, message, np.ones(3), np.ones((3, 2)), [metric])


@pytest.mark.parametrize("metric", ["mse", "r2"])
def test_nothing_is_broadcast(metric: str) -> None:
    refuses(errors.ShapeError, "one shape", np.ones((3, 2)), np.ones((3, 1)), [metric])
    refuses(errors.ShapeError, "one shape", np.ones((3, 2)), np.ones((3, 3)), [metric])


def test_shapes_of_a_metric() -> None:
    deep = np.ones((4, 2, 3))
    refuses(errors.ShapeError, r"\(N, k\) for values by output", deep, deep, "r2")
    refuses(errors.ShapeError, "binary metric", Y, P, "sparse_categorical_accuracy")
    refuses(errors.ShapeError, "binary metric", P, P, "categorical_crossentropy")
    one_hot = np.eye(2)[Y]
    refuses(errors.ShapeError, "categorical metric", one_hot, one_hot, "scce")
    refuses(errors.ShapeError, "one label, or one score a class", deep, deep, "confusion_matrix")
    refuses(errors.ShapeError, "one label a row", one_hot, P, "mcc")
    weight = np.ones((4, 2))
    refuses(errors.ShapeError, "one weight a row", Y, P, "mse", sample_weight=weight)
    refuses(errors.ShapeError, "single value 3.0", 3.0, 4.0, "mse")


def test_batches_of_other_shapes() -> None:
    first, other = (np.ones((2, 3)), np.ones((2, 3))), (np.ones((2, 4)), np.ones((2, 4)))
    message = r"rows of shape \(3,\) in column 'y_true', got .*\(2, 4\) in piece 1"
    refuses(errors.ShapeError, message, [first, other], metrics="mse")


def test_ragged_lists() -> None:
    refuses(errors.ShapeError, "rows of one shape, got a ragged list", [[1, 2], [3]], [1, 2], "mse")


# --- labels -------------------------------------------------------------------------------------


def test_labels_out_of_range() -> None:
    scores = np.full((4, 3), 1 / 3)
    for metric in ("sparse_categorical_accuracy", "scce", "confusion_matrix", "mcc"):
        for label in (-1, 3):
            y = np.array([0, 1, 2, label])
            refuses(errors.LabelError, r"labels in \[0, 3\) for 3 classes", y, scores, metric)


def test_labels_that_are_no_labels() -> None:
    message = "labels in y_true, got 0.5 in row 2; labels are integers"
    refuses(errors.LabelError, message, np.array([0, 1, 0.5, 1]), np.array([0, 1, 1, 1]), "mcc")
    refuses(errors.LabelError, "got inf", np.array([0, 1, np.inf, 1]), Y, "mcc")
    big = np.array([0, 2**63], np.uint64)
    refuses(errors.LabelError, r"below 2\*\*63", big, big, "mcc")


def test_mixed_kinds_of_labels() -> None:
    words = np.array(["a", "b", "b", "a"])
    for metric in ("accuracy", "confusion_matrix", "f1"):
        refuses(errors.ColumnTypeError, "one kind, got str and int", words, Y, metric)
        refuses(errors.ColumnTypeError, "one kind, got int and str", Y, words, metric)
    refuses(errors.LabelError, "pos_label= to name the positive", words, P, "f1")
    refuses(errors.ColumnTypeError, "class numbers", words, np.eye(4), "mcc")


def test_more_than_two_labels_for_a_binary_metric() -> None:
    three = np.array([0, 1, 2, 1])
    message = "two labels for average='binary', got 3: .*choose average='micro'"
    refuses(errors.LabelError, message, three, three, "sklearn:precision")
    refuses(errors.LabelError, "two label values against one score a row, got 3", three, P, "mcc")
    refuses(errors.LabelError, "labels 0 and 1 against one score", three, P, "accuracy")
    refuses(errors.LabelError, "labels 0 and 1 against one score", three, P, "precision")
    words = np.array(["a", "b", "b", "a"])
    message = "expected pos_label among the labels"
    refuses(errors.LabelError, message, words, words, "f1(average='binary')")


def test_labels_asked_for_that_never_occur() -> None:
    metric = metrics.ConfusionMatrix(labels=(7, 8))
    refuses(errors.LabelError, r"at least one of the labels \[7, 8\]", Y, Y, [metric])


def test_identifiers_are_no_labels() -> None:
    many = np.arange(5_000)
    refuses(errors.BudgetError, "at most 4096 distinct labels", many, many, "confusion_matrix")


# --- domains ------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["accuracy", "bce", "precision", "recall", "f1", "mcc"])
def test_scores_outside_the_unit_interval(metric: str) -> None:
    for bad in (-0.5, 1.5):
        message = rf"within \[0, 1\], got values from .*{bad}.*are these logits"
        if bad < 0:
            message = rf"within \[0, 1\], got values from {bad}"
        refuses(errors.DomainError, message, Y, np.array([0.1, bad, 0.2, 0.9]), metric)


@pytest.mark.parametrize("metric", ["cce", "scce"])
def test_negative_probabilities(metric: str) -> None:
    p = np.array([[0.5, 0.5], [-0.5, 1.5]])
    y = np.eye(2) if metric == "cce" else np.array([0, 1])
    refuses(errors.DomainError, "got values down to -0.5; .*from_logits=True", y, p, metric)


def test_negative_weights() -> None:
    weight = np.array([1.0, -2.0, 1.0, 1.0])
    message = "non-negative sample weights .*got -2.0 in row 1"
    for metric in ("confusion_matrix", "precision", "mcc"):
        refuses(errors.DomainError, message, Y, P, metric, sample_weight=weight)
    result = disteval.evaluate(Y, Y + 1, ["mse", "sum"], sample_weight=weight)
    assert dict(result) == {"mean_squared_error": 1.0, "sum": -1.0}


def test_integers_that_no_double_holds() -> None:
    big = np.array([0, 2**53 + 1, 2, 3])
    for metric in ("mse", "r2", "bce"):
        message = r"within ±2\*\*53.*got 9007199254740993"
        refuses(errors.DomainError, message, big, big, metric)
    weight = np.ones(4)
    refuses(errors.DomainError, r"±2\*\*53 where there", big, None, "sum", sample_weight=weight)
    assert disteval.evaluate(big, metrics="sum")["sum"] == 2**53 + 6


# --- kinds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metric", ["mse", "mae", "r2", "bce", "binary_accuracy", "cce", "scce", "mean", "sum"]
)
def test_strings_where_numbers_are_needed(metric: str) -> None:
    words = np.array(["a", "b"])
    refuses(errors.ColumnTypeError, "numbers in y_true, got strings", words, words, metric)


def test_strings_as_weights() -> None:
    weight = np.array(["1"] * 4)
    refuses(errors.ColumnTypeError, "numbers in sample_weight", Y, P, "mse", sample_weight=weight)


def test_object_columns() -> None:
    mixed = np.array([1, "a", None], object)
    message = "y_true to hold numbers, booleans or strings, got objects of type NoneType, int, str"
    refuses(errors.ColumnTypeError, message, mixed, np.ones(3), "mse")
    refuses(errors.ColumnTypeError, "got objects of type dict", [{}, {}], [1, 2], "accuracy")
    lazy = da.from_array(mixed, chunks=2)
    refuses(errors.ColumnTypeError, "Dask array of numbers.*astype", lazy, lazy, "accuracy")
    complex_ = np.ones(3, complex)
    refuses(errors.ColumnTypeError, "got dtype complex128", complex_, complex_, "mse")
    dates = np.zeros(3, "datetime64[s]")
    refuses(errors.ColumnTypeError, "got dtype datetime64", dates, dates, "accuracy")


def test_kinds_that_change_between_batches() -> None:
    ints, floats = (np.ones(2, int), np.ones(2)), (np.ones(2), np.ones(2))
    message = "'y_true' to be int64 as in the first piece, got float64 in piece 1; convert"
    refuses(errors.ColumnTypeError, message, [ints, floats], metrics="mse")
    narrow = (np.ones(2, np.float32), np.ones(2))
    refuses(errors.ColumnTypeError, "to be float32", [narrow, floats], metrics="mse")
    evaluator = disteval.Evaluator("mse")
    evaluator.update_state(*ints)
    with pytest.raises(errors.ColumnTypeError, match="as in the first piece"):
        evaluator.update_state(*floats)


def test_kinds_that_change_between_shards(tmp_path: Path) -> None:
    np.save(tmp_path / "0.npy", np.ones(2))
    np.save(tmp_path / "1.npy", np.ones(2, int))
    message = "shards of one kind and shape, got float64 .*0.npy' and int64 .*1.npy'"
    refuses(errors.ColumnTypeError, message, tmp_path, np.ones(4), "mse")
    np.save(tmp_path / "0.npy", np.ones(2, np.uint64))
    refuses(errors.ColumnTypeError, "one signedness", tmp_path, np.ones(4), "mse")


# --- NaN ----------------------------------------------------------------------------------------


def with_nan() -> tuple[Any, Any]:
    y, p = np.arange(10.0), np.arange(10.0) + 1
    y[[4, 6]] = np.nan
    p[[6, 7, 8]] = np.nan
    return y, p


def test_nan_is_counted_by_column_and_located() -> None:
    y, p = with_nan()
    message = r"got 2 in y_true, 3 in y_pred among 10 rows; the first is row 4;.*'omit'.*propagate"
    refuses(errors.MissingValueError, message, y, p, "mse")
    parts = [(y[:5], p[:5]), (y[5:], p[5:])]
    refuses(errors.MissingValueError, r"the first is row 4 \(in batch 0\)", parts, metrics="mse")
    lazy = da.from_array(y, chunks=3), da.from_array(p, chunks=3)
    refuses(errors.MissingValueError, r"row 4 \(in chunk 1\)", *lazy, "mse")
    unknown = [a[a != 99] for a in lazy]
    refuses(errors.MissingValueError, "the first is row 1 of piece 1", *unknown, "mse")
    refuses(errors.MissingValueError, "first is row", batches(*parts), metrics="mse")
    evaluator = disteval.Evaluator("mse")
    evaluator.update_state(y, p)
    with pytest.raises(errors.MissingValueError, match="2 in y_true, 3 in y_pred among 10"):
        evaluator.result()


def test_nan_among_shards_names_the_file(tmp_path: Path) -> None:
    y, p = with_nan()
    np.save(tmp_path / "0.npy", y[:3])
    np.save(tmp_path / "1.npy", y[3:])
    refuses(errors.MissingValueError, r"first is row 4 \(in .*1.npy\)", tmp_path, p, "mse")


def test_nan_in_the_weights() -> None:
    weight = np.array([1, np.nan, 1, 1])
    refuses(errors.MissingValueError, "1 in sample_weight", Y, P, "mse", sample_weight=weight)


def test_nan_left_out() -> None:
    result = disteval.evaluate(*with_nan(), "mse", nan_policy="omit")
    assert result["mse"] == 1.0
    assert (result.rows.seen, result.rows.used) == (10, 6)
    assert result.rows.dropped == {
        "y_true: NaN": 1, "y_pred: NaN": 2, "y_true and y_pred: NaN": 1,
    }  # fmt: skip
    nothing = np.full(3, np.nan)
    refuses(errors.EmptyDataError, "without NaN, got none of 3", nothing, nothing, "mse",
            nan_policy="omit")  # fmt: skip


def test_nan_propagated() -> None:
    result = disteval.evaluate(*with_nan(), ["mse", "mae"], nan_policy="propagate")
    assert np.isnan(np.array([result["mse"], result["mae"]], np.float64)).all()
    assert result.rows.used == 6


def test_unknown_nan_policy() -> None:
    message = "nan_policy 'raise', 'omit' or 'propagate', got 'drop'"
    refuses(errors.ArgumentError, message, Y, P, "mse", nan_policy="drop")
    with pytest.raises(errors.ArgumentError, match=message):
        disteval.Evaluator("mse", nan_policy="drop")  # type: ignore[arg-type]


# --- no rows ------------------------------------------------------------------------------------


def test_no_rows() -> None:
    empty = np.zeros(0)
    message = "at least one row, got none"
    refuses(errors.EmptyDataError, message, empty, empty, "mse")
    refuses(errors.EmptyDataError, message, [(empty, empty)], metrics="mse")
    refuses(errors.EmptyDataError, message, da.zeros(0, chunks=1), da.zeros(0, chunks=1), "mse")
    refuses(errors.EmptyDataError, "at least one batch", batches(), metrics="mse")
    refuses(errors.EmptyDataError, "at least one", [], [], "mse")


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("acuracy", "'accuracy'"),
        ("mean_square_error", "'mean_squared_error'"),
        ("BinaryCrossEntropy", "'binary_crossentropy'"),
        ("r2score", "'r2_score'"),
    ],
)
def test_unknown_metric(name: str, near: str) -> None:
    refuses(errors.UnknownNameError, f"no metric {name!r}; did you mean .*{near}", Y, P, name)


def test_a_library_has_its_own_meaning_of_an_alias() -> None:
    for alias, name in (
        ("f1", "f1_score"),
        ("rmse", "root_mean_squared_error"),
        ("r2", "r2_score"),
    ):
        assert metrics.get(f"sklearn:{alias}") == metrics.get(f"sklearn:{name}")
        assert metrics.get(f"keras:{alias}") == metrics.get(name)
    assert metrics.get("sklearn:precision_score") == metrics.get("sklearn:precision")
    refuses(errors.UnknownNameError, "there is no metric", Y, P, "keras:precision_score")


def test_unknown_metric_without_a_near_one() -> None:
    refuses(errors.UnknownNameError, "there is no metric 'zzz'; 'disteval metrics'", Y, P, "zzz")
    refuses(errors.UnknownNameError, "there is no metric ''", Y, P, "")


def test_arguments_of_metrics() -> None:
    for text in ("mse(", "mse(1)", "mse(x=y)", "mse(**{})", "fbeta_score(beta=2.0) + 1"):
        refuses(errors.ArgumentError, "literal keyword arguments, got", Y, P, text)
    refuses(errors.ArgumentError, "mse: unexpected keyword argument 'x'; its parameters are",
            Y, P, "mse(x=1)")  # fmt: skip
    refuses(errors.ArgumentError, "non-negative number beta", Y, P, "fbeta_score(beta=-1)")
    refuses(errors.ArgumentError, "average to be one of", Y, P, "f1(average='mean')")
    refuses(errors.ArgumentError, "zero_division", Y, P, "f1(zero_division=2)")
    refuses(errors.ArgumentError, "multioutput", Y, P, "mse(multioutput='all')")
    refuses(errors.ArgumentError, "one weight for each of 1 outputs, got 2", Y, P,
            metrics.MeanSquaredError(multioutput=(1.0, 2.0)))  # fmt: skip
    refuses(errors.ArgumentError, "class_aggregation", Y, P, "r2(class_aggregation='mean')")
    refuses(errors.ArgumentError, "label_smoothing", Y, P, "bce(label_smoothing=1.5)")
    refuses(errors.ArgumentError, "normalize", Y, Y, "confusion_matrix(normalize='rows')")
    scores = np.ones((4, 3)) / 3
    refuses(errors.ArgumentError, r"class_id in \[0, 3\), got 3", np.eye(3)[[0, 1, 2, 0]], scores,
            "precision(class_id=3)")  # fmt: skip
    refuses(errors.ArgumentError, "top_k of at least 1", np.eye(3)[[0, 1, 2, 0]], scores,
            "recall(top_k=0)")  # fmt: skip
    refuses(errors.ShapeError, "need y_pred", Y, P, "recall(top_k=1)")
    refuses(errors.ArgumentError, "are for labels", Y, Y, "recall(top_k=1)")


def test_metrics_of_one_name() -> None:
    message = "each metric once, got 'mean_squared_error' twice; leave one out"
    refuses(errors.ArgumentError, message, Y, P, ["mse", "mean_squared_error"])
    clash = [("a", "mse"), ("a", "mae")]
    message = "'a' for mean_squared_error and mean_absolute_error; give"
    refuses(errors.ArgumentError, message, Y, P, clash)


def test_what_is_no_metric() -> None:
    refuses(errors.ArgumentError, "metric name, a Metric or a .* got 3", Y, P, 3)
    refuses(errors.ArgumentError, "metric name, a Metric", Y, P, [None])
    refuses(errors.ArgumentError, "got an empty list", Y, P, [])
    refuses(errors.ArgumentError, "got an empty", Y, P, {})


def test_values_that_were_not_asked_for() -> None:
    result = disteval.evaluate(Y, P, ["mse"])
    with pytest.raises(errors.UnknownNameError, match="no value 'mae'; there are mean_squared_err"):
        result["mae"]
    assert "mae" not in result
    assert "mse" in result


# --- schedulers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scheduler", ["thread-pool", 3.5, object()])
def test_unknown_scheduler(scheduler: Any) -> None:
    message = "scheduler 'threads', 'sync', 'processes', a distributed.Client or an address"
    refuses(errors.ArgumentError, message, Y, P, "mse", scheduler=scheduler)


# --- files --------------------------------------------------------------------------------------


def test_a_column_without_data() -> None:
    message = "there is no file 'label'; for a column of that name, give data="
    refuses(errors.SourceNotFoundError, message, "label", "score")
    refuses(FileNotFoundError, "no file matches", "none/*.npy", P, "mse")


def test_missing_files(tmp_path: Path) -> None:
    missing = tmp_path / "y.npy"
    refuses(errors.SourceNotFoundError, re.escape(str(missing)), missing, P, "mse")
    refuses(errors.SourceNotFoundError, "no .*file", [missing], P, "mse")
    refuses(errors.SourceNotFoundError, "no .*file", tmp_path, P, "mse")  # an empty directory
    refuses(errors.SourceNotFoundError, "no .*file", "y", "p", "mse", data=tmp_path / "a.npz")


def test_unknown_columns(tmp_path: Path) -> None:
    table = {"label": Y, "score": P}
    message = "no column 'lable'; the columns are label, score"
    refuses(errors.UnknownNameError, message, "lable", "score", "mse", data=table)
    np.savez(tmp_path / "a.npz", allow_pickle=False, **table)
    message = "no array 'lable' in .*a.npz'; it holds label, score"
    refuses(errors.UnknownNameError, message, "lable", "score", "mse", data=tmp_path / "a.npz")
    message = "a batch has no column 'lable'; its columns are label, score"
    refuses(errors.UnknownNameError, message, "lable", "score", "mse", data=[table])
    refuses(errors.ArgumentError, "data= to be a mapping", "label", "score", "mse", data=3)
    refuses(errors.ArgumentError, "y_true to be a column name", Y, P, "mse", data=[table])


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def cut_in_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def made_of_text(path: Path) -> None:
    path.write_text("label,score\n1,0.5\n")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut_short, cut_in_the_header, made_of_text, emptied])
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_damaged_shards(tmp_path: Path, damage: Callable[[Path], None], suffix: str) -> None:
    for i in range(3):
        path = tmp_path / f"shard-{i}.{suffix}"
        np.save(path, np.ones(100)) if suffix == "npy" else np.savez(path, y_true=np.ones(100))
    damage(tmp_path / f"shard-1.{suffix}")
    with pytest.raises(errors.CorruptFileError, match=f"shard-1.{suffix}"):
        disteval.evaluate(tmp_path, np.ones(300), "mse")


def test_a_file_cut_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "y.npy"
    np.save(path, np.arange(4.0))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refuses(errors.CorruptFileError, "y.npy", path, P, "mse")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_bytes_changed_anywhere(tmp_path: Path, suffix: str) -> None:
    """What can't be noticed gives a value; what can, an error of disteval's own."""
    path = tmp_path / f"y.{suffix}"
    np.save(path, np.arange(4.0)) if suffix == "npy" else np.savez_compressed(path, np.arange(4.0))
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in range(len(whole)):
        content = bytearray(whole)
        content[place] = rng.integers(256)
        path.write_bytes(content)
        with contextlib.suppress(errors.DistevalError):
            disteval.evaluate(path, P, "mse", scheduler="sync")


def test_damaged_inside_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, y_true=np.random.default_rng(0).normal(size=1000))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 50] = bytes(50)
    path.write_bytes(content)
    refuses(
        errors.CorruptFileError, "cannot read 'y_true' from .*a.npz", path, np.ones(1000), "mse"
    )


def test_archive_of_other_things(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "not an array")
    refuses(errors.CorruptFileError, "a.npz' is damaged", path, P, "mse")


def test_files_of_objects(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.array([{}, 1], object), allow_pickle=True)
    refuses(
        errors.ColumnTypeError, "y.npy' holds Python objects", tmp_path / "y.npy", [1, 2], "mse"
    )
    np.savez(tmp_path / "y.npz", y_true=np.array([{}, 1], object), allow_pickle=True)
    refuses(errors.ColumnTypeError, "y.npz", tmp_path / "y.npz", [1, 2], "mse")


def test_files_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("1,2\n")
    refuses(errors.SourceError, "scores.csv", path, P, "mse")


def test_a_single_number_in_a_file(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.float64(3.0))
    refuses(errors.ShapeError, "y.npy.* to have rows", tmp_path / "y.npy", [1.0], "mse")


# --- streams ------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class TwoPasses(Mean):
    """A metric that may look twice."""

    key = "two_passes"
    passes = 2

    def then(self, *_: Any) -> Metric | None:
        return Mean()


def test_a_second_pass_over_a_generator() -> None:
    message = "two_passes may read the data 2 times, but got an iterator.*give arrays, files or"
    refuses(errors.ReplayError, message, batches((Y, P)), metrics=TwoPasses())
    with pytest.raises(errors.ReplayError, match="a stream of batches"):
        disteval.Evaluator(TwoPasses())
    assert disteval.evaluate([(Y, P)], metrics=TwoPasses()).passes == 2


def test_a_generator_is_read_once() -> None:
    from disteval.sources import Batches

    source = Batches(batches((Y, P), (Y, P)))
    assert disteval.evaluate(source, metrics="mse").rows.seen == 8
    refuses(errors.ReplayError, "has been read already; give a list", source, metrics="mse")


def test_batches_of_other_forms() -> None:
    message = r"batches to be \(y_true, y_pred\) or .* got"
    refuses(errors.ShapeError, message, batches((Y, P, P, P)), metrics="mse")
    refuses(errors.ShapeError, message, batches(3), metrics="mse")
    weighted = [(Y, P, np.ones(4)), (Y, P)]
    message = "every batch to have y_true, y_pred, sample_weight, got y_true, y_pred"
    refuses(errors.ShapeError, message, weighted, metrics="mse")
    evaluator = disteval.Evaluator("mse")
    evaluator.update_state(Y, P)
    with pytest.raises(
        errors.StateError, match=r"every batch to have y_true, y_pred, got .*weight"
    ):
        evaluator.update_state(Y, P, np.ones(4))


def test_one_column_where_two_are_needed() -> None:
    refuses(errors.DistevalError, "y_pred", Y, None, "mse")
    refuses(errors.DistevalError, "y_pred", Y, metrics="accuracy")


def test_arrays_only_in_update_state() -> None:
    evaluator = disteval.Evaluator("mse")
    lazy = da.from_array(P, chunks=2)
    with pytest.raises(errors.StateError, match="expected arrays in update_state; give evaluate"):
        evaluator.update_state(lazy, lazy)
    with pytest.raises(errors.SourceNotFoundError, match="there is no file"):
        evaluator.update_state("label", "score")


def test_merging_what_does_not_belong_together() -> None:
    a, b, c = disteval.Evaluator("mse"), disteval.Evaluator("mae"), disteval.Evaluator("mse")
    with pytest.raises(errors.StateError, match=r"an evaluator of .*mean_squared.* got one of"):
        a.merge_state(b)
    with pytest.raises(errors.StateError, match="Evaluators to merge, got int"):
        a.merge_state([3])
    a, c = disteval.Evaluator("bce"), disteval.Evaluator("bce")
    a.update_state(Y, P)
    c.update_state(Y, P.astype(np.float32))
    with pytest.raises(errors.StateError, match="same kinds and shapes of columns"):
        a.merge_state(c)
    one, two = metrics.MeanSquaredError(), metrics.MeanAbsoluteError()
    with pytest.raises(errors.StateError, match="an evaluator of"):
        one.merge_state(two)


def test_arguments_that_should_be_numbers() -> None:
    one_hot = np.eye(4)
    for text, name in (
        ("binary_accuracy(threshold='a')", "threshold"),
        ("mcc(threshold='a')", "threshold"),
        ("f1(threshold='a')", "threshold"),
        ("precision(thresholds=[0.5, 'a'])", "thresholds"),
        ("fbeta_score(beta='a')", "beta"),
        ("bce(label_smoothing='a')", "label_smoothing"),
    ):
        refuses(errors.ArgumentError, f"expected a number as {name}, got 'a'", Y, P, text)
    refuses(errors.ArgumentError, "number as threshold", one_hot, one_hot, "f1(threshold='a')")
    for text in ("f1(labels=3)", "confusion_matrix(labels=[])"):
        refuses(errors.ArgumentError, "sequence of at least one label, got", Y, Y, text)


def test_columns_of_no_use() -> None:
    long = P.astype(np.longdouble)
    if long.dtype.itemsize > 8:
        refuses(errors.ColumnTypeError, "float64 or narrower in y_true", long, long, "mse")
    none = np.zeros((4, 0))
    refuses(errors.ShapeError, r"one value a row in y_true, got \(N, 0\)", none, none, "mse")
    text = np.array([b"a", b"\xff"])
    refuses(errors.ColumnTypeError, "UTF-8 text, got others", text, text, "accuracy")
    single = da.from_array(np.float64(3.0))
    refuses(errors.ShapeError, "Dask array of a single value", single, single, "mse")
    lazy = da.from_array(P, chunks=2)
    refuses(errors.LengthMismatchError, "y_pred: 3 beside a Dask array of 4", lazy, P[:3], "mse")
    refuses(errors.UnknownNameError, "columns named y_true.* got a, b", [{"a": Y, "b": P}])
    refuses(errors.ShapeError, "got one of None", batches((None, None)), metrics="mse")


ODDITIES: tuple[Any, ...] = (
    *(None, 3, "x", b"x", [], "", {}, {"a": Y}, {1, 2}, range(4), Y, P, np.eye(4), Y > 0),
    *(Y * 1j, np.zeros(4, "M8[s]"), np.array(list("abca")), np.array([b"\xff"] * 4)),
    *(np.array([1, "a", None, 2], object), np.array([0, 1, 2**63, 2**64 - 1], np.uint64)),
    *(np.array([0, np.inf, -np.inf, 1]), np.array([0, np.nan, 1, 1]), Y.astype(np.longdouble)),
    *(np.zeros(4, [("a", "f4")]), np.zeros((4, 0)), np.zeros(0), np.zeros((0, 2))),
    *(da.from_array(P, chunks=2), da.from_array(np.eye(4), chunks=2), da.from_array(np.float64(3))),
    np.zeros((4, 2, 2)),
    *([(Y, P)], [(Y,)], [{"a": 1}], [[[1]]], [1, "a", 2.0, None], object(), Path("none.npy")),
)  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "metric", ["mse", "r2", "accuracy", "bce", "scce", "mcc", "f1", "recall", "sum"]
)
def test_no_other_error_comes_out(metric: str) -> None:
    """Whatever is given as whatever: a value, or an error of disteval's own."""
    triples = [(y, p, None) for y in ODDITIES for p in ODDITIES]
    triples += [(Y, P, w) for w in ODDITIES]
    for y, p, w in triples:
        with contextlib.suppress(errors.DistevalError):
            disteval.evaluate(y, p, metric, sample_weight=w, scheduler="sync")
        with contextlib.suppress(errors.DistevalError):
            evaluator = disteval.Evaluator(metric)
            evaluator.update_state(y, p, w)
            evaluator.result()
