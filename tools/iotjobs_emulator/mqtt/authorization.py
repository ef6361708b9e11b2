"""Who a client is and what it may do: the only place that decides.

Of a client with a certificate its policies decide, within what the broker has at all. Where none
decide, every thing may do what belongs to its own jobs and streams, and everyone may use ordinary
topics (those that do not begin with $): on the plain listener, and in an open emulator for
certificates without a policy. SERVICE.md, Limits and Policies: anything else ends the connection.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..topics import split_shared
from .protocol_error import ConnectRefusedError, ProtocolError
from .reasons import NOT_AUTHORIZED
from .reserved import why_not

RESERVED = "$"
_SERVICE = "$aws/"  # the only reserved topics that the broker has
_EVENTS = "$aws/events/"  # what the service tells its operators
NO_POLICY = "its certificate has no policy; attach one, or start the emulator with --open"
_ASKED = re.compile(r"\$aws/things/([^/]+)/(?:jobs|streams)/")


class Rights(Protocol):
    """What the policies say of one connection."""

    def may_connect(self) -> bool: ...
    def may_publish(self, topic: str) -> bool: ...
    def may_retain(self, topic: str) -> bool: ...
    def may_subscribe(self, topic_filter: str) -> bool: ...
    def may_receive(self, topic: str) -> bool: ...


class Principal(Protocol):
    """Whom a certificate stands for; `mqtt_rights` is None where no policy decides."""

    certificate_id: str
    thing: str | None
    has_policy: bool

    def mqtt_rights(self, client_id: str) -> Rights | None: ...


PrincipalOf = Callable[[bytes], "Principal | None"]  # of a certificate in DER; None: nobody's


@dataclass(frozen=True)
class Identity:
    """A connected client. `thing` is None for one that belongs to none; `rights` is None where
    no policy decides; `has_policy`: whether there is one where they do; `is_operator`: a plain
    client that is no thing.
    """

    client_id: str
    thing: str | None
    certificate_id: str | None = None
    rights: Rights | None = None
    is_operator: bool = False
    has_policy: bool = True

    @property
    def owner(self) -> str | None:
        """To whom a session of this client belongs."""
        if self.thing is None and self.certificate_id is not None:
            return f"cert/{self.certificate_id}"  # which no thing is called
        return self.thing

    def asked_thing(self, topic: str) -> str | None:
        """The thing of whose jobs or streams a message to `topic` is a request; None: of none."""
        if self.rights is None:
            return self.thing if self._is_own(topic) else None
        found = _ASKED.match(topic)
        return found.group(1) if found else None

    def may_receive(self, topic: str) -> bool:
        """Whether a message of `topic` may be delivered; if not, the client is not told."""
        if self.rights is not None:
            return self.rights.may_receive(topic)
        return not topic.startswith(RESERVED) or self._may_follow(topic)

    def check_publish(self, what: str, topic: str, retain: bool) -> None:
        """Raise ProtocolError unless the client may publish to a valid topic.

        Nothing is retained on a reserved topic (AWS IoT developer guide, "Using MQTT retained
        messages").
        """
        if topic.startswith(RESERVED):
            if self.asked_thing(topic) is None:
                raise _denied(f"{what} for {topic!r}, {why_not(topic)}")
            if retain:
                raise ProtocolError(f"{what} for {topic!r} with RETAIN")
        if self.rights is None:
            return
        if not self.rights.may_publish(topic):
            raise _denied(f"{what} for {topic!r}: no policy allows iot:Publish")
        if retain and not self.rights.may_retain(topic):
            raise _denied(f"{what} for {topic!r}: no policy allows iot:RetainPublish")

    def check_subscribe(self, topic_filter: str) -> None:
        """Raise ProtocolError unless the client may subscribe to a valid filter.

        A policy is asked about a shared subscription as a whole, with its group.
        """
        reserved = split_shared(topic_filter)[1]
        if not reserved.startswith(RESERVED):
            reserved = ""
        if self.rights is None:
            if reserved and not self._may_follow(reserved):
                raise _denied(f"SUBSCRIBE to {topic_filter!r}, {why_not(reserved)}")
        elif reserved and not reserved.startswith(_SERVICE):
            raise _denied(f"SUBSCRIBE to {topic_filter!r}, {why_not(reserved)}")
        elif not self.rights.may_subscribe(topic_filter):
            raise _denied(f"SUBSCRIBE to {topic_filter!r}: no policy allows iot:Subscribe")

    def _may_follow(self, reserved: str) -> bool:
        return self._is_own(reserved) or (self.is_operator and reserved.startswith(_EVENTS))

    def _is_own(self, topic: str) -> bool:
        found = None if self.thing is None else _ASKED.match(topic)
        return found is not None and found.group(1) == self.thing


def _denied(text: str) -> ProtocolError:
    return ProtocolError(text, NOT_AUTHORIZED)


def identify(
    client_id: str,
    certificate: bytes | None,
    principal_of: PrincipalOf | None,
    is_thing: Callable[[str], bool],
) -> Identity:
    """The identity of a client now; `principal_of` is None where its id alone says who it is.

    Raises ConnectRefusedError as below.
    """
    if principal_of is None:
        return identify_by_name(client_id, is_thing)
    principal = None if certificate is None else principal_of(certificate)
    return identify_by_certificate(client_id, principal, is_thing)


def identify_by_certificate(
    client_id: str, principal: Principal | None, is_thing: Callable[[str], bool]
) -> Identity:
    """The identity behind a certificate; where policies decide, the client id is their matter.

    Where none do, ConnectRefusedError if the certificate belongs to no thing, or if the client id
    is the name of another one.
    """
    if principal is None:
        raise ConnectRefusedError("the client's certificate is not active here", NOT_AUTHORIZED)
    thing = principal.thing
    rights = principal.mqtt_rights(client_id)
    if rights is None and thing is None:
        reason = "the client's certificate belongs to no thing and has no policy"
        raise ConnectRefusedError(reason, NOT_AUTHORIZED)
    if rights is None and client_id != thing and is_thing(client_id):
        reason = f"client id {client_id!r} is another thing than the certificate's, {thing!r}"
        raise ConnectRefusedError(reason, NOT_AUTHORIZED)
    has_policy = rights is None or principal.has_policy
    return Identity(client_id, thing, principal.certificate_id, rights, has_policy=has_policy)


def identify_by_name(client_id: str, is_thing: Callable[[str], bool]) -> Identity:
    """The identity without a certificate (plain listener): the client id names the thing."""
    if is_thing(client_id):
        return Identity(client_id, client_id)
    return Identity(client_id, None, is_operator=True)


def check_connect(identity: Identity) -> None:
    """Raise ConnectRefusedError unless the client may connect."""
    if identity.rights is not None and not identity.rights.may_connect():
        reason = f"client id {identity.client_id!r}: no policy allows iot:Connect"
        if not identity.has_policy:
            reason = f"client id {identity.client_id!r}: {NO_POLICY}"
        raise ConnectRefusedError(reason, NOT_AUTHORIZED)
