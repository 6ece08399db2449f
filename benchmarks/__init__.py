"""Benchmarks: this project beside its peers, on the same games in the same run.

One module a subject; ``python -m benchmarks`` runs all of them, and keeps what it measures under
``benchmarks/results``.
"""
