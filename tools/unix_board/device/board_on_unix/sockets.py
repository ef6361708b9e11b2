"""The module `socket`, with the service's names: whatever endpoint of AWS IoT a program has, it
leads to the emulator. Other names are the host's. Without Wi-Fi there is none.
"""

import socket
import sys

from . import chip, clock, names

_NO_ADDRESS = -2  # as lwIP says
_OWN = ("", "0.0.0.0", "::")  # addresses to listen at


class _Socket:
    """The module, but for `getaddrinfo`."""

    def __getattr__(self, name):
        return getattr(socket, name)

    def getaddrinfo(self, host, port, *more):
        if not is_online():
            raise OSError(_NO_ADDRESS)
        led = leads_to(host, port)
        if chip.is_virtual and host not in _OWN and not _is_led(*led):
            clock.leave(host)
        return socket.getaddrinfo(*led, *more)


def is_online():
    """Whether the board reaches its network. A program without `network.WLAN` leaves that to its
    firmware: it does, as long as the Wi-Fi is there.
    """
    chip.hear()
    network = sys.modules.get("network")
    return chip.is_wifi_there and (not network or network.is_joined())


def leads_to(host, port):
    """The host and the port that a program's connection really goes to."""
    ports = chip.facts["ports"]
    if names.is_service(host, chip.facts["endpoints"]):
        return chip.facts["host"], ports["iot"].get(str(port), port)
    if ports["s3"] and names.is_files(host):
        return chip.facts["host"], ports["s3"].get(str(port), port)
    return host, port


def _is_led(host, port):
    ports = chip.facts["ports"]
    known = list(ports["iot"].values()) + list(ports["s3"].values())
    return host == chip.facts["host"] and port in known


def install():
    """Have `import socket` find it."""
    sys.modules["socket"] = sys.modules["usocket"] = _Socket()
