"""What a result has besides its values: other numbers of the same computation, and the scores."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

import disteval
from disteval import Result, errors
from disteval.metrics.curves.base import RankedScores
from disteval.metrics.rows import Raw
from disteval.numerics.areas import RangeSummary, total
from disteval.protocol import Batch, Outcome
from disteval.reductions import DistinctValues, ScoreCounts, Segment
from disteval.reductions.scores.shares import SweptScores
from disteval.reductions.scores.state import ScoreState
from disteval.report.states import described

Y = [0, 1, 1, 0, 1, 0, 0, 1]
P = [0.1, 0.9, 0.4, 0.7, 0.8, 0.3, 0.4, 0.6]
COUNTRY = ["de", "de", "fr", "fr", "de", "fr", "de", "fr"]


@dataclass(frozen=True)
class Areas:
    def over(self, segment: Segment, *_: Any) -> RangeSummary:
        return RangeSummary.of(*segment.counts)

    def combine(self, results: Sequence[RangeSummary], *_: Any) -> RangeSummary:
        return total(results)


@dataclass(frozen=True, repr=False)
class Telling(RankedScores):
    """The area, and everything else that is known of it."""

    key: ClassVar[str] = "telling"
    sweeps = (Areas(),)
    exact: bool = True

    def compute(self, *states: Any) -> Outcome:
        ((found,),) = self.swept(*states)
        if not found.pairs:
            return Outcome(math.nan, undefined="there is one class only")
        details = {
            "numerator": found.w << 60,
            "denominator": 2 * found.pairs << 60,
            "ties": found.ties,
            "interval": (np.float64(0.25), math.inf),
            "by class": {"0": found.negatives, "1": found.positives},
            "many": np.arange(100),
            "exact": self.exact,
        }
        return Outcome(float(found.area), details=details)


@pytest.fixture(scope="module")
def result() -> Result:
    return disteval.evaluate(Y, P, [("area", Telling()), "mse"], by=COUNTRY)


@pytest.fixture(scope="module")
def rounded() -> Result:
    return disteval.evaluate(Y, P, [Telling(exact=False)], by=COUNTRY)


# --- the details --------------------------------------------------------------------------------


def test_details_by_every_name_of_the_value(result: Result) -> None:
    assert result["area"] == 27 / 32
    for name in ("area", "telling", "Telling"):
        assert result.details[name]["ties"] == 1
    assert result.details["mse"] == {}
    assert "mean_squared_error" in result
    assert list(result.details) == ["area"]
    assert len(result.details) == 1
    assert "area" in result.details
    assert "mse" not in result.details
    assert "nothing" not in result.details
    assert repr(result.details).startswith("{'area': {'numerator': ")
    with pytest.raises(errors.UnknownNameError, match=r"there is no value 'arae'.*'area'"):
        result.details["arae"]


def test_details_of_groups_and_of_batches(result: Result) -> None:
    assert result.slices["de"].details["area"]["by class"] == {"0": 2, "1": 2}
    evaluator = disteval.Evaluator([("area", Telling())])
    for start in (0, 3):
        evaluator.update_state(Y[start:][: 5 if start else 3], P[start:][: 5 if start else 3])
    assert str(evaluator.result().details["area"]) == str(result.details["area"])


def test_nan_that_propagates_has_no_details() -> None:
    found = disteval.evaluate([*Y, 1], [*P, math.nan], [Telling()], nan_policy="propagate")
    assert math.isnan(found["telling"])
    assert found.details["telling"] == {}


def test_details_as_plain_data(result: Result) -> None:
    found = result.to_dict()["details"]["area"]
    assert found["numerator"] == 27 << 60
    assert found["interval"] == [0.25, math.inf]
    assert found["many"] == list(range(100))
    assert result.to_dict()["slices"]["fr"]["details"]["area"]["ties"] == 0
    assert "details" not in disteval.evaluate(Y, P, ["mse"]).to_dict()


def test_integers_that_readers_of_json_would_round_are_strings(result: Result) -> None:
    found = json.loads(result.to_json(), parse_constant=pytest.fail)
    details = found["details"]["area"]
    assert details["numerator"] == str(27 << 60)
    assert int(details["numerator"]) / int(details["denominator"]) == result["area"]
    assert details["interval"] == [0.25, "inf"]
    assert details["ties"] == 1
    assert details["exact"] is True
    assert found["slices"]["de"]["details"]["area"]["numerator"] == str(8 << 60)


def test_details_pickle(result: Result) -> None:
    copy = pickle.loads(pickle.dumps(result))
    assert copy.to_json() == result.to_json()
    assert str(copy.details) == str(result.details)


# --- what is shown ------------------------------------------------------------------------------


def test_details_are_explained_and_not_in_the_table(result: Result) -> None:
    lines = result.explain("area").splitlines()
    facts = {line[:11].strip(): line[12:].strip() for line in lines}
    assert facts["fraction"] == f"{27 << 60:,} / {32 << 60:,}"
    assert facts["ties"] == "1"
    assert facts["interval"] == "[0.25, inf]"
    assert facts["by class"] == "0 4, 1 4"
    assert facts["many"] == "100 numbers, which result.details has"
    assert "numerator" not in facts
    assert "ties" not in str(result)
    assert "fraction" not in result.explain("mse")


def test_what_is_not_exact_is_seen(result: Result, rounded: Result) -> None:
    name = "telling(exact=False)"
    for text in (str(rounded), rounded.to_markdown(), rounded._repr_html_()):
        assert text.count(f"{name}: not exact") == 1
    assert str(rounded.slices["de"]).count(f"{name}: not exact") == 1
    assert "note        not exact" in rounded.explain(name)
    assert "not exact" not in str(result) + result.explain("area")
    assert rounded.notes == (f"{name}: not exact",)


def test_buckets_tell_where_the_area_lies() -> None:
    found = disteval.evaluate(Y, P, ["auc(num_thresholds=3)"])
    lo, hi = (found.details["AUC"][name] for name in ("lo", "hi"))
    assert lo <= 27 / 32 <= hi
    assert f"lies in     [{lo!r}, {hi!r}]\n" in found.explain("AUC")
    assert "note    auc(num_thresholds=3): not exact\n" in str(found)


def test_the_exact_area_tells_its_integers() -> None:
    found = disteval.evaluate(Y, P, ["auc"])
    lines = found.explain("auc").splitlines()
    facts = [" ".join(line.split()) for line in lines]
    for fact in ("fraction 27 / 32", "positives 4", "negatives 4", "ties 1"):
        assert fact in facts
    assert any(fact.startswith("standard error 0.") for fact in facts)
    assert any(fact.startswith("interval [0.") for fact in facts)
    assert "not exact" not in str(found)


# --- states -------------------------------------------------------------------------------------


def of(reduction: Any, **columns: Any) -> tuple[Any, str]:
    batch = Batch({name: np.asarray(column) for name, column in columns.items()})
    state = reduction.seal(reduction.update(reduction.empty(), batch))
    sentence, tables = described(reduction, state)
    assert tables == ()
    return state, sentence


def test_scores_are_told_without_sorting_them(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ScoreCounts(Raw("y_pred"), Raw("y_true"))
    y, p = np.array(Y, np.uint8), np.array(P, np.float32)
    state, sentence = of(counts, y_true=y, y_pred=p)
    assert sentence == (
        "how often each score of y_pred (float32) occurs with each class: 4 negatives, "
        "4 positives; 8 entries of 4 bytes"
    )

    def refuse(*_: Any) -> Any:
        pytest.fail("sorted again")

    monkeypatch.setattr(ScoreState, "results", refuse)
    monkeypatch.setattr(ScoreState, "to_bytes", refuse)
    assert described(counts, state)[0] == sentence
    elsewhere: Any = object()
    moved = replace(state, runs=tuple(replace(run, file=elsewhere) for run in state.runs))
    assert described(counts, moved)[0] == f"{sentence}, 8 of them in scratch files"


def test_scores_of_columns_and_of_one_class() -> None:
    y, p = np.array(Y, np.uint8).reshape(4, 2), np.array(P).reshape(4, 2)
    _, sentence = of(ScoreCounts(Raw("y_pred"), Raw("y_true"), columns=2), y_true=y, y_pred=p)
    assert sentence == (
        "how often each score of y_pred (float64) in each of 2 columns occurs with each class; "
        "8 entries of 8 bytes"
    )
    _, sentence = of(ScoreCounts(Raw("y_pred"), classes=1), y_pred=np.array(P))
    assert sentence.startswith("how often each score of y_pred (float64) occurs; 7 entries")


def test_no_scores() -> None:
    counts = ScoreCounts(Raw("y_pred"), Raw("y_true"))
    assert described(counts, counts.seal(counts.empty()))[0] == (
        "how often each score of y_pred occurs with each class: 0 negatives, 0 positives; "
        "0 entries of 4 bytes"
    )


def test_scores_of_which_only_sweeps_are_left() -> None:
    left = SweptScores(1, 2, saw_nan=False, digests=b"")
    assert described(ScoreCounts(Raw("y_pred"), Raw("y_true")), left)[0] == (
        "how often each score of y_pred occurs with each class"
    )


def test_weighted_scores() -> None:
    weight = np.linspace(0.5, 2.0, 8)
    found = disteval.evaluate(Y, P, [Telling()], sample_weight=weight).explain("telling")
    assert "the exact total weight of each score of y_pred (float64) with each" in found
    assert "class, of 8 different ones" in found


def test_values_that_occur() -> None:
    values = DistinctValues(Raw("y_true"))
    assert of(values, y_true=Y)[1] == "the values of y_true: 0, 1"
    assert of(values, y_true=np.arange(20))[1].endswith(": 0, 1, 2, 3, 4, 5, 6, 7, ...")
    assert described(values, values.seal(values.empty()))[0] == "the values of y_true: none"
