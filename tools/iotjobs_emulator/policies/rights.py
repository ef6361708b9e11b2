"""What a client of the data plane may do, in the words of its protocol."""

from ..arns import Arns
from .context import Context
from .evaluate import Decisions, Permissions

CONNECT, SUBSCRIBE = "iot:Connect", "iot:Subscribe"
PUBLISH, RETAIN_PUBLISH, RECEIVE = "iot:Publish", "iot:RetainPublish", "iot:Receive"

_REMEMBERED = 256  # topics of one client and action


class MqttRights:
    """The rights of one connection; answers about topics are remembered, a bounded number."""

    def __init__(self, permissions: Permissions, context: Context, arns: Arns, client_id: str):
        self._decisions = permissions.within(context)
        self._arns = arns
        self._client_id = client_id
        self._publish = _Remembered(self._decisions, PUBLISH, arns)
        self._receive = _Remembered(self._decisions, RECEIVE, arns)

    def may_connect(self) -> bool:
        """iot:Connect with the client's own id."""
        return self._decisions.allows(CONNECT, self._arns.client(self._client_id))

    def may_publish(self, topic: str) -> bool:
        """iot:Publish to a topic."""
        return self._publish.allows(topic)

    def may_retain(self, topic: str) -> bool:
        """iot:RetainPublish, which a message with RETAIN needs besides iot:Publish."""
        return self._decisions.allows(RETAIN_PUBLISH, self._arns.topic(topic))

    def may_subscribe(self, topic_filter: str) -> bool:
        """iot:Subscribe to a filter, which is looked at as a text and not as a pattern."""
        return self._decisions.allows(SUBSCRIBE, self._arns.topic_filter(topic_filter))

    def may_receive(self, topic: str) -> bool:
        """iot:Receive from a topic, asked at each delivery."""
        return self._receive.allows(topic)


class HttpRights:
    """The rights of a request over HTTPS, on things."""

    def __init__(self, permissions: Permissions, context: Context, arns: Arns):
        self._decisions = permissions.within(context)
        self._arns = arns

    def may(self, action: str, thing_name: str) -> bool:
        """An action as "iotjobsdata:DescribeJobExecution" on a thing."""
        return self._decisions.allows(action, self._arns.thing(thing_name))


class _Remembered:
    def __init__(self, decisions: Decisions, action: str, arns: Arns):
        self._decisions = decisions
        self._action = action
        self._arns = arns
        self._known: dict[str, bool] = {}

    def allows(self, topic: str) -> bool:
        known = self._known.get(topic)
        if known is None:
            known = self._decisions.allows(self._action, self._arns.topic(topic))
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[topic] = known
        return known
