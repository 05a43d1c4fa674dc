"""The mean of a function's value per row, where the function is called on real rows."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.asking import as_metric
from disteval.metrics.base import RowMean
from disteval.metrics.checks import require_numbers
from disteval.metrics.foreign import recognised
from disteval.metrics.functions import MetricFunction
from disteval.metrics.names import get
from disteval.metrics.rows import Wide
from disteval.numerics.rows import row_sum
from disteval.parameters import as_literal
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Array,
    Batch,
    Metric,
    Reduction,
    RowFunction,
    Schema,
    Value,
)

Arguments = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, repr=False, init=False)
class MeanMetricWrapper(Metric):
    """Mean of a function's value for each row, Σ wᵢ f(yᵢ, pᵢ) / Σ wᵢ, of real rows.

    A function of your own that needs no wrapper is given itself, in the list of metrics: it is
    then taken apart, whatever it reduces. What cannot be taken apart, but gives one value for
    each row, runs here on blocks of rows as float64 arrays.

    Parameters
    ----------
    fn : callable, or the name of a metric
        Of (y_true, y_pred) and `arguments`: an array with a value for each row that depends on
        no other row. Further axes are averaged. A function of `disteval.metrics`, or of Keras or
        scikit-learn, or a name, stands for its metric.
    arguments : keyword arguments of fn
        Given as such: ``MeanMetricWrapper(fn, k=3)``.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N, ...), as the function takes them.
    Range: that of the function, no direction.
    State: one exact sum and the total weight.
    Exact: the exact mean of fl(w * f), rounded once; f itself is as exact, and as independent of
    the block of rows that it is called on, as it is written. Gross dependence is refused.
    Reference: keras.metrics.MeanMetricWrapper.

    Examples
    --------
    >>> def median_error(y_true, y_pred):
    ...     return np.median(abs(y_true - y_pred), axis=-1)
    >>> metric = MeanMetricWrapper(median_error)
    >>> metric.update_state([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[1.0, 2.5, 9.0], [4.0, 5.0, 9.0]])
    >>> metric.result()
    0.25
    """

    fn: Any
    arguments: Arguments = ()
    key: ClassVar[str] = "mean_metric_wrapper"

    def __init__(
        self, fn: Any, name: str | None = None, arguments: Arguments = (), **named: Any
    ) -> None:
        given = tuple(sorted({**dict(arguments), **named}.items()))
        object.__setattr__(self, "fn", fn)
        object.__setattr__(self, "arguments", given)
        known = self._known()
        if known is None and not callable(fn):
            msg = f"expected fn to be a function of (y_true, y_pred), or a name, got {fn!r:.60}"
            raise ArgumentError(msg)
        default = _name(fn) if known is None else str(known.name)
        object.__setattr__(self, "name", name or default)
        self.__post_init__()

    def _known(self) -> Metric | None:
        """The metric that the function stands for; None for one of the user's own."""
        named = dict(self.arguments)
        if isinstance(self.fn, str):
            return get(self.fn, **named)
        if isinstance(self.fn, MetricFunction):
            return self.fn.metric(**named)
        if isinstance(self.fn, Metric) and not named:
            return self.fn
        if isinstance(self.fn, type) and issubclass(self.fn, Metric):
            return as_metric(functools.partial(self.fn, **named))
        return recognised(functools.partial(self.fn, **named)) if callable(self.fn) else None

    def canonical_string(self) -> str:
        """With the function's name, and its arguments as they are given."""
        given = [f"fn={_name(self.fn)!r}", *(f"{k}={as_literal(v)}" for k, v in self.arguments)]
        return f"{self.key}({', '.join(given)})"

    def resolve(self, schema: Schema) -> Metric:
        """The metric of the function, or the mean of what it returns."""
        known = self._known()
        if known is not None:
            return known.resolve(schema).renamed(str(self.name))
        require_numbers(schema, Y_TRUE, Y_PRED)
        axes = (schema[Y_TRUE].axes, schema[Y_PRED].axes)
        called = CalledOnRows(self.fn, self.arguments, axes)
        try:
            hash(called)
        except TypeError:
            msg = f"expected arguments of {_name(self.fn)} that hash, got {dict(self.arguments)!r}"
            raise ArgumentError(msg) from None
        return _MeanOfRows(called, name=self.name)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Known once the function's rows are: `resolve` gives the metric that has them."""
        raise NotImplementedError

    def compute(self, *states: Any) -> Value:
        """As for `needs`."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class _MeanOfRows(RowMean):
    """The mean of a row function."""

    function: RowFunction
    key: ClassVar[str] = MeanMetricWrapper.key

    @property
    def values(self) -> RowFunction:
        return self.function


@dataclass(frozen=True, repr=False)
class CalledOnRows:
    """What a function returns for real rows, as one float64 value a row.

    Parameters
    ----------
    fn, arguments : the function of (y_true, y_pred), and its keyword arguments
    axes : the shapes of the rows of y_true and of y_pred, as they are given
    """

    fn: Any
    arguments: Arguments
    axes: tuple[tuple[int, ...], tuple[int, ...]]

    def __repr__(self) -> str:
        # without an address in memory: digests hold it
        given = "".join(f", {k}={as_literal(v)}" for k, v in self.arguments)
        return f"CalledOnRows({_name(self.fn)}{given})"

    def __call__(self, batch: Batch) -> Any:
        columns = [
            _readable(batch.derive(Wide(name)).reshape(batch.rows, *axes))
            for name, axes in zip((Y_TRUE, Y_PRED), self.axes, strict=True)
        ]
        values = self._values(*columns)
        if batch.rows > 2:
            few = self._values(*(column[:2] for column in columns))
            # NumPy's own functions may differ in the last bits for arrays of other lengths
            if not np.allclose(values[:2], few, rtol=1e-6, atol=1e-12, equal_nan=True):
                msg = (
                    f"expected {_name(self.fn)} to return for each row what depends on that row "
                    "alone, got other values for the same two rows without the others; give the "
                    "function itself as the metric, or write a disteval.Metric"
                )
                raise ArgumentError(msg)
        return backend.namespace(batch[Y_TRUE]).asarray(values)

    def _values(self, true: Array, pred: Array) -> Array:
        try:
            values = np.asarray(self.fn(true, pred, **dict(self.arguments)))
        except Exception as error:
            msg = (
                f"{_name(self.fn)} failed on rows as float64 arrays {true.shape} and {pred.shape}: "
                f"{type(error).__name__}: {error}"
            )
            raise ArgumentError(msg) from error
        if values.dtype.kind not in "biuf" or values.shape[:1] != (len(true),):
            msg = (
                f"expected {_name(self.fn)} to return one number for each of {len(true)} rows, got "
                f"{values.dtype} of shape {values.shape}; reduce along the last axis alone, or "
                "give the function itself as the metric"
            )
            raise ShapeError(msg)
        wide = np.ascontiguousarray(values, np.float64).reshape(len(true), -1)
        each = wide.shape[1]
        return wide.reshape(-1) if each == 1 else row_sum(wide) / each


def _readable(column: Any) -> Array:
    """A view on the host that the function cannot write into; other metrics share it."""
    view: Array = backend.to_host(column).view()
    view.flags.writeable = False
    return view


def _name(fn: Any) -> str:
    inner = fn.func if isinstance(fn, functools.partial) else fn
    return inner if isinstance(inner, str) else str(getattr(inner, "__name__", None) or repr(inner))
