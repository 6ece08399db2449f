"""Analysis: sweeps, and later regimes and hypotheses, built on Model, Game and Solution."""
