"""Where rows come from; `open_source` finds the source that fits what was given.

From the top to the ground, each standing on those below it::

    opening         which source fits what was given
    batches         rows that come batch by batch
    dask/           what Dask has still to compute: arrays, frames
    memory/         what is in memory: `libraries` asks whose it is, and has it read by arrays
                    (NumPy's), objects, tensors, pandas, polars or arrow; frames are its tables
    side_by_side    columns next to each other as one
    table           columns from different places, aligned row by row
    files/          what is in files: npy, parquet, csv; paths that stand for several, pairing of
                    shards, headers alone
    renamed         a source under the names of an evaluation
    columns/        what a column is here: kinds, values, and what Arrow's types and dates become
    names, lengths  what to say of names that are not there, and of lengths that differ
"""

from disteval.sources.batches import Batches
from disteval.sources.opening import open_source
from disteval.sources.table import Table

__all__ = ["Batches", "Table", "open_source"]
