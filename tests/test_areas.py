"""Areas under curves through all scores, against rational numbers on random small data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
import sklearn.exceptions
from sklearn import metrics as sk

import disteval
from disteval import metrics as dm
from disteval.errors import (
    ArgumentError,
    DistevalError,
    DomainError,
    LabelError,
    ShapeError,
    UndefinedMetricWarning,
)
from disteval.metrics.classes import Places
from disteval.metrics.curves.averages import OfEach, Unknown
from disteval.metrics.curves.base import Above
from disteval.metrics.curves.roc_auc import NotOne, Turned
from disteval.metrics.curves.samples import Lacking, RowPrecision, RowRoc
from disteval.metrics.rows import Labels
from disteval.metrics.thresholds.auc import ColumnAndClass
from disteval.numerics import limbs
from disteval.numerics.precision import gain_sum, precision_sum
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch, Column, Outcome, Schema
from tests import stand_in
from tests.references import thresholds as definitions
from tests.references.areas import exact_precision, exact_roc

Array = np.ndarray[Any, np.dtype[Any]]
Columns = dict[str, Array]
GAINS: tuple[Any, ...] = ("interpolation", "minoring", "majoring")
METHODS: tuple[Any, ...] = ("average_precision", "trapezoid", *GAINS)


class Chunks:
    """Columns in chunks, and the merged states of reductions, each made once."""

    def __init__(self, columns: Columns, cuts: Sequence[int] = ()) -> None:
        bounds = pairwise((0, *sorted(cuts), len(columns[Y_TRUE])))
        self.parts = [
            Batch({name: array[start:stop] for name, array in columns.items()})
            for start, stop in bounds
        ]
        self.schema = Schema(
            tuple((name, Column(array.dtype, array.shape[1:])) for name, array in columns.items())
        )
        self.states: dict[Any, Any] = {}

    def state(self, reduction: Any) -> Any:
        if reduction not in self.states:
            sealed = [reduction.seal(reduction.update(reduction.empty(), p)) for p in self.parts]
            self.states[reduction] = reduce(reduction.merge, sealed)
        return self.states[reduction]

    def outcome(self, metric: Any) -> Outcome:
        """What a metric makes of the states, without an engine."""
        resolved = metric.resolve(self.schema)
        found = resolved.compute(*map(self.state, resolved.needs))
        assert isinstance(found, Outcome)
        return found


# --- random small data --------------------------------------------------------------------------

DTYPES = ("f2", "f4", "f8", "i1", "i8", "u2", "?")


def small(rng: np.random.Generator) -> Columns:
    """A few rows: ties, zeros of both signs, infinities, labels of all kinds; maybe weights."""
    n = int(rng.integers(2, 30))
    dtype = np.dtype(str(rng.choice(DTYPES)))
    levels = int(rng.choice([2, 4, 30]))
    p: Any = rng.integers(0 if dtype.kind in "u?" else -levels, levels, n)
    if dtype.kind == "f":
        p = p / 3
        odd = rng.random(n) < 0.1
        p[odd] = rng.choice([np.inf, -np.inf, 0.0, -0.0, 1e-7], odd.sum())
    y: Any = rng.integers(0, 2, n)
    kind = rng.integers(4)
    y = {0: y, 1: 2 * y - 1, 2: y.astype(bool), 3: y.astype("f4")}[int(kind)]
    columns = {Y_TRUE: y, Y_PRED: p.astype(dtype)}
    weights = rng.integers(4)
    if weights == 1:
        columns[WEIGHT] = rng.integers(0, 3, n)
    elif weights == 2:
        columns[WEIGHT] = rng.choice([0.0, 0.1, 0.5, 1.0, 3.0], n)
    elif weights == 3:
        columns[WEIGHT] = rng.choice([1e-40, 1e-3, 1e30], n)
    return columns


def sides(columns: Columns) -> tuple[list[tuple[float, Fraction]], ...]:
    """Scores and weights of negatives, and of positives, that have a weight."""
    weights = columns.get(WEIGHT, np.ones(len(columns[Y_TRUE])))
    found: tuple[list[tuple[float, Fraction]], ...] = ([], [])
    rows = zip(columns[Y_TRUE].tolist(), columns[Y_PRED].tolist(), weights.tolist(), strict=True)
    for label, score, weight in rows:
        if weight:
            found[label > 0].append((score, Fraction(weight)))
    return found


def brute(columns: Columns) -> tuple[Fraction, Fraction, Fraction, Fraction | None]:
    """Twice the pairs in the right order with ties half, all, those tied; DeLong's variance."""
    none, some = sides(columns)
    pairs = [
        (i, j, v * w, (a > b) - (a < b))
        for (i, (a, v)), (j, (b, w)) in product(enumerate(some), enumerate(none))
    ]
    right = sum((weight * (sign + 1) for _, _, weight, sign in pairs), Fraction(0))
    every = sum((weight for _, _, weight, _ in pairs), Fraction(0))
    tied = sum((weight for _, _, weight, sign in pairs if not sign), Fraction(0))
    p, n = len(some), len(none)
    if p < 2 or n < 2 or WEIGHT in columns:
        return right, every, tied, None
    area = Fraction(right, 2 * every)
    shares = [[Fraction(0)] * p, [Fraction(0)] * n]
    for i, j, _, sign in pairs:
        shares[0][i] += Fraction(sign + 1, 2 * n)
        shares[1][j] += Fraction(sign + 1, 2 * p)
    terms = [
        sum(((v - area) ** 2 for v in side), Fraction(0)) / (len(side) - 1) / len(side)
        for side in shares
    ]
    return right, every, tied, sum(terms, Fraction(0))


