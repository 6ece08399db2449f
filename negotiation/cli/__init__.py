"""The command line: typer commands without logic."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run ``negotiate``; an interruption while it is being loaded is as quiet as a later one."""
    try:
        from negotiation.cli.app import main as run

        run()
    except KeyboardInterrupt:
        print("negotiate: interrupted", file=sys.stderr)
        sys.exit(130)
