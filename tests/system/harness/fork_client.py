"""Asks a server (fork_server.py) for a run of its program: the first argument is its socket.

The others are the program's, and so are this process's environment, folder, input and outputs, and
SIGINT. The exit code is that of the program, 255 if it was killed.
"""

import json
import os
import signal
import socket
import sys


def run(path, arguments, environment, folder, files, patience_s=None, begun=lambda pid: None):
    """The exit code of one run, whose standard input and outputs are these open files. One that
    takes longer than `patience_s` (s) is killed: TimeoutError. `begun` is told its process number.
    """
    asked = {"arguments": arguments, "environment": environment, "folder": folder}
    text = json.dumps(asked).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(patience_s)
        connection.connect(path)
        begun(int.from_bytes(connection.recv(4, socket.MSG_WAITALL), "big"))
        socket.send_fds(connection, [len(text).to_bytes(4, "big")], files)
        connection.sendall(text)
        return (connection.recv(1) or b"\xff")[0]


def _interrupt_too(pid):
    signal.signal(signal.SIGINT, lambda *_: os.kill(pid, signal.SIGINT))


if __name__ == "__main__":
    path, *arguments = sys.argv[1:]
    here = dict(os.environ), os.getcwd(), (0, 1, 2)
    sys.exit(run(path, arguments, *here, begun=_interrupt_too))
