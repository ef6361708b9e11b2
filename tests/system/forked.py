"""Emulators that begin at once: forked from a process which has imported all of it before."""

import multiprocessing
import os
import signal
import subprocess
import sys

from iotjobs_emulator import cli

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["iotjobs_emulator.cli"])


class ForkedEmulator:
    """`tools/emulator` with these arguments: what a test uses of subprocess.Popen. `stdout` has
    both of its outputs.
    """

    def __init__(self, arguments):
        reader, writer = _processes.Pipe(duplex=False)
        self._process = _processes.Process(target=_main, args=(writer, arguments), daemon=True)
        self._process.start()
        writer.close()
        self.stdout = open(os.dup(reader.fileno()), errors="replace")  # noqa: SIM115
        reader.close()
        self.pid = self._process.pid

    def poll(self):
        return self._process.exitcode

    def wait(self, timeout=None):
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("emulator", timeout)
        return self._process.exitcode

    def send_signal(self, number):
        if self._process.exitcode is None:
            os.kill(self.pid, number)


def _main(output, arguments):
    for number in (1, 2):
        os.dup2(output.fileno(), number)
    output.close()
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(cli.main(arguments))
