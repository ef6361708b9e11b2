"""The console of a Pico, through which programs are sent and what they print is read."""

import time

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport


class PicoError(Exception):
    """A program on the Pico did not end well; the message is what it printed, or why it could not
    be run.
    """


class PicoConsole:
    """A context manager; `port` is EmulatedPico's."""

    def __init__(self, port):
        self._transport = SerialTransport(port)
        # Raw paste waits 10 s until a piece of code is compiled; an emulated Pico may take longer.
        self._transport.use_raw_paste = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._transport.close()

    def reset(self, timeout_s=60):
        """Have the interpreter begin anew. Raises PicoError."""
        try:
            self._transport.enter_raw_repl(soft_reset=True, timeout_overall=timeout_s)
        except TransportError as error:
            raise PicoError(str(error)) from error

    def ask(self, code, timeout_s=60):
        """What a piece of code prints. Raises PicoError with its traceback, or if for this long
        nothing comes.
        """
        try:
            printed, failure = self._transport.exec_raw(code, timeout_s)
        except TransportError as error:
            raise PicoError(str(error)) from error
        if failure:
            raise PicoError(failure.decode(errors="replace"))
        return printed.decode()

    def watch(self, code, timeout_s):
        """What a piece of code prints, and its traceback, however it ends: one for which nothing
        comes for so long is interrupted.
        """
        printed = bytearray()
        try:
            _, failure = self._transport.exec_raw(code, timeout_s, printed.extend)
            printed += failure
        except TransportError as error:
            printed += str(error).encode()
            self._interrupt()
        return printed.decode(errors="replace")

    def _interrupt(self):
        """End what is running, and read what it still says."""
        serial = self._transport.serial
        serial.write(b"\x03\x03")
        ended = time.monotonic() + 10
        while time.monotonic() < ended:
            if serial.in_waiting:
                serial.read(serial.in_waiting)
            else:
                time.sleep(0.1)
