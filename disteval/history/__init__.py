"""Results over time, in memory and as lines of JSON in a file."""

from disteval.history.history import History

__all__ = ["History"]
