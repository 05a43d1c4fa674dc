"""Overlap of true and predicted regions."""
