"""Experiment trackers: what they were given is what a real one reads back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import disteval


def test_a_tensorboard_event_file_reads_back(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    writer = pytest.importorskip("tensorboardX").SummaryWriter(str(tmp_path))
    metrics = ["accuracy", "fbeta_score(beta=2.0)", "confusion_matrix"]
    steps = [0, 1, 5]
    with writer:
        results = [
            disteval.evaluate(["no", "yes", "yes"], ["no", "yes", p], metrics)
            for p in ("no", "yes", "yes")
        ]
        for step, result in zip(steps, results, strict=True):
            result.write(writer, step)
    events = accumulator.EventAccumulator(str(tmp_path)).Reload()
    written = [result.scalars() for result in results]
    assert events.Tags()["scalars"] == list(written[0])
    assert "confusion_matrix/yes/no" in written[0]
    for tag in written[0]:
        found = [(event.step, event.value) for event in events.Scalars(tag)]
        # TensorBoard keeps float32
        assert found == [(s, np.float32(w[tag])) for s, w in zip(steps, written, strict=True)]