def random_cases(seed: int, count: int = 150) -> Any:
    rng = np.random.default_rng(seed)
    while count:
        columns = small(rng)
        none, some = sides(columns)
        if none and some:
            yield columns, rng.integers(0, len(columns[Y_TRUE]) + 1, 3).tolist(), rng
            count -= 1


@pytest.mark.parametrize("seed", range(6))
def test_the_area_is_the_rational_number(seed: int) -> None:
    for columns, cuts, rng in random_cases(seed):
        right, every, tied, variance = brute(columns)
        chunks = Chunks(columns, cuts)
        found = chunks.outcome(dm.RocAuc())
        assert found.value == limbs.to_float(right / (2 * every))
        assert found == chunks.outcome(dm.AUC(from_logits=bool(rng.integers(2))))
        for name, number in (("numerator", right), ("denominator", 2 * every), ("ties", tied)):
            assert found.details[name] == limbs.to_float(number)
        if variance is None:
            assert "standard_error" not in found.details
        else:
            assert found.details["standard_error"] == limbs.sqrt(variance)
        for method, ends in (("minoring", right - tied), ("majoring", right + tied)):
            metric = dm.AUC(summation_method=method)
            assert chunks.outcome(metric).value == limbs.to_float(ends / (2 * every))
        assert chunks.outcome(dm.Gini()).value == limbs.to_float(right / every - 1)
        rate = float(rng.choice([0.01, 0.1, 0.3, 0.5, 0.99]))
        exact = exact_roc(columns[Y_TRUE], columns[Y_PRED], columns.get(WEIGHT), rate)
        assert chunks.outcome(dm.RocAuc(max_fpr=rate)).value == limbs.to_float(exact)


