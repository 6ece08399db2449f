"""Run the benchmarks: ``python -m benchmarks [subject ...] [options of the subjects]``.

For each subject the results go to ``<out>/<subject>.json`` and, as tables, to ``<subject>.md``.
Fails where one of this project's answers is wrong, never for want of a peer.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence

from benchmarks import batch, questions, sequence_form, sweeps, two_player

SUBJECTS = {module.NAME: module for module in (two_player, sequence_form, batch, questions, sweeps)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run some subjects, or all; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    named = list(itertools.takewhile(lambda argument: not argument.startswith("-"), given))
    unknown = sorted(set(named) - set(SUBJECTS))
    if unknown:
        print(f"no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}", file=sys.stderr)
        return 2
    options = given[len(named) :]
    return max([SUBJECTS[name].main(options) for name in named or SUBJECTS])


if __name__ == "__main__":
    sys.exit(main())
