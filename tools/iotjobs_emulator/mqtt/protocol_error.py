"""Why a connection is closed: the errors that a peer can cause."""

from .reasons import PROTOCOL_ERROR

_TEXT_CHARACTERS = 1_000


class ProtocolError(Exception):
    """The peer broke a rule of MQTT or a limit of SERVICE.md; the connection ends.

    The text names the offender and the limit; it is cut, since the offender may be as long as a
    packet, and a reason string may not. `reason` is MQTT 5's code, which the peer is told
    with the text. MQTT 3.1.1 has no packet for it: there it is seen in the trace and the log only.
    """

    def __init__(self, text: str, reason: int = PROTOCOL_ERROR):
        super().__init__(text[:_TEXT_CHARACTERS])
        self.reason = reason


class ConnectRefusedError(ProtocolError):
    """A CONNECT that is answered with a code in MQTT 3.1.1 too, before the connection ends.

    `reason` is one of those that `reasons.RETURN_CODES` has.
    """