@pytest.mark.parametrize("seed", range(6, 10))
def test_areas_of_precision_are_rounded_correctly(seed: int) -> None:
    for columns, cuts, _ in random_cases(seed):
        y, p, w = columns[Y_TRUE], columns[Y_PRED], columns.get(WEIGHT)
        chunks = Chunks(columns, cuts)
        exact = limbs.to_float(exact_precision(y, p, w))
        assert chunks.outcome(dm.AveragePrecision()).value == exact
        for method in METHODS:
            metric = dm.AUC(curve="PR", summation_method=method)
            definition = definitions.auc_of(None, Fraction, "PR", method)(y > 0, p + 0.0, w)
            assert chunks.outcome(metric).value == limbs.to_float(definition)
        for method in GAINS:
            metric = dm.AUC(curve="PRGAIN", summation_method=method)
            definition = definitions.auc_of(None, Fraction, "PRGAIN", method)(y > 0, p + 0.0, w)
            found: Any = chunks.outcome(metric).value
            if found != limbs.to_float(definition):  # gains of both signs may cancel
                assert abs(Fraction(found) - definition) < Fraction(1, 2**90)


def some_scores(rng: np.random.Generator, n: int, largest: int) -> tuple[Array, Array]:
    none, some = rng.integers(0, largest, n), rng.integers(0, rng.choice([2, largest]), n)
    none[0] = some[-1] = 1
    return none, some


@pytest.mark.parametrize("largest", [2, 5, 1000, 10**9])
def test_compiled_terms_are_those_of_integers(largest: int) -> None:
    """To 100 bits, wherever they are cut; and in any unit of weight."""
    rng = np.random.default_rng(largest)
    for n in (1, 5, 300):
        none, some = some_scores(rng, n, largest)
        totals = int(none.sum()), int(some.sum())
        cut = int(rng.integers(0, n + 1))
        rest = int(none[cut:].sum()), int(some[cut:].sum())
        functions: Any = ((precision_sum, METHODS), (gain_sum, GAINS))
        for function, methods in functions:
            for method in methods:
                whole = function(method, none, some, totals, totals)
                parts = function(method, none[:cut], some[:cut], totals, totals) + function(
                    method, none[cut:], some[cut:], rest, totals
                )
                assert parts == whole
                for unit in (1, 1 << 70):
                    objects = [side.astype(object) * unit for side in (none, some)]
                    wide = totals[0] * unit, totals[1] * unit
                    found = function(method, *objects, wide, wide)
                    found = found / unit if function is precision_sum else found
                    assert abs(found - whole) <= Fraction(max(abs(whole), 1), 2**95)


def test_many_scores_are_as_those_with_weights() -> None:
    """Compiled loops on several threads, and integers of any size: the same bits."""
    rng = np.random.default_rng(0)
    n = 60_000
    p = rng.normal(size=n)
    y = (rng.random(n) < 0.3 + 0.1 * np.tanh(p)).astype(np.int8)
    metrics = [
        "auc", "average_precision", "gini", dm.AUC(curve="PR"), dm.AUC(curve="PRGAIN"),
        dm.AUC(curve="PR", summation_method="trapezoid"), dm.RocAuc(max_fpr=0.05),
    ]  # fmt: skip
    plain = disteval.evaluate(y, p, metrics)
    weighed = disteval.evaluate(y, p, metrics, sample_weight=np.ones(n))
    thrice = disteval.evaluate(y, p, metrics, sample_weight=np.full(n, 3.0))
    order = rng.permutation(n)
    moved = disteval.evaluate(y[order], p[order], metrics, scheduler="sync")
    assert dict(plain) == dict(weighed) == dict(thrice) == dict(moved)
    for name, function in (("auc", sk.roc_auc_score), ("average_precision_score", AP)):
        # scikit-learn adds 60,000 rounded terms
        assert plain[name] == pytest.approx(function(y, p), rel=1e-12)


AP = sk.average_precision_score

# --- what is told -------------------------------------------------------------------------------


