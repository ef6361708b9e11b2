"""Messages of streams in CBOR, as a person reads them."""

import json

from .encodings import ENCODINGS
from .errors import InvalidCborError

_SHOWN_BYTES = 16
_CBOR = ENCODINGS["cbor"]


def as_text(topic: str, payload: bytes) -> str | None:
    """The members of a message in CBOR, in the diagnostic notation of RFC 8949. Of long byte
    strings it has the beginnings. None: it is no such message, by its topic, or cannot be read.
    """
    if "/streams/" not in topic or not topic.endswith(f"/{_CBOR.name}"):
        return None
    try:
        return _diagnostic(_CBOR.read(payload))
    except InvalidCborError:
        return None


def _diagnostic(value: object) -> str:
    if isinstance(value, dict):
        members = (f"{_diagnostic(name)}: {_diagnostic(each)}" for name, each in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_diagnostic, value))}]"
    if isinstance(value, bytes):
        cut = f"... {len(value)} bytes" if len(value) > _SHOWN_BYTES else ""
        return f"h'{value[:_SHOWN_BYTES].hex()}{cut}'"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
