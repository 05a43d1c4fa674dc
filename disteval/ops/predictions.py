"""Losses of predictions, element by element or row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.ops.elements import clip, exp, log, log1p
from disteval.ops.facts import shape
from disteval.ops.making import one_hot
from disteval.ops.reductions import log_softmax
from disteval.ops.symbolic import EPSILON


def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether the target's score is among the k largest of its row; ties count."""
    hot = one_hot(targets, shape(predictions)[-1])
    score = np.sum(np.where(hot > 0, predictions, 0.0), axis=-1, keepdims=True)
    return np.sum((predictions > score).astype(np.int64), axis=-1) < k


def _crossentropy(y: Any, p: Any) -> Any:
    return -(y * log(p) + (1.0 - y) * log(1.0 - p))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-log of the probability of the target, element by element."""
    if from_logits:
        return np.maximum(output, 0) - output * target + log1p(exp(-np.abs(output)))
    return _crossentropy(target, clip(output, EPSILON, 1.0 - EPSILON))


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log of the probability of the class, row by row."""
    if from_logits:
        return -np.sum(target * log_softmax(output, axis=axis), axis=axis)
    output = output / np.sum(output, axis=axis, keepdims=True)
    return -np.sum(target * log(clip(output, EPSILON, 1.0 - EPSILON)), axis=axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log of the probability of the class, row by row; the targets are its numbers."""
    hot = one_hot(target, shape(output)[-1])
    return categorical_crossentropy(hot, output, from_logits=from_logits, axis=axis)
