"""Runs a program again and again, each time in a fork of this process, which has imported it.

Its arguments are the path of a socket, and a program: a file whose functions are `prepare()`,
which is called once, and `main(arguments)`, whose result is the exit code. Who connects to the
socket (harness/fork_client.py) hands over standard input and outputs, arguments, environment and
folder, and learns which process it is. The program is killed if that one has gone. The end of
standard input ends the server.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback


def serve(path, program):
    """Serve until nobody needs this any more."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        functions = runpy.run_path(program)
        functions["prepare"]()
        gc.freeze()  # no collection looks at it again, or has it copied
        gc.set_threshold(50_000)
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listening, 0], [], [], 1)
            if 0 in ready:
                return
            if ready:
                connection, _ = listening.accept()
                if not os.fork():
                    listening.close()
                    os._exit(run(connection, functions["main"]))
                connection.close()
            forget_ended()


def forget_ended():
    """Leave none that has ended for the system to keep."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def run(connection, main):
    """In a fork: what was asked for, to its end; the exit code, which is told too."""
    connection.sendall(os.getpid().to_bytes(4, "big"))
    size, files, _, _ = socket.recv_fds(connection, 4, 3)
    with connection.makefile("rb") as sent:
        asked = json.loads(sent.read(int.from_bytes(size, "big")))
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        mode = "w" if number else "r"
        stream = open(number, mode, buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    threading.Thread(target=end_with, args=(connection,), daemon=True).start()
    code = ended(main, asked["arguments"])
    connection.sendall(bytes((code,)))
    return code


def ended(main, arguments):
    """The exit code, as Python has it."""
    try:
        code = main(arguments)
    except SystemExit as error:
        code = error.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code or 0) & 0xFF


def end_with(connection):
    """Whoever asked for it has gone before its end."""
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    serve(*sys.argv[1:])
