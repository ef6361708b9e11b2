"""A board at a port: MicroPython's raw REPL, by mpremote, with a limit on every wait."""

import ast
import contextlib
import io
import os
import re
import select
import socket
import struct
import time
from typing import Any

import serial
from mpremote import transport_serial
from mpremote.transport import TransportError
from serial.urlhandler import protocol_socket

from . import ports
from .errors import BoardError, ContactLostError, DeployError

_ATTEMPTS = 3  # to interrupt the program that runs
_PATIENCE_S = 10.0  # with a board that is to show its prompt, or to take what is sent
_AT_WORK = 6  # times as long it may be silent while a command runs
_QUIET = 0.05  # how much of it a board must be silent, to be taken for one that has stopped
_LONGEST_S = 300.0  # for one command; a board that prints without end would never be quiet
_SHORT_S = 0.01
_ERRNO = re.compile(r"OSError: (?:\[Errno )?(\d+)")

# Nobody feeds the watchdog of a program that was interrupted. An RP2040's or RP2350's is off with
# the bit ENABLE of its register CTRL; an ESP32's cannot be turned off, and gets an hour.
QUIET = """
def _quiet():
    import machine, sys
    if sys.platform == 'rp2':
        at = 0x400d8000 if 'RP2350' in sys.implementation._machine else 0x40058000
        machine.mem32[at] &= 0xbfffffff
    elif sys.platform == 'esp32':
        machine.WDT(timeout=3600000)
_quiet()
del _quiet
"""

# mpremote raises struct.error where the port has nothing for longer than its timeout.
_LOST = (OSError, serial.SerialException, struct.error)
# Of a port that has just gone; it is no OSError.
with contextlib.suppress(ImportError):  # not on every system
    import termios

    _LOST += (termios.error,)

# It prints what it cannot read, which is for nobody. To redirect sys.stdout for that would take
# the prints of other threads too: the test kit reads the console in one while a test runs.
transport_serial.print = lambda *_, **__: None


class _Transport(transport_serial.SerialTransport):
    """mpremote's, that waits for nothing without a limit, and sees at once what comes."""

    def read_until(
        self, min_num_bytes, ending, timeout=None, data_consumer=None, timeout_overall=None
    ):
        """As mpremote has it: what came until `ending`, or until a limit, in seconds."""
        timeout = _PATIENCE_S if timeout is None else timeout
        now = time.monotonic()
        last, end = now + timeout, now + (timeout_overall or _LONGEST_S)
        data = bytearray()
        while not data.endswith(ending) and now < min(last, end):
            new = self.serial.read(1) if _is_ready(self.serial) else b""
            now = time.monotonic()
            if new:
                last = now + timeout
                if data_consumer:
                    data_consumer(new)
                    data.clear()
                data += new
        return bytes(data)


def _is_ready(port) -> bool:
    """Whether something has come, after a short wait for it."""
    try:
        return bool(select.select([port.fileno()], [], [], _SHORT_S)[0])
    except (io.UnsupportedOperation, AttributeError, ValueError):  # not on this system
        if port.in_waiting:
            return True
        time.sleep(_SHORT_S)
        return False


