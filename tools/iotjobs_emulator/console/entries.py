"""One line of the trace: what a packet or an HTTP message looks like to those who watch.

A message of a stream in CBOR is kept as text.

Secrets never get this far. A password is no part of a TraceEvent, and an HTTP message comes
without its headers. What holds a private key, or a signature in a URL, is withheld here.
"""

import base64
import codecs
import re
from dataclasses import dataclass

from .. import strict_json
from ..mqtt import TraceEvent
from ..streams.shown import as_text

HTTP = "HTTP"  # the packet's name of an HTTP message
PAYLOAD_BYTES = 4096  # of a payload, what is kept; its full length is told
DETAIL_CHARACTERS = 1024  # of a detail, what is kept

WITHHELD = b"(withheld: it holds a private key)"
# PKCS#8 and the older forms begin alike; in JSON the dashes and blanks stay what they are.
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
# The only operations of the model `iot` that answer with a private key.
_ANSWERS_WITH_KEYS = re.compile(
    r"/keys-and-certificate/?|/provisioning-templates/[^/]*/provisioning-claim/?"
)
# A presigned URL carries what else would stand in the Authorization header.
_SECRET_PARAMETER = re.compile(r"(?i)\b(x-amz-(?:signature|security-token|credential))=[^&\s]*")
# The same in the string of a job document, which may be in another string.
_SIGNED = b"X-Amz-Signature="
_SECRET_IN_JSON = re.compile(rb'\b(X-Amz-(?:Signature|Security-Token|Credential))=[^&\s"\\]*')


@dataclass(frozen=True, kw_only=True)
class Entry(TraceEvent):
    """A TraceEvent with its place in the log. Its payload is cut at PAYLOAD_BYTES, after CBOR has
    become text.

    `number` grows by one with each entry, from 1. `payload_bytes` is the length that the payload
    had before the cut.
    """

    number: int = 0
    payload_bytes: int = 0

    @property
    def size(self) -> int:
        """What it counts against the log's limit of bytes."""
        texts = (self.client_id, self.topic, self.detail)
        return _OVERHEAD_BYTES + len(self.payload) + sum(map(len, texts))


_OVERHEAD_BYTES = 400  # of an entry that has no text at all, about


def entry_of(number: int, event: TraceEvent) -> Entry:
    """What is kept of an event."""
    payload = event.payload
    shown = as_text(event.topic, payload)
    if shown is not None:
        payload = shown.encode()
    if _PRIVATE_KEY.search(payload):
        payload = WITHHELD
    elif _SIGNED in payload:
        payload = _SECRET_IN_JSON.sub(rb"\1=(withheld)", payload)
    return Entry(
        number=number,
        time=event.time,
        direction=event.direction,
        client_id=event.client_id,
        packet=event.packet,
        topic=event.topic,
        payload=payload[:PAYLOAD_BYTES],
        payload_bytes=len(payload),
        qos=event.qos,
        detail=event.detail[:DETAIL_CHARACTERS],
    )


def http_event(
    time: float,
    direction: str,
    client: str,
    method: str,
    target: str,
    status: int | None,
    body: bytes,
) -> TraceEvent:
    """The event that shows an HTTP request, or with a `status` its answer."""
    path, mark, query = target.partition("?")
    if status is not None and _ANSWERS_WITH_KEYS.fullmatch(path):
        body = WITHHELD
    shown = path + mark + _SECRET_PARAMETER.sub(r"\1=(withheld)", query)
    detail = f"{method} {shown}" if status is None else f"{method} {shown} {status}"
    return TraceEvent(time, direction, client, HTTP, payload=body, detail=detail)


def line_of(entry: Entry) -> bytes:
    """An entry as a line of JSON.

    Members: number, time (seconds since 1970), client, direction ("in", "out"), packet, topic,
    payload, payloadBytes (its full length), qos, detail. `payloadBase64: true` is there where the
    payload is no UTF-8 text but base64, `payloadCut: true` where it is not all of it.
    """
    members = {
        "number": entry.number,
        "time": entry.time,
        "client": entry.client_id,
        "direction": entry.direction,
        "packet": entry.packet,
        "topic": entry.topic,
        "payload": "",
        "payloadBytes": entry.payload_bytes,
        "qos": entry.qos,
        "detail": entry.detail,
    }
    cut = len(entry.payload) < entry.payload_bytes
    try:
        # What was cut may end within a character: that one is left out.
        members["payload"] = codecs.getincrementaldecoder("utf-8")().decode(
            entry.payload, final=not cut
        )
    except UnicodeDecodeError:
        members["payload"] = base64.b64encode(entry.payload).decode()
        members["payloadBase64"] = True
    if cut:
        members["payloadCut"] = True
    return strict_json.dump_bytes(members) + b"\n"


def entry_from(members: dict) -> Entry:
    """The entry of a line of JSON, for one who reads the trace of another process.

    KeyError, TypeError or ValueError if it is no entry.
    """
    payload = members["payload"]
    if members.get("payloadBase64"):
        data = base64.b64decode(payload, validate=True)
    else:
        data = payload.encode()
    return Entry(
        number=members["number"],
        time=members["time"] + 0.0,
        direction=members["direction"],
        client_id=members["client"],
        packet=members["packet"],
        topic=members["topic"],
        payload=data,
        payload_bytes=members["payloadBytes"],
        qos=members["qos"],
        detail=members["detail"],
    )
