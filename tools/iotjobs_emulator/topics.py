"""Which topics can be published to, and which topic filters subscribed to.

Follows MQTT 3.1.1, 4.7, MQTT 5, 4.8.2, and the section "Limits" of SERVICE.md. The broker, the
faults and the console all ask here.
"""

# Both limits are of a topic and of a filter.
MAX_TOPIC_BYTES = 256  # SERVICE.md; in UTF-8
MAX_TOPIC_SLASHES = 7  # AWS General Reference, "AWS IoT Core endpoints and quotas"

MAX_GROUP_BYTES = 128  # of a shared subscription's name in UTF-8; SERVICE.md

SEPARATOR = "/"
ONE_LEVEL = "+"
ALL_BELOW = "#"
SHARED = "$share/"  # then come the group's name and the filter itself (MQTT 5, 4.8.2)


class InvalidTopicError(Exception):
    """A topic or a filter that the service does not accept. The text names it and the limit."""


def check_topic(topic: str) -> None:
    """Raise InvalidTopicError unless a message can be published to `topic`."""
    _check_size("topic", topic)
    if ONE_LEVEL in topic or ALL_BELOW in topic:
        raise InvalidTopicError(f"topic {topic!r} with a wildcard")


def check_filter(topic_filter: str) -> None:
    """Raise InvalidTopicError unless `topic_filter` can be subscribed to.

    A wildcard fills its level, and `#` is the last one. Of a shared subscription the limits are
    those of the filter itself: the service does not count what is before it.
    """
    group, topic_filter = split_shared(topic_filter)
    if group is not None:
        _check_group(group)
    _check_size("filter", topic_filter)
    levels = topic_filter.split(SEPARATOR)
    for level in levels:
        if len(level) > 1 and (ONE_LEVEL in level or ALL_BELOW in level):
            raise InvalidTopicError(f"filter {topic_filter!r} with a wildcard in a level's name")
    if ALL_BELOW in levels[:-1]:
        raise InvalidTopicError(f"filter {topic_filter!r} with # before its end")


def split_shared(topic_filter: str) -> tuple[str | None, str]:
    """The group and the filter itself of a shared subscription; of another one None and itself."""
    if not topic_filter.startswith(SHARED):
        return None, topic_filter
    group, _, itself = topic_filter.removeprefix(SHARED).partition(SEPARATOR)
    return group, itself


def topic_matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic is one of a valid filter's, by MQTT 3.1.1, 4.7.1 alone.

    `a/#` stands for `a` too, and a wildcard reaches a topic that begins with `$`.
    """
    wanted, levels = topic_filter.split(SEPARATOR), topic.split(SEPARATOR)
    if wanted[-1] == ALL_BELOW:
        wanted.pop()
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(
        want in (ONE_LEVEL, level) for want, level in zip(wanted, levels, strict=True)
    )


def _check_group(group: str) -> None:
    if not group or ONE_LEVEL in group or ALL_BELOW in group:
        raise InvalidTopicError(f"shared subscription of the group {group!r}")
    size = len(group.encode())
    if size > MAX_GROUP_BYTES:
        raise InvalidTopicError(f"group of {size} bytes, the limit is {MAX_GROUP_BYTES}")


def _check_size(what: str, text: str) -> None:
    if not text:
        raise InvalidTopicError(f"empty {what}")
    size = len(text.encode())
    if size > MAX_TOPIC_BYTES:
        raise InvalidTopicError(f"{what} of {size} bytes, the limit is {MAX_TOPIC_BYTES}")
    slashes = text.count(SEPARATOR)
    if slashes > MAX_TOPIC_SLASHES:
        excess = f"{slashes} slashes, the limit is {MAX_TOPIC_SLASHES}"
        raise InvalidTopicError(f"{what} {text!r} with {excess}")
