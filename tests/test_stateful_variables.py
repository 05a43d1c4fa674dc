"""The variables of classes in Keras's style: arguments, values, merges, and states of blocks."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
import textwrap
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import errors, ops
from disteval.formula.keras_style.planned import OnChunks
from disteval.formula.keras_style.variables import Scalar, Values, Variable, kept
from disteval.protocol import Batch, Column, Schema
from tests import stateful_classes
from tests.conftest import ROOT

classes: Any = stateful_classes  # whose users write no types
RNG = np.random.default_rng(11)


def scalar(value: float = 0.0) -> Variable:
    return Variable("v", np.array(value))


# --- add_weight ---------------------------------------------------------------------------------


class VariableAggregation(Enum):
    """As TensorFlow has it."""

    SUM = 1


class Constant:
    """As Keras has it."""

    def __init__(self, value: float = 7.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return np.full(shape, self.value, dtype)


@pytest.mark.parametrize(
    ("given", "named", "name", "initial"),
    [
        ((), {}, "variable_0", 0.0),
        (("tp",), {}, "tp", 0.0),
        (("tp", ()), {"initializer": "ones"}, "tp", 1.0),
        (("tp", (2,), VariableAggregation.SUM, VariableAggregation.SUM, "ones", "float32"), {},
         "tp", [1.0, 1.0]),
        (("tp", (2,), "zeros", None), {"aggregation": "sum"}, "tp", [0.0, 0.0]),
        (((2,), "ones", "float32", "tp"), {}, "tp", [1.0, 1.0]),
        (((),), {"name": "tp", "initializer": Constant(3.0)}, "tp", 3.0),
        ((3, Constant), {"trainable": False}, "variable_0", [7.0, 7.0, 7.0]),
        (([2, 1],), {"initializer": np.ones}, "variable_0", [[1.0], [1.0]]),
        ((None, np.array([1, 2])), {"shape": (2,)}, "", None),
        ((), {"shape": 2, "initializer": [1, 2]}, "variable_0", [1.0, 2.0]),
        ((), {"initializer": 0.5, "dtype": "int32"}, "variable_0", 0.5),
        ((), {"initializer": "Zeros"}, "variable_0", 0.0),
    ],
)  # fmt: skip
def test_orders_of_arguments(
    given: tuple[Any, ...], named: dict[str, Any], name: str, initial: Any
) -> None:
    m = classes.F1()
    m.__dict__["_disteval"].variables.clear()
    if initial is None:
        with pytest.raises(errors.ArgumentError, match="expected shape of a variable once"):
            m.add_weight(*given, **named)
        return
    made = m.add_weight(*given, **named)
    assert (made.name, made.numpy().tolist()) == (name, initial)
    assert made.dtype == "float64"
    assert made.shape == np.shape(initial)
    assert m.variables == [made] == m.weights


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"shape": "abc"}, r"expected a shape such as \(\) or \(10,\) for the variable 'v'"),
        ({"shape": (-1,)}, "expected a shape such as"),
        ({"initializer": "glorot_uniform"}, "expected initializer 'zeros' or 'ones'.*glorot"),
        ({"initializer": [1, 2], "shape": 3}, r"expected an initial value of shape \(3,\)"),
        ({"merge": "mean"}, "expected merge 'sum', 'min' or 'max' .* got 'mean'"),
        ({"merge": "sum", "initializer": -np.inf}, "expected a finite initial value"),
        ({"initializer": np.nan}, "expected a finite initial value"),
    ],
)
def test_arguments_that_mean_nothing(named: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.ArgumentError, match=message):
        classes.F1().add_weight(name="v", **named)
    with pytest.raises(errors.ArgumentError, match="got 7 arguments"):
        classes.F1().add_weight("v", (), "zeros", "float32", 1, 2, 3)


def test_what_starts_at_an_infinity_is_an_extreme() -> None:
    m = classes.F1()
    merges = [m.add_weight(initializer=v).merge for v in (-np.inf, np.inf, 0.0)]
    assert merges == ["max", "min", "sum"]


# --- values -------------------------------------------------------------------------------------


def test_arithmetic_is_that_of_arrays() -> None:
    v, w = scalar(3.0), Variable("w", np.array([1.0, 2.0]))
    assert (v + 1, 1 - v, v * v, v / 2, v**2, -v, abs(-v)) == (4.0, -2.0, 9.0, 1.5, 9.0, -3.0, 3.0)
    assert (v > 2, v == 3, v != 3, bool(v), int(v), float(v)) == (True, True, False, True, 3, 3.0)
    assert (w + v).tolist() == [4.0, 5.0]
    assert (w[0], w[1:].tolist(), len(w), list(w)) == (1.0, [2.0], 2, [1.0, 2.0])
    assert np.sum(w) == np.max(w) + 1 == 3.0
    assert np.stack([w, w]).shape == (2, 2)
    assert np.where(w > 1, w, 0.0).tolist() == [0.0, 2.0]
    assert np.asarray(w).tolist() == [1.0, 2.0]
    assert math.sqrt(scalar(4.0)) == 2.0
    assert f"{v} {v:.2f} {round(scalar(2.345), 1)}" == "3.0 3.00 2.3"
    assert repr(w) == "<Variable w, shape (2,), value [1.0, 2.0]>"
    assert len({v, w}) == 2


def test_ops_take_variables() -> None:
    tp, fp = scalar(3.0), scalar(1.0)
    assert ops.divide_no_nan(tp, tp + fp) == 0.75
    assert ops.divide_no_nan(tp, scalar()) == 0.0
    assert ops.divide(tp, fp) == 3.0
    assert ops.sqrt(scalar(9.0)) == 3.0
    assert ops.exp(scalar()) == 1.0
    assert ops.cast(tp, "float32") == 3.0
    assert ops.convert_to_tensor(tp) == 3.0
    assert ops.maximum(tp, fp) == 3.0
    assert ops.where(tp > fp, tp, fp) == 3.0
    w = Variable("w", np.array([1.0, 3.0]))
    assert ops.sum(w) == 4.0
    assert ops.mean(w) == 2.0


def test_assignments() -> None:
    v = scalar(1.0)
    assert v.assign_add(2.0) is v
    v.assign_sub(scalar(0.5))
    assert v.numpy() == v.value == v.read_value() == 2.5
    v += 1
    assert v.numpy() == 3.5
    v.assign(np.float32(0.1))
    assert v.numpy() == float(np.float32(0.1))
    w = Variable("w", np.zeros((2, 2)))
    w.assign_add(1.0)
    w.assign_add([1.0, 2.0])
    w[0, 0] += 10
    np.add.at(w, ([0, 1], [0, 1]), 1)
    assert w.numpy().tolist() == [[13.0, 3.0], [2.0, 4.0]]
    w.numpy()[0, 0] = 99
    w.value[0, 0] = 99
    assert w[0, 0] == 13.0
    w.reset()
    assert not w.numpy().any()
    with pytest.raises(TypeError):
        np.add(np.zeros(()), v, out=np.zeros(()))


@pytest.mark.parametrize("value", [np.zeros(3), np.zeros((1, 2)), [1.0, 2.0, 3.0]])
def test_a_shape_never_changes(value: Any) -> None:
    w = Variable("w", np.zeros(2))
    for assign in (w.assign, w.assign_add, w.assign_sub):
        with pytest.raises(errors.ShapeError, match=r"expected shape \(2,\) for the variable 'w'"):
            assign(value)
    with pytest.raises(errors.ShapeError, match=r"expected shape \(\) .* reduce over the rows"):
        scalar().assign_add(np.zeros(3))


def test_kept_values() -> None:
    value = kept({"a": scalar(2.0), "b": [1.0, scalar(3.0)], "c": "text", "d": None})
    assert type(value["a"]) is Scalar
    assert isinstance(value["a"], float)
    assert value["a"].numpy() == 2.0
    assert type(value["b"]) is Values
    assert value["b"].numpy().tolist() == [1.0, 3.0]
    assert type(value["b"].numpy()) is np.ndarray
    assert (value["c"], value["d"]) == ("text", None)
    assert pickle.loads(pickle.dumps(value["a"])) == 2.0


# --- merges -------------------------------------------------------------------------------------


def test_a_merge_is_the_initial_value_and_what_was_added() -> None:
    states = [classes.Blocks(start=0.1) for _ in range(4)]
    added = RNG.normal(size=4)
    for m, x in zip(states, added, strict=True):
        m.rows.assign_add(x)
        m.low.assign(x)
        m.high.assign(x)
    finals = [float(m.rows) for m in states]
    first, *others = states
    first.merge_state(others)
    assert first.rows.numpy() == math.fsum([0.1, *(part for f in finals for part in (f, -0.1))])
    assert first.low.numpy() == min(added)
    assert first.high.numpy() == max(added)
    infinite, other = classes.Blocks(), classes.Blocks()
    infinite.total.assign(np.inf)
    other.merge_state(infinite)
    assert other.total.numpy() == np.inf


# --- states of blocks ---------------------------------------------------------------------------


def _on_blocks() -> Any:
    column = Column(np.dtype(float))
    schema = Schema((("y_true", column), ("y_pred", column)))
    metric = classes.Blocks(start=0.5).resolve(schema)
    assert isinstance(metric, OnChunks)
    return metric


def _batch(rows: int, cells: int = 1) -> Batch:
    columns = {name: RNG.normal(size=rows) for name in ("y_true", "y_pred")}
    if cells == 1:
        return Batch(columns)
    return Batch(columns, cells=RNG.integers(0, cells, rows), n_cells=cells)


def test_states_merge_in_any_order() -> None:
    metric = _on_blocks()
    batches = [_batch(rows) for rows in (1, 50, 7, 300)]
    for reduction in metric.needs:

        def reduced(*parts: Batch, of: Any = reduction) -> Any:
            state = of.empty()
            for part in parts:
                state = of.update(state, part)
            return of.seal(state)

        a, b, c, d = (reduced(batch) for batch in batches)
        merge, none = reduction.merge, reduction.seal(reduction.empty())
        left = merge(merge(merge(a, b), c), d)
        assert left == merge(merge(d, b), merge(c, a)) == reduced(*batches)
        assert merge(left, none) == left == merge(none, left)
        assert pickle.loads(pickle.dumps(left)) == left
        assert reduction == pickle.loads(pickle.dumps(reduction))
        assert hash(reduction) == hash(pickle.loads(pickle.dumps(reduction)))


def test_states_of_cells_are_those_of_their_rows() -> None:
    metric = _on_blocks()
    batch = _batch(40, cells=3)
    for reduction in metric.needs:
        state = reduction.seal(reduction.update(reduction.empty(3), batch))
        for i in range(3):
            rows = {name: array[batch.cells == i] for name, array in batch.columns.items()}
            alone = reduction.seal(reduction.update(reduction.empty(), Batch(rows)))
            assert state.cell(i) == alone


def test_values_of_states() -> None:
    metric = _on_blocks()
    batches = [_batch(rows) for rows in (10, 20)]
    states = []
    for reduction in metric.needs:
        parts = [reduction.seal(reduction.update(reduction.empty(), one)) for one in batches]
        states.append(reduction.merge(*parts))
    outcome = metric.compute(*states)
    low = min(batch["y_true"].min() for batch in batches)
    assert outcome.value["low"] == low
    assert outcome.value["rows"] == 30.5
    assert "may depend on how they are cut" in outcome.note
    assert repr(metric) == "Blocks(start=0.5)"


# --- other processes ----------------------------------------------------------------------------


def test_a_class_of_a_program_in_other_processes(tmp_path: Path) -> None:
    """A class of ``__main__``, and one that does not trace, in a fresh interpreter's processes."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import warnings
            import numpy as np
            import disteval
            from disteval import ops

            class Positives(disteval.Metric):
                def __init__(self, name="positives", **kwargs):
                    super().__init__(name=name, **kwargs)
                    self.total = self.add_weight(name="total", initializer="zeros")

                def update_state(self, y_true, y_pred, sample_weight=None):
                    self.total.assign_add(ops.sum(ops.cast(y_true > 0, self.dtype)))

                def result(self):
                    return self.total

            class Sorted(Positives):
                def update_state(self, y_true, y_pred, sample_weight=None):
                    y_true.sort()
                    super().update_state(y_true, y_pred)

            if __name__ == "__main__":
                warnings.simplefilter("ignore")
                rng = np.random.default_rng(0)
                y = [rng.normal(size=100) for _ in range(6)]
                metrics = [Positives(), Sorted(name="sorted")]
                expected = sum((part > 0).sum() for part in y)
                for how in ("sync", "processes"):
                    result = disteval.evaluate([(a, a) for a in y], None, metrics, scheduler=how)
                    assert dict(result) == {"positives": expected, "sorted": expected}, result
                    assert [note.split(":")[0] for note in result.notes] == ["sorted"]
            """
        )
    )
    command = [sys.executable, str(program)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False,
                         env={"PYTHONPATH": str(ROOT), "PATH": ""}, timeout=100)  # fmt: skip
    assert run.returncode == 0, run.stderr


def test_importing_a_class_brings_what_it_needs() -> None:
    """Deriving from `Metric` alone is enough: nothing else of disteval was imported before."""
    program = (
        "from disteval import Metric\n"
        "class M(Metric):\n"
        "    def update_state(self, y_true, y_pred): self.n.assign_add(1)\n"
        "    def result(self): return self.n\n"
        "    def __init__(self): super().__init__(); self.n = self.add_weight(name='n')\n"
        "m = M(); m.update_state([1], [1]); print(m.result(), m)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stdout == "1.0 M\n"


def test_a_class_in_keras_style_is_a_metric() -> None:
    assert issubclass(classes.F1, disteval.Metric)
    assert isinstance(classes.F1(), disteval.Metric)
