"""The steps by which one device is taken back. What is gone already is no hindrance."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from cryptography import x509

from . import record as records
from .account import code_of, detaching, principals
from .certificates import Certificates
from .errors import BusyError, ProvisionError
from .folder import Folder
from .policies import Policies

_SETTLES_S = 2.0  # a detachment takes some seconds; until then a deletion is refused
_TRIES = 15
# What is refused until a detachment is through.
_STILL_HAS = {
    "DeleteCertificate": ("DeleteConflictException",),
    "DeleteThing": ("InvalidRequestException",),
}


class Removing:
    """`sleep` is how it waits."""

    def __init__(
        self, iot: Any, certificates: Certificates, sleep: Callable[[float], None] = time.sleep
    ):
        self._iot = iot
        self._certificates = certificates
        self._sleep = sleep

    def remove(self, thing: str, folder: Folder, policies: Policies, endpoint: str) -> str | None:
        """Take back a device that was provisioned into this folder, with the policy that it has
        alone. Returns the name of the policy of all, which may go then, None if it had none; after
        that `forget` the device. Raises ProvisionError, with nothing gone, if it was made where
        the endpoint is another, or somebody else has attached another certificate.
        """
        record = folder.read() or {}
        is_asked = records.is_asked(record)
        if not (is_asked or records.policies(record)):
            return None
        self._certificates.check_here(folder, record, endpoint)
        names = policies.of(thing, records.policies(record))
        if is_asked:
            self._take_back(thing, folder, record)
            policies.remove_own(thing, names[0])
            self._once_gone(self._iot.delete_thing, thingName=thing)
            folder.drop_files()
            folder.write(endpoint=endpoint, policies=names)
        return names[0]

    def _take_back(self, thing: str, folder: Folder, record: dict) -> None:
        # Its certificates.
        arn = record.get("certificateArn")
        if arn is None:
            arn = (self._certificates.lost(folder, record) or {}).get("certificateArn")
        next_arn = self._next(record.get("rotation", {}))
        own = [each for each in (next_arn, arn) if each is not None]
        self._check_strangers(thing, own)
        for each in own:
            self.certificate(thing, each)

    def certificate(self, thing: str, arn: str) -> None:
        """Take back a certificate of a device: nobody connects with it any more."""
        identifier = arn.rpartition("/")[2]
        if arn in (principals(self._iot, thing) or ()):
            self._detach(thing, arn)
        found = self._once_gone(self._iot.list_attached_policies, target=arn) or {}
        for policy in found.get("policies", ()):
            self._once_gone(self._iot.detach_policy, policyName=policy["policyName"], target=arn)
        status = {"certificateId": identifier, "newStatus": "INACTIVE"}
        self._once_gone(self._iot.update_certificate, **status)
        self._once_gone(self._iot.delete_certificate, certificateId=identifier)

    def _detach(self, thing: str, arn: str) -> None:
        try:
            self._once_gone(self._iot.detach_thing_principal, thingName=thing, principal=arn)
        except ClientError:  # also where it is done: its answer was lost, and it was sent again
            if arn in (principals(self._iot, thing) or ()):
                raise

    def _check_strangers(self, thing: str, own: list[str]) -> None:
        # The service deletes no thing that has a certificate. Before anything is gone it is said.
        for principal in principals(self._iot, thing) or ():
            if principal not in own:
                raise ProvisionError(
                    f"somebody else has attached {principal} to the thing, so nothing is taken "
                    f"back: {detaching(thing, principal)}, and run it again"
                )

    def _next(self, rotation: dict) -> str | None:
        # The ARN of the certificate that was to be the next one, also if its answer was lost.
        if "certificateArn" in rotation or "asked" not in rotation:
            return rotation.get("certificateArn")
        key = x509.load_pem_x509_csr(rotation["request"].encode()).public_key()
        return (self._certificates.found(rotation["asked"], key) or {}).get("certificateArn")

    def _once_gone(self, call: Callable, **arguments: Any) -> Any:
        # None if what it is about is not there; again while something else is about to go.
        for left in reversed(range(_TRIES)):
            try:
                return call(**arguments)
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    return None
                if code_of(error) not in _STILL_HAS.get(error.operation_name, ()) or not left:
                    raise
            self._sleep(_SETTLES_S)
        return None


def forget(folder: Folder) -> None:
    """Remove the folder of a device that is taken back, unless somebody makes it anew."""
    with contextlib.suppress(BusyError), folder.held(is_made=False):
        record = folder.read()
        if record is not None and not records.is_asked(record):
            folder.remove()
