"""``python -m negotiation`` is ``negotiate``."""

from negotiation.cli import main

main()
