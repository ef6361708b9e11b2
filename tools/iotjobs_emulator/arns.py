"""The names (ARNs) of what the emulator holds, in its region and account."""

from dataclasses import dataclass

from .errors import InvalidRequestError
from .limits import THING_NAME

THING = "thing"
THING_GROUP = "thinggroup"


@dataclass(frozen=True, slots=True)
class Arns:
    """Writes and reads `arn:aws:iot:<region>:<account>:<kind>/<name>`."""

    region: str
    account: str

    def thing(self, name: str) -> str:
        return self._arn(THING, name)

    def job(self, job_id: str) -> str:
        return self._arn("job", job_id)

    def job_template(self, template_id: str) -> str:
        return self._arn("jobtemplate", template_id)

    def managed_job_template(self, name_and_version: str) -> str:
        """A template of AWS (AWS-Reboot:1.0), which is in no account."""
        return f"arn:aws:iot:{self.region}::jobtemplate/{name_and_version}"

    def stream(self, stream_id: str) -> str:
        return self._arn("stream", stream_id)

    def ota_update(self, ota_update_id: str) -> str:
        return self._arn("otaupdate", ota_update_id)

    def certificate(self, certificate_id: str) -> str:
        return self._arn("cert", certificate_id)

    def thing_group(self, name: str) -> str:
        return self._arn(THING_GROUP, name)

    def policy(self, name: str) -> str:
        return self._arn("policy", name)

    def client(self, client_id: str) -> str:
        return self._arn("client", client_id)

    def topic(self, topic: str) -> str:
        return self._arn("topic", topic)

    def topic_filter(self, topic_filter: str) -> str:
        return self._arn("topicfilter", topic_filter)

    def thing_group_name(self, arn: object) -> str | None:
        """The thing group that an ARN of this region and account names; None: it names none."""
        return _name_after(self.thing_group(""), arn)  # [m] ThingGroupName: as ThingName

    def thing_name_of(self, arn: object) -> str | None:
        """The thing that an ARN of this region and account names; None: it names none."""
        return _name_after(self.thing(""), arn)

    def target(self, target: object) -> tuple[str, str]:
        """What a target of CreateJob names: ("thing", its name) or ("thinggroup", its name).

        InvalidRequestError for anything but the ARN of a thing or thing group in this region and
        account. As at the service, a job does not reach into another account.
        """
        for kind, name in (
            (THING, self.thing_name_of(target)),
            (THING_GROUP, self.thing_group_name(target)),
        ):
            if name is not None:
                return kind, name
        raise InvalidRequestError(
            f"targets: {target!a} is not the ARN of a thing here ({self.thing('')}<thingName>) "
            f"nor of a thing group ({self.thing_group('')}<thingGroupName>)"
        )

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:iot:{self.region}:{self.account}:{kind}/{name}"


def _name_after(prefix: str, arn: object) -> str | None:
    if isinstance(arn, str) and arn.startswith(prefix):
        name = arn[len(prefix) :]
        if THING_NAME.fullmatch(name):
            return name
    return None
