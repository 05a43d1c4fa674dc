"""Scores and how often each occurs: what metrics without thresholds come from.

    counts      the reduction
    opening     rows as they come, scattered to parts of the range of scores
    runs        entries of scores by part, in memory or in scratch files, and how they are counted
    state       runs, and their merge
    weighted    the same of weighted rows: sorted scores and exact total weights
    sweeping    what is computed from sorted scores, batch by batch
    shares      scores that no worker holds all of, on a cluster
    widening    scores of a wider dtype
    scratch     the memory that all states share, and files for what is over it

Metrics ask a state for sweeps.
"""

from disteval.reductions.scores.counts import ScoreCounts
from disteval.reductions.scores.shares import SweptScores
from disteval.reductions.scores.state import ScoreState
from disteval.reductions.scores.sweeping import Segment, Sweep, Totals
from disteval.reductions.scores.weighted import WeightedScoreState

__all__ = [
    "ScoreCounts",
    "ScoreState",
    "Segment",
    "Sweep",
    "SweptScores",
    "Totals",
    "WeightedScoreState",
]
