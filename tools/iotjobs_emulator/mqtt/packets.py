"""The control packets of MQTT: what each holds, in a model that both versions share.

What only MQTT 5 has is at its default in a packet of 3.1.1. Knows nothing of bytes: `codec` reads
and writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .message import NO_PROPERTIES, Properties
from .reasons import SUCCESS

MQTT_3_1_1 = 4  # protocol levels (3.1.2.2 in both standards)
MQTT_5 = 5
NEVER = 0xFFFF_FFFF  # a session expiry: the session outlives its connection without an end


@dataclass(frozen=True)
class Will:
    """What the broker publishes for a client that vanishes (MQTT 3.1.1, 3.1.2.5).

    `expiry` and `delay` in seconds (MQTT 5, 3.1.3.2).
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: Properties = NO_PROPERTIES
    expiry: int | None = None
    delay: int = 0


@dataclass(frozen=True)
class ClientLimits:
    """What a client lets the broker send (MQTT 5, 3.1.2.11); of 3.1.1 the defaults."""

    receive_maximum: int = 65_535  # messages of QoS 1 that are not acknowledged
    maximum_packet_size: int | None = None  # bytes
    topic_aliases: int = 0
    wants_texts: bool = True  # reason strings in acknowledgements


NO_LIMITS = ClientLimits()


@dataclass(frozen=True)
class Connect:
    """CONNECT; `keep_alive` in seconds, as asked for; `session_expiry` likewise.

    `clean_start`: a session that is there is forgotten. 3.1.1's flag for clean sessions is that,
    and a session expiry of 0 or NEVER.
    """

    client_id: str
    clean_start: bool
    keep_alive: int
    will: Will | None
    username: str | None
    password: bytes | None
    session_expiry: int = 0
    version: int = MQTT_3_1_1
    limits: ClientLimits = NO_LIMITS
    authentication_method: str | None = None


@dataclass(frozen=True)
class Connack:
    """`return_code` is one of the client's version; `properties` are MQTT 5's, by name."""

    session_present: bool
    return_code: int
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Publish:
    """PUBLISH, either way; `packet_id` is None with QoS 0.

    `expiry` in seconds. A client's may have an empty topic beside its `alias`. The broker's always
    has its topic, which is not written if `by_alias`.
    """

    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int | None = None
    dup: bool = False
    retain: bool = False
    properties: Properties = NO_PROPERTIES
    expiry: int | None = None
    alias: int | None = None
    by_alias: bool = False


@dataclass(frozen=True)
class Puback:
    """`text` says why, in MQTT 5; so it does in the packets below."""

    packet_id: int
    reason: int = SUCCESS
    text: str = ""


class Wanted(NamedTuple):
    """How messages of a filter are wanted (MQTT 5, 3.8.3.1); the greater of two prevails."""

    qos: int
    retain_as_published: bool = False
    no_local: bool = False
    retain_handling: int = 0


@dataclass(frozen=True)
class Subscribe:
    """SUBSCRIBE; `filters` are pairs of a filter and how it is wanted, in the packet's order."""

    packet_id: int
    filters: tuple[tuple[str, Wanted], ...]


@dataclass(frozen=True)
class Suback:
    """`granted` has for each filter its QoS, or a reason code."""

    packet_id: int
    granted: tuple[int, ...]
    text: str = ""


@dataclass(frozen=True)
class Unsubscribe:
    packet_id: int
    filters: tuple[str, ...]


@dataclass(frozen=True)
class Unsuback:
    """`reasons` has for each filter a reason code, which 3.1.1 does not write."""

    packet_id: int
    reasons: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pingreq:
    pass


@dataclass(frozen=True)
class Pingresp:
    pass


@dataclass(frozen=True)
class Disconnect:
    """DISCONNECT, either way in MQTT 5; `session_expiry` replaces the one of CONNECT."""

    reason: int = SUCCESS
    session_expiry: int | None = None
    text: str = ""


Packet = (
    Connect
    | Connack
    | Publish
    | Puback
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
)
