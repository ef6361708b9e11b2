"""A device's request for blocks: its members read and checked, and which blocks they mean.

SERVICE.md, Streams. No I/O.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import InvalidRequestError
from ..jobs import members
from .encodings import Encoding
from .errors import (
    BlockBitmapLimitExceededError,
    BlockCountLimitExceededError,
    BlockSizeOutOfBoundsError,
    OffsetOutOfBoundsError,
)
from .limits import BITMAP_BYTES, BLOCK_BYTES, BLOCKS, FILE_ID, REQUEST_BYTES, TOKEN_BYTES


@dataclass(frozen=True, slots=True)
class Asked:
    """GetStream's request. `count` and `bitmap` are None where they were left out."""

    version: int | None
    file_id: int
    block_bytes: int
    first: int
    count: int | None
    bitmap: bytes | None

    def blocks(self, size: int) -> list[int]:
        """The numbers of the blocks of a file of `size` bytes that it gets, ascending.

        What is more than 131,072 bytes is left out, and so is what is past the file's end.
        InvalidRequestError: all of it is. With neither `n` nor `b` so much as one block is enough.
        """
        there = -(-size // self.block_bytes)
        most = REQUEST_BYTES // self.block_bytes
        if self.bitmap is None:
            count = most if self.count is None else self.count
            wanted = range(self.first, self.first + count)
            if self.count is None and wanted.stop > there:
                raise _out_of_range()
        else:
            wanted = [self.first + bit for bit in _bits(self.bitmap)][: self.count]
        found = [number for number in wanted if number < there]
        if wanted and not found:
            raise _out_of_range()
        return found[:most]


def token(request: dict) -> dict:
    """The token of a request as its answers repeat it: {} if there is none.

    InvalidRequestError: it is no text of at most 64 bytes.
    """
    given = members.typed(request, "c", str)
    if given is None:
        return {}
    try:
        size = len(given.encode())
    except UnicodeEncodeError:
        raise InvalidRequestError("c must be Unicode: it has half a surrogate pair") from None
    if size > TOKEN_BYTES:
        raise InvalidRequestError(f"c must have at most {TOKEN_BYTES} bytes, not {size}")
    return {"c": given}


def read(request: dict, encoding: Encoding) -> Asked:
    """The request of those members; members that it does not have are not looked at.

    InvalidRequestError, or one of its kind for `l`, `o`, `n` and `b` beyond their bounds.
    """
    version = members.number(request, "s")
    file_id = members.number(request, "f", FILE_ID, required=True)
    size = members.number(request, "l", required=True)
    first = members.number(request, "o") or 0
    count = members.number(request, "n")
    bitmap = encoding.bitmap(request)
    if size not in BLOCK_BYTES:
        limits = f"{BLOCK_BYTES[0]} to {BLOCK_BYTES[-1]}"
        raise BlockSizeOutOfBoundsError(f"The block size is out of bounds: {limits}, not {size}")
    if first not in BLOCKS:
        raise OffsetOutOfBoundsError(
            f"The offset is out of bounds: 0 to {BLOCKS[-1]}, not {first}"
        )
    if count is not None and count not in BLOCKS:
        raise BlockCountLimitExceededError(
            f"The number of blocks is out of bounds: 0 to {BLOCKS[-1]}, not {count}"
        )
    if bitmap is not None and len(bitmap) not in BITMAP_BYTES:
        raise BlockBitmapLimitExceededError(
            f"The bitmap is too long: at most {BITMAP_BYTES[-1]} bytes, not {len(bitmap)}"
        )
    return Asked(version, file_id, size, first, count, bitmap)


def _bits(bitmap: bytes) -> Iterator[int]:
    """The places of the bits that are set: in a byte the lowest one is the first."""
    for place, byte in enumerate(bitmap):
        for bit in range(8):
            if byte >> bit & 1:
                yield 8 * place + bit


def _out_of_range() -> InvalidRequestError:
    # The service's own words.
    return InvalidRequestError("The data requested is out of the range of data available.")
