"""Classes in Keras's style: as they are written for Keras, and exact in a plan."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from distributed import Client

import disteval
from disteval import errors
from disteval.protocol import RowFunction
from tests import stateful_classes

classes: Any = stateful_classes  # whose users write no types

RNG = np.random.default_rng(4)
ROWS = 1_003
LABELS = RNG.integers(0, 2, ROWS)
GUESSES = RNG.integers(0, 2, ROWS)
SCORES = np.round(RNG.normal(size=ROWS), 3)
TARGETS = np.round(SCORES + RNG.normal(size=ROWS), 3)
WEIGHTS = RNG.uniform(0.1, 2.0, ROWS)
KINDS = RNG.integers(0, 4, ROWS)
GUESSED_KINDS = RNG.integers(0, 4, ROWS)

Batch = tuple[Any, ...]


def batches(*columns: Any, cuts: int = 7) -> list[Batch]:
    """The rows in batches of different lengths, in another order."""
    order = RNG.permutation(len(columns[0]))
    at = np.sort(RNG.integers(0, len(order), cuts))
    return [tuple(column[part] for column in columns) for part in np.split(order, at) if len(part)]


def of_evaluator(metric: disteval.Metric, parts: list[Batch]) -> disteval.Result:
    """The result of batches, half of them seen by another evaluator and merged."""
    one, other = (disteval.Evaluator([own]) for own in (metric, metric.renamed(str(metric.name))))
    for i, part in enumerate(parts):
        (one if i % 2 else other).update_state(*part)
    one.merge_state(other)
    return one.result()


def all_ways(metric: disteval.Metric, *columns: Any) -> Iterator[disteval.Result]:
    """The result in one pass, of batches in any order, on one thread, and merged."""
    y_true, y_pred, *weights = columns
    weight = weights[0] if weights else None
    yield disteval.evaluate(y_true, y_pred, [metric], sample_weight=weight)
    yield disteval.evaluate(y_true, y_pred, [metric], sample_weight=weight, scheduler="sync")
    yield disteval.evaluate(batches(*columns), None, [metric])
    yield of_evaluator(metric, batches(*columns))
    yield of_evaluator(metric, batches(*columns, cuts=60))


# --- the seed page ------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [classes.BinaryTruePositives, classes.BinaryTruePositives3])
def test_alone_as_on_the_page(cls: type[Any]) -> None:
    m = cls()
    m.update_state([0, 1, 1, 1], [0, 1, 0, 0])
    assert f"Intermediate result: {m.result().numpy()}" == "Intermediate result: 1.0"
    m.update_state([1, 1, 1, 1], [0, 1, 1, 0])
    assert f"Final result: {m.result().numpy()}" == "Final result: 3.0"
    assert float(m.result()) == 3.0
    assert f"{m.result()} {m.result():.2f} {m.result()!r}" == "3.0 3.00 3.0"
    m.reset_states()
    assert m.result() == 0.0
    assert m([1], [1]) == 1.0
    m.reset_state()
    assert m.result().numpy() == 0.0
    assert m.name == "binary_true_positives"


@pytest.mark.parametrize("cls", [classes.BinaryTruePositives, classes.BinaryTruePositives3])
def test_in_a_plan(cls: type[Any]) -> None:
    for result in all_ways(cls(), LABELS, GUESSES):
        assert dict(result) == {"binary_true_positives": (LABELS & GUESSES).sum()}
        assert type(result["binary_true_positives"]) is float
        assert result.notes == ()
        assert result.passes == 1
    expected = math.fsum(WEIGHTS[(LABELS & GUESSES) == 1])
    digests = set()
    for result in all_ways(cls(name="tp", dtype="float32"), LABELS, GUESSES, WEIGHTS):
        assert dict(result) == {"tp": expected}
        digests.add(result.digest)
    assert len(digests) == 1


def test_in_slices_and_beside_others() -> None:
    groups = np.where(SCORES > 0, "up", "down")
    metrics = ["accuracy", classes.BinaryTruePositives, ("again", classes.BinaryTruePositives())]
    result = disteval.evaluate(LABELS, GUESSES, metrics, by=groups)
    both = LABELS & GUESSES
    assert list(result) == ["accuracy", "binary_true_positives", "again"]
    assert result["again"] == both.sum()
    for group, part in result.slices.items():
        assert part["binary_true_positives"] == both[groups == group].sum()
    assert result["BinaryTruePositives"] == both.sum()


@pytest.mark.cluster
def test_merged_from_two_processes(cluster_address: str) -> None:
    metrics = [classes.BinaryTruePositives(), classes.Spread(), classes.Kinds(4)]
    with _noted():
        expected = [
            disteval.evaluate(LABELS, GUESSES, metrics[:1]),
            disteval.evaluate(KINDS, GUESSED_KINDS, metrics[1:]),
        ]
    with Client(cluster_address) as client:
        client.wait_for_workers(2, timeout=60)
        result = disteval.evaluate(batches(LABELS, GUESSES), None, metrics[:1])
        assert dict(result) == dict(expected[0])
        with pytest.warns(errors.DistevalWarning, match="spread: update_state ran on blocks"):
            other = disteval.evaluate(batches(KINDS, GUESSED_KINDS), None, metrics[1:])
        assert other["kinds"].tolist() == expected[1]["kinds"].tolist()
        assert other["spread"] == expected[1]["spread"] == 3.0
        halves = [(LABELS[:500], GUESSES[:500]), (LABELS[500:], GUESSES[500:])]
        alone = client.gather(client.map(_updated, halves))
    m = classes.BinaryTruePositives()
    m.merge_state(alone)
    assert m.result() == expected[0]["binary_true_positives"]


def _updated(batch: Batch) -> disteval.Metric:
    m: disteval.Metric = classes.BinaryTruePositives()
    m.update_state(*batch)
    return m


# --- what people write --------------------------------------------------------------------------


def test_f1_of_three_variables_and_an_if() -> None:
    t, p = LABELS == 1, GUESSES == 1
    tp, fp, fn = (t & p).sum(), (~t & p).sum(), (t & ~p).sum()
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    for result in all_ways(classes.F1(), LABELS, GUESSES):
        assert result["f1"] == 2 * precision * recall / (precision + recall)
    assert disteval.evaluate([0, 0], [0, 0], [classes.F1()])["f1"] == 0.0
    alone = classes.F1()
    for part in batches(LABELS, GUESSES):
        alone.update_state(*part)
    assert alone.result() == result["f1"]


def test_a_running_maximum() -> None:
    worst = abs(TARGETS - SCORES).max()
    for result in all_ways(classes.Worst(), TARGETS, SCORES):
        assert result["worst"] == worst
        assert result.notes == ()
    thirds = np.array_split(np.arange(ROWS), 3)
    one, *others = (_filled(classes.Worst(), TARGETS[at], SCORES[at]) for at in thirds)
    one.merge_state(others)
    assert one.result() == worst


def _filled(metric: Any, *columns: Any) -> Any:
    metric.update_state(*columns)
    return metric


def test_counts_per_class() -> None:
    for result in all_ways(classes.Kinds(4), KINDS, GUESSED_KINDS):
        assert result["kinds"].tolist() == np.bincount(KINDS, minlength=4).tolist()
        assert result["kinds"].dtype == np.float64
    one, other = (_filled(classes.Kinds(4), KINDS[i::2], GUESSED_KINDS[i::2]) for i in range(2))
    one.merge_state(other)
    assert one.result().numpy().tolist() == result["kinds"].tolist()
    assert one.result().shape == (4,)


def test_a_confusion_matrix() -> None:
    expected = np.zeros((4, 4))
    np.add.at(expected, (KINDS, GUESSED_KINDS), 1)
    for result in all_ways(classes.Confusion(4), KINDS, GUESSED_KINDS):
        assert result["confusion"].tolist() == expected.tolist()
        assert result.notes == ()


def test_a_mean_with_weights() -> None:
    squares = (TARGETS - SCORES) ** 2
    reference = disteval.evaluate(TARGETS, SCORES, ["mse"], sample_weight=WEIGHTS)["mse"]
    for result in all_ways(classes.MeanMetric(), TARGETS, SCORES, WEIGHTS):
        # the sums are rounded, then their quotient: twice more than the built-in
        assert result["mean_metric"] == pytest.approx(reference, rel=4e-16)
        assert result["mean_metric"] == math.fsum(squares * WEIGHTS) / math.fsum(WEIGHTS)
    plain = disteval.evaluate(TARGETS, SCORES, [classes.MeanMetric()])
    assert plain["mean_metric"] == math.fsum(squares) / ROWS


def test_a_mean_of_batches_is_that_of_the_dataset() -> None:
    """One update with all rows: what is no sum over batches does not depend on them either."""
    for result in all_ways(classes.MeanOfBatches(), TARGETS, SCORES):
        assert result["mean_of_batches"] == disteval.evaluate(TARGETS, SCORES, ["mse"])["mse"]


def test_a_value_of_the_rows_in_the_update_takes_two_passes() -> None:
    result = disteval.evaluate(TARGETS, SCORES, [classes.Variance()])
    mean = math.fsum(TARGETS) / ROWS
    assert result["variance"] == math.fsum((TARGETS - mean) ** 2) / ROWS
    assert result.passes == 2
    with pytest.raises(errors.ReplayError, match=r"variance may read the data 2 times"):
        disteval.evaluate(iter(batches(TARGETS, SCORES)), None, [classes.Variance()])


def test_metrics_inside_of_a_metric() -> None:
    precision, recall = (
        disteval.evaluate(LABELS, GUESSES, [name])[name] for name in ("precision", "recall")
    )
    expected = 2 * precision * recall / (precision + recall)
    for result in all_ways(classes.F1OfParts(), LABELS, GUESSES):
        assert result["f1_of_parts"] == expected
        assert result.notes == ()
    alone = classes.F1OfParts()
    for part in batches(LABELS, GUESSES):
        alone.update_state(*part)
    assert alone.result() == expected
    alone.reset_state()
    alone.update_state([1, 0], [1, 1])
    assert alone.result() == 2 / 3
    weighted = disteval.evaluate(LABELS, GUESSES, ["precision"], sample_weight=WEIGHTS)
    result = disteval.evaluate(LABELS, GUESSES, [classes.F1OfParts()], sample_weight=WEIGHTS)
    assert result["f1_of_parts"] != expected
    assert weighted["precision"] != precision


def test_variables_of_a_metric_in_keras_style_inside() -> None:
    for result in all_ways(classes.Share(), LABELS, GUESSES):
        assert result["share"] == (LABELS & GUESSES).sum() / ROWS
    one, other = (_filled(classes.Share(), LABELS[i::2], GUESSES[i::2]) for i in range(2))
    one.merge_state(other)
    assert one.result() == result["share"]
    assert [v.name for v in one.variables] == ["rows", "tp"]


def test_metrics_whose_update_is_extended() -> None:
    expected = disteval.evaluate(3 * TARGETS, 3 * SCORES, ["mae"])["mae"]
    for result in all_ways(classes.Scaled(3), TARGETS, SCORES):
        assert dict(result) == {"scaled": expected}
    weighted = disteval.evaluate(3 * TARGETS, 3 * SCORES, ["mae"], sample_weight=WEIGHTS)["mae"]
    for result in all_ways(classes.Scaled(3), TARGETS, SCORES, WEIGHTS):
        assert dict(result) == {"scaled": weighted}
    m = classes.Scaled(3)
    m.update_state(TARGETS[:500].tolist(), SCORES[:500].tolist())
    m.update_state(TARGETS[500:], SCORES[500:])
    assert m.result() == expected
    assert pickle.loads(pickle.dumps(m)).scale == 3
    assert m.fresh() == m == classes.Scaled(3) != classes.Scaled(2)
    assert repr(m) == "Scaled"
    m.merge_state(m.fresh())
    with pytest.raises(errors.StateError, match="expected a metric equal to this Scaled"):
        m.merge_state(classes.Scaled(2))
    for result in all_ways(classes.HalfOfTwice(), TARGETS, SCORES):
        assert result["half_of_twice"] == disteval.evaluate(TARGETS, SCORES, ["mae"])["mae"]
    by_weight = disteval.evaluate(TARGETS, SCORES, ["mae"], sample_weight=WEIGHTS)["mae"]
    for cls in (classes.ErrorMean, classes.ErrorMeanByPosition):
        for result in all_ways(cls(name="gap"), TARGETS, SCORES, WEIGHTS):
            assert result["gap"] == by_weight
    accuracy = disteval.evaluate(LABELS, GUESSES, ["accuracy"])["accuracy"]
    for result in all_ways(classes.ErrorRate(), LABELS, GUESSES):
        assert result["error_rate"] == 1 - accuracy
    alone = classes.ErrorRate()
    alone.update_state(LABELS, GUESSES)
    assert alone.result() == 1 - accuracy
    with pytest.raises(errors.ArgumentError, match=r"for the MeanAbsoluteError that it updates"):
        disteval.evaluate(TARGETS, SCORES, [classes.ScaledByLoop(3)])


# --- what does not run on symbolic rows ---------------------------------------------------------


def _noted() -> Any:
    return pytest.warns(errors.DistevalWarning, match="may depend on how they are cut")


def test_what_does_not_trace_runs_on_blocks_and_says_so() -> None:
    expected = np.bincount(KINDS, minlength=5)
    for loop in (classes.Loop(5), classes.Counted(5)):
        with _noted():
            results = list(all_ways(loop, KINDS, GUESSED_KINDS))
        for result in results:
            assert result[loop.name].tolist() == expected.tolist()
            (note,) = result.notes
            assert note.startswith(f"{loop.name}: update_state ran on blocks of rows")


def test_the_note_tells_the_reason() -> None:
    with pytest.warns(errors.DistevalWarning, match=r"does not run \(np.unique needs all rows"):
        disteval.evaluate(KINDS, GUESSED_KINDS, [classes.Spread()])


def test_blocks_by_group() -> None:
    groups = RNG.integers(0, 3, ROWS)
    with _noted():
        result = disteval.evaluate(KINDS, GUESSED_KINDS, [classes.Loop(4)], by=groups)
    assert result["loop"].tolist() == np.bincount(KINDS, minlength=4).tolist()
    for group, part in result.slices.items():
        assert part["loop"].tolist() == np.bincount(KINDS[groups == group], minlength=4).tolist()


def test_blocks_with_weights_initial_values_and_extremes() -> None:
    metric = classes.Blocks(start=0.1)
    with _noted():
        results = list(all_ways(metric, TARGETS, SCORES, WEIGHTS))
    for result in results:
        value = result["blocks"]
        assert value["low"] == TARGETS.min()
        assert value["high"] == SCORES.max()
        assert value["rows"] == 0.1 + ROWS
        # each block's sum was rounded; there is one block at least and sixty at most
        assert value["total"] == pytest.approx(math.fsum(WEIGHTS), rel=1e-13)
    one, other = (
        _filled(classes.Blocks(start=0.1), TARGETS[i::2], SCORES[i::2], WEIGHTS[i::2])
        for i in range(2)
    )
    one.merge_state([other])
    merged = one.result()
    assert (merged["low"], merged["high"]) == (value["low"], value["high"])
    assert merged["rows"] == 0.1 + ROWS


def test_blocks_have_the_shapes_and_kinds_that_arrived() -> None:
    words = np.array(["cat", "dog", "owl"])[KINDS % 3]
    with _noted():
        result = disteval.evaluate(words, SCORES[:, None].astype(np.float32), [classes.Seen()])
    assert result["seen"] == 1.0


def test_an_update_may_write_into_its_columns() -> None:
    with _noted():
        result = disteval.evaluate(TARGETS, SCORES, ["mae", classes.Writes()])
    assert result["mae"] == disteval.evaluate(TARGETS, SCORES, ["mae"])["mae"]
    assert result["writes"] == (TARGETS > 0).sum()


@pytest.mark.parametrize(
    ("cls", "of"), [(classes.LastBatch, "last"), (classes.UndeclaredMaximum, "top")]
)
def test_blocks_that_replace_a_sum_are_refused(cls: type[Any], of: str) -> None:
    message = f"expected the variable '{of}' of .* to be a sum.*merge='max'"
    with pytest.raises(errors.StateError, match=message):
        disteval.evaluate(TARGETS, SCORES, [cls()])


# --- as values ----------------------------------------------------------------------------------


def test_equality_hash_repr_pickle_and_copies() -> None:
    m = _filled(classes.Kinds(4), KINDS, GUESSED_KINDS)
    assert m == classes.Kinds(n=4) != classes.Kinds(5)
    assert m != classes.Kinds(4, name="other")
    assert m != disteval.metrics.get("mse")
    assert len({m, classes.Kinds(4), classes.Kinds(5)}) == 2
    assert repr(m) == m.canonical_string() == "Kinds(n=4)"
    assert repr(classes.F1()) == "F1"
    assert repr(classes.Blocks(start=2.0)) == "Blocks(start=2.0)"
    for same in (pickle.loads(pickle.dumps(m)), copy.copy(m), copy.deepcopy(m)):
        assert same == m
        assert same.result().tolist() == m.result().tolist()
        same.update_state([0], [0])
        assert same.result()[0] == m.result()[0] + 1
    assert m.renamed("x").name == "x"
    assert m.renamed("x").result().tolist() == [0.0] * 4
    assert m.fresh() == m
    assert m.fresh().result().sum() == 0.0


def test_config() -> None:
    m = classes.Kinds(4, name="mine")
    assert m.get_config() == {"n": 4, "name": "mine"}
    clone = type(m).from_config(m.get_config())
    assert clone == m
    assert clone is not m
    assert classes.Configured.from_config(classes.Configured(0.7).get_config()) == (
        classes.Configured(0.7)
    )
    assert classes.Share().get_config() == {"name": "share"}
    assert classes.Share.from_config({"name": "s"}).name == "s"


def test_results_are_values_that_stay() -> None:
    m = classes.BinaryTruePositives()
    before = m.result()
    m.update_state([1], [1])
    assert (before, m.result()) == (0.0, 1.0)
    assert isinstance(m.result(), float)
    assert m.true_positives.shape == ()
    assert m.dtype == "float64"


def test_before_any_update() -> None:
    assert classes.Blocks(start=0.5).result()["rows"] == 0.5
    assert disteval.Evaluator([classes.Worst()]).result()["worst"] == -np.inf
    with _noted():
        result = disteval.Evaluator([classes.Blocks(start=0.5)]).result()
    assert result["blocks"] == {"low": np.inf, "high": -np.inf, "rows": 0.5, "total": 0.0}


def test_a_value_that_is_not_defined() -> None:
    for metric in (classes.MeanMetric(), classes.ZeroByZero()):
        with pytest.warns(errors.UndefinedMetricWarning, match=r"result\(\) returned NaN"):
            result = disteval.evaluate([1.0], [1.0], [metric], sample_weight=[0.0])
        assert np.isnan(result[metric.name])


def test_numbers_insisted_on() -> None:
    """What asks for the value of a sum, in an update: it is there when it is known."""
    for result in all_ways(classes.AsFloats(), TARGETS, SCORES):
        assert result["as_floats"] == math.sqrt(math.fsum(TARGETS**2))
        assert result.passes == 1
        assert result.notes == ()


def test_the_names_of_results() -> None:
    assert classes.BinaryTruePositives(name="mine").name == "mine"
    assert classes.F1OfParts().name == "f1_of_parts"
    assert classes.MeanMetric().name == "mean_metric"
    result = disteval.evaluate([1], [1], {"a": classes.F1(), "b": classes.F1()})
    assert list(result) == ["a", "b"]
    assert classes.AsFloats().name == "as_floats"


def test_a_base_of_ones_own_and_a_class_derived_from_it() -> None:
    assert disteval.evaluate([1, 0], [1, 1], [classes.Derived()])["derived"] == 3.0
    m = classes.Derived()
    m.update_state([1, 0], [1, 1])
    assert m.result() == 3.0
    assert isinstance(m, classes.Base)


def test_a_dataclass_of_three_lines_is_what_it_was() -> None:
    result = disteval.evaluate([1.0, 2.0], [1.0, 4.0], [_Gap()])
    assert dict(result) == {"gap": 1.0}
    assert pickle.loads(pickle.dumps(_Gap())) == _Gap()
    assert _Gap.update_state is disteval.Metric.update_state


@dataclass(frozen=True)
class _Difference:
    def __call__(self, batch: disteval.Batch) -> Any:
        return abs(batch["y_true"] - batch["y_pred"])


class _Gap(disteval.metrics.base.RowMean):
    key = "gap"

    @property
    def values(self) -> RowFunction:
        return _Difference()


# --- what is refused ----------------------------------------------------------------------------


def _evaluate(cls: Callable[[], disteval.Metric], **weights: Any) -> disteval.Result:
    return disteval.evaluate(TARGETS, SCORES, [cls()], **weights)


def test_weights_that_an_update_does_not_take() -> None:
    with pytest.raises(errors.ArgumentError, match=r"Unweighted.update_state does not take it"):
        _evaluate(classes.Unweighted, sample_weight=WEIGHTS)
    assert _evaluate(classes.Unweighted)["unweighted"] == ROWS


def test_an_update_of_other_columns() -> None:
    with pytest.raises(errors.ArgumentError, match="price"):
        _evaluate(classes.Needy)
    data = {"t": [1.0, 2.0], "p": [1.0, 2.0], "price": [3.0, 4.5]}
    assert disteval.evaluate("t", "p", [classes.Needy()], data=data)["needy"] == 7.5
    with pytest.raises(errors.ArgumentError, match=r"expected TakesNone.update_state to take y_t"):
        _evaluate(classes.TakesNone)
    assert disteval.evaluate([1.0, 2.0], None, [classes.OneColumn()])["one_column"] == 3.0


def test_state_that_is_no_variable() -> None:
    for cls in (classes.Rebinds, classes.Collects, classes.InPlace, classes.CountsInPython):
        with pytest.raises(errors.ArgumentError, match=r"changes self\.\w+, which is lost"):
            _evaluate(cls)


def test_rows_added_to_a_number() -> None:
    message = r"expected shape \(\) for the variable 'total', got .* reduce over the rows"
    with pytest.raises(errors.ShapeError, match=message):
        _evaluate(classes.Unreduced)
    with pytest.raises(errors.ShapeError, match=message):
        classes.Unreduced().update_state([1.0, 2.0], [1.0, 2.0])


def test_rows_that_numpy_would_broadcast() -> None:
    with pytest.raises(errors.ShapeError, match=r"y_true \(N,\) and y_pred \(N, 1\)"):
        disteval.evaluate(TARGETS, SCORES[:, None], [classes.MeanMetric()])


def test_a_result_that_assigns() -> None:
    for run in (_evaluate, lambda cls: cls().result()):
        with pytest.raises(errors.StateError, match=r"expected result\(\) to read variables"):
            run(classes.Assigns)


def test_results_that_are_no_value() -> None:
    with pytest.raises(errors.ArgumentError, match=r"got None; is a return missing"):
        _evaluate(classes.Returnless)


def test_errors_of_users_show_their_line() -> None:
    with pytest.raises(errors.ArgumentError, match=r"KeyError: 'nope'.*self.table\[\"nope\"\]"):
        _evaluate(classes.FailsInResult)
    with pytest.raises(ZeroDivisionError) as caught:
        _evaluate(classes.FailsInUpdate)
    assert any(str(entry.path).endswith("stateful_classes.py") for entry in caught.traceback)
    assert "FailsInUpdate, updated with a chunk of" in caught.value.__notes__[0]


def test_attributes_set_afterwards() -> None:
    m = classes.Configured(0.5)
    m.threshold = 0.7
    with pytest.raises(errors.ArgumentError, match=r"the attribute threshold set to 0\.7"):
        disteval.evaluate(LABELS, GUESSES, [m])


def test_names_that_are_taken() -> None:
    with pytest.raises(errors.ArgumentError, match=r"Taken.passes: the name is taken"):
        classes.Taken()
    m = classes.F1()
    assert [m.add_weight("tp").name, m.add_weight(name="tp").name] == ["tp_1", "tp_2"]


def test_a_stream_of_batches_has_one_pass() -> None:
    m = disteval.Evaluator([classes.Variance()])
    with pytest.raises(errors.ReplayError, match="variance may read the data 2 times"):
        m.update_state(TARGETS, SCORES)


def test_what_a_class_must_define() -> None:
    for run in (_evaluate, lambda cls: cls().result()):
        with pytest.raises(errors.ArgumentError, match="expected NoResult to define result"):
            run(classes.NoResult)
    with pytest.raises(errors.ArgumentError, match="expected NoUpdate to define update_state"):
        classes.NoUpdate().update_state([1], [1])
    with pytest.raises(errors.ArgumentError, match="expected NoUpdate to define update_state"):
        _evaluate(classes.NoUpdate)


def test_constructors() -> None:
    with pytest.raises(errors.ArgumentError, match=r"got threshold; keep it in Share.__init__"):
        classes.Share(threshold=1)
    with pytest.raises(errors.ArgumentError, match="expected name to be a string, got 3"):
        classes.Share(name=3)
    assert classes.Positional("float32").name == "mine"


def test_merging_other_metrics() -> None:
    with pytest.raises(errors.StateError, match=r"expected a Kinds\(n=4\) to merge, got Kinds"):
        classes.Kinds(4).merge_state([classes.Kinds(5)])


def test_variables_made_while_updating() -> None:
    result = _evaluate(classes.Lazy)
    assert result["lazy"] == math.fsum(TARGETS)
    with pytest.raises(errors.StateError, match=r"to make its variables in __init__, got 1 more"):
        _evaluate(classes.LazyOnBlocks)
