"""The mergeable states. Each reduction is a frozen value; each state is declared arrays.

    state           what every state is
    sums            exact sums of values, and of the weights
    moments         exact first and second moments
    counts          counts in numbered bins
    thresholds      counts of positives and negatives between thresholds
    confusion       counts of pairs of labels
    elements        counts of pairs of labels, of which a row has several
    minmax          smallest and largest value
    binned          exact sums in numbered bins
    labelled        exact sums by label
    held            rows as they are
    distinct        the distinct values, while they are few
    scores/         how often each score occurs with each class
    keyed           any of these by key: a cell for each group
    sorting         rows sorted by cell

What each one needs of a batch is a row function.
"""

from disteval.reductions.binned import BinnedState, BinnedSums, BinTotals
from disteval.reductions.confusion import ConfusionCounts, ConfusionState
from disteval.reductions.counts import Count, CountState
from disteval.reductions.distinct import DistinctState, DistinctValues, SignsOf
from disteval.reductions.elements import ElementConfusionCounts
from disteval.reductions.held import HeldRows, HeldState
from disteval.reductions.keyed import Keyed, KeyedState
from disteval.reductions.labelled import LabelState, LabelSums
from disteval.reductions.minmax import MinMax, MinMaxState
from disteval.reductions.moments import Moments, variance
from disteval.reductions.scores import ScoreCounts, ScoreState, Segment, Sweep, Totals
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
    "DistinctState",
    "DistinctValues",
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
    "ScoreCounts",
    "ScoreState",
    "Segment",
    "SignsOf",
    "State",
    "SumState",
    "Sweep",
    "ThresholdCounts",
    "ThresholdTable",
    "TotalWeight",
    "Totals",
    "are_even",
    "declared",
    "quotients",
    "variance",
]