def test_details_are_plain_numbers() -> None:
    y, p = [0, 0, 1, 1, 1], [0.1, 0.4, 0.4, 0.8, 0.9]
    result = disteval.evaluate(y, p, ["auc", "roc_auc", "gini", "average_precision"])
    told = result.details["auc"]
    assert told == result.details["roc_auc"]
    assert (told["numerator"], told["denominator"], told["ties"]) == (11, 12, 1)
    assert (told["positives"], told["negatives"], told["exact"]) == (3, 2, True)
    error = told["standard_error"]
    assert error == math.sqrt(1 / 72)  # DeLong by hand: (1/48) / 3 + (1/72) / 2
    low, high = told["interval"]
    assert low == result["auc"] - 1.959963984540054 * error
    assert high == 1.0  # within [0, 1]
    gini = result.details["gini"]
    assert gini["numerator"] / gini["denominator"] == result["gini"] == 5 / 6
    assert gini["interval"] == (2 * low - 1, 1.0)
    assert gini["standard_error"] == 2 * error
    assert result.details["average_precision"] == {"exact": True}
    for number in told.values():
        assert isinstance(number, int | float | tuple)


def test_details_of_weights_are_of_the_weights() -> None:
    y, p, w = [0, 1, 1], [0.3, 0.3, 0.8], [0.5, 0.25, 3]
    told = disteval.evaluate(y, p, ["auc"], sample_weight=w).details["auc"]
    assert (told["positives"], told["negatives"]) == (3.25, 0.5)
    assert (told["numerator"], told["denominator"], told["ties"]) == (3.125, 3.25, 0.125)
    assert "standard_error" not in told


def test_elements_of_a_row_are_not_independent() -> None:
    """No standard error of many scores a row; the rows may be, their elements are not."""
    y, p = np.array([[0, 1], [1, 0], [1, 1]]), np.array([[0.2, 0.8], [0.6, 0.4], [0.3, 0.1]])
    for metric in (dm.AUC(), dm.RocAuc(average="micro")):
        told = disteval.evaluate(y, p, [metric]).details[str(metric.name)]
        assert told["positives"] == 4
        assert "standard_error" not in told
    assert disteval.evaluate(y, p, [dm.RocAuc()]).details["roc_auc_score"] == {"exact": True}


def test_metrics_of_the_same_scores_share_them() -> None:
    from disteval.engine import Plan

    f8 = Column(np.dtype(np.float64))
    asked = [
        dm.AUC(), dm.AUC(curve="PR"), dm.AUC(from_logits=True), dm.RocAuc(), dm.Gini(),
        dm.RocAuc(max_fpr=0.1), dm.AveragePrecision(),
    ]  # fmt: skip
    plan = Plan.build(asked, Schema(((Y_TRUE, f8), (Y_PRED, f8))))
    assert len(plan.reductions) == 2


# --- several labels, several classes ------------------------------------------------------------


