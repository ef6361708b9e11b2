"""The command `tools/emulator`, which has the packages that the emulator needs installed first."""

import sys

import environment


def main() -> int:
    """Run the emulator until Ctrl-C. Returns the exit code."""
    environment.enter(sys.argv[0])
    from . import cli

    return cli.main()
