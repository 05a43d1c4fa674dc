"""Metrics of how alike two vectors are: along the rows, or down the columns."""
