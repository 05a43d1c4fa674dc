"""The mergeable states. Each reduction is a frozen value; each state is declared arrays."""

from disteval.reductions.confusion import ConfusionCounts, ConfusionState
from disteval.reductions.counts import Count, CountState
from disteval.reductions.keyed import Keyed, KeyedState
from disteval.reductions.minmax import MinMax, MinMaxState
from disteval.reductions.moments import Moments, variance
from disteval.reductions.state import State, declared
from disteval.reductions.sums import ExactSum, SumState, TotalWeight, quotients
from disteval.reductions.thresholds import ThresholdCounts, ThresholdTable

__all__ = [
    "ConfusionCounts",
    "ConfusionState",
    "Count",
    "CountState",
    "ExactSum",
    "Keyed",
    "KeyedState",
    "MinMax",
    "MinMaxState",
    "Moments",
    "State",
    "SumState",
    "ThresholdCounts",
    "ThresholdTable",
    "TotalWeight",
    "declared",
    "quotients",
    "variance",
]
