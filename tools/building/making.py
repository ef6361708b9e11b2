"""Runs `make`, and tells what it said when it fails."""

import re
import subprocess

from environment import UnusableError

# What make says when a command has failed; a command that is not there it tells in its own name.
_MAKE = re.compile(r"make(\[\d+\])?: (\*\*\*|Entering|Leaving)|-e See ")
_ERROR = re.compile(
    r"\berror: |Error\b|: not found$|: No such file or directory$"
    r"|undefined reference|will not fit|overflowed"
)
# The SDK of the Picos has a tool of its own made in between, which ends at 100 % long before.
_PROGRESS = re.compile(r"^\[ *(\d+)%\](?!.*pioasm)")


class BuildError(UnusableError):
    """A build failed: the message is the end of what it said."""


def run(command, settings, log, progress=lambda percent: None):
    """Run a command in the environment `settings`; all that it says is written to the file `log`.

    Raises BuildError with the errors that it told, or with its last lines.
    """
    with open(log, "w", buffering=1) as file:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        with process:
            for line in process.stdout:
                file.write(line)
                found = _PROGRESS.match(line)
                if found:
                    progress(int(found[1]))
    if process.returncode:
        text = log.read_text(errors="replace").splitlines()
        said = [line[:200] for line in text if not _MAKE.match(line)]
        told = "\n".join([line for line in said if _ERROR.search(line)][:5] or said[-5:])
        raise BuildError(f"the build failed, {log} has all of it:\n{told}")
