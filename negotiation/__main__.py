"""``python -m negotiation`` is ``negotiate``."""

from negotiation.cli.app import main

main()
