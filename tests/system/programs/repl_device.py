"""A board's raw REPL over standard input and output, on MicroPython's unix port, with a real
littlefs in the file argv[1] as its file system. See repl_board.py.

argv[2] is the number of its blocks, argv[3] the password of its Wi-Fi, "" for none, argv[4] "0" if
it has no network at all. What comes on standard input is in pieces, each behind its length in two
bytes. Instead of a length ASKED is answered with HERE, when all before it is done, or a program
sleeps.
"""

import builtins
import gc
import io
import os
import select
import sys
import time

import vfs

_BLOCK = 4096
_WINDOW = 512
_POLL = 3  # of a stream: MP_STREAM_POLL
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


class LED:
    """Stands for a pin, and leads nowhere."""

    IN, OUT = 0, 1

    def __init__(self, name, mode=IN, value=0):
        self._level = value

    def toggle(self):
        self._level = 1 - self._level


class WLAN:
    """Wi-Fi of any name, with one password."""

    _given = _ssid = None

    def __init__(self, interface):
        pass

    def active(self, is_on):
        pass

    def connect(self, ssid, password):
        WLAN._ssid, WLAN._given = ssid, password

    def isconnected(self):
        return self._given == sys.argv[3]

    def status(self):
        return 3 if self.isconnected() else -3

    def config(self, name):
        return self._ssid


class Network:
    """The module network."""

    WLAN = WLAN
    STA_IF = 0


class Timer:
    """A timer, whose time never comes."""

    ONE_SHOT = PERIODIC = 0

    def __init__(self, number=-1, **settings):
        pass

    def init(self, **settings):
        pass

    def deinit(self):
        pass


class Ntptime:
    """The module ntptime: the clock is right."""

    @staticmethod
    def settime():
        pass


class Machine:
    """The module machine."""

    clock = None
    Pin = LED
    Timer = Timer

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
        while not self._held:
            if not self._fill_more():
                return False
        return True

    def _fill_more(self):
        """Wait for a piece; returns False after the last."""
        size = read(2)
        if not size:
            return False
        if size == ASKED:
            write(HERE)
        else:
            self._held += read(int.from_bytes(size, "little"))
        return True

    def has_come(self):
        """Whether there is something; it does not wait."""
        return bool(self._held or (poller.poll(0) and self._fill()))

    def take_interrupt(self):
        """Whether Ctrl-C has come, while a program runs. What came before it is gone then."""
        while poller.poll(0) and self._fill_more():
            pass
        _, found, after = self._held.partition(b"\x03")
        if found:
            self._held = after
        return bool(found)

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


class Keys(io.IOBase):
    """What a program sees as sys.stdin."""

    def ioctl(self, request, argument):
        if request == _POLL:
            return argument & select.POLLIN if received.has_come() else 0
        return -1

    def read(self, count):
        return received.text(count).decode()


class Sys:
    """The module sys."""

    stdin = Keys()

    def __getattr__(self, name):
        return getattr(sys, name)


class Time:
    """The module time. Ctrl-C ends a program where it sleeps."""

    def __init__(self):
        for name in dir(time):
            if name[0] != "_" and name not in ("sleep", "sleep_ms"):
                setattr(self, name, getattr(time, name))

    def sleep(self, seconds):
        self.sleep_ms(int(seconds * 1000))

    def sleep_ms(self, duration):
        if received.take_interrupt():
            raise KeyboardInterrupt
        time.sleep_ms(duration)


read = sys.stdin.buffer.read
write = sys.stdout.buffer.write
received = Input()
poller = select.poll()
poller.register(sys.stdin, select.POLLIN)


def without_network(name, *more):
    """In place of `__import__`, on a board that has none."""
    if name in ("socket", "tls"):
        raise ImportError(f"no module named '{name}'")
    return imported(name, *more)


imported = __import__
if sys.argv[4] == "0":
    builtins.__import__ = without_network


def start(friendly):
    """The globals after a soft reset."""
    sys.modules.clear()
    sys.modules["machine"] = Machine
    if sys.argv[3]:
        sys.modules["network"] = Network
        sys.modules["ntptime"] = Ntptime
    sys.modules["sys"] = Sys()
    sys.modules["time"] = Time()
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
    write(b"MicroPython\r\n>>> ")
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
