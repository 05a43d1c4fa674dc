"""Classes as users of Keras write them, of several generations; imported by the workers too."""

# they are as their users wrote them
# ruff: noqa: ANN001, ANN003, ANN201, ANN202, ANN204, ARG002
# mypy: ignore-errors

from __future__ import annotations

import math

import numpy as np

import disteval
from disteval import ops


class BinaryTruePositives(disteval.Metric):
    def __init__(self, name="binary_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name="tp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.cast(y_true, "bool")
        y_pred = ops.cast(y_pred, "bool")
        values = ops.logical_and(ops.equal(y_true, True), ops.equal(y_pred, True))
        values = ops.cast(values, self.dtype)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, self.dtype)
            values = values * sample_weight
        self.true_positives.assign_add(ops.sum(values))

    def result(self):
        return self.true_positives

    def reset_states(self):
        self.true_positives.assign(0)


class BinaryTruePositives3(disteval.Metric):
    """The same as Keras 3 has it: the shape first, and `reset_state`."""

    def __init__(self, name="binary_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_variable((), "zeros", name="true_positives")

    def update_state(self, y_true, y_pred, sample_weight=None):
        values = ops.cast(ops.logical_and(y_true, y_pred), self.dtype)
        if sample_weight is not None:
            values = ops.multiply(values, ops.cast(sample_weight, values.dtype))
        self.true_positives.assign(self.true_positives + ops.sum(values))

    def result(self):
        return self.true_positives.value

    def reset_state(self):
        self.true_positives.assign(0.0)


class F1(disteval.Metric):
    """Three variables in Keras 2's order, and an `if`."""

    def __init__(self, name="f1", **kwargs):
        super().__init__(name=name, **kwargs)
        self.tp = self.add_weight("tp", (), initializer="zeros")
        self.fp = self.add_weight("fp", (), initializer="zeros")
        self.fn = self.add_weight("fn", (), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        t, p = y_true > 0.5, y_pred > 0.5
        self.tp.assign_add(np.sum(t & p))
        self.fp.assign_add(np.sum(~t & p))
        self.fn.assign_sub(-np.sum(t & ~p))

    def result(self):
        if self.tp == 0:
            return 0.0
        precision = self.tp / (self.tp + self.fp)
        recall = self.tp / (self.tp + self.fn)
        return 2 * precision * recall / (precision + recall)


class Worst(disteval.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.worst = self.add_weight((), lambda shape: np.full(shape, -np.inf), name="worst")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.worst.assign(np.maximum(self.worst, np.max(np.abs(y_true - y_pred))))

    def result(self):
        return self.worst


class Kinds(disteval.Metric):
    """How often each class is there."""

    def __init__(self, n, name="kinds"):
        super().__init__(name)
        self.n = n
        self.counts = self.add_weight(shape=(n,), initializer="zeros", name="counts")

    def update_state(self, y_true, y_pred, sample_weight=None):
        each = ops.cast(ops.equal(y_true[:, None], np.arange(self.n)), self.dtype)
        self.counts.assign_add(ops.sum(each, axis=0))

    def result(self):
        return self.counts


class Confusion(disteval.Metric):
    def __init__(self, n, name="confusion", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.n = n
        self.matrix = self.add_weight(name="matrix", shape=(n, n), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        t = ops.cast(ops.equal(y_true[:, None], np.arange(self.n)), "float32")
        p = ops.cast(ops.equal(y_pred[:, None], np.arange(self.n)), "float32")
        self.matrix.assign_add(ops.sum(t[:, :, None] * p[:, None, :], axis=0))

    def result(self):
        return self.matrix


class MeanMetric(disteval.Metric):
    """A mean from scratch, as tutorials have it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        values = ops.square(y_true - y_pred)
        if sample_weight is not None:
            values = values * sample_weight
            self.count.assign_add(ops.sum(sample_weight))
        else:
            self.count.assign_add(len(values))
        self.total.assign_add(ops.sum(values))

    def result(self):
        return self.total / self.count


class MeanOfBatches(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.total = self.add_weight(name="total")
        self.batches = self.add_weight(name="batches")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(np.mean((y_true - y_pred) ** 2))
        self.batches.assign_add(1)

    def result(self):
        return self.total / self.batches


class Variance(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.squares = self.add_weight(name="squares")
        self.rows = self.add_weight(name="rows")

    def update_state(self, y_true, y_pred):
        self.squares.assign_add(np.sum((y_true - y_true.mean()) ** 2))
        self.rows.assign_add(y_true.shape[0])

    def result(self):
        return self.squares / self.rows


class F1OfParts(disteval.Metric):
    """Made of two metrics, as the first answer to "F1 in Keras" has it."""

    def __init__(self, name="f1_of_parts", **kwargs):
        super().__init__(name=name, **kwargs)
        self.precision = disteval.metrics.Precision()
        self.recall = disteval.metrics.Recall()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.precision.update_state(y_true, y_pred, sample_weight)
        self.recall.update_state(y_true, y_pred, sample_weight=sample_weight)

    def result(self):
        p = self.precision.result()
        r = self.recall.result()
        return 2 * p * r / (p + r)

    def reset_state(self):
        self.precision.reset_state()
        self.recall.reset_state()


class Share(disteval.Metric):
    """One with another in Keras's style inside, and no constructor arguments."""

    def __init__(self, name="share", **kwargs):
        super().__init__(name=name, **kwargs)
        self.inside = BinaryTruePositives()
        self.rows = self.add_weight(name="rows")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.inside.update_state(y_true, y_pred)
        self.rows.assign_add(len(y_true))

    def result(self):
        return self.inside.result() / self.rows


class Scaled(disteval.metrics.MeanAbsoluteError):
    """One of Keras's own, of other units."""

    def __init__(self, scale, name="scaled", **kwargs):
        super().__init__(name=name, **kwargs)
        self.scale = scale

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true * self.scale, y_pred * self.scale, sample_weight)


class ScaledByLoop(Scaled):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state([y * 1.0 for y in y_true], y_pred)


class ErrorMean(disteval.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(ops.abs(y_true - y_pred), sample_weight=sample_weight)


class ErrorMeanByPosition(disteval.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(ops.abs(y_true - y_pred), sample_weight)


class ErrorRate(disteval.metrics.Accuracy):
    def result(self):
        return 1 - super().result()


class HalfOfTwice(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.twice = Scaled(2)

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.twice.update_state(y_true, y_pred, sample_weight)

    def result(self):
        return self.twice.result() / 2


# --- what does not run on symbolic rows ---------------------------------------------------------


class Loop(disteval.Metric):
    def __init__(self, n):
        super().__init__(name="loop")
        self.n = n
        self.counts = self.add_weight(name="counts", shape=n)

    def update_state(self, y_true, y_pred, sample_weight=None):
        for label in y_true:
            self.counts[int(label)] += 1

    def result(self):
        return self.counts


class Counted(disteval.Metric):
    def __init__(self, n):
        super().__init__(name="counted")
        self.n = n
        self.counts = self.add_weight(name="counts", shape=n)

    def update_state(self, y_true, y_pred, sample_weight=None):
        np.add.at(self.counts, y_true, 1)

    def result(self):
        return self.counts


class Spread(disteval.Metric):
    """The largest label minus the smallest."""

    def __init__(self):
        super().__init__()
        self.low = self.add_weight(name="low", initializer=np.inf)
        self.high = self.add_weight(name="high", initializer=0.0, merge="max")

    def update_state(self, y_true, y_pred, sample_weight=None):
        labels = np.unique(y_true)
        self.low.assign(min(self.low, labels[0]))
        self.high.assign(max(self.high, labels[-1]))

    def result(self):
        return self.high - self.low


class Blocks(disteval.Metric):
    """Sums, a minimum and a maximum, of sorted rows."""

    def __init__(self, start=0.0, name="blocks"):
        super().__init__(name=name)
        self.low = self.add_weight(name="low", initializer=np.inf, merge="min")
        self.high = self.add_weight(name="high", initializer=-np.inf, merge="max")
        self.rows = self.add_weight(name="rows", initializer=start)
        self.total = self.add_weight(name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.low.assign(np.minimum(self.low, np.sort(y_true)[0]))
        self.high.assign(np.maximum(self.high, np.sort(y_pred)[-1]))
        self.rows.assign_add(len(np.sort(y_true)))
        if sample_weight is not None:
            self.total.assign_add(np.cumsum(sample_weight)[-1])

    def result(self):
        return {"low": self.low, "high": self.high, "rows": self.rows, "total": self.total}


class Seen(disteval.Metric):
    """Whether strings and rows (N, 1) come as they are."""

    def __init__(self):
        super().__init__()
        self.odd = self.add_weight(name="odd")

    def update_state(self, y_true, y_pred):
        words = sorted(set(y_true))
        well = words == ["cat", "dog", "owl"] and y_pred.shape == (len(y_true), 1)
        self.odd.assign_add(0.0 if well and y_pred.dtype == np.float64 else 1.0)

    def result(self):
        return 1.0 - self.odd


class Writes(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.positive = self.add_weight(name="positive")

    def update_state(self, y_true, y_pred):
        y_true.sort()
        y_true[y_true <= 0] = 0
        y_true[y_true > 0] = 1
        y_pred[:] = 0
        self.positive.assign_add(y_true.sum())

    def result(self):
        return self.positive


class LastBatch(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.last = self.add_weight(name="last")

    def update_state(self, y_true, y_pred):
        self.last.assign(np.median(y_true))

    def result(self):
        return self.last


class UndeclaredMaximum(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.top = self.add_weight(name="top")

    def update_state(self, y_true, y_pred):
        self.top.assign(max(float(self.top), *y_true.tolist()))

    def result(self):
        return self.top


# --- bases, and constructors --------------------------------------------------------------------


class Configured(disteval.Metric):
    def __init__(self, threshold=0.5, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.threshold = threshold
        self.above = self.add_weight(name="above", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.above.assign_add(ops.sum(ops.cast(y_pred > self.threshold, "float64")))

    def result(self):
        return self.above

    def get_config(self):
        config = super().get_config()
        config.update({"threshold": self.threshold})
        return config


class Base(disteval.Metric):
    """Shared by others; abstract."""

    def __init__(self, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight(name="total", initializer="ones")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(y_true))

    def result(self):
        return self.total


class Derived(Base):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, y_pred, sample_weight)
        self.total.assign_add(ops.sum(y_true))

    def result(self):
        return super().result()


class Positional(disteval.Metric):
    def __init__(self, dtype):
        super().__init__(dtype, "mine")

    def update_state(self, y_true, y_pred):
        pass


# --- what is refused ----------------------------------------------------------------------------


class _Total(disteval.Metric):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.total = self.add_weight(name="total")

    def result(self):
        return self.total


class Unweighted(_Total):
    def update_state(self, y_true, y_pred):
        self.total.assign_add(len(y_true))


class Needy(_Total):
    def update_state(self, y_true, y_pred, price):
        self.total.assign_add(np.sum(price))


class OneColumn(_Total):
    def update_state(self, values, sample_weight=None):
        self.total.assign_add(np.sum(values))


class Rebinds(_Total):
    def update_state(self, y_true, y_pred):
        self.total = self.total + np.sum(y_true)


class Collects(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.seen = []

    def update_state(self, y_true, y_pred):
        self.seen.append(y_true)

    def result(self):
        return float(np.median(np.concatenate(self.seen)))


class InPlace(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.counts = np.zeros(3)

    def update_state(self, y_true, y_pred):
        np.add.at(self.counts, np.zeros(len(y_true), int), np.sort(y_true))

    def result(self):
        return self.counts


class CountsInPython(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.rows = 0

    def update_state(self, y_true, y_pred):
        self.rows += len(np.sort(y_true))

    def result(self):
        return self.rows


class Unreduced(_Total):
    def update_state(self, y_true, y_pred):
        self.total.assign_add(y_true - y_pred)


class Assigns(_Total):
    def update_state(self, y_true, y_pred):
        self.total.assign_add(np.sum(y_true))

    def result(self):
        self.total.assign(0.0)
        return self.total


class Returnless(_Total):
    def update_state(self, y_true, y_pred):
        self.total.assign_add(np.sum(y_true))

    def result(self):
        pass


class FailsInResult(_Total):
    def update_state(self, y_true, y_pred):
        self.table = {}
        self.total.assign_add(np.sum(y_true))

    def result(self):
        return self.table["nope"]


class FailsInUpdate(_Total):
    def update_state(self, y_true, y_pred):
        self.total.assign_add(1 / (np.sort(y_true).ndim - 1))


class Taken(disteval.Metric):
    def __init__(self):
        super().__init__()
        self.passes = self.add_weight(name="passes")

    def update_state(self, y_true, y_pred):
        self.passes.assign_add(1)


class Lazy(disteval.Metric):
    """Variables made in the first update."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        if not self.variables:
            self.total = self.add_weight(name="total", shape=(), initializer="zeros")
        self.total.assign_add(np.sum(y_true))

    def result(self):
        return self.total


class LazyOnBlocks(disteval.Metric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        if not self.variables:
            self.total = self.add_weight(name="total")
        self.total.assign_add(np.sort(y_true)[0])

    def result(self):
        return self.total


class NoResult(disteval.Metric):
    def update_state(self, y_true, y_pred):
        pass


class NoUpdate(disteval.Metric):
    def result(self):
        return 0.0


class ZeroByZero(_Total):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(sample_weight))

    def result(self):
        return self.total / self.total


class AsFloats(disteval.Metric):
    """A class that names itself, keeps variables in a dict, and computes with Python's numbers."""

    name = "as_floats"

    def __init__(self):
        super().__init__()
        self.parts = {"root": self.add_weight(), "sum": self.add_weight()}

    def update_state(self, y_true, y_pred):
        total = float(self.parts["sum"]) + float(np.sum(y_true**2))
        self.parts["sum"].assign(total)
        self.parts["root"].assign(math.sqrt(self.parts["sum"]) if total > 0 else 0.0)

    def result(self):
        return self.parts["root"]


class TakesNone(_Total):
    def update_state(self):
        pass
