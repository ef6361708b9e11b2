"""One fault: read from a JSON object, checked, and matched against what passes.

Members, besides `action`; a rule has those of its action (`kinds.KINDS`):

direction   "in" (from the client) or "out" (to it); required where packets are matched
packet      CONNECT, CONNACK, PUBLISH, …, or HTTP for a request or response; absent: any
topic       MQTT filter; the topic of a PUBLISH must match it
client      client id; over HTTP what the server calls its client
thing       name of the connection's thing, which is known after CONNECT
operation   a Jobs operation, notify or notify-next, GetStream or DescribeStream; of an answer
            (out) the one it answers. What rejects a stream's request is matched by its topic
nth         which matches since the rule was added: 3, "2-5", "4-"; absent: all
times       how often it acts at the most
share       of those matches, the share it acts on: above 0, up to 1; drawn with the plan's seed
seconds     delay: how long; reorder: how long to wait for the next packet (default 1); silent: at
            the most (default 600); refuse: how long, from the first connection refused
hold        delay: hold back everything behind it, as TCP does (default), or let it pass
copy        duplicate: "same" packet id, DUP set (default), or "new" id, DUP not set (out only)
at          cut: "before" the packet (default), "after" it, or after that many bytes of it
abort       cut, refuse: RST instead of FIN
close_notify  cut: end TLS in order before the FIN, as a server that shuts down does
code        reject: RequestThrottled or InternalError, and of a stream's request Unauthorized
execute     reject: execute the request all the same (InternalError only)
how         refuse: "close" after accepting, "silent": never answer (for TLS: no handshake), or
            "connack" with return code 3
            alter: a block is a byte "short", its "length" says a byte less than there is, it is of
            another "file", its "number" is one that no file has, a bit of a "byte" is another
            one, or its map is "definite", as CBOR has it too
            disturb: before a stream's request the stream is "updated" or "deleted", or its files
            have "changed" in S3. Without it the version of an execution changes before its update
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from ..errors import InvalidRequestError
from ..jobs import members
from . import kinds, member_values
from .kinds import IN, OUT
from .matching import matches_filter
from .operations import (
    GET_STREAM,
    NOTIFICATIONS,
    OPERATIONS,
    REQUESTS,
    STREAM_REQUESTS,
    UPDATE,
)

_COUNTS = range(1, 1_000_000_000)


class Seen(NamedTuple):
    """What passes: a packet, a request or a response. `topic` is a PUBLISH's, else empty."""

    direction: str
    packet: str
    topic: str = ""
    client: str = ""
    thing: str | None = None
    operation: str | None = None


@dataclass(frozen=True)
class Rule:
    """A checked fault; the members as in this module's head, absent ones at their defaults."""

    given: dict  # as it was written
    action: str
    stage: str
    direction: str | None
    packet: str | None
    topic: str | None
    client: str | None
    thing: str | None
    operation: str | None
    first: int
    last: float
    times: float
    share: float | None
    seconds: float
    hold: bool
    copy: str
    at: str | int
    abort: bool
    close_notify: bool
    code: str | None
    execute: bool
    how: str | None

    def matches(self, seen: Seen) -> bool:
        """Whether the rule is about this."""
        return (
            self.direction in (None, seen.direction)
            and self.packet in (None, seen.packet)
            and self.operation in (None, seen.operation)
            and self.client in (None, seen.client)
            and self.thing in (None, seen.thing)
            and (self.topic is None or matches_filter(self.topic, seen.topic))
            and (seen.packet != kinds.HTTP or kinds.KINDS[self.action].http)
        )


def read_rule(params: object) -> Rule:
    """The rule of a JSON object. InvalidRequestError names the member and what is allowed."""
    if not isinstance(params, dict):
        raise InvalidRequestError(f"A fault must be an object, not {members.shown(params)}")
    action = members.choice(params, "action", kinds.ACTIONS, required=True)
    kind = kinds.KINDS[action]
    for name in params:
        if name != "action" and name not in kind.members:
            allowed = ", ".join(kind.members)
            raise InvalidRequestError(
                f"{members.shown(name)} is no member of {action}: {allowed} are"
            )
    first, last = member_values.nth(params)
    rule = Rule(
        given={name: value for name, value in params.items() if value is not None},
        action=action,
        stage=kind.stage,
        direction=members.choice(params, "direction", kinds.DIRECTIONS),
        packet=members.choice(params, "packet", kinds.PACKETS),
        topic=member_values.topic(params),
        client=members.typed(params, "client", str),
        thing=members.typed(params, "thing", str),
        operation=members.choice(params, "operation", OPERATIONS),
        first=first,
        last=last,
        times=members.number(params, "times", _COUNTS) or member_values.ENDLESS,
        share=member_values.share(params),
        seconds=member_values.seconds(params, action),
        hold=members.flag(params, "hold", default=True),
        copy=members.choice(params, "copy", kinds.COPIES) or kinds.SAME,
        at=member_values.place(params),
        abort=members.flag(params, "abort", default=False),
        close_notify=members.flag(params, "close_notify", default=False),
        code=members.choice(params, "code", kinds.CODES, required=action == kinds.REJECT),
        execute=members.flag(params, "execute", default=False),
        how=member_values.how(params, action),
    )
    return _COMPLETE[rule.stage](rule)


