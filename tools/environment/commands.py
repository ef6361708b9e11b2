"""Other programs that the set-up runs."""

import subprocess
import sys

from .errors import UnusableError


def run(command, otherwise):
    """Run a command. Raises UnusableError with `otherwise` and what it printed, if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise UnusableError("%s\n%s" % (otherwise, (done.stderr or done.stdout).strip()[-2000:]))


def make_venv(folder, *options):
    """Make a virtual environment. Raises UnusableError."""
    run(
        [sys.executable, "-m", "venv", *options, folder],
        "no virtual environment could be made: is Python's venv module installed (python3-venv)?",
    )
