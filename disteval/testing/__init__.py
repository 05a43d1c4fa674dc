"""Laws and contracts that your own reduction, source or metric inherits by writing one class.

Each class here is a suite for pytest: subclass it under a name that starts with ``Test``, give
it the object and some data, and every law is tested. Equality is equality of bytes throughout.

Examples
--------
>>> import numpy as np
>>> from disteval.protocol import Batch
>>> from disteval.reductions import TotalWeight
>>> class TestTotalWeight(ReductionLaws):
...     reduction = TotalWeight()
...
...     def batches(self):
...         return [Batch({"y_true": np.ones(n)}) for n in (3, 1, 2)]
>>> TestTotalWeight().test_chunks_and_order_do_not_matter()
"""

from disteval.testing.metrics import MetricContract
from disteval.testing.reductions import ReductionLaws
from disteval.testing.rows import concatenated, random_batches, same, wild_floats
from disteval.testing.sources import SourceContract

__all__ = [
    "MetricContract",
    "ReductionLaws",
    "SourceContract",
    "concatenated",
    "random_batches",
    "same",
    "wild_floats",
]
