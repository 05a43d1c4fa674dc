"""What no merged state can give exactly is refused, by the name of the operation."""

# ruff: noqa: ARG001, ARG005, PLW0108

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import errors
from disteval.formula import Formula
from disteval.protocol import Column, Schema

RNG = np.random.default_rng(0)
Y = RNG.normal(size=200)
P = Y + 0.3 * RNG.normal(size=200)
CAPTURED = np.arange(200.0)
METRIC: Any = disteval.Metric  # in Keras's style: its methods are found when a class is made
COUNTER = iter(range(10_000))

ORDER = "depends on the order of the rows"
WHOLE = "needs all rows at once"

REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "the first row": (lambda y, p: y[0] - p[0], r"y\[0\].*" + ORDER),
    "the last row": (lambda y, p: y[-1], r"y\[-1\].*" + ORDER),
    "neighbours": (lambda y, p: np.mean(y[1:] - p[:-1]), r"y\[1:\].*" + ORDER),
    "reversed rows": (lambda y, p: np.mean(y[::-1] - p), r"y\[::-1\].*" + ORDER),
    "the first rows": (lambda y, p: np.mean(y[:100]), r"y\[:100\].*" + ORDER),
    "np.sort": (lambda y, p: np.mean(np.sort(y) - np.sort(p)), "np.sort over rows " + ORDER),
    "sorted": (lambda y, p: np.mean(sorted(y)), "a loop over rows .* " + ORDER),
    "np.argsort": (lambda y, p: y[np.argsort(p)], "np.argsort over rows " + ORDER),
    "np.cumsum": (lambda y, p: np.max(np.cumsum(y)), "np.cumsum over rows " + ORDER),
    "np.diff": (lambda y, p: np.mean(np.diff(y) ** 2), "np.diff over rows .* as a column"),
    "np.roll": (lambda y, p: np.mean(np.roll(y, 1) - p), "np.roll .* earlier value as a column"),
    "np.argmax": (lambda y, p: np.argmax(y), r"np.argmax over rows .* axis=-1"),
    "np.unique": (lambda y, p: len(np.unique(y)), "np.unique " + WHOLE),
    "np.median": (lambda y, p: np.median(np.abs(y - p)), "np.median " + WHOLE),
    "np.percentile": (lambda y, p: np.percentile(y - p, 95), r"np.percentile .* np.mean\(x > bou"),
    "np.quantile": (lambda y, p: np.quantile(y - p, 0.95), "np.quantile " + WHOLE),
    "np.histogram": (lambda y, p: np.histogram(y)[0].max(), "np.histogram .* for each bin"),
    "np.bincount": (lambda y, p: np.bincount(y), "np.bincount .* 'confusion_matrix'"),
    "np.prod": (lambda y, p: np.prod(y), r"np.prod over rows .* np.exp\(np.sum\(np.log"),
    "np.einsum": (lambda y, p: np.einsum("i,j->", y, p), "np.einsum " + WHOLE),
    "@": (lambda y, p: (y[:, None] @ p).mean(), r"@ of \(N, 1\) and \(N,\) " + WHOLE),
    "np.outer": (lambda y, p: np.outer(y, p).mean(), "np.outer " + WHOLE),
    "subtract.outer": (lambda y, p: np.subtract.outer(y, p).max(), "np.subtract.outer makes rows"),
    "add.at": (lambda y, p: np.add.at(y, [0], 1), "np.add.at writes row by row"),
    "add.reduceat": (lambda y, p: np.add.reduceat(y, [0, 3]), "np.add.reduceat " + ORDER),
    "add.accumulate": (lambda y, p: np.add.accumulate(y), "np.add.accumulate " + ORDER),
    "out=": (lambda y, p: np.mean(np.add(y, p, out=p)), "out= of np.add writes into memory"),
    "np.asarray": (
        lambda y, p: np.mean(np.asarray(y)),
        r"np.asarray .* columns are arrays already",
    ),
    "np.array": (lambda y, p: np.array(y).mean(), "np.array, .* needs the rows themselves"),
    "np.vectorize": (lambda y, p: np.vectorize(abs)(y).mean(), "np.vectorize.* needs the rows"),
    "np.frompyfunc": (lambda y, p: np.frompyfunc(abs, 1, 1)(y), "np.frompyfunc.* for every row"),
    "float() of rows": (lambda y, p: float(y), r"float\(\) of rows wants one number of many"),
    "math.sqrt of rows": (lambda y, p: math.sqrt(y), "math.sqrt and its like are np.sqrt"),
    "if row": (lambda y, p: 1.0 if y > p else 0.0, "the truth of rows .* np.where"),
    "max of rows": (lambda y, p: max(y, p), r"max\(\) of two.* np.maximum"),
    "zip": (lambda y, p: sum(a - b for a, b in zip(y, p, strict=True)), r"a loop over rows \(for"),
    "range(len)": (lambda y, p: sum(y[i] for i in range(len(y))), r"y\[0\].*" + ORDER),
    "tolist": (lambda y, p: y.tolist(), r"x.tolist\(\) needs the rows themselves"),
    "item": (lambda y, p: y.item(), r"x.item\(\) needs the rows themselves"),
    "format": (lambda y, p: float(f"{y:.3f}"), "formatting rows as a number"),
    "transpose": (lambda y, p: y[:, None].T, r"the transpose \(.T\) of rows \(N, 1\)"),
    "concatenated": (lambda y, p: np.concatenate([y, p]).mean(), "np.concatenate over rows"),
    "stacked": (lambda y, p: np.stack([y, p]).mean(), r"np.stack .* axis=-1"),
    "folded": (lambda y, p: y.reshape(-1, 2).mean(), r"reshape of rows \(N,\) to \(-1, 2\)"),
    "two masks": (lambda y, p: np.mean(y[y > 0] - p[p > 0]), "different selections"),
    "mask and none": (lambda y, p: np.mean(y[y > 0] - p), r"different selections, \(M,\) and \(N"),
    "an array from outside": (lambda y, p: np.mean(y * CAPTURED), "give it as a column of data="),
    "zeros(len)": (lambda y, p: np.where(y > 0, y, np.zeros(len(y))), r"np.zeros_like\(x\) for"),
    "random rows": (lambda y, p: np.mean(y + RNG.normal(size=len(y))), "shape .* column of data="),
    "a random number": (lambda y, p: np.mean(y + RNG.normal()), "something else each time"),
    "a counter": (lambda y, p: np.mean(y * next(COUNTER)), "something else each time"),
    "complex": (lambda y, p: np.mean(y + 1j), "expected numbers or rows beside rows, got complex"),
    "index of an array": (lambda y, p: np.eye(3)[y.astype(int)], "needs the rows|an index made of"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(name: str) -> None:
    function, message = REFUSED[name]
    with pytest.raises(errors.DistevalError) as caught:
        disteval.evaluate(Y, P, [Formula(function, name="mine")])
    said = str(caught.value)
    assert said.startswith("mine: ")
    assert re.search(message, said), said
    if "something else" not in said:
        assert "(in <" in said  # the place in the user's code


def test_the_alternatives_are_named() -> None:
    assert len(REFUSED) >= 20
    with pytest.raises(
        errors.ArgumentError,
        match=r"where the function returns one value per row, "
        r"MeanMetricWrapper\(f\) runs it on real rows \(in <lambda>, line \d+: ",
    ):
        disteval.evaluate(Y, P, [Formula(lambda y, p: np.median(y))])


def test_rows_of_different_ranks_are_refused_with_both_shapes() -> None:
    message = r"np.subtract: expected .* got y_true \(N,\) and y_pred \(N, 1\); .* every pair"
    with pytest.raises(errors.ShapeError, match=message):
        disteval.evaluate(Y, P[:, None], [Formula(lambda y, p: np.mean(y - p))])
    with pytest.raises(errors.ShapeError, match=r"y_true \(N, 1\) and y_pred \(N,\)"):
        disteval.evaluate(Y[:, None], P, [Formula(lambda y, p: np.corrcoef(y, p)[0, 1])])
    result = disteval.evaluate(Y, P[:, None], [Formula(lambda y, p: np.mean(y - p[:, 0]))])
    assert (
        result["<lambda>"]
        == disteval.evaluate(Y, P, [Formula(lambda y, p: np.mean(y - p))])["<lambda>"]
    )


def swapped(y_pred: Any, y_true: Any) -> Any:
    return np.mean(y_pred - y_true)


def forgot(y_true: Any, y_pred: Any) -> None:
    np.mean(y_true - y_pred)


WRONG: dict[str, tuple[Callable[..., Any], str]] = {
    "None": (forgot, "got None; is a return missing"),
    "a tuple": (lambda y, p: (y.mean(), p.mean()), "got a tuple of 2; give names to several"),
    "a string": (lambda y, p: "good", "got str: 'good'"),
    "an empty dict": (lambda y, p: {}, "got an empty dict"),
    "a dict in a dict": (lambda y, p: {"a": {"b": y.mean()}}, "got dict"),
    "keys that are no names": (lambda y, p: {1: y.mean()}, "expected names of results .* got 1"),
    "a constant": (lambda y, p: 3.0, "expected a formula of the rows, got 3.0 whatever they are"),
    "from outside": (lambda y, p: np.mean(Y - P), "whatever they are; use the function's own"),
    "no parameters": (
        lambda: 0.0,
        r"expected a function of \(y_true, y_pred\), got one that takes",
    ),
    "swapped": (swapped, r"got swapped\(y_pred, y_true\); swap the parameters"),
    "an unknown method": (lambda y, p: y.foo(), "raised AttributeError: rows have no attribute"),
    "a bug": (lambda y, p: y.mean() + undefined, "raised NameError: name 'undefined' .* line"),  # type: ignore[name-defined]  # noqa: F821
    "no such axis": (lambda y, p: np.mean(y, axis=1), "raised AxisError: axis 1 is out of bounds"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_functions(name: str) -> None:
    function, message = WRONG[name]
    with pytest.raises(errors.DistevalError, match=message):
        disteval.evaluate(Y, P, [Formula(function)])


def test_columns_that_are_not_there() -> None:
    def regret(y_true: Any, y_pred: Any, price: Any) -> Any:
        return np.mean(price * (y_true - y_pred))

    with pytest.raises(errors.ArgumentError, match="'price', which is a parameter of a metric"):
        disteval.evaluate(Y, P, [regret])
    column = Column(np.dtype(float))
    schema = Schema((("y_true", column), ("y_pred", column), ("sample_weight", column)))
    with pytest.raises(errors.UnknownNameError, match="there is no column 'price', which the fun"):
        Formula(regret).resolve(schema)
    with pytest.raises(errors.UnknownNameError, match="come as a parameter named sample_weight"):
        Formula(lambda y, p, weights: np.mean(weights)).resolve(schema)


def test_weights_are_never_passed_over() -> None:
    weight = np.abs(P)
    message = "sample_weight is given, and this function reduces rows itself .* third parameter"
    for function in (
        lambda y, p: np.mean(y - p),
        lambda y, p: (y - y.mean()) ** 2,
        lambda y, p: np.max(y - p),
        lambda y, p: np.corrcoef(y, p)[0, 1],
    ):
        with pytest.raises(errors.ArgumentError, match=message):
            disteval.evaluate(Y, P, [Formula(function)], sample_weight=weight)
    with pytest.raises(errors.ArgumentError, match="would be weighted once more"):
        disteval.evaluate(
            Y, P, [Formula(lambda y, p, sample_weight: sample_weight * y)], sample_weight=weight
        )


def test_what_fails_only_on_the_data_fails_there() -> None:
    def careful(y_true: Any, y_pred: Any) -> Any:
        if np.min(y_true) < 100:
            return np.mean(y_true - y_pred)
        return np.median(y_true)

    assert disteval.evaluate(Y, P, [Formula(careful)])["careful"] == pytest.approx(np.mean(Y - P))
    with pytest.raises(errors.ArgumentError, match=r"careful: np.median needs all rows"):
        disteval.evaluate(Y + 1000, P, [Formula(careful)])

    def raising(y_true: Any, y_pred: Any) -> Any:
        share = float(np.mean(y_true > 0))
        return math.log(share - 2.0)

    with pytest.raises(
        errors.ArgumentError, match=r"^raising: .*ValueError: .* \(in raising, line"
    ):
        disteval.evaluate(Y, P, [Formula(raising)])


def roc_auc_or_half(y_true: Any, y_pred: Any) -> Any:
    try:
        auc = np.median(y_pred)  # stands for roc_auc_score, which is refused likewise
    except ValueError:  # one class alone
        auc = 0.5
    return {"auc": auc, "accuracy": np.mean(y_true == y_pred)}


def array_or_zero(y_true: Any, y_pred: Any) -> Any:
    try:
        return np.mean(np.asarray(y_true))
    except:  # noqa: E722
        return np.mean(y_pred) * 0.0


def ranks_or_zero(y_true: Any, y_pred: Any) -> Any:
    try:
        return np.mean(y_true[:, None] - y_pred)
    except Exception:  # noqa: BLE001
        return np.mean(y_pred) * 0.0


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (roc_auc_or_half, "^roc_auc_or_half: np.median needs all rows"),
        (array_or_zero, "^array_or_zero: np.asarray .* needs the rows themselves"),
        (ranks_or_zero, r"^ranks_or_zero: .*expected shapes that belong together"),
    ],
)
def test_no_except_of_the_users_hides_a_refusal(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(errors.DistevalError, match=message):
        disteval.evaluate(Y, P, [Formula(function)])


def test_no_except_of_the_users_hides_that_another_pass_is_needed() -> None:
    def variance(y_true: Any, y_pred: Any) -> Any:
        try:
            return np.mean((y_true - y_true.mean()) ** 2)
        except:  # noqa: E722
            return 0.0

    result = disteval.evaluate(Y, P, [Formula(variance)])
    assert (result.passes, result["variance"]) == (2, pytest.approx(np.var(Y)))  # NumPy's rounds


@pytest.mark.parametrize(
    "function",
    [
        lambda y, p: len(y[y > p]) / len(y),
        lambda y, p: y[y > p].shape[0],
        lambda y, p: np.where(y > p)[0].size / y.size,
    ],
)
def test_a_number_of_selected_rows_is_never_unweighted(function: Callable[..., Any]) -> None:
    with pytest.raises(errors.ArgumentError, match="does not take the weights; give it a third"):
        disteval.evaluate(Y, P, [Formula(function)], sample_weight=np.ones(200))


def test_a_class_whose_except_hides_a_refusal_runs_on_blocks() -> None:
    class Hits(METRIC):  # type: ignore[misc]
        def __init__(self, name: str = "hits") -> None:
            super().__init__(name=name)
            self.hits = self.add_weight(name="hits", initializer="zeros")

        def update_state(self, y_true: Any, y_pred: Any) -> None:
            try:
                hits = np.sum(np.asarray(y_true) == np.asarray(y_pred))
            except ValueError:
                hits = 0
            self.hits.assign_add(hits)

        def result(self) -> Any:
            return self.hits

    labels = np.arange(200) % 2
    with pytest.warns(errors.DistevalWarning, match="hits"):
        assert disteval.evaluate(labels, np.ones(200), [Hits()])["hits"] == 100


@pytest.mark.parametrize("function", [np.mean, abs, lambda x: np.mean(x)])
def test_a_function_of_one_column_says_of_which(function: Any) -> None:
    with pytest.raises(errors.ArgumentError, match="of one column; name its parameter y_true or"):
        disteval.evaluate([1.0, 2.0], [5.0, 6.0], function)
    found = disteval.evaluate([1.0, 2.0], [5.0, 6.0], ("of_pred", lambda y_pred: np.mean(y_pred)))
    assert dict(found) == {"of_pred": 5.5}
