"""Why a connection is closed: the errors that a peer can cause."""


class ProtocolError(Exception):
    """The peer broke a rule of MQTT 3.1.1 or a limit of SERVICE.md; the connection ends.

    The text names the offender and the limit. MQTT 3.1.1 has no packet to tell the peer, so it is
    seen in the trace and in the log only.
    """


class ConnectRefusedError(ProtocolError):
    """A CONNECT that is answered with a return code before the connection ends.

    `return_code` is one of MQTT 3.1.1, 3.2.2.3.
    """

    def __init__(self, return_code: int, reason: str):
        super().__init__(reason)
        self.return_code = return_code


UNACCEPTABLE_PROTOCOL_VERSION = 1
IDENTIFIER_REJECTED = 2
NOT_AUTHORIZED = 5
