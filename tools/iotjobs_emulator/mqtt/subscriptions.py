"""From a topic to the sessions that want it: a tree of filter levels.

Finding takes time by the levels of the topic and the wildcards on the way, not by the number of
sessions. Follows MQTT 3.1.1, 4.7, with the service's one difference (AWS IoT developer guide,
"MQTT"): `a/#` stands for everything below `a`, not for `a` itself.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from ..topics import ALL_BELOW, ONE_LEVEL, SEPARATOR
from .packets import Wanted

Subscriber = TypeVar("Subscriber")  # anything hashable


class _Node(Generic[Subscriber]):
    def __init__(self):
        self.children: dict[str, _Node[Subscriber]] = {}
        self.subscribers: dict[Subscriber, Wanted] = {}

    def is_empty(self) -> bool:
        return not self.children and not self.subscribers


class SubscriptionTree(Generic[Subscriber]):
    """Subscribers by filter; filters are valid ones (`topics.check_filter`)."""

    def __init__(self):
        self._root: _Node[Subscriber] = _Node()

    def is_empty(self) -> bool:
        """Whether nothing at all is kept."""
        return self._root.is_empty()

    def add(self, topic_filter: str, subscriber: Subscriber, wanted: Wanted) -> None:
        """Subscribe; the same filter again replaces how it is wanted (MQTT 3.1.1, 3.8.4)."""
        node = self._root
        for level in topic_filter.split(SEPARATOR):
            node = node.children.setdefault(level, _Node())
        node.subscribers[subscriber] = wanted

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

    def find(self, topic: str, sender: Subscriber | None = None) -> dict[Subscriber, Wanted]:
        """Every subscriber of `topic`, once, with the highest QoS among its matching filters.

        Filters of the `sender` that are not for its own messages do not match (`no_local`).
        """
        found: dict[Subscriber, Wanted] = {}
        levels = topic.split(SEPARATOR)
        # A wildcard on the first level does not reach a topic that begins with $ (4.7.2).
        literal = 1 if topic.startswith("$") else 0
        reached = [self._root]
        for depth, level in enumerate(levels):
            names = (level,)
            if depth >= literal:
                names = (level, ONE_LEVEL)
                for node in reached:
                    self._collect(node.children.get(ALL_BELOW), found, sender)
            reached = [
                node.children[name] for node in reached for name in names if name in node.children
            ]
        for node in reached:
            self._collect(node, found, sender)
        return found

    @staticmethod
    def _collect(
        node: _Node[Subscriber] | None,
        found: dict[Subscriber, Wanted],
        sender: Subscriber | None,
    ) -> None:
        if node is None:
            return
        for subscriber, wanted in node.subscribers.items():
            if wanted.no_local and subscriber is sender:
                continue
            found[subscriber] = max(wanted, found.get(subscriber, wanted))
