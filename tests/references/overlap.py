"""Reference rows of the family `overlap`."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.row_means import averaged, exactly, fractions, mean
from tests.references.rows import LOW, Array, Columns, F, Row, int_labels, one_hot, scores

if TYPE_CHECKING:
    from collections.abc import Callable

_EPSILON = 1e-7


def images(rng: np.random.Generator, n: int) -> Columns:
    columns = int_labels(rng, 6 * n)
    return {name: values.reshape(n, 2, 3) for name, values in columns.items()}


def masks(rng: np.random.Generator, n: int) -> Columns:
    """Regions of 0 and 1, and what is predicted of them in 11 bits."""
    p = rng.integers(0, 2049, (n, 2, 3)) / 2048
    return {"y_true": (rng.random((n, 2, 3)) < p).astype(np.int64), "y_pred": p}


# --- intersection over union ------------------------------------------------------------------


def over(targets: Any, read: Callable[[Array, Array], tuple[Array, Array]] | None = None) -> Any:
    """Return the mean Jaccard index of some labels, of all elements."""

    def reference(y: Array, p: Array, w: Array | None) -> float:
        y, p, w = elements(y, p, w, read)
        found = sk.jaccard_score(y, p, labels=targets, average=None, sample_weight=w)
        return float(found.mean())

    return reference


def exactly_over(targets: Any, read: Any = None) -> Any:
    def exact(y: Array, p: Array, w: Array | None) -> Fraction:
        y, p, w = elements(y, p, w, read)
        weights = fractions([1] * len(y) if w is None else w.tolist())
        rows = list(zip(y.tolist(), p.tolist(), weights, strict=True))
        return mean(
            sum((v for a, b, v in rows if a == b == k), Fraction(0))
            / sum((v for a, b, v in rows if k in (a, b)), Fraction(0))
            for k in targets
        )

    return exact


def elements(y: Array, p: Array, w: Array | None, read: Any) -> tuple[Array, Array, Any]:
    y, p = (y, p) if read is None else read(y, p)
    w = None if w is None else np.repeat(w, y.size // len(y))
    return y.ravel(), p.ravel(), w


def at_least(y: Array, p: Array, threshold: float = 0.5) -> tuple[Array, Array]:
    return y, (p >= threshold).astype(np.int64)


def argmax(y: Array, p: Array) -> tuple[Array, Array]:
    return y.argmax(axis=-1), p.argmax(axis=-1)


def but_0(y: Array, p: Array, w: Array | None) -> float:
    kept = y != 0
    return float(over(range(4))(y[kept], p[kept], None if w is None else w[kept]))


def exactly_but_0(y: Array, p: Array, w: Array | None) -> Fraction:
    kept = y != 0
    found: Fraction = exactly_over(range(4))(y[kept], p[kept], None if w is None else w[kept])
    return found


def iou_row(metric: Any, make: Any, targets: Any, read: Any = None, **more: Any) -> Row:
    return Row(metric, make, over(targets, read), exactly_over(targets, read), **more)


# --- Dice and Tversky -------------------------------------------------------------------------


def tversky(y: Array, p: Array, w: Array | None, alpha: float, beta: float, eps: float) -> float:
    w = np.ones(len(y)) if w is None else w
    w = w.reshape(-1, *(1,) * (y.ndim - 1))
    both = (w * y * p).sum()
    wrong = alpha * (w * (1 - y) * p).sum() + beta * (w * y * (1 - p)).sum()
    return float(1 - both / (both + wrong + eps))


def exact_tversky(
    y: Array, p: Array, w: Array | None, alpha: float, beta: float, eps: float
) -> Fraction:
    weights = fractions([1] * len(y) if w is None else w.tolist())
    rows = zip(y.reshape(len(y), -1).tolist(), p.reshape(len(p), -1).tolist(), strict=True)
    both, true, pred = Fraction(0), Fraction(0), Fraction(0)
    for v, (a, b) in zip(weights, rows, strict=True):
        t, q = fractions(a), fractions(b)
        both += v * sum(x * z for x, z in zip(t, q, strict=True))
        true += v * sum(t)
        pred += v * sum(q)
    return overlap_loss(both, true, pred, alpha, beta, eps)


def overlap_loss(
    both: Fraction, true: Fraction, pred: Fraction, alpha: float, beta: float, eps: float
) -> Fraction:
    wrong = Fraction(alpha) * (pred - both) + Fraction(beta) * (true - both)
    return 1 - both / (both + wrong + Fraction(eps))


def dice_of_rows(y: Array, p: Array) -> Array:
    both, total = (y * p).sum(axis=(1, 2)), (y + p).sum(axis=(1, 2))
    loss: Array = 1 - 2 * both / (total + _EPSILON)
    return loss


def exact_dice_of_row(y: list[Fraction], p: list[Fraction]) -> Fraction:
    both = sum((t * q for t, q in zip(y, p, strict=True)), Fraction(0))
    zero = Fraction(0)
    return overlap_loss(both, sum(y, zero), sum(p, zero), 0.5, 0.5, _EPSILON / 2)


def of_columns(function: Callable[..., Any]) -> Any:
    """Return the mean over the last axis."""

    def value(y: Array, p: Array, w: Any) -> Any:
        found = [function(y[..., j], p[..., j], w) for j in range(y.shape[-1])]
        return sum(found[1:], found[0]) / len(found)

    return value


def region_row(
    metric: Any, reference: Any, exact: Any, rates: tuple[float, ...], **more: Any
) -> Row:
    how = dict(zip(("alpha", "beta", "eps"), rates, strict=True))
    reference, exact = partial(reference, **how), partial(exact, **how)
    if more.pop("columns", False):
        reference, exact = of_columns(reference), of_columns(exact)
    return Row(metric, masks, reference, exact, dtypes=F, **more)


ROWS: tuple[Row, ...] = (
    iou_row(dm.MeanIoU(num_classes=4, name="mean_io_u"), int_labels, range(4)),
    iou_row(dm.MeanIoU(num_classes=4), images, range(4), id="images"),
    iou_row(dm.IoU(num_classes=4, target_class_ids=(2, 0)), int_labels, (2, 0)),
    Row(dm.MeanIoU(num_classes=4, ignore_class=0), int_labels, but_0, exactly_but_0),
    iou_row("binary_io_u", scores, (0, 1), at_least, dtypes=F),
    iou_row(
        dm.BinaryIoU(target_class_ids=(1,), threshold=0.25), masks, (1,),
        partial(at_least, threshold=0.25), dtypes=F,
    ),
    iou_row(dm.OneHotMeanIoU(num_classes=5), one_hot, range(5), argmax, dtypes=LOW),
    iou_row(
        dm.OneHotIoU(num_classes=5, target_class_ids=(3, 1)), one_hot, (3, 1), argmax, dtypes=LOW
    ),
    region_row("dice", tversky, exact_tversky, (0.5, 0.5, _EPSILON / 2)),
    region_row("tversky", tversky, exact_tversky, (0.5, 0.5, _EPSILON)),
    region_row(dm.Tversky(alpha=0.2, beta=0.8), tversky, exact_tversky, (0.2, 0.8, _EPSILON)),
    region_row(
        dm.Dice(axis=(0, 1)), tversky, exact_tversky, (0.5, 0.5, _EPSILON / 2), columns=True
    ),
    Row(dm.Dice(axis=(1, 2)), masks, averaged(dice_of_rows), exactly(exact_dice_of_row), dtypes=F),
)  # fmt: skip
