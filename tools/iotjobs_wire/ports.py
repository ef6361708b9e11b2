"""Which port the board is at."""

import os

import serial
from serial.tools import list_ports

from .errors import DeployError

_NONE = """\
no board found: there is no USB serial port on this machine.
  Is the board plugged in, by a cable that carries data? Does it run MicroPython (a new one waits
  for a firmware as a USB drive, or in its boot loader)? --port names a port that is not USB."""


def find(given: str | None) -> str:
    """The port that was `given`, or the only USB serial port of this machine. Several are not
    tried out: that would interrupt what runs on the others. Raises DeployError.
    """
    if given:
        return given
    found = sorted(
        (port for port in list_ports.comports() if port.vid is not None),
        key=lambda port: port.device,
    )
    if not found:
        raise DeployError(_NONE)
    if len(found) > 1:
        names = "".join(f"\n  {port.device}  {_described(port)}" for port in found)
        raise DeployError(f"{len(found)} boards may be meant: name one by --port{names}")
    return found[0].device


def why_closed(port: str) -> str:
    """Why a port could not be opened, as far as that can be seen from here."""
    if "://" in port:
        try:
            serial.serial_for_url(port, do_not_open=True)
        except ValueError:
            return "no such kind of port"
        return "nobody answers there"
    if not os.path.exists(port):
        return "there is no such port"
    if not os.access(port, os.R_OK | os.W_OK):
        return "no permission (on Linux, its group is often 'dialout': ls -l says which)"
    return "does another program use it?"


def _described(port) -> str:
    words = [port.manufacturer, port.product]
    told = " ".join(word for word in words if word) or "unknown"
    return f"{told} ({port.serial_number})" if port.serial_number else told
