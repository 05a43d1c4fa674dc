"""Metrics of ranked scores: areas, curves and operating points, every score a threshold."""
