"""Tools, and pytest, that begin at once: forked from a process which has imported before what
takes most of them longer than what they do. Their arguments, environment, folder and output are
their own, and so is their end, but for what Python does when it is finalized.
"""

import fcntl
import os
import pathlib
import runpy
import signal
import subprocess
import sys
import tempfile
import termios
from multiprocessing.connection import Connection

import environment
from forked import Forked, forking
from processes import Process
from waiting import LIMIT_S

TESTS = str(environment.ROOT / "tests")


def run(tool, *arguments, cwd=None, env=None, timeout=LIMIT_S):
    """The finished process of a script in tools/, by name, as of subprocess.run with
    capture_output and text.
    """
    return run_python(environment.TOOLS / tool, *arguments, cwd=cwd, env=env, timeout=timeout)


def run_python(*arguments, cwd=None, env=None, timeout=LIMIT_S):
    """The same of `python SCRIPT …`, or `python -m MODULE …`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = ForkedPython(
            [sys.executable, *arguments], cwd=cwd, env=env, stdout=out, stderr=err
        )
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(process.args, code, *texts)


class ForkedPython(Forked):
    """Python with the arguments of `command`, whose first part is not looked at. Its outputs go to
    files.
    """

    def __init__(
        self,
        command,
        *,
        cwd=None,
        env=None,
        stdin=subprocess.DEVNULL,
        stdout=None,
        stderr=subprocess.STDOUT,
        start_new_session=False,
    ):
        args = [str(part) for part in command]
        files = [
            os.open(os.devnull, os.O_RDONLY) if stdin == subprocess.DEVNULL else os.dup(stdin),
            os.dup(_number(stdout)),
            os.dup(_number(stdout if stderr == subprocess.STDOUT else stderr)),
        ]
        handed = [Connection(file, writable=number > 0) for number, file in enumerate(files)]
        begun, begins = forking().Pipe(duplex=False)
        folder = str(cwd or os.getcwd())
        variables = {**(os.environ if env is None else env)}
        super().__init__(
            args, _main, args[1:], folder, variables, handed, start_new_session, begins
        )
        for connection in (*handed, begins):
            connection.close()
        begun.poll(None)  # until it is a session that can be killed
        begun.close()


class ToolProcess(Process):
    """`python SCRIPT …`, whose output is read as it comes."""

    def _started(self, command, options):
        reader, writer = os.pipe()
        process = ForkedPython(command, stdout=writer, **options)
        os.close(writer)
        process.stdout = open(reader, errors="replace")  # noqa: SIM115
        return process


def _number(file):
    return file if isinstance(file, int) else file.fileno()


def _main(arguments, folder, variables, files, new_session, begins):
    if new_session:
        os.setsid()
    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
        file.close()
    if new_session and os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    begins.close()
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    run_as_script(arguments)


def run_as_script(arguments):
    """Go on as Python with these arguments, a script or `-m` with a module, in this folder and
    with this environment.
    """
    # Which Python reads when it starts: what a test changes twice in a second would be taken for
    # what it was.
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    # Without the folders of tests, in which whoever started the server looks for modules.
    paths += [path for path in sys.path if not path.startswith(TESTS)]
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path[:] = [os.getcwd(), *filter(None, paths)]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[:] = [str(pathlib.Path(arguments[0]).parent), *filter(None, paths)]
        runpy.run_path(arguments[0], run_name="__main__")
