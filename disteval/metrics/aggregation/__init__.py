"""Mean and sum of a column."""
