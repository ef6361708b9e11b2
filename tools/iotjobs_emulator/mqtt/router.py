"""Where a message goes: to the service, to the sessions that subscribe to it, to the retained.

A router knows sessions and identities, but neither connections nor sockets.
"""

from __future__ import annotations

from collections.abc import Callable

from .authorization import Identity
from .held_back import HeldBack
from .limits import MAX_MESSAGE_EXPIRY_SECONDS, MIN_MESSAGE_EXPIRY_SECONDS
from .message import Message
from .metering import Meter
from .one_by_one import OneByOne
from .packets import Publish, Will
from .protocol_error import ConnectRefusedError, ProtocolError
from .reasons import SESSION_TAKEN_OVER
from .retained import RetainedMessages
from .session import Session
from .sessions import Filters, Sessions
from .wills import DelayedWills, Held

Answer = tuple[str, bytes]  # topic and payload
_ALWAYS, _IF_NEW = 0, 1  # when a subscription gets retained messages (MQTT 5, 3.8.3.1)


class Router:
    """Serves the clients of one broker, whose `sessions` it opens and leaves.

    `request` and `after_request` are the service, as `Broker` has them. `meter` says what is
    beyond a quota, and `held_back` has what waits for one. `monotonic` is the time at which a
    session is left, `wall_time` the time at which its client came.
    """

    def __init__(
        self,
        sessions: Sessions,
        meter: Meter,
        *,
        request: Callable[[str, str, str, bytes], Answer | None],
        after_request: Callable[[], None],
        monotonic: Callable[[], float],
        wall_time: Callable[[], float],
    ):
        self.dropped_messages = 0  # deliveries that a session did not take
        self.publishes_wills = True
        self._sessions = sessions
        self._meter = meter
        self._connected = 0  # clients
        self._request = request
        self._after_request = after_request
        self._monotonic = monotonic
        self._wall_time = wall_time
        self._retained = RetainedMessages()
        self._wills = DelayedWills()
        self._routed = OneByOne(self._route)
        self.held_back = HeldBack(meter, self._pump)

    def connected(
        self, identity: Identity, clean_start: bool, expiry: int, version: int
    ) -> tuple[Session, bool]:
        """The session for an accepted CONNECT and whether it was resumed.

        Who holds the client id already is closed first (MQTT 3.1.1, 3.1.4: take-over).
        """
        previous = self._sessions.get(identity.client_id)
        if previous is not None and previous.link is not None:
            text = "taken over by another connection of the same client id"
            previous.link.close(text, SESSION_TAKEN_OVER)
        session, resumed = self._sessions.open(
            identity.client_id,
            identity.owner,
            clean_start,
            expiry,
            version,
            self._monotonic(),
        )
        session.connected_at = self._wall_time()
        held = None if previous is None else self._wills.take(previous)
        if held is not None and not resumed:  # its session has ended
            self._publish_held(held)
        self._connected += 1
        return session, resumed

    def connected_beside(self, client_id: str) -> int:
        """How many other clients are connected."""
        session = self._sessions.get(client_id)
        return self._connected - (session is not None and session.link is not None)

    def left(
        self,
        identity: Identity | None,
        session: Session | None,
        will: Will | None,
        identify: Callable[[], Identity],
    ) -> None:
        """A connection has ended: its session, if there is one, is free, and its will is due.

        `identify` says who the client is at any later moment, or raises ConnectRefusedError.
        A will goes to subscribers, never to the service, even on a request's topic. The service's
        shadows ignore wills too (AWS IoT developer guide, "MQTT LWT messages").
        """
        now = self._monotonic()
        if session is not None:
            self._connected -= 1
            self._sessions.leave(session, now)
        if will is None:
            return
        delay = min(will.delay, session.expiry)  # a session's end is its will's too
        if delay:
            self._wills.hold(session, now + delay, Held(identity, identify, will))
        else:
            self._publish_will(identity, will)

    def run_timers(self, now: float) -> None:
        """Publish the wills that are due, and end the sessions that nobody came back to.

        What waits for a group is handed out to members that have room again.
        """
        for held in self._wills.take_due(now):
            self._publish_held(held)
        self._sessions.expire(now)
        self._sessions.hand_out_all(now)

    def published(
        self,
        identity: Identity,
        packet: Publish,
        send: Callable[[Publish], None],
    ) -> None:
        """A client's PUBLISH, checked: a request to the service, or a message to subscribers.

        `send` writes the service's answer to the client that asked.
        """
        thing = identity.asked_thing(packet.topic)
        if thing is not None:
            answer = self._request(thing, identity.client_id, packet.topic, packet.payload)
            if answer is not None and identity.may_receive(answer[0]):
                send(Publish(*answer))
            self._after_request()
        else:
            self.route(self._message(packet, identity))

    def subscribe(self, session: Session, filters: Filters) -> Filters:
        """Add filters, all or (ProtocolError) none; those whose retained messages are due."""
        known = set(session.subscriptions)
        due = []
        for topic_filter, wanted in filters:  # each as if it came alone (MQTT 5, 3.8.4)
            is_new = topic_filter not in known
            if wanted.retain_handling == _ALWAYS or (wanted.retain_handling == _IF_NEW and is_new):
                due.append((topic_filter, wanted))
            known.add(topic_filter)
        more = len(known) - len(session.subscriptions)
        used = self._sessions.subscription_count
        self._meter.check_subscriptions(session.client_id, used, more)
        self._sessions.subscribe(session, filters)
        return tuple(due)

    def hand_out(self, session: Session) -> None:
        """A session has come, or has subscribed: what waits for its groups can go on."""
        self._sessions.hand_out(session, self._monotonic())

    def unsubscribe(self, session: Session, filters: tuple[str, ...]) -> None:
        """Remove filters."""
        for topic_filter in filters:
            self._sessions.unsubscribe(session, topic_filter)

    def deliver_retained(self, session: Session, filters: Filters) -> None:
        """What a new subscription receives at once; a shared one's filter is nobody's topic."""
        for topic_filter, wanted in filters:
            message = self._retained.get(topic_filter, self._monotonic())
            is_own = message is not None and message.sender == session.client_id
            if message is not None and not (is_own and wanted.no_local):
                self._deliver(session, message, wanted.qos, retain=True)

    def route(self, message: Message) -> None:
        """Deliver a message to its subscribers, and retain it if it asks for that.

        A will that becomes due by a delivery is delivered after it.
        """
        self._routed.put(message)

    def _pump(self, client_id: str) -> None:
        session = self._sessions.get(client_id)
        if session is not None:
            session.pump()

    def _route(self, message: Message) -> None:
        if message.retain:
            self._retained.keep(message, self._monotonic())
        subscribers = self._sessions.subscribers(message.topic, message.sender)
        for session, wanted in subscribers.items():
            retain = message.retain and wanted.retain_as_published
            self._deliver(session, message, wanted.qos, retain)
        for group in self._sessions.groups(message.topic):
            if not group.deliver(message, self._monotonic()):
                self.dropped_messages += 1

    def _publish_held(self, held: Held) -> None:
        """Unless the client is somebody else or nobody now, as for one that is connected."""
        try:
            identity = held.identify()
        except ConnectRefusedError:
            return
        if identity.owner == held.identity.owner:
            self._publish_will(identity, held.will)

    def _publish_will(self, identity: Identity, will: Will) -> None:
        if self.publishes_wills and _is_still_allowed(identity, will):
            self.route(self._message(will, identity))

    def _message(self, packet: Publish | Will, identity: Identity) -> Message:
        """The message that a client publishes now."""
        expires_at = None
        if packet.expiry is not None:
            seconds = max(packet.expiry, MIN_MESSAGE_EXPIRY_SECONDS)
            expires_at = self._monotonic() + min(seconds, MAX_MESSAGE_EXPIRY_SECONDS)
        return Message(
            packet.topic,
            packet.payload,
            packet.qos,
            packet.retain,
            packet.properties,
            expires_at,
            identity.client_id,
        )

    def _deliver(self, session: Session, message: Message, qos: int, retain: bool) -> None:
        delivery, now = message.delivery(qos, retain), self._monotonic()
        is_put_by = session.link is None and delivery.qos > 0 and session.has_room(delivery, now)
        may = not is_put_by or self._meter.queues(session.client_id)
        if not may or not session.offer(delivery, now):
            self.dropped_messages += 1


def _is_still_allowed(identity: Identity, will: Will) -> bool:
    """Whether a will that was accepted at the CONNECT may be published now."""
    try:
        identity.check_publish("will", will.topic, will.retain)
    except ProtocolError:
        return False
    return True
