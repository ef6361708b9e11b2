"""The names (ARNs) of what the emulator holds, in its region and account."""

from dataclasses import dataclass

from .errors import InvalidRequestError
from .limits import THING_NAME


@dataclass(frozen=True, slots=True)
class Arns:
    """Writes and reads `arn:aws:iot:<region>:<account>:<kind>/<name>`."""

    region: str
    account: str

    def thing(self, name: str) -> str:
        return self._arn("thing", name)

    def job(self, job_id: str) -> str:
        return self._arn("job", job_id)

    def job_template(self, template_id: str) -> str:
        return self._arn("jobtemplate", template_id)

    def managed_job_template(self, name_and_version: str) -> str:
        """A template of AWS (AWS-Reboot:1.0), which is in no account."""
        return f"arn:aws:iot:{self.region}::jobtemplate/{name_and_version}"

    def certificate(self, certificate_id: str) -> str:
        return self._arn("cert", certificate_id)

    def thing_name(self, target: object) -> str:
        """The thing that a target of CreateJob names.

        InvalidRequestError for anything but the ARN of a thing in this region and account: as at
        the service, a job does not reach into another account.
        """
        prefix = self.thing("")
        if isinstance(target, str) and target.startswith(prefix):
            name = target[len(prefix) :]
            if THING_NAME.fullmatch(name):
                return name
        if isinstance(target, str) and target.startswith(self._arn("thinggroup", "")):
            raise InvalidRequestError(f"targets: thing groups are not supported yet: {target!a}")
        raise InvalidRequestError(
            f"targets: {target!a} is not the ARN of a thing here ({prefix}<thingName>)"
        )

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:iot:{self.region}:{self.account}:{kind}/{name}"
