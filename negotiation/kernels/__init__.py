"""Batch kernels: equilibria of very many small games at once, decided exactly.

Compiled with numba on first use and cached; loaded by :func:`negotiation.solve_batch` and sweeps
only. The modules:

``batch``
    :func:`~negotiation.kernels.batch.solve_batch`: checks, dispatch, threads, the answer.
``minors``
    Which determinants decide a two-player game, numbered for a shape (no compiler).
``bimatrix_filter``
    Two players: the signs of these determinants, and the equilibria they imply.
``exact_sums``
    Signs of sums of products of doubles, without rounding.
``three_player_filter``, ``three_players``
    2x2x2: the compiled floating filter, and the exact solver behind it.
``pure_profiles``
    Pure equilibria of any number of players.
``form_layout``, ``forms``
    Polynomials at the points of a sweep: signs, runs of points of one cell, nearest doubles; how
    they are laid out (no compiler).

No floating tolerance decides anything: a sign is certified by a derived bound or it is computed
exactly.
"""
