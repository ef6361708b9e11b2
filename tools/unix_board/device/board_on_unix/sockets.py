"""The module `socket`, with the service's names: whatever endpoint of AWS IoT a program has, it
leads to the emulator. Other names are the host's. Without Wi-Fi there is none.
"""

import socket
import sys

from . import chip, names

_NO_ADDRESS = -2  # as lwIP says


class _Socket:
    """The module, but for `getaddrinfo`."""

    def __getattr__(self, name):
        return getattr(socket, name)

    def getaddrinfo(self, host, port, *more):
        if not is_online():
            raise OSError(_NO_ADDRESS)
        return socket.getaddrinfo(*leads_to(host, port), *more)


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


def install():
    """Have `import socket` find it."""
    sys.modules["socket"] = sys.modules["usocket"] = _Socket()
