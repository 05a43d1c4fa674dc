"""What must hold when batches come one by one, fail, are empty, or are merged."""

from __future__ import annotations

import pickle
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import errors, metrics
from disteval.engine import graph
from disteval.engine.plan import Plan
from disteval.errors import UndefinedMetricWarning
from disteval.sources import open_source

Y, P = np.array([0, 1, 1]), np.array([1, 0, 0])


def test_a_batch_that_fails_is_not_forgotten() -> None:
    """Some states hold it and some do not: there is no number to give until the reset."""
    evaluator = disteval.Evaluator(["mse", "confusion_matrix"])
    evaluator.update_state(Y, P, np.ones(3))
    evaluator.result()
    evaluator.update_state(Y, P, np.array([1.0, 1.0, -1.0]))
    with pytest.raises(errors.DomainError, match="non-negative"):
        evaluator.result()
    for _ in range(2):
        with pytest.raises(errors.StateError, match="an earlier batch could not be evaluated"):
            evaluator.result()
    with pytest.raises(errors.StateError, match=r"reset_state\(\)"):
        evaluator.update_state(Y, P, np.ones(3))
    evaluator.reset_state()
    evaluator.update_state(Y, P, np.ones(3))
    assert evaluator.result()["mse"] == 1.0


@pytest.mark.parametrize("rows", [3, 10_000])
def test_a_batch_of_other_kinds_is_refused_and_all_is_as_it_was(rows: int) -> None:
    rng = np.random.default_rng(rows)
    y, p = rng.integers(0, 2, rows), rng.random(rows)
    evaluator = disteval.Evaluator(["auc", "mse"])
    evaluator.update_state(y, p)
    for true, pred in ((y, p.astype(np.float32)), (y.astype(bool), p), (y, np.stack([p, p], 1))):
        if pred.dtype == np.float32:
            evaluator.update_state(true, pred)  # is widened
            continue
        with pytest.raises(errors.DistevalError):
            evaluator.update_state(true, pred)
        evaluator.update_state(y, p)
    twice = [np.concatenate([p, p.astype(np.float32), p, p]), np.concatenate([y] * 4)]
    assert dict(evaluator.result()) == dict(disteval.evaluate(twice[1], twice[0], ["auc", "mse"]))
    with pytest.raises(errors.LengthMismatchError):
        evaluator.update_state(y, p[1:])
    assert evaluator.result().rows.seen == 4 * rows


def test_merge_is_all_or_nothing() -> None:
    numbers, words = disteval.Evaluator("confusion_matrix"), disteval.Evaluator("confusion_matrix")
    numbers.update_state([0, 1], [0, 1])
    words.update_state(["a", "b"], ["a", "a"])
    more = disteval.Evaluator("confusion_matrix")
    more.update_state([1], [1])
    with pytest.raises(errors.StateError, match="same kinds and shapes"):
        numbers.merge_state([more, words])
    assert numbers.result().rows.seen == 2
    numbers.merge_state([numbers, more])
    assert numbers.result().rows.seen == 5
    other = disteval.Evaluator("confusion_matrix", nan_policy="omit")
    with pytest.raises(errors.StateError, match="expected nan_policy 'raise', got 'omit'"):
        numbers.merge_state(other)


def test_empty_batches_tell_no_kinds() -> None:
    evaluator = disteval.Evaluator("accuracy")
    evaluator.update_state([], [])
    evaluator.update_state([0, 1], [0, 0])
    assert evaluator.result()["accuracy"] == 0.5
    assert disteval.evaluate([([], []), ([0, 1], [0, 0])], None, "accuracy")["accuracy"] == 0.5


@pytest.mark.parametrize("name", ["categorical_accuracy", "cce", "mse", "f1_score"])
def test_no_batch_yet(name: str) -> None:
    with pytest.warns(UndefinedMetricWarning):
        assert not np.any(disteval.Evaluator({"nothing": name}).result()["nothing"])


def batches() -> Iterator[Any]:
    for i in range(3):
        yield np.array([float(i)]), np.array([0.0])


def test_no_batch_is_lost_from_an_iterator() -> None:
    class Shared:
        def __init__(self) -> None:
            self.iterator = batches()

        def __iter__(self) -> Iterator[Any]:
            return self.iterator

    assert disteval.evaluate(Shared(), None, "mse").rows.seen == 3
    stream = batches()
    with pytest.raises(errors.UnknownNameError, match="there is no metric 'msee'"):
        disteval.evaluate(stream, None, "msee")
    with pytest.raises(errors.ReplayError, match="explain would take the first batch"):
        disteval.explain(stream, None, "mse")
    assert disteval.evaluate(stream, None, "mse").rows.seen == 3


def test_columns_beside_batches_are_refused() -> None:
    with pytest.raises(errors.ArgumentError, match="expected batches to bring all columns along"):
        disteval.evaluate([(Y, P)], None, "mse", sample_weight=np.ones(3))
    with pytest.raises(errors.ArgumentError, match="expected a Source to bring all columns along"):
        disteval.evaluate(open_source(Y, P), None, "mse", sample_weight=np.ones(3))


