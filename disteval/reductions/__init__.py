"""The mergeable states. Each reduction is a frozen value; each state is declared arrays."""

from disteval.reductions.binned import BinnedState, BinnedSums, BinTotals
from disteval.reductions.confusion import ConfusionCounts, ConfusionState
from disteval.reductions.counts import Count, CountState
from disteval.reductions.elements import ElementConfusionCounts
from disteval.reductions.held import HeldRows, HeldState
from disteval.reductions.keyed import Keyed, KeyedState
from disteval.reductions.labelled import LabelState, LabelSums
from disteval.reductions.minmax import MinMax, MinMaxState
from disteval.reductions.moments import Moments, variance
from disteval.reductions.state import State, declared
from disteval.reductions.sums import ExactSum, SumState, TotalWeight, quotients
from disteval.reductions.thresholds import BucketCounts, ThresholdCounts, ThresholdTable, are_even

__all__ = [
    "BinTotals",
    "BinnedState",
    "BinnedSums",
    "BucketCounts",
    "ConfusionCounts",
    "ConfusionState",
    "Count",
    "CountState",
    "ElementConfusionCounts",
    "ExactSum",
    "HeldRows",
    "HeldState",
    "Keyed",
    "KeyedState",
    "LabelState",
    "LabelSums",
    "MinMax",
    "MinMaxState",
    "Moments",
    "State",
    "SumState",
    "ThresholdCounts",
    "ThresholdTable",
    "TotalWeight",
    "are_even",
    "declared",
    "quotients",
    "variance",
]
