"""Whether one topic matches one filter (MQTT 3.1.1, 4.7), for a rule that looks at every packet.

It matches as a subscription would (`mqtt/subscriptions`). `a/#` is everything below `a`, not `a`
itself. A wildcard on the first level does not reach a topic that begins with $.
"""

from ..topics import ALL_BELOW, ONE_LEVEL, SEPARATOR, topic_matches


def matches_filter(topic_filter: str, topic: str) -> bool:
    """`topic_filter` is a valid one; an empty topic matches none."""
    if not topic or (topic[0] == "$" and topic_filter[0] in (ONE_LEVEL, ALL_BELOW)):
        return False
    is_below = topic.count(SEPARATOR) >= topic_filter.count(SEPARATOR)
    return is_below and topic_matches(topic_filter, topic)
