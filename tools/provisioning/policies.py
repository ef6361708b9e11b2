"""What a device may do: the policy of all devices, made once, and one of each that uses HTTPS.

MQTT: the document is boards/device-policy.json, whose variables are a connection's. HTTPS has no
connection, so that a policy says there which thing it is for.
"""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
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
    """`name` is that of the policy of all; None: as a device has it, or NAME. `https` says that
    each device has one of its own, for HTTPS, as well; a device that has one keeps it.
    """

    def __init__(self, iot: Any, name: str | None = None, https: bool = False):
        self._iot = iot
        self._name = name
        self._https = https
        self._checked: set[str] = set()
        self._there: set[str] = set()
        self._lock = threading.Lock()

    def of(self, thing: str, had: Sequence[str] = ()) -> tuple[str, ...]:
        """The names of those of a device: of all, and then its own. `had`: those of before."""
        name = self._name or (had[0] if had else NAME)
        return (name, _own(name, thing)) if self._https or len(had) > 1 else (name,)

    def check(self, name: str) -> None:
        """Raises RefusedError if another policy has the name of that of all: before anything is
        made that would have no policy.
        """
        with self._lock:
            if name in self._checked:
                return
            try:
                found = self._iot.get_policy(policyName=name)
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
            else:
                self._compare(found, shared(_here(found["policyArn"])))
                self._there.add(name)
            self._checked.add(name)

    def make(self, names: Iterable[str], thing: str, certificate_arn: str) -> None:
        """Have the policies `of` a device. Where they are is read from its certificate's ARN.
        Raises RefusedError where another policy has the name.
        """
        here = _here(certificate_arn)
        name, *own = names
        with self._lock:
            if name not in self._there:
                self._make(name, shared(here))
                self._there.add(name)
        for each in own:
            self._make(each, for_https(here, thing))

    def remove(self, name: str) -> str | None:
        """Delete the policy of all, if it says what was made, and nobody has it any more. What
        became of it, in words; None if there was none.
        """
        return self._remove(name, shared)

    def remove_own(self, thing: str, name: str) -> None:
        """The same of the policy that one device has alone, beside that of all."""
        self._remove(_own(name, thing), lambda here: for_https(here, thing))

    def _remove(self, name: str, document: Callable[[str], dict]) -> str | None:
        try:
            found = self._iot.get_policy(policyName=name)
            if json.loads(found["policyDocument"]) != document(_here(found["policyArn"])):
                return "stays: it says something else than what was made"
            if self._iot.list_targets_for_policy(policyName=name)["targets"]:
                return "stays: others have it"
            self._iot.delete_policy(policyName=name)
        except ClientError as error:
            if code_of(error) == "DeleteConflictException":
                return f"stays: {error.response['Error'].get('Message', 'it is in use')}"
            if code_of(error) != "ResourceNotFoundException":
                raise
            return None
        return "is deleted too: nobody has it any more"

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


def _own(name: str, thing: str) -> str:
    return f"{name}-{thing.replace(':', '=')}"  # no policy's name has a colon


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