def test_shards_of_one_name_are_pairs(tmp_path: Path) -> None:
    for folder, sizes in (("true", (4, 2)), ("pred", (2, 4))):
        (tmp_path / folder).mkdir()
        for i, n in enumerate(sizes):
            np.save(tmp_path / folder / f"{i}.npy", np.ones(n))
    with pytest.raises(errors.LengthMismatchError, match=r"true/0.npy': 4 and .*pred/0.npy': 2"):
        disteval.evaluate(tmp_path / "true", tmp_path / "pred", "mse")


def test_more_shards_than_open_files(tmp_path: Path) -> None:
    for folder in ("true", "pred"):
        (tmp_path / folder).mkdir()
        for i in range(150):
            np.save(tmp_path / folder / f"{i}.npy", np.full(5000, i, np.float32))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(list(Path("/dev/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 100, hard))
    try:
        result = disteval.evaluate(tmp_path / "true", tmp_path / "pred", "mse")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (result.rows.seen, result["mse"]) == (750_000, 0.0)


def test_tasks_carry_their_own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in memory travels to a cluster once, not once for each task."""
    monkeypatch.setattr("disteval.engine.spans.SPAN_BYTES", 1 << 20)
    monkeypatch.setattr("disteval.sources.table.PIECE_BYTES", 1 << 20)
    y = np.zeros(1_000_000)
    source = open_source(y, y)
    plan = Plan.build([metrics.get("mse")], source.schema)
    tasks, _ = graph.build(plan, source, "run")
    assert len(tasks) > 10
    assert sum(len(pickle.dumps(task)) for task in tasks.values()) < 1.2 * 2 * y.nbytes


def test_rows_are_named_after_those_left_out() -> None:
    y = np.array([np.nan, 1, 1])
    with pytest.raises(errors.DomainError, match=r"got -1.0 in row 2"):
        disteval.evaluate(
            y, [0.9, 0.9, 0.9], "precision", sample_weight=[1, 1, -1], nan_policy="omit"
        )


def test_integers_of_several_labels_are_indicators() -> None:
    y, p = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]), np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0]])
    values = disteval.evaluate(y, p, ["f1_score(average='macro')", "precision"])
    # by column: 2/2 of 2, 1/2 of 2, 1/1 of 2; together 4 of 5
    assert values["f1_score(average='macro')"] == (1 + 0.5 + 2 / 3) / 3
    assert values["precision"] == 0.8
    with pytest.raises(errors.ShapeError, match="got indicators"):
        disteval.evaluate(y, p, "mcc")


def test_thresholds_are_never_ignored() -> None:
    y, p = [0, 1, 1, 0], [0.6, 0.8, 0.65, 0.1]
    for name in ("precision(threshold=0.7)", "precision(thresholds=0.7)"):
        assert disteval.evaluate(y, p, {"precision": name})["precision"] == 1.0
    with pytest.raises(errors.ArgumentError, match=r"threshold=0.7 is for one float score a row"):
        disteval.evaluate(y, [1, 1, 1, 0], "matthews_corrcoef(threshold=0.7)")


def test_one_label_of_two() -> None:
    values = disteval.evaluate([-1, -1], [0.9, 0.1], ["confusion_matrix", "f1_score"])
    assert values["confusion_matrix"].tolist() == [[1, 1], [0, 0]]
    assert values.labels["confusion_matrix"] == (-1, 1)
    with pytest.raises(errors.LabelError, match="give pos_label="):
        disteval.evaluate([7, 7], [0.9, 0.1], "confusion_matrix")


@pytest.mark.parametrize(
    "text",
    [
        "precision(thresholds=[0.5, inf])",
        "precision(thresholds=-inf)",
        "fbeta_score(beta=2.0)",
        "sklearn:precision(labels=[1, 2])",
    ],
)
def test_canonical_strings_are_read_back(text: str) -> None:
    assert metrics.get(text).name == text
    assert metrics.get(text) == metrics.get(text)


def test_equal_parameters_are_equal_metrics() -> None:
    assert metrics.FBetaScore(beta=2) == metrics.FBetaScore(beta=2.0)
    lists = metrics.get("precision_score", labels=[1, 2])
    assert lists == metrics.get("precision_score", labels=np.array([1, 2]))
    assert metrics.get("precision_score", zero_division="warn") == metrics.get("precision_score")


def test_values_that_are_not_there() -> None:
    result = disteval.evaluate([1.0], [1.0], "mse")
    assert result.get("nope", 0) == 0
    with pytest.raises(errors.UnknownNameError, match="there is no value 'nope'; there are mean"):
        result["nope"]


def test_outputs_of_outputs() -> None:
    y = np.arange(12.0).reshape(2, 2, 3)
    with pytest.raises(errors.ShapeError, match=r"\(N, k\) for values by output"):
        metrics.MeanAbsoluteError(multioutput="raw_values")(y, 0 * y)
    large = np.full((2, 2), 1.3e154)
    assert metrics.RootMeanSquaredError()(large, 0 * large) == 1.3e154
