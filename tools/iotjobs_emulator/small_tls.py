"""What a TLS connection of asyncio's takes while it is idle.

Each has a buffer for what is received, of 256 KiB: six times as much as all the rest. No more than
a record of TLS is needed.
"""

from asyncio import sslproto

RECORD_BYTES = 16_384


def use() -> None:
    """From now on every TLS connection of this process has a buffer of one record."""
    sslproto.SSLProtocol.max_size = RECORD_BYTES
