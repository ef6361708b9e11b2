"""Whether a client may publish a message: its PUBLISH, or its will."""

from ..topics import ALL_BELOW, ONE_LEVEL, InvalidTopicError, check_topic
from .authorization import Identity
from .packets import Publish, Will
from .protocol_error import ProtocolError
from .reasons import TOPIC_NAME_INVALID


def check_message(what: str, packet: Publish | Will, identity: Identity) -> None:
    """Raise ProtocolError unless the client may publish it; `what` names it."""
    try:
        check_topic(packet.topic)
    except InvalidTopicError as error:
        raise ProtocolError(str(error), TOPIC_NAME_INVALID) from error
    response = packet.properties.response_topic
    if response is not None and (ONE_LEVEL in response or ALL_BELOW in response):
        raise ProtocolError(f"{what} with the response topic {response!r}")  # MQTT-3.3.2-14
    identity.check_publish(what, packet.topic, packet.retain)
