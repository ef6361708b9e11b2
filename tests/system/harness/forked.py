"""Emulators that begin at once: forked from a process which has imported all of it before."""

import contextlib
import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from multiprocessing import connection, forkserver

import pytest
from iotjobs_emulator import cli

# For tests with threads: an exit code can be read once, and who starts a process reads those of
# others too.
_one_at_a_time = threading.Lock()


@functools.cache
def forking():
    """How processes are made here: by a server that has imported `forked_imports`."""
    processes = multiprocessing.get_context("forkserver")
    # Before Python 3.13 the server is not told where this process looks for modules, and leaves
    # out without a word what it does not find.
    with _one_at_a_time, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        processes.set_forkserver_preload(["forked_imports"])
        forkserver.ensure_running()
    return processes


class Forked:
    """A process that runs `target(*arguments)`: what a test uses of subprocess.Popen. It can be
    used in any thread.
    """

    def __init__(self, args, target, *arguments):
        self.args = args
        self._process = forking().Process(target=target, args=arguments, daemon=True)
        with _one_at_a_time:
            self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self):
        return self._code(0)

    def poll(self):
        return self.returncode

    def wait(self, timeout=None):
        code = self._code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def send_signal(self, number):
        if self.returncode is None:
            # Its end is told a moment after it, and there is nobody any more.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def _code(self, timeout):
        connection.wait([self._process.sentinel], timeout)
        with _one_at_a_time:
            return self._process.exitcode


class ForkedEmulator(Forked):
    """`tools/emulator` with these arguments. `stdout` has both of its outputs."""

    def __init__(self, arguments):
        reader, writer = forking().Pipe(duplex=False)
        super().__init__(["emulator", *arguments], _main, writer, arguments)
        writer.close()
        self.stdout = open(os.dup(reader.fileno()), errors="replace")  # noqa: SIM115
        reader.close()


def _main(output, arguments):
    for number in (1, 2):
        os.dup2(output.fileno(), number)
    output.close()
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
    sys.exit(cli.main(arguments))
