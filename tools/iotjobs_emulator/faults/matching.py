"""Whether one topic matches one filter (MQTT 3.1.1, 4.7), for a rule that looks at every packet.

As a subscription would (`mqtt/subscriptions`): `a/#` is everything below `a`, not `a` itself, and
a wildcard on the first level does not reach a topic that begins with $.
"""

from ..mqtt.filters import ALL_BELOW, ONE_LEVEL, SEPARATOR


def matches_filter(topic_filter: str, topic: str) -> bool:
    """`topic_filter` is a valid one; an empty topic matches none."""
    if not topic or (topic[0] == "$" and topic_filter[0] in (ONE_LEVEL, ALL_BELOW)):
        return False
    wanted, levels = topic_filter.split(SEPARATOR), topic.split(SEPARATOR)
    if wanted[-1] == ALL_BELOW:
        wanted.pop()
        if len(levels) <= len(wanted):
            return False
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(
        want in (ONE_LEVEL, level) for want, level in zip(wanted, levels, strict=True)
    )
