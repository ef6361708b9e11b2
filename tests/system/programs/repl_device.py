"""A board's raw REPL over standard input and output, on MicroPython's unix port, with a real
littlefs in the file argv[1] as its file system. See repl_board.py.

argv[2] is the number of its blocks. What comes on standard input is in pieces, each behind its
length in two bytes. Instead of a length ASKED is answered with HERE, when all before it is done.
"""

import gc
import io
import os
import sys

import vfs

_BLOCK = 4096
_WINDOW = 512
ASKED = b"\xff\xff"
HERE = b"\0\xffall is done\xff\0"
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class Disk:
    def __init__(self, path, blocks):
        self._file = open(path, "r+b")  # noqa: SIM115, it is open for ever
        self._blocks = blocks

    def readblocks(self, block, buf, offset=0):
        self._file.seek(block * _BLOCK + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=0):
        self._file.seek(block * _BLOCK + offset)
        self._file.write(buf)

    def ioctl(self, operation, _):
        return {4: self._blocks, 5: _BLOCK}.get(operation, 0)


class Machine:
    """The module machine."""

    clock = None

    class RTC:
        def datetime(self, fields=None):
            if fields is not None:
                Machine.clock = fields
            return Machine.clock

    class WDT:
        def __init__(self, timeout):
            pass

        def feed(self):
            pass

    @staticmethod
    def reset():
        sys.exit()


class Input:
    """What comes, by keys and in pieces: a call for each byte of a file would take long."""

    _held = b""

    def _fill(self):
        """Wait for what comes next, if nothing is left; returns whether there is something."""
        read = sys.stdin.buffer.read
        while not self._held:
            size = read(2)
            if not size:
                return False
            if size == ASKED:
                write(HERE)
            else:
                self._held = read(int.from_bytes(size, "little"))
        return True

    def key(self):
        """The next byte, b"" after the last."""
        return self.text(1) if self._fill() else b""

    def text(self, most):
        """At least a byte, at most so many, none of which is Ctrl-C or Ctrl-D but the first."""
        self._fill()
        for control in (b"\x03", b"\x04"):
            at = self._held.find(control, 0, most)
            if at >= 0:
                most = max(at, 1)
        text, self._held = self._held[:most], self._held[most:]
        return text


write = sys.stdout.buffer.write
received = Input()


def start(friendly):
    """The globals after a soft reset."""
    sys.modules.clear()
    sys.modules["machine"] = Machine
    sys.path[:] = ["", ".frozen", "/lib"]
    os.chdir("/")
    gc.collect()
    names = {"__name__": "__main__"}
    for program in ("boot.py", "main.py") if friendly else ("boot.py",):
        if program in os.listdir("/"):
            with open(program) as file:
                write(run(file.read(), names).encode())
    return names


def run(code, names):
    """Returns the traceback, if there is one."""
    try:
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        text = io.StringIO()
        sys.print_exception(error, text)
        return text.getvalue()
    return ""


def paste():
    """What comes in raw-paste mode."""
    write(b"R\x01" + _WINDOW.to_bytes(2, "little"))
    line = bytearray()
    while True:
        text = received.text(_WINDOW - len(line) % _WINDOW)
        if text in (b"\x03", b"\x04", b""):
            write(b"\x04")
            return b"" if text == b"\x03" else bytes(line)
        line += text
        if len(line) % _WINDOW == 0:
            write(b"\x01")


def serve():
    write(b">>> ")  # its file system is there
    names = start(True)
    raw = False
    line = bytearray()
    while True:
        key = received.key()
        if not key:
            return
        if key == b"\x01":
            raw = True
            line = bytearray()
            write(_BANNER)
        elif key == b"\x02":
            raw = False
            write(b"\r\nMicroPython\r\n>>> ")
        elif key == b"\x03":
            line = bytearray()
        elif key == b"\x04" and (not raw or not line):
            write(b"OK\r\nMPY: soft reboot\r\n")
            names = start(not raw)
            write(_BANNER if raw else b"MicroPython\r\n>>> ")
        elif key == b"\x04":
            write(b"OK")
            error = run(bytes(line), names)
            write(b"\x04" + error.encode() + b"\x04>")
            line = bytearray()
        elif key == b"\x05" and raw and not line:
            received.key()
            received.key()
            line = paste()
            error = run(line, names)
            write(b"\x04" + error.encode() + b"\x04>")
            line = bytearray()
        elif raw:
            line += key if key != b"\r" or line else b""


disk = Disk(sys.argv[1], int(sys.argv[2]))
vfs.umount("/")
try:
    vfs.mount(disk, "/")
except OSError:
    vfs.VfsLfs2.mkfs(disk)
    vfs.mount(disk, "/")
serve()
