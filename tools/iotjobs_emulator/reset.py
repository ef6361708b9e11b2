"""Ending a TCP connection as a broken network would: by an RST instead of a FIN."""

import socket
import struct

_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time


def reset_when_closed(connection: socket.socket) -> None:
    """Let the close of this connection be an RST; what is unsent is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
