"""The `aws` command line, without starting Python for each command."""

import json
import subprocess
import threading

from processes import PROGRAMS

PROGRAM = PROGRAMS / "aws_in_process.py"
PATIENCE_S = 120  # for one command


class AwsProcess:
    """Runs commands one after the other in one process."""

    def __init__(self, aws_command):
        self._process = subprocess.Popen(
            [aws_command.with_name("python"), "-X", "utf8", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments, environment, folder):
        """The finished process, as of subprocess.run."""
        asked = {
            "arguments": [str(argument) for argument in arguments],
            "environment": environment,
            "folder": str(folder),
        }
        hangs = threading.Timer(PATIENCE_S, self._process.kill)
        hangs.start()
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        finally:
            hangs.cancel()
        assert answer, f"aws {arguments} has ended its process"
        return subprocess.CompletedProcess(arguments, *json.loads(answer))

    def end(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(PATIENCE_S)
