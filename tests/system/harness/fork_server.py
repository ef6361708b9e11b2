"""Programs of other environments that begin at once: forked from a process which has imported
before what takes most of their time. What they do, and their end, is their own.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

import fork_client
from commands import write_script
from processes import PROGRAMS
from waiting import LIMIT_S


class ForkServer:
    """`with ForkServer(python, program) as server:` has `program`, a file of programs/, ready in
    this Python. `env`: of what it imports; None: this process's own.
    """

    def __init__(self, python, program, env=None):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="fork"))
        self._socket = str(self._folder / "socket")
        self._process = subprocess.Popen(
            [python, "-X", "utf8", PROGRAMS / "fork_server.py", self._socket, PROGRAMS / program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
        )

    def __enter__(self):
        if self._process.stdout.readline() != b"ready\n":
            self.__exit__()
            raise RuntimeError(f"{self._process.args[-1]} ended")
        return self

    def __exit__(self, *failure):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(LIMIT_S)
        shutil.rmtree(self._folder)

    def script(self, path, *first):
        """Write a command for the shell that does as the program does, with these arguments before
        its own; its path.
        """
        client = (sys.executable, "-SEs", fork_client.__file__, self._socket, *map(str, first))
        return write_script(path, f'exec {shlex.join(client)} "$@"')

    def run(self, arguments, environment, folder):
        """The finished process, as of subprocess.run with capture_output and text.
        TimeoutError has what it had printed.
        """
        arguments = [str(argument) for argument in arguments]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with open(os.devnull) as nothing:
                files = [file.fileno() for file in (nothing, out, err)]
                try:
                    code = fork_client.run(
                        self._socket, arguments, environment, str(folder), files, LIMIT_S
                    )
                except TimeoutError:
                    code = None
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
        if code is None:
            raise TimeoutError(f"no end within {LIMIT_S} s:\n{''.join(texts)}")
        return subprocess.CompletedProcess(arguments, code, *texts)
