"""What a device may do: the policy of all devices, made once, and one of each that uses HTTPS.

MQTT: the document is boards/device-policy.json, whose variables are a connection's. HTTPS has no
connection, so that a policy says there which thing it is for.
"""

import json
import threading
from typing import Any

from botocore.exceptions import ClientError
from environment import ROOT

from .account import code_of
from .errors import RefusedError

NAME = "iotjobs-device"
_DOCUMENT = ROOT / "boards" / "device-policy.json"
_WRITTEN_FOR = "arn:aws:iot:eu-west-1:123456789012:"
_HTTPS = (
    "DescribeJobExecution",
    "GetPendingJobExecutions",
    "StartNextPendingJobExecution",
    "UpdateJobExecution",
)


class Policies:
    """`name` is that of the policy of all; `https` says whether each device has one of its own,
    for HTTPS, as well.
    """

    def __init__(self, iot: Any, name: str = NAME, https: bool = False):
        self.name = name
        self._iot = iot
        self._https = https
        self._has_shared = self._is_checked = False
        self._lock = threading.Lock()

    def of(self, thing: str) -> tuple[str, ...]:
        """The names of those of a device."""
        return (self.name, self._own(thing)) if self._https else (self.name,)

    def check(self) -> None:
        """Raises RefusedError if another policy has the name of that of all: before anything is
        made that would have no policy.
        """
        with self._lock:
            if self._is_checked:
                return
            try:
                found = self._iot.get_policy(policyName=self.name)
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
            else:
                self._compare(found, shared(_here(found["policyArn"])))
                self._has_shared = True
            self._is_checked = True

    def make(self, thing: str, certificate_arn: str) -> tuple[str, ...]:
        """Have the policies of a device; their names. Where they are is read from its
        certificate's ARN. Raises RefusedError where another policy has the name.
        """
        here = _here(certificate_arn)
        with self._lock:
            if not self._has_shared:
                self._make(self.name, shared(here))
                self._has_shared = True
        if self._https:
            self._make(self._own(thing), for_https(here, thing))
        return self.of(thing)

    def remove(self, certificate_arn: str) -> bool:
        """Delete the policy of all, if it says what was made, and nobody has it any more; whether
        that was so. `certificate_arn`: of a device that had it.
        """
        return self._remove(self.name, shared(_here(certificate_arn)))

    def remove_own(self, thing: str, certificate_arn: str) -> bool:
        """The same of the policy that one device has alone."""
        return self._remove(self._own(thing), for_https(_here(certificate_arn), thing))

    def _remove(self, name: str, document: dict) -> bool:
        try:
            found = json.loads(self._iot.get_policy(policyName=name)["policyDocument"])
            if found != document or self._iot.list_targets_for_policy(policyName=name)["targets"]:
                return False
            self._iot.delete_policy(policyName=name)
        except ClientError as error:
            if code_of(error) not in ("ResourceNotFoundException", "DeleteConflictException"):
                raise
            return False
        return True

    def _own(self, thing: str) -> str:
        return f"{self.name}-{thing.replace(':', '=')}"  # no policy's name has a colon

    def _make(self, name: str, document: dict) -> None:
        try:
            self._iot.create_policy(policyName=name, policyDocument=json.dumps(document))
        except ClientError as error:
            if code_of(error) != "ResourceAlreadyExistsException":
                raise
            self._compare(self._iot.get_policy(policyName=name), document)

    def _compare(self, found: dict, document: dict) -> None:
        name = found["policyName"]
        if json.loads(found["policyDocument"]) == document:
            return
        raise RefusedError(
            f"the policy {name} is there, and says something else: choose another name by "
            "--policy, or make it say this by `aws iot create-policy-version --policy-name "
            f"{name} --set-as-default --policy-document '{json.dumps(document)}'`"
        )


def shared(here: str) -> dict:
    """The document for all devices. `here`: how an ARN begins there, with its last colon."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    assert _WRITTEN_FOR in text
    return json.loads(text.replace(_WRITTEN_FOR, here))


def for_https(here: str, thing: str) -> dict:
    """That of one device, for its jobs over HTTPS."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [f"iotjobsdata:{operation}" for operation in _HTTPS],
                "Resource": f"{here}thing/{thing}",
            }
        ],
    }


def _here(arn: str) -> str:
    # How each ARN begins in its region and account: of a certificate, or of a policy.
    return arn[: arn.rindex(":") + 1]
