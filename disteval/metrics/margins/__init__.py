"""Metrics of margins: how far predictions lie on the right side."""
