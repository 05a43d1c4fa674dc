"""What a function of the dataset can't be made of, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn, TypeVar

from disteval.errors import ArgumentError, ShapeError

E = TypeVar("E", bound=BaseException)

ON_CHUNKS = (
    "where the function returns one value per row, MeanMetricWrapper(f) runs it on real rows"
)
ORDER = "depends on the order of the rows, which a dataset in shards does not have"

_raised: ContextVar[list[BaseException] | None] = ContextVar("raised", default=None)


def insisted(error: E) -> E:
    """An error that no ``except`` of the user's may hide: see `insisting`."""
    raised = _raised.get()
    if raised is not None:
        raised.append(error)
    return error


@contextmanager
def insisting() -> Iterator[None]:
    """Raise once more what was refused inside, where an ``except`` has hidden it.

    ``try: auc = roc_auc_score(y_true, y_pred)``, ``except ValueError: auc = 0.5`` is written for
    a dataset of one class: the refusal of scikit-learn must not become that 0.5.
    """
    raised: list[BaseException] = []
    token = _raised.set(raised)
    try:
        yield
    finally:
        _raised.reset(token)
    if raised:
        raise raised[0]


def refuse(what: str, why: str, instead: str = "") -> NoReturn:
    """Refuse an operation by its name."""
    hint = f"instead: {instead}; " if instead else ""
    msg = f"{what} {why}; {hint}{ON_CHUNKS}"
    raise insisted(ArgumentError(msg))


def refuse_order(what: str, instead: str = "") -> NoReturn:
    """Refuse what needs an order of rows."""
    refuse(what, ORDER, instead)


def refuse_shapes(what: str, shapes: list[str], instead: str) -> NoReturn:
    """Refuse shapes that NumPy would make rows times rows of, or nothing."""
    found = " and ".join(shapes)
    msg = f"{what}: expected shapes that belong together, got {found}; {instead}"
    raise insisted(ShapeError(msg))


WHOLE = "needs all rows at once, and no merged state gives it exactly"

HOLISTIC = {
    "median": "the mean, or np.mean(np.abs(x - c))",
    "nanmedian": "the mean",
    "percentile": "the share of rows beyond a bound, np.mean(x > bound)",
    "nanpercentile": "the share of rows beyond a bound, np.mean(x > bound)",
    "quantile": "the share of rows beyond a bound, np.mean(x > bound)",
    "nanquantile": "the share of rows beyond a bound, np.mean(x > bound)",
    "unique": "np.sum(y == label) for labels that you know, or the metric 'confusion_matrix'",
    "histogram": "np.sum((x >= low) & (x < high)) for each bin",
    "histogram2d": "np.sum over a condition for each bin",
    "bincount": "np.sum(y == label) for each label, or the metric 'confusion_matrix'",
    "trapezoid": "the metric 'auc'",
    "trapz": "the metric 'auc'",
    "einsum": "np.sum(a * b), or np.dot of two columns",
    "matmul": "np.sum(a * b), or np.dot of two columns",
    "tensordot": "np.sum(a * b), or np.dot of two columns",
    "outer": "",
    "kron": "",
    "cross": "",
    "prod": "np.exp(np.sum(np.log(x)))",
    "nanprod": "np.exp(np.nansum(np.log(x)))",
    "apply_along_axis": "operations on whole columns",
    "apply_over_axes": "operations on whole columns",
    "polyfit": "slope and intercept from np.cov and np.mean",
    "correlate": "",
    "convolve": "",
    "interp": "",
    "piecewise": "np.where, or np.select",
    "setdiff1d": "", "intersect1d": "", "union1d": "", "setxor1d": "",
    "lexsort": "",
    "multi_dot": "", "lstsq": "", "inv": "", "svd": "", "det": "",
    "pinv": "", "solve": "", "qr": "", "eig": "", "cholesky": "",
    "fft": "", "rfft": "",
}  # fmt: skip
"""Functions of NumPy that need the dataset whole, with what to use instead."""

ORDERED = {
    "sort": "", "argsort": "", "cumsum": "", "cumprod": "", "nancumsum": "", "nancumprod": "",
    "cumulative_sum": "", "cumulative_prod": "",
    "diff": "give the difference as a column", "ediff1d": "give the difference as a column",
    "gradient": "give it as a column", "roll": "give the earlier value as a column",
    "flip": "", "flipud": "", "rot90": "", "argmax": "", "argmin": "",
    "nanargmax": "", "nanargmin": "", "searchsorted": "", "split": "", "array_split": "",
    "insert": "", "delete": "", "append": "", "resize": "", "tile": "", "repeat": "",
    "vstack": "", "hstack": "", "tril": "", "triu": "", "diag": "", "diagonal": "",
    "trace": "", "unwrap": "", "trim_zeros": "", "choose": "", "put": "", "place": "",
    "copyto": "np.where(condition, a, b)", "putmask": "np.where(condition, a, b)",
    "take": "", "compress": "x[condition]", "extract": "x[condition]",
    "atleast_2d": "x[:, None]", "atleast_3d": "", "savetxt": "", "save": "",
    "array_repr": "", "array_str": "", "array2string": "",
}  # fmt: skip
"""Functions of NumPy that depend on the order of rows, with what to use instead."""
