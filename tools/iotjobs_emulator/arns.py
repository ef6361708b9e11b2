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

    def certificate(self, certificate_id: str) -> str:
        return self._arn("cert", certificate_id)

    def thing_group(self, name: str) -> str:
        return self._arn(THING_GROUP, name)

    def target(self, target: object) -> tuple[str, str]:
        """What a target of CreateJob names: ("thing", its name) or ("thinggroup", its name).

        InvalidRequestError for anything but the ARN of a thing or thing group in this region and
        account: as at the service, a job does not reach into another account.
        """
        if isinstance(target, str):
            for kind in (THING, THING_GROUP):
                prefix = self._arn(kind, "")
                name = target[len(prefix) :]
                # The two sorts of names have the same pattern.
                if target.startswith(prefix) and THING_NAME.fullmatch(name):
                    return kind, name
        raise InvalidRequestError(
            f"targets: {target!a} is not the ARN of a thing here ({self.thing('')}<thingName>) "
            f"nor of a thing group ({self.thing_group('')}<thingGroupName>)"
        )

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:iot:{self.region}:{self.account}:{kind}/{name}"