def classes(n: int = 200, count: int = 4, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    p = rng.integers(1, 9, (n, count)).astype(float)
    p /= p.sum(axis=1, keepdims=True)
    return np.array([rng.choice(count, p=row) for row in p]), p


def test_values_of_each_column_are_labelled() -> None:
    y, p = classes()
    metric = dm.RocAuc(multi_class="ovr", average=None)
    result = disteval.evaluate(y, p, [metric])
    assert result.labels[str(metric.name)] == (0, 1, 2, 3)
    names = np.array(["a", "b", "c", "d"])
    labels = tuple(names.tolist())
    for named in (
        dm.RocAuc(multi_class="ovr", average=None, labels=labels),
        dm.AveragePrecision(average=None, labels=labels),
    ):
        result = disteval.evaluate(names[y], p, [named])
        assert result.labels[str(named.name)] == labels
    several = disteval.evaluate(np.eye(4)[y], p, [dm.AveragePrecision(average=None)])
    np.testing.assert_array_equal(*several.values(), *result.values())


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_classes_that_no_row_has(average: Any) -> None:
    """As scikit-learn with labels=: NaN, left out, left out."""
    y, p = classes()
    y[y == 2] = 0
    rest = dm.RocAuc(multi_class="ovr", average=average)
    with pytest.warns(UndefinedMetricWarning, match=r"there are no positives in .* \[2\] of 4"):
        found = disteval.evaluate(y, p, [rest])[str(rest.name)]
    with pytest.warns(sklearn.exceptions.UndefinedMetricWarning):
        theirs = sk.roc_auc_score(y, p, multi_class="ovr", average=average, labels=range(4))
    assert math.isnan(found) == (average == "macro")
    np.testing.assert_allclose(found, theirs, rtol=4e-16)
    pairs = dm.RocAuc(multi_class="ovo", average=average)
    theirs = sk.roc_auc_score(y, p, multi_class="ovo", average=average, labels=range(4))
    (found,) = disteval.evaluate(y, p, [pairs]).values()
    np.testing.assert_allclose(found, theirs, rtol=4e-16)
    precision = dm.AveragePrecision(average=average)
    with pytest.warns(UndefinedMetricWarning, match=r"there are no positives in .* \[2\] of 4"):
        found = disteval.evaluate(y, p, [precision])[str(precision.name)]
    shown = sk.average_precision_score
    with pytest.warns(UserWarning, match="No positive class"):
        theirs = shown(np.eye(4)[y].astype(int), p, average=average)
    np.testing.assert_allclose(found, theirs, rtol=4e-16)


def test_one_class_alone() -> None:
    y, p = np.zeros(5, int), np.full((5, 3), 1 / 3)
    for metric in (dm.RocAuc(multi_class="ovo"), dm.RocAuc(multi_class="ovr", average="weighted")):
        with pytest.warns(UndefinedMetricWarning, match="no negatives|one class only"):
            assert math.isnan(disteval.evaluate(y, p, [metric])[str(metric.name)])
    with pytest.warns(UndefinedMetricWarning, match="there are no negatives"):
        assert math.isnan(disteval.evaluate([1, 1], [0.2, 0.3], ["gini"])["gini"])
    with pytest.warns(UndefinedMetricWarning, match="there are no positives"):
        found = disteval.evaluate([0, 0], [0.2, 0.3], ["average_precision"])
    assert found["average_precision"] == 0.0


def test_rows_of_one_class() -> None:
    """As scikit-learn: no area, and average precision 0.0 of rows without positives."""
    y, p = [[0, 0], [1, 0], [1, 1]], [[0.2, 0.4], [0.5, 0.3], [0.2, 0.9]]
    area, precision = dm.RocAuc(average="samples"), dm.AveragePrecision(average="samples")
    with pytest.warns(UndefinedMetricWarning, match="without positives or without negatives"):
        assert math.isnan(area(y, p))
    with pytest.warns(UndefinedMetricWarning, match="there are rows without positives"):
        assert precision(y, p) == 2 / 3
    weight = [0, 3, 0]
    for metric in (area, precision):
        metric.reset_state()
        metric.update_state(y, p, sample_weight=weight)
        assert metric.result() == 1.0
        with pytest.raises(LabelError, match="expected labels 0 and 1"):
            disteval.evaluate([[1, 2]], [[0.2, 0.3]], [metric])
        with pytest.raises(ArgumentError, match="'samples' is for several labels a row"):
            disteval.evaluate(Y3, P3, [dm.AveragePrecision(average="samples")])
    with pytest.raises(ArgumentError, match="is not for average='samples'"):
        disteval.evaluate(y, p, [dm.RocAuc(average="samples", max_fpr=0.5)])
    assert dm.RocAuc(average="samples")([0, 1], [0.2, 0.3]) == 1.0


def test_two_classes_of_probabilities() -> None:
    y, p = classes(60, 2)
    alone = disteval.evaluate(y, p[:, 1], ["roc_auc"])["roc_auc"]
    for name in ("roc_auc_ovr", "roc_auc_ovo", "roc_auc_ovr_weighted", "roc_auc_ovo_weighted"):
        assert disteval.evaluate(y, p, [name])[name] == alone


def test_many_classes() -> None:
    """As many as a byte numbers."""
    rng = np.random.default_rng(3)
    y, p = rng.integers(0, 256, 300), rng.random((300, 256))
    p /= p.sum(axis=1, keepdims=True)
    result = disteval.evaluate(y, p, ["roc_auc_ovo"])["roc_auc_ovo"]
    seen = [(c, y == c) for c in range(256) if (y == c).any()]
    areas = []
    for i, (a, of_a) in enumerate(seen[:20]):
        for b, of_b in seen[i + 1 : 20]:
            among = of_a | of_b
            for own, of_own in ((a, of_a), (b, of_b)):
                areas.append(sk.roc_auc_score(of_own[among], p[among, own]))
    few = np.isin(y, [c for c, _ in seen[:20]])
    own = disteval.evaluate(y[few], p[few], ["roc_auc_ovo"])["roc_auc_ovo"]
    assert own == pytest.approx(np.mean(areas), rel=1e-14)  # a mean of rounded numbers
    assert 0.4 < result < 0.6


def test_slices_are_as_if_alone() -> None:
    y, p = classes(90)
    by = np.arange(90) % 3
    flat = dm.AUC(label_weights=(1, 2, 3, 4))
    asked = ["roc_auc_ovr", "roc_auc_ovo", "average_precision"]
    for metrics, true in ((asked, y), ([flat, "auc", "roc_auc"], np.eye(4)[y])):
        result = disteval.evaluate(true, p, metrics, by=by)
        for part in range(3):
            alone = disteval.evaluate(true[by == part], p[by == part], metrics)
            assert dict(result.slices[part]) == dict(alone)


def test_on_a_device() -> None:
    y, p = classes(50)
    places = Places(Labels(Y_TRUE), (0, 1, 2, 3))
    functions: tuple[Any, ...] = (OfEach(places), Turned(places), Unknown(places), NotOne())
    columns = {Y_TRUE: y, Y_PRED: p}
    moved = {name: stand_in.asarray(array) for name, array in columns.items()}
    for function in functions:
        found = Batch(moved).derive(function).get()
        np.testing.assert_array_equal(found, Batch(columns).derive(function), strict=True)
    columns[Y_TRUE] = np.eye(4)[y]
    moved[Y_TRUE] = stand_in.asarray(columns[Y_TRUE])
    for function in (
        ColumnAndClass(Above()), RowRoc(Above()), RowPrecision(Above()), Lacking(Above(), True),
    ):  # fmt: skip
        found = Batch(moved).derive(function).get()
        np.testing.assert_array_equal(found, Batch(columns).derive(function), strict=True)


# --- what is refused ----------------------------------------------------------------------------

Y, P = [0, 1, 1], [0.2, 0.6, 0.4]
Y3, P3 = [0, 1, 2], np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])


