"""A board's raw REPL over standard input and output, on MicroPython's unix port, with a real
littlefs in the file argv[1] as its file system. See repl_board.py.

argv[2] is the number of its blocks.
"""

import gc
import io
import os
import sys

import vfs

_BLOCK = 4096
_WINDOW = 512
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

    @staticmethod
    def reset():
        sys.exit()


write = sys.stdout.buffer.write
read = sys.stdin.buffer.read


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
                run(file.read(), names)
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
        key = read(1)
        if key in (b"\x03", b"\x04", b""):
            write(b"\x04")
            return b"" if key == b"\x03" else bytes(line)
        line += key
        if len(line) % _WINDOW == 0:
            write(b"\x01")


def serve():
    write(b">>> ")  # its file system is there
    names = start(True)
    raw = False
    line = bytearray()
    while True:
        key = read(1)
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
            read(2)
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
