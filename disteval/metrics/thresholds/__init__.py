"""Metrics of scores against thresholds: counts, operating points, areas under curves."""
