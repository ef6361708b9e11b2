"""Emulators that begin at once: forked from a process which has imported all of it before."""

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing import forkserver

from iotjobs_emulator import cli


@functools.cache
def forking():
    """How processes are made here: by a server that has imported `forked_imports`."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["forked_imports"])
    # Before Python 3.13 the server is not told where this process looks for modules, and leaves
    # out without a word what it does not find.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return processes


class ForkedEmulator:
    """`tools/emulator` with these arguments: what a test uses of subprocess.Popen. `stdout` has
    both of its outputs.
    """

    def __init__(self, arguments):
        processes = forking()
        reader, writer = processes.Pipe(duplex=False)
        self._process = processes.Process(target=_main, args=(writer, arguments), daemon=True)
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