def _send_at_once(port):
    # Over TCP small packets wait for each other, 40 ms a time.
    if isinstance(port, protocol_socket.Serial):
        with socket.socket(fileno=os.dup(port.fileno())) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Board:
    """A context manager. `port` is a path, or what pyserial takes: socket://HOST:PORT.

    Its methods raise ContactLostError; `run` and `ask` BoardError too, if what ran on the board
    raised an exception. None of the errors has what was sent in it: that may be a secret.
    """

    def __init__(self, port: str, patience_s: float = _PATIENCE_S):
        self.port = port
        self._patience_s = patience_s
        self._transport = None

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *_):
        self.close()

    def open(self):
        """Open the port. Raises DeployError if that cannot be."""
        try:
            self._transport = _Transport(self.port, timeout=self._patience_s)
            self._transport.serial.write_timeout = self._patience_s
            _send_at_once(self._transport.serial)
        except (TransportError, ValueError, *_LOST):
            why = ports.why_closed(self.port)
            raise DeployError(f"{self.port} cannot be opened: {why}") from None

    def interrupt(self):
        """Stop the program that runs, whatever it is, and its watchdog, and begin afresh: after a
        soft reset, in the raw REPL, where main.py does not run.
        """
        # boot.py runs after the reset; one that does not end is interrupted by the second attempt,
        # which resets no more.
        for attempt in range(_ATTEMPTS):
            try:
                with self._contact():
                    if attempt:
                        self._stop()
                    self._transport.enter_raw_repl(
                        soft_reset=attempt == 0, timeout_overall=self._patience_s
                    )
            except _OutOfStepError:
                continue
            with contextlib.suppress(BoardError):  # what has no such thing has no watchdog
                self.run(QUIET)
            return
        raise ContactLostError(
            f"no answer from {self.port}: is there a MicroPython? Press the board's reset button,"
            " or unplug it and plug it in again; then try once more"
        )

    def _stop(self):
        # What is still to come of the attempt before, a prompt for one, would later be taken for
        # an answer. So it is awaited, with a limit.
        port = self._transport.serial
        port.write(b"\x03\x03")
        now = heard = time.monotonic()
        end = now + self._patience_s
        while now < min(end, heard + self._patience_s * _QUIET):
            if _is_ready(port):
                port.read(max(port.in_waiting, 1))
                heard = time.monotonic()
            now = time.monotonic()

    def run(self, code: str | bytes) -> str:
        """Run `code` on the board; what it printed."""
        with self._contact():
            printed, error = self._transport.exec_raw(code, timeout=self._patience_s * _AT_WORK)
        if error:
            raise _as_error(error.decode(errors="replace"))
        return printed.decode(errors="replace")

    def ask(self, expression: str) -> Any:
        """The value of an expression there: a number, a text, or a tuple, list or dict of them."""
        answer = self.run(f"print(repr({expression}))").strip()
        try:
            return ast.literal_eval(answer)
        except (ValueError, SyntaxError):
            raise ContactLostError(
                f"{self.port} does not answer what it is asked: does a thread or a timer of"
                " boot.py print?"
            ) from None

    def leave(self, restart: bool = False):
        """Leave the raw REPL: to the prompt, or by a reset after which boot.py and main.py run."""
        with self._contact():
            if restart:
                self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
                time.sleep(0.1)  # until it is out of the door; then the port may be gone
            else:
                self._transport.exit_raw_repl()
                self._transport.serial.flush()

    @contextlib.contextmanager
    def going_on_if_refused(self):
        """Nothing is written in it: where it fails the board begins again, by its own program."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(ContactLostError):
                self.leave(restart=True)
            raise

    def soft_reset(self):
        """From the prompt, where `leave` leads: boot.py and main.py run."""
        with self._contact():
            self._transport.serial.write(b"\x04")

    def read(self) -> bytes:
        """What the board has printed by now, after a short wait; may be nothing."""
        with self._contact():
            port = self._transport.serial
            return port.read(max(port.in_waiting, 1)) if _is_ready(port) else b""

    def write(self, data: bytes):
        """Send it to what reads the board's console."""
        with self._contact():
            self._transport.serial.write(data)

    @property
    def is_open(self) -> bool:
        """Whether the port is."""
        return self._transport is not None

    def close(self):
        """Close the port, if it is open still."""
        transport, self._transport = self._transport, None
        if transport is not None:
            with contextlib.suppress(*_LOST):
                transport.close()
            # pyserial's close does not tell `io` of it, which therefore calls it again when the
            # port is finalized. A Ctrl-C in that moment would be lost without a word.
            with contextlib.suppress(*_LOST):
                io.RawIOBase.close(transport.serial)

    @contextlib.contextmanager
    def _contact(self):
        try:
            yield
        except TransportError:
            raise _OutOfStepError(
                f"{self.port} stopped answering as MicroPython's raw REPL does: does it hang, or"
                " was it reset, by a watchdog perhaps? What is done is done: run the same command"
                " again"
            ) from None
        except _LOST:
            raise ContactLostError(
                f"the connection to {self.port} was lost: was the board unplugged, or reset?"
                " What is done is done: run the same command again"
            ) from None


class _OutOfStepError(ContactLostError):
    """The port is there, and what comes from it is not what was to come."""


def _as_error(traceback: str) -> BoardError:
    kind = (traceback.strip().splitlines() or ["an exception"])[-1]
    found = _ERRNO.match(kind)
    return BoardError(f"the board says: {kind}", kind, int(found[1]) if found else None)
