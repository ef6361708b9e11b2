"""The two encodings of what devices ask and get: JSON and CBOR, by a topic's last level.

SERVICE.md, Streams. CBOR is read and written by `cbor2`, JSON as for jobs.
"""

import base64
import io
import re
from typing import Protocol

import cbor2

from .. import strict_json
from ..errors import InvalidJsonError, InvalidRequestError
from ..jobs import members
from .errors import InvalidCborError

_HEX = re.compile(r"(?:0[xX])?((?:[0-9a-fA-F]{2})*)")


class Encoding(Protocol):
    """How the members of a message become bytes, and back."""

    name: str
    has_lengths: bool  # whether a map can say how many members it has

    def read(self, payload: bytes) -> dict:
        """The members of a request. InvalidRequestError of the encoding's own kind: none such."""

    def bitmap(self, request: dict) -> bytes | None:
        """The bitmap `b` of a request, None without one."""

    def write(self, message: dict, definite: bool = False) -> bytes:
        """A message; values that are bytes are its encoding's. `definite`: maps tell their length,
        if `has_lengths`."""


class Json:
    """Bytes are Base64 in it, a bitmap is hexadecimal."""

    name = "json"
    has_lengths = False

    def read(self, payload: bytes) -> dict:
        try:
            request = strict_json.loads(payload.decode())
        except ValueError as error:  # UnicodeDecodeError is one
            raise InvalidJsonError(f"Invalid JSON message: {error}") from None
        if not isinstance(request, dict):
            raise InvalidJsonError("Invalid JSON message: it is no object")
        return request

    def bitmap(self, request: dict) -> bytes | None:
        text = members.typed(request, "b", str)
        if text is None:
            return None
        digits = _HEX.fullmatch(text)
        if digits is None:
            raise InvalidRequestError(f"b must be hexadecimal bytes: {members.shown(text)}")
        return bytes.fromhex(digits[1])

    def write(self, message: dict, definite: bool = False) -> bytes:
        return strict_json.dump_bytes(
            {
                name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                for name, value in message.items()
            }
        )


class Cbor:
    """Maps and lists are of indefinite length in what it writes, as the service's are."""

    name = "cbor"
    has_lengths = True

    def read(self, payload: bytes) -> dict:
        rest = io.BytesIO(payload)
        try:
            request = cbor2.CBORDecoder(rest, strict_hashable_types=True).decode()
        # What a tag stands for is made at once: a date that no calendar has is one of these.
        except (cbor2.CBORError, ValueError, TypeError, ArithmeticError) as error:
            raise InvalidCborError(f"Invalid CBOR message: {error}") from None
        if rest.read(1):
            raise InvalidCborError("Invalid CBOR message: bytes follow its end")
        if not isinstance(request, dict):
            raise InvalidCborError("Invalid CBOR message: it is no map")
        return request

    def bitmap(self, request: dict) -> bytes | None:
        value = request.get("b")
        if value is not None and not isinstance(value, bytes):
            raise InvalidCborError("Invalid CBOR message: b is no byte string")
        return value

    def write(self, message: dict, definite: bool = False) -> bytes:
        return cbor2.dumps(message, indefinite_containers=not definite)


ENCODINGS: dict[str, Encoding] = {each.name: each for each in (Json(), Cbor())}
