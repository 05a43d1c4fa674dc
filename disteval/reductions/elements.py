"""Counts of label pairs where rows have several: of pixels, of words."""

from __future__ import annotations

from dataclasses import dataclass

from disteval import backend
from disteval.protocol import Batch, Runs
from disteval.reductions.confusion import ConfusionCounts, ConfusionState, OpenConfusion
from disteval.reductions.counts import weights_of_counts


@dataclass(frozen=True)
class ElementConfusionCounts(ConfusionCounts):
    """`ConfusionCounts` of all elements of rows of labels.

    Parameters
    ----------
    true, pred : row functions
        Labels (rows, ...), alike: integers.

    Notes
    -----
    State: K * K integers for K labels, discovered over the data, at most 4,096; a weighted one
    holds K * K exact sums.
    Exact: always.
    """

    def update(self, state: ConfusionState | OpenConfusion, batch: Batch) -> OpenConfusion:
        """Count the elements of a batch."""
        counts = OpenConfusion(state) if isinstance(state, ConfusionState) else state
        true, pred = (backend.to_host(batch.derive(of)) for of in (self.true, self.pred))
        weight = weights_of_counts(batch, true.shape[1:])
        weight = None if weight is None else backend.to_host(weight)
        true, pred = true.reshape(-1), pred.reshape(-1)
        if len(true):
            counts.add(true, pred, _of_elements(batch, true, len(true) // batch.rows), weight)
        return counts


def _of_elements(batch: Batch, labels: object, each: int) -> Batch:
    """A batch of the elements, each in the cell of its row."""
    cells = None
    if batch.sliced and batch.runs is None:
        cells = backend.to_host(batch.cells).repeat(each)
    elements = Batch({"labels": labels}, batch.origins, cells, batch.n_cells)
    if batch.runs is not None:
        elements.runs = Runs(batch.runs.cells, batch.runs.bounds * each)
    return elements