@pytest.mark.parametrize(
    ("metric", "y", "p", "error", "message"),
    [
        ("roc_auc", Y3, P3, ArgumentError, r"multi_class='ovr' or 'ovo' for labels \(N,\) and"),
        ("roc_auc", Y, P3[:, :2], ArgumentError, r"of the positive one of two classes is y_pred"),
        (dm.RocAuc(multi_class="all"), Y, P, ArgumentError, "multi_class to be 'ovr' or 'ovo'"),
        (dm.RocAuc(average="mean"), Y, P, ArgumentError, "average to be one of .*, got 'mean'"),
        (dm.RocAuc(max_fpr=0), Y, P, ArgumentError, r"max_fpr in \(0, 1\], got 0"),
        (dm.RocAuc(max_fpr=1.5), Y, P, ArgumentError, r"max_fpr in \(0, 1\], got 1.5"),
        (dm.RocAuc(max_fpr=True), Y, P, ArgumentError, r"max_fpr in \(0, 1\], got True"),
        (
            dm.RocAuc(max_fpr=0.5, multi_class="ovr"), Y3, P3, ArgumentError,
            "max_fpr=0.5 is for two classes, got 3",
        ),
        (
            dm.RocAuc(multi_class="ovo", average=None), Y3, P3, ArgumentError,
            "average 'macro' or 'weighted' of pairs, got None",
        ),
        (
            dm.RocAuc(multi_class="ovo"), [0, 1], np.full((2, 257), 1 / 257), ArgumentError,
            "at most 256 classes for multi_class='ovo', got 257",
        ),
        ("roc_auc_ovr", Y3, 2 * P3, DomainError, "sum to 1 in each row of y_pred, got 3 rows"),
        ("roc_auc_ovo", [1, 2, 3], P3, LabelError, "among 0, 1, 2, .* got 1 rows of others"),
        ("average_precision", ["a", "b", "c"], P3, ArgumentError, "labels= with the label of each"),
        (
            dm.AveragePrecision(labels=("a", "b", "c")), ["a", "b", "d"], P3, LabelError,
            "among 'a', 'b', 'c', .* got 1 rows of others",
        ),
        (
            dm.AveragePrecision(labels=(0, 1)), Y3, P3, ArgumentError,
            r"a label for each of 3 columns of y_pred, got labels=\(0, 1\)",
        ),
        (dm.AveragePrecision(labels=(0, 1)), Y, P, ArgumentError, "labels= is for one score a"),
        (dm.AveragePrecision(pos_label=1), Y3, P3, ArgumentError, "pos_label= is for two classes"),
        ("average_precision", P3, P, ShapeError, r"or one label a row and a score for each class"),
        ("average_precision", [1, 2, 2], P, LabelError, "got 1, 2; give pos_label="),
        ("gini", ["a", "b", "b"], P, LabelError, "expected pos_label= to name the positive label"),
        (
            dm.AUC(label_weights=(1,) * 129), np.ones((2, 129), int), np.ones((2, 129)),
            ArgumentError, "label_weights for at most 128 columns .* give num_thresholds=",
        ),
    ],
)  # fmt: skip
def test_what_means_nothing(
    metric: Any, y: Any, p: Any, error: type[DistevalError], message: str
) -> None:
    with pytest.raises(error, match=message):
        disteval.evaluate(y, p, [metric])


