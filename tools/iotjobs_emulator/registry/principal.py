"""A principal: whom a certificate stands for on the data plane, and what it may do there."""

from dataclasses import dataclass

from ..arns import Arns
from ..policies import HttpRights, MqttRights, Permissions
from ..policies.context import of_certificate, of_connection


@dataclass(frozen=True, slots=True)
class Principal:
    """An ACTIVE certificate of the registry.

    `thing`: the one it is attached to, or None. `permissions`: what the policies say that are
    attached to the certificate and to the groups that reach its thing. None where there is no
    policy at all and the emulator is open: then a device may do what belongs to its own thing
    (SERVICE.md, Policies).
    """

    certificate_id: str
    common_name: str | None  # of the certificate's subject
    thing: str | None
    permissions: Permissions | None
    _without_groups: Permissions | None  # the same without the groups' policies
    _arns: Arns

    @property
    def has_policy(self) -> bool:
        """Whether there is a policy at all, on the certificate or on a group of its thing."""
        return bool(self.permissions)

    def mqtt_rights(self, client_id: str) -> MqttRights | None:
        """What a connection with this client id may do; None where no policy decides.

        The policies of groups count only if the client id is the thing's name.
        """
        if self.permissions is None:
            return None
        permissions = self.permissions if client_id == self.thing else self._without_groups
        context = of_connection(self.common_name, client_id, self.thing)
        return MqttRights(permissions, context, self._arns, client_id)

    def may_http(self, action: str, thing_name: str) -> bool:
        """Whether a request over HTTPS may do an action on a thing, as
        "iotjobsdata:GetPendingJobExecutions"; where no policy decides: if the thing is its own.

        A request has no client id, so the policy variables of the connection have no value.
        """
        if self.permissions is None:
            return thing_name == self.thing
        context = of_certificate(self.common_name)
        return HttpRights(self.permissions, context, self._arns).may(action, thing_name)
