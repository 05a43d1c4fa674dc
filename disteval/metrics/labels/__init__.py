"""Metrics of predicted labels: how often, and which, are right."""
