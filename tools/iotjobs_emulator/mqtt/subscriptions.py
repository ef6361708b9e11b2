"""From a topic to the sessions that want it: a tree of filter levels.

Finding takes time by the levels of the topic and the wildcards on the way, not by the number of
sessions. Follows MQTT 3.1.1, 4.7, with the service's one difference (AWS IoT developer guide,
"MQTT"): `a/#` stands for everything below `a`, not for `a` itself.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from ..topics import ALL_BELOW, ONE_LEVEL, SEPARATOR

Subscriber = TypeVar("Subscriber")  # anything hashable


class _Node(Generic[Subscriber]):
    def __init__(self):
        self.children: dict[str, _Node[Subscriber]] = {}
        self.subscribers: dict[Subscriber, int] = {}

    def is_empty(self) -> bool:
        return not self.children and not self.subscribers


class SubscriptionTree(Generic[Subscriber]):
    """Subscribers by filter; filters are valid ones (`topics.check_filter`)."""

    def __init__(self):
        self._root: _Node[Subscriber] = _Node()

    def is_empty(self) -> bool:
        """Whether nothing at all is kept."""
        return self._root.is_empty()

    def add(self, topic_filter: str, subscriber: Subscriber, qos: int) -> None:
        """Subscribe; the same filter again replaces its QoS (MQTT 3.1.1, 3.8.4)."""
        node = self._root
        for level in topic_filter.split(SEPARATOR):
            node = node.children.setdefault(level, _Node())
        node.subscribers[subscriber] = qos

    def remove(self, topic_filter: str, subscriber: Subscriber) -> None:
        """Unsubscribe; a filter that is not subscribed to is ignored."""
        path = [self._root]
        levels = topic_filter.split(SEPARATOR)
        for level in levels:
            child = path[-1].children.get(level)
            if child is None:
                return
            path.append(child)
        path[-1].subscribers.pop(subscriber, None)
        while levels and path.pop().is_empty():
            del path[-1].children[levels.pop()]

    def find(self, topic: str) -> dict[Subscriber, int]:
        """Every subscriber of `topic`, once, with the highest QoS among its matching filters."""
        found: dict[Subscriber, int] = {}
        levels = topic.split(SEPARATOR)
        # A wildcard on the first level does not reach a topic that begins with $ (4.7.2).
        literal = 1 if topic.startswith("$") else 0
        reached = [self._root]
        for depth, level in enumerate(levels):
            names = (level,)
            if depth >= literal:
                names = (level, ONE_LEVEL)
                for node in reached:
                    self._collect(node.children.get(ALL_BELOW), found)
            reached = [
                node.children[name] for node in reached for name in names if name in node.children
            ]
        for node in reached:
            self._collect(node, found)
        return found

    @staticmethod
    def _collect(node: _Node[Subscriber] | None, found: dict[Subscriber, int]) -> None:
        if node is not None:
            for subscriber, qos in node.subscribers.items():
                found[subscriber] = max(qos, found.get(subscriber, 0))