def _packet_rule(rule: Rule) -> Rule:
    if rule.direction is None:
        raise InvalidRequestError(f"direction is required with {rule.action}: in or out")
    for other, names in ((OUT, kinds.IN_ONLY), (IN, kinds.OUT_ONLY)):
        if rule.packet in names and rule.direction == other:
            right = IN if other == OUT else OUT
            raise InvalidRequestError(f"direction must be {right} with packet {rule.packet}")
    if rule.direction == IN and rule.operation in NOTIFICATIONS:
        raise InvalidRequestError(f"direction must be out with operation {rule.operation}")
    if rule.direction == IN and rule.copy == kinds.NEW:
        raise InvalidRequestError("copy must be same with direction in: the ids are the client's")
    if rule.packet == kinds.CONNECT and rule.thing is not None:
        raise InvalidRequestError("thing is not known at packet CONNECT: match by client")
    if rule.packet == kinds.HTTP and not kinds.KINDS[rule.action].http:
        raise InvalidRequestError(f"packet must not be HTTP with {rule.action}")
    if rule.packet == kinds.HTTP and rule.direction == IN and isinstance(rule.at, int):
        raise InvalidRequestError("at must be before or after with packet HTTP and direction in")
    if rule.abort and rule.close_notify:
        raise InvalidRequestError("close_notify must be false with abort")
    return _about_messages(rule)


def _request_rule(rule: Rule) -> Rule:
    if rule.direction == OUT:
        raise InvalidRequestError(f"direction must be in with {rule.action}")
    allowed, with_what = REQUESTS, rule.action
    if rule.action == kinds.DISTURB:
        allowed = (UPDATE,) if rule.how is None else STREAM_REQUESTS
        with_what = f"{rule.action} and {'no how' if rule.how is None else f'how {rule.how}'}"
        rule = replace(rule, operation=rule.operation or allowed[0])
    elif rule.code == kinds.UNAUTHORIZED:
        allowed, with_what = STREAM_REQUESTS, f"code {rule.code}"
        rule = replace(rule, operation=rule.operation or GET_STREAM)
    if rule.operation not in (None, *allowed):
        names = ", ".join(allowed)
        raise InvalidRequestError(f"operation must be one of {names} with {with_what}")
    if rule.packet not in (None, kinds.PUBLISH, kinds.HTTP):
        raise InvalidRequestError(f"packet must be PUBLISH or HTTP with {rule.action}")
    if rule.execute and rule.code != kinds.INTERNAL:
        raise InvalidRequestError(f"execute must be false with code {rule.code}")
    return _about_messages(rule)


def _block_rule(rule: Rule) -> Rule:
    if rule.direction == IN:
        raise InvalidRequestError(f"direction must be out with {rule.action}")
    if rule.operation not in (None, GET_STREAM):
        raise InvalidRequestError(f"operation must be {GET_STREAM} with {rule.action}")
    return rule


def _connection_rule(rule: Rule) -> Rule:
    if rule.client is not None and rule.how != kinds.CONNACK:
        raise InvalidRequestError(f"client is not known yet with how {rule.how}: only connack")
    if rule.abort and rule.how != kinds.CLOSE:
        raise InvalidRequestError(f"abort must be false with how {rule.how}")
    return rule


def _about_messages(rule: Rule) -> Rule:
    for name in ("topic", "operation"):
        allowed = (None, kinds.PUBLISH) if name == "topic" else (None, kinds.PUBLISH, kinds.HTTP)
        if getattr(rule, name) is not None and rule.packet not in allowed:
            raise InvalidRequestError(f"packet {rule.packet} has no {name}")
    if rule.packet == kinds.HTTP and rule.operation in STREAM_REQUESTS:
        raise InvalidRequestError(f"packet must not be HTTP with operation {rule.operation}")
    return rule


_COMPLETE = {
    kinds.AT_PACKET: _packet_rule,
    kinds.AT_ACCEPT: _connection_rule,
    kinds.AT_DISTURB: _request_rule,
    kinds.AT_REJECT: _request_rule,
    kinds.AT_BLOCK: _block_rule,
    kinds.AT_BLOCKS: _block_rule,
}
