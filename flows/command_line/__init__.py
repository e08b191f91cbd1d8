"""The command `feedback-removal`. Heavy libraries are imported by the commands that need them, so `--help` is quick."""

import sys


def main() -> None:
    """Run the command line; the process ends with one of the documented exit codes."""
    from flows.command_line.app import app

    sys.exit(app(standalone_mode=True))