def test_weights_of_elements() -> None:
    """Each counts with its own; of classes a row has one."""
    y, p = np.array([[0, 1], [1, 0], [1, 1]]), np.array([[0.2, 0.8], [0.6, 0.4], [0.3, 0.9]])
    w = np.array([[1, 2], [3, 4], [5, 6.0]])
    columns = [sk.roc_auc_score(y[:, j], p[:, j], sample_weight=w[:, j]) for j in (0, 1)]
    found = disteval.evaluate(y, p, ["roc_auc"], sample_weight=w)["roc_auc"]
    assert found == np.mean(columns)
    with pytest.raises(ShapeError, match="expected one weight a row"):
        disteval.evaluate(Y3, P3, ["roc_auc_ovr"], sample_weight=np.ones((3, 3)))


@pytest.mark.parametrize("bits", [10, 16, 24])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_the_interval_of_rounded_scores_holds_the_area(dtype: str, bits: int) -> None:
    rng = np.random.default_rng(bits)
    scores = (rng.normal(size=5_000) * 100).astype(dtype)
    labels = rng.random(5_000) < 1 / (1 + np.exp(-scores / 50))
    exact = disteval.evaluate(labels, scores, ["auc"])["auc"]
    name = f"auc(score_bits={bits})"
    rounded = disteval.evaluate(labels, scores, [name])
    told = rounded.details[name]
    assert told["lo"] <= exact <= told["hi"]
    assert told["lo"] <= rounded[name] <= told["hi"]
    assert not told["exact"]
    assert "not exact" in str(rounded)


def test_rounding_what_is_short_already_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    bits = rng.random(40_000).astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    scores, labels = bits.view(np.float32), rng.random(40_000) < 0.3
    result = disteval.evaluate(labels, scores, ["auc", "auc(score_bits=16)"])
    assert result["auc(score_bits=16)"] == result["auc"]
