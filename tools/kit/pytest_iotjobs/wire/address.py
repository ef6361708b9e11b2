"""The address of this machine, as a board finds it."""

import errno
import ipaddress
import socket

_ANYWHERE = "192.0.2.1"  # for documentation [RFC 5737]: nothing is sent there
_EVERYWHERE = "0.0.0.0"


def of(text: str) -> str:
    """An IPv4 address as a person gives it. Raises ValueError."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError(f"--service-host: {text} is no IPv4 address") from None


def towards(port: str) -> str | None:
    """This machine's address on the way to the board at `port`: for a serial port that by which it
    reaches other networks. None if there is none.
    """
    host = _ANYWHERE
    if "://" in port:
        host = port.partition("://")[2].rpartition(":")[0] or _ANYWHERE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
            return probe.getsockname()[0]
        except OSError:
            return None


def to_listen_at(address: str) -> str:
    """Where a service listens that is seen at this address: there, or everywhere if it is not this
    machine's own, but that of what forwards to it.
    """
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            return _EVERYWHERE
    return address
