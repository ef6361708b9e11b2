"""Emulators that begin at once: forked from a process which has imported all of it before."""

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from multiprocessing import connection, forkserver

from iotjobs_emulator import cli

# For tests with threads: an exit code can be read once, and who starts a process reads those of
# others too.
_one_at_a_time = threading.Lock()


@functools.cache
def forking():
    """How processes are made here: by a server that has imported `forked_imports`."""
    processes = multiprocessing.get_context("forkserver")
    with _one_at_a_time:
        processes.set_forkserver_preload(["forked_imports"])
        # Before Python 3.13 the server is not told where this process looks for modules, and
        # leaves out without a word what it does not find.
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


def start_process(process):
    """Start one of `forking().Process`, in any thread."""
    with _one_at_a_time:
        process.start()


def exit_code(process, timeout=None):
    """Of one that was started so: None if it has not ended within the timeout."""
    connection.wait([process.sentinel], timeout)
    with _one_at_a_time:
        return process.exitcode


class ForkedEmulator:
    """`tools/emulator` with these arguments: what a test uses of subprocess.Popen. `stdout` has
    both of its outputs.
    """

    def __init__(self, arguments):
        processes = forking()
        reader, writer = processes.Pipe(duplex=False)
        self._process = processes.Process(target=_main, args=(writer, arguments), daemon=True)
        start_process(self._process)
        writer.close()
        self.stdout = open(os.dup(reader.fileno()), errors="replace")  # noqa: SIM115
        reader.close()
        self.pid = self._process.pid

    def poll(self):
        return exit_code(self._process, 0)

    def wait(self, timeout=None):
        code = exit_code(self._process, timeout)
        if code is None:
            raise subprocess.TimeoutExpired("emulator", timeout)
        return code

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)


def _main(output, arguments):
    for number in (1, 2):
        os.dup2(output.fileno(), number)
    output.close()
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(cli.main(arguments))
