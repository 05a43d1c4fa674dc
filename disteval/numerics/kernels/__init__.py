"""The compiled loops, and the only importers of numba. Imported at first use."""
