"""Which events are published, as the operator switches them (SERVICE.md, Job events)."""

from ..errors import InvalidRequestError
from . import members
from .events import EVENT_TYPES
from .requests import Requests

# [m] EventType, but for those that are published here: the registry publishes none.
NOT_PUBLISHED = (
    "THING",
    "THING_GROUP",
    "THING_TYPE",
    "THING_GROUP_MEMBERSHIP",
    "THING_GROUP_HIERARCHY",
    "THING_TYPE_ASSOCIATION",
    "POLICY",
    "CERTIFICATE",
    "CA_CERTIFICATE",
)
_ALL_TYPES = (*EVENT_TYPES, *NOT_PUBLISHED)


class EventControl(Requests):
    """DescribeEventConfigurations, UpdateEventConfigurations."""

    def describe_event_configurations(self, params: dict) -> dict:
        """Every type of event, whether it is published, and when that was changed."""
        with self._operation() as operation:
            enabled = {name: operation.events.wanted(name) for name in EVENT_TYPES}
            created, modified = operation.store.event_configuration_times()
        enabled |= dict.fromkeys(NOT_PUBLISHED, False)
        answer = {"eventConfigurations": {name: {"Enabled": on} for name, on in enabled.items()}}
        if created is not None:
            answer |= {"creationDate": created, "lastModifiedDate": modified}
        return answer

    def update_event_configurations(self, params: dict) -> dict:
        """Switch types of events on or off; what is not named stays as it is.

        InvalidRequestError for switching on a type that the emulator does not publish.
        """
        given = members.typed(params, "eventConfigurations", dict) or {}
        switched = {}
        for name in given:
            members.choice({"eventConfigurations": name}, "eventConfigurations", _ALL_TYPES)
            configuration = members.typed(given, name, dict) or {}
            switched[name] = members.flag(configuration, "Enabled", default=False)
            if switched[name] and name in NOT_PUBLISHED:
                raise InvalidRequestError(
                    f"eventConfigurations.{name} is not supported by the emulator yet"
                )
        with self._operation() as operation:
            for name, enabled in switched.items():
                operation.store.set_event_configuration(name, enabled, operation.now)
        return {}
