"""The command line: typer commands without logic."""

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run ``negotiate``; an interruption while it is being loaded is as quiet as a later one."""
    _open_closed_streams()
    try:
        from negotiation.cli.app import main as run

        run()
    except KeyboardInterrupt:
        print("negotiate: interrupted", file=sys.stderr)
        sys.exit(130)


def _open_closed_streams() -> None:
    """Let what is said to a standard stream that the caller has closed go nowhere.

    Otherwise messages for standard error would be printed on standard output, and the next file
    that is opened would take the number of the stream, so that what libraries say there would end
    in that file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
