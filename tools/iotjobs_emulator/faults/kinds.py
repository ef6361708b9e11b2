"""The actions: what each is decided on, and which members a rule of it may have."""

from typing import NamedTuple

IN, OUT = "in", "out"  # from the client, to the client
DIRECTIONS = (IN, OUT)

CONNECT, PUBLISH, HTTP = "CONNECT", "PUBLISH", "HTTP"
IN_ONLY = (CONNECT, "SUBSCRIBE", "UNSUBSCRIBE", "PINGREQ")
OUT_ONLY = ("CONNACK", "SUBACK", "UNSUBACK", "PINGRESP")
PACKETS = (*IN_ONLY, *OUT_ONLY, PUBLISH, "PUBACK", "DISCONNECT", HTTP)

BEFORE, AFTER = "before", "after"
SAME, NEW = "same", "new"
CLOSE, SILENT, CONNACK = "close", "silent", "connack"
THROTTLED, INTERNAL, UNAUTHORIZED = "RequestThrottled", "InternalError", "Unauthorized"
SHORT, LENGTH, FILE, NUMBER, BYTE = "short", "length", "file", "number", "byte"
DEFINITE = "definite"
UPDATED, DELETED, CHANGED = "updated", "deleted", "changed"

PLACES = (BEFORE, AFTER)
COPIES = (SAME, NEW)
REFUSALS = (CLOSE, SILENT, CONNACK)
CODES = (THROTTLED, INTERNAL, UNAUTHORIZED)
ALTERATIONS = (SHORT, LENGTH, FILE, NUMBER, BYTE, DEFINITE)
DISTURBANCES = (UPDATED, DELETED, CHANGED)

# What a rule is decided on. That is a packet (or an HTTP request or response), a connection that
# was just accepted, a request that has reached the service, or what answers GetStream: a block, or
# all of the blocks of a request.
AT_PACKET, AT_ACCEPT, AT_DISTURB, AT_REJECT = "packet", "accept", "disturb", "reject"
AT_BLOCK, AT_BLOCKS = "block", "blocks"
STAGES = (AT_PACKET, AT_ACCEPT, AT_DISTURB, AT_REJECT, AT_BLOCK, AT_BLOCKS)

DROP, DELAY, DUPLICATE, REORDER = "drop", "delay", "duplicate", "reorder"
CUT, SILENCE, REJECT, DISTURB, REFUSE = "cut", "silent", "reject", "disturb", "refuse"
ALTER, REVERSE = "alter", "reverse"

MAX_DELAY_SECONDS = 3_600.0
MAX_SILENT_SECONDS = 86_400.0
DEFAULT_SILENT_SECONDS = 600.0  # longer than any client's patience
DEFAULT_REORDER_SECONDS = 1.0
MAX_REFUSE_SECONDS = 86_400.0
MAX_CUT_BYTES = 1_048_576

COUNTING = ("nth", "times", "share")
_PACKET = ("direction", "packet", "topic", "client", "thing", "operation")
_REQUEST = ("direction", "topic", "client", "thing", "operation")


class Kind(NamedTuple):
    """`members`: those a rule may have besides `action`; `http`: whether it applies to HTTP."""

    stage: str
    members: tuple[str, ...]
    http: bool = False


KINDS = {
    DROP: Kind(AT_PACKET, (*_PACKET, *COUNTING), http=True),
    DELAY: Kind(AT_PACKET, (*_PACKET, *COUNTING, "seconds", "hold"), http=True),
    DUPLICATE: Kind(AT_PACKET, (*_PACKET, *COUNTING, "copy")),
    REORDER: Kind(AT_PACKET, (*_PACKET, *COUNTING, "seconds")),
    CUT: Kind(AT_PACKET, (*_PACKET, *COUNTING, "at", "abort", "close_notify"), http=True),
    SILENCE: Kind(AT_PACKET, (*_PACKET, *COUNTING, "seconds"), http=True),
    REJECT: Kind(AT_REJECT, (*_REQUEST, "packet", *COUNTING, "code", "execute"), http=True),
    DISTURB: Kind(AT_DISTURB, (*_REQUEST, "packet", *COUNTING, "how"), http=True),
    ALTER: Kind(AT_BLOCK, (*_REQUEST, *COUNTING, "how")),
    REVERSE: Kind(AT_BLOCKS, (*_REQUEST, *COUNTING)),
    REFUSE: Kind(AT_ACCEPT, ("client", *COUNTING, "how", "seconds", "abort")),
}
ACTIONS = tuple(KINDS)

# Action -> what its `how` may be.
HOWS = {REFUSE: REFUSALS, ALTER: ALTERATIONS, DISTURB: DISTURBANCES}
