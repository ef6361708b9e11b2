"""A board at a TCP port, for tests of tools/deploy: MicroPython's unix port with a littlefs of its
own, which runs as fast as this machine. What only a real firmware has (Ctrl-C, raw-paste mode, the
ARM code) is tried on the emulated Pico.
"""

import select
import shlex
import socket
import subprocess
import sys
import threading

import environment
import littlefs
from listening import Listener
from processes import PROGRAMS
from waiting import LIMIT_S

BLOCK = 4096
_PROGRAM = PROGRAMS / "repl_device.py"
_ASKED, _HERE = b"\xff\xff", b"\0\xffall is done\xff\0"  # of that program


class ReplBoard:
    """A context manager. `blocks` of 4096 bytes are its flash, `image` is the file with it.

    `port` is what --port takes. `cut_after`: the number of bytes to it after which the connection
    is cut, once; with `power` that of the board too. `mute`: it takes what comes and says nothing;
    `mute_after`: from so many bytes on. `power_command`: switches its power, with {state} in it.
    `wifi`: the password of its Wi-Fi, if it has any. `network`: whether it has one at all.
    """

    def __init__(self, image, blocks=256, wifi="", network=True):
        self._image = image
        self._options = blocks, wifi, int(network)
        self._blocks = blocks
        self.cut_after = None
        self.power = False
        self.mute = False
        self.mute_after = None
        image.write_bytes(b"\xff" * BLOCK * blocks)

    def __enter__(self):
        self._is_over = False
        self._restarting = threading.Lock()  # or ending it for good
        self._power = threading.Event()
        self._power.set()
        self._start()
        self._listener = Listener(self._bridge, in_turn=True)
        self.port = f"socket://127.0.0.1:{self._listener.port}"
        self._switch = Listener(self._serve_switch, in_turn=True)
        command = [sys.executable, "-SE", PROGRAMS / "power_switch.py", self._switch.port]
        self.power_command = f"{shlex.join(map(str, command))} {{state}}"
        return self

    def __exit__(self, *_):
        with self._restarting:
            self._is_over = True
            self._process.kill()
        self._power.set()
        self._switch.close()
        self._listener.close()
        self._listener.thread.join(LIMIT_S)
        self._stop()

    def files(self):
        """What is in its file system: a dictionary of paths and contents."""
        disk = littlefs.LittleFS(block_size=BLOCK, block_count=self._blocks, mount=False)
        disk.context.buffer = bytearray(self.raw())
        disk.mount()
        found = {}
        for folder, _, names in disk.walk("/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                with disk.open(path, "rb") as file:
                    found[path] = file.read()
        return found

    def raw(self):
        """All of its flash, to see whether anything was written."""
        return self._image.read_bytes()

    def cut(self):
        """Cut the connection."""
        self._connection.shutdown(socket.SHUT_RDWR)

    def _start(self):
        command = [environment.micropython(), "-X", "heapsize=4m", _PROGRAM]
        self._process = subprocess.Popen(
            [str(part) for part in (*command, self._image, *self._options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._process.stdout.read(len(">>> "))

    def _stop(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def _restart(self):
        with self._restarting:
            if not self._is_over:
                self._stop()
                self._start()

    def _bridge(self, connection):
        self._connection = connection
        try:
            self._carry(connection)
        finally:
            self._settle()

    def _settle(self):
        """Wait until the board has done what it was told. A reset of which it has not read yet
        would otherwise end the next connection.
        """
        said = b""
        try:
            self._process.stdin.write(_ASKED)
            while _HERE not in said:
                data = self._process.stdout.read(4096)
                if not data:
                    raise EOFError
                said = said[-len(_HERE) :] + data
        except (OSError, EOFError):
            self._power.wait()
            self._restart()

    def switch_power(self, state):
        """Switch its power "on" or "off"."""
        if state == "off":
            self._power.clear()
            self._process.kill()
        else:
            self._power.set()

    def _serve_switch(self, connection):
        self.switch_power(connection.recv(16).decode())
        connection.sendall(b"done")

    def _carry(self, connection):
        output = self._process.stdout
        while True:
            ready, _, _ = select.select([connection, output], [], [])
            if connection in ready:
                data = connection.recv(4096)
                if not data:
                    return
                if self.cut_after is not None:
                    self.cut_after -= len(data)
                    if self.cut_after < 0:
                        self.cut_after = None
                        if self.power:
                            self._restart()
                        return
                if self.mute_after is not None:
                    self.mute_after -= len(data)
                    self.mute = self.mute_after < 0
                if not self.mute:
                    self._process.stdin.write(len(data).to_bytes(2, "little") + data)
            if output in ready:
                data = output.read(4096)
                if not data:  # it was reset
                    return
                connection.sendall(data)
