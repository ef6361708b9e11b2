"""Which topics are published to and which filters subscribed to (MQTT 3.1.1, 4.7; SERVICE.md)."""

from .limits import MAX_TOPIC_BYTES, MAX_TOPIC_SLASHES
from .protocol_error import ProtocolError

SEPARATOR = "/"
ONE_LEVEL = "+"
ALL_BELOW = "#"


def check_topic(topic: str) -> None:
    """Raise ProtocolError unless a message can be published to `topic`."""
    _check_size("topic", topic)
    if ONE_LEVEL in topic or ALL_BELOW in topic:
        raise ProtocolError(f"topic {topic!r} with a wildcard")


def check_filter(topic_filter: str) -> None:
    """Raise ProtocolError unless `topic_filter` can be subscribed to.

    A wildcard fills its level, and `#` is the last one.
    """
    _check_size("filter", topic_filter)
    levels = topic_filter.split(SEPARATOR)
    for level in levels:
        if len(level) > 1 and (ONE_LEVEL in level or ALL_BELOW in level):
            raise ProtocolError(f"filter {topic_filter!r} with a wildcard in a level's name")
    if ALL_BELOW in levels[:-1]:
        raise ProtocolError(f"filter {topic_filter!r} with # before its end")


def topic_matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic is one of a valid filter's, by MQTT 3.1.1, 4.7.1 alone: `a/#` stands for `a`
    too, and a wildcard reaches a topic that begins with `$`.
    """
    wanted, levels = topic_filter.split(SEPARATOR), topic.split(SEPARATOR)
    if wanted[-1] == ALL_BELOW:
        wanted.pop()
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(
        want in (ONE_LEVEL, level) for want, level in zip(wanted, levels, strict=True)
    )


def has_wildcard(topic_filter: str) -> bool:
    """Whether a valid filter stands for more than one topic."""
    return ONE_LEVEL in topic_filter or ALL_BELOW in topic_filter


def _check_size(what: str, text: str) -> None:
    if not text:
        raise ProtocolError(f"empty {what}")
    size = len(text.encode())
    if size > MAX_TOPIC_BYTES:
        raise ProtocolError(f"{what} of {size} bytes, the limit is {MAX_TOPIC_BYTES}")
    slashes = text.count(SEPARATOR)
    if slashes > MAX_TOPIC_SLASHES:
        excess = f"{slashes} slashes, the limit is {MAX_TOPIC_SLASHES}"
        raise ProtocolError(f"{what} {text!r} with {excess}")
