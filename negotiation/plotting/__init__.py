"""Plotting: the only importers of matplotlib; from datasets to figures, no result of their own."""
