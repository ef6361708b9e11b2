"""The steps by which a device gets another certificate, for a key that its board makes.

Two jobs of the operation "certificate" tell the board. By the first it makes a key, and reports a
request for the certificate. The second brings that, and is SUCCEEDED when the board has connected
with it. Only then is the old one taken back. No key is ever in a job, which many may read.

The record's "rotation" says how far it is: "id" and "job" (its number) name the job, "request" is
the board's, "asked" when a certificate was, "certificateArn" and "certificate" (DER in Base64) are
the new one, "attached" and "proven" are there when it is.
"""

import base64
import json
import secrets
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from . import folder as folders
from . import record as records
from .account import check_strangers, code_of, principals
from .certificates import Certificates
from .errors import ProvisionError
from .folder import Folder
from .removing import Removing

ROTATED, WAITS = "rotated", "waits for its board"
_UNDER_WAY = ("QUEUED", "IN_PROGRESS")


class Rotating:
    """`removing` takes back the certificate that nobody uses. `endpoint` is the service's.
    `command` gives the command line that is about a thing, as a person is told it.
    """

    def __init__(
        self,
        iot: Any,
        certificates: Certificates,
        removing: Removing,
        endpoint: str,
        command: Callable[[str], str],
    ):
        self._iot = iot
        self._endpoint = endpoint
        self._command = command
        self._certificates = certificates
        self._removing = removing

    def go_on(self, thing: str, folder: Folder) -> str:
        """Begin a rotation, or go on with one, as far as it is possible now: ROTATED or WAITS.
        Raises ProvisionError, with what the board says, and what botocore does.
        """
        record = folder.read()
        if record is None or not records.is_done(record):
            raise ProvisionError(f"it is not made yet: `{self._command(thing)}` makes it")
        self._certificates.check_here(folder, record, self._endpoint)
        if not records.is_rotating(record):
            self._check(thing, record)
            record["rotation"] = {"id": secrets.token_hex(8), "job": 1}
            folder.write(**record)
        rotation = record["rotation"]
        if "request" not in rotation and not self._request(thing, folder, record):
            return WAITS
        if "certificateArn" not in rotation:
            self._certificate(folder, record)
        if "attached" not in rotation:
            self._attach(thing, folder, record)
        if "proven" not in rotation and not self._prove(thing, folder, record):
            return WAITS
        self._end(thing, folder, record)
        return ROTATED

    def _check(self, thing: str, record: dict, new: str | None = None) -> None:
        # Raises ProvisionError unless the device is as it was made: what was changed at the
        # service meanwhile would end a rotation half-way.
        arn = record["certificateArn"]
        self._certificates.active(arn)
        there = principals(self._iot, thing)
        mend = f"`{self._command(thing)} --again` mends it"
        if there is None:
            raise ProvisionError(f"there is no thing {thing} any more: {mend}")
        check_strangers(thing, there, (arn, new))
        if arn not in there:
            raise ProvisionError(f"its certificate {arn} is not attached to it: {mend}")
        if not self._policies(arn):
            raise ProvisionError(f"its certificate {arn} has no policy: {mend}")

    def _policies(self, arn: str) -> list[str]:
        pages = self._iot.get_paginator("list_attached_policies").paginate(target=arn)
        return [policy["policyName"] for page in pages for policy in page["policies"]]

    def _request(self, thing: str, folder: Folder, record: dict) -> bool:
        # Whether the board's request is there.
        rotation = record["rotation"]
        execution = self._job(thing, record, {"operation": "certificate"})
        if execution is None:
            return False
        try:
            if execution["status"] != "SUCCEEDED":
                raise ProvisionError(f"its board makes no new key: {_told(execution)}")
            old = self._certificates.active(record["certificateArn"])["certificatePem"]
            rotation["request"] = _checked(thing, old, _details(execution).get("request", ""))
        except ProvisionError:
            del record["rotation"]  # nothing was made: the next time it begins anew
            folder.write(**record)
            raise
        rotation["job"] += 1
        folder.write(**record)
        return True

    def _certificate(self, folder: Folder, record: dict) -> None:
        rotation = record["rotation"]

        def write(asked: float) -> None:
            rotation["asked"] = asked
            folder.write(**record)

        request = rotation["request"]
        key = x509.load_pem_x509_csr(request.encode()).public_key()
        found = self._certificates.made(request, key, rotation.get("asked"), write)
        der = folders.der_of(found["certificatePem"])
        rotation["certificate"] = base64.b64encode(der).decode()
        rotation["certificateArn"] = found["certificateArn"]
        folder.write(**record)

    def _attach(self, thing: str, folder: Folder, record: dict) -> None:
        # What the old one may do, and whose it is.
        rotation = record["rotation"]
        new = rotation["certificateArn"]
        try:
            self._check(thing, record, new)
            self._check_new(new)
        except ProvisionError as error:
            self._removing.certificate(thing, new)
            del record["rotation"]  # its board has the old one, and knows of no other
            folder.write(**record)
            raise ProvisionError(f"{error}. Then --rotate begins anew") from None
        for policy in self._policies(record["certificateArn"]):
            self._iot.attach_policy(policyName=policy, target=new)
        self._iot.attach_thing_principal(thingName=thing, principal=new)
        rotation["attached"] = True
        folder.write(**record)

    def _check_new(self, arn: str) -> None:
        try:
            self._certificates.active(arn)
        except ProvisionError:
            raise ProvisionError(
                f"somebody has deleted its new certificate {arn}, or taken it out of use: run it "
                "again"
            ) from None

    def _prove(self, thing: str, folder: Folder, record: dict) -> bool:
        # Whether the board has the new one in use. What only a board can say, which certificate
        # it has, is in the details: a status may also be the service's, or an agent's.
        rotation = record["rotation"]
        document = {"operation": "certificate", "certificate": rotation["certificate"]}
        execution = self._job(thing, record, document)
        if execution is None:
            return False
        used = _details(execution).get("certificate")
        if execution["status"] == "SUCCEEDED" and used == _id(rotation["certificateArn"]):
            rotation["proven"] = True
            folder.write(**record)
            return True
        if execution["status"] != "SUCCEEDED" and used == _id(record["certificateArn"]):
            self._removing.certificate(thing, rotation["certificateArn"])
            del record["rotation"]
            folder.write(**record)
            raise ProvisionError(
                f"its board keeps the certificate that it has: {_told(execution)}. The new one "
                "is taken back"
            )
        rotation["job"] += 1
        folder.write(**record)
        raise ProvisionError(
            f"nobody knows which certificate its board has, so both stay: {_told(execution)}. Run "
            "it again: another job asks"
        )

    def _end(self, thing: str, folder: Folder, record: dict) -> None:
        rotation = record["rotation"]
        self._certificates.active(rotation["certificateArn"])  # the only one from now on
        self._removing.certificate(thing, record["certificateArn"])
        folder.put(folders.CERTIFICATE, base64.b64decode(rotation["certificate"]))
        folder.drop_key()  # of the old one
        done = record["done"]
        folder.write(certificateArn=rotation["certificateArn"], done=done, **records.boards())

    def _job(self, thing: str, record: dict, document: dict) -> dict | None:
        # The execution of the job that is due, when it is over; the job is made if there is none.
        rotation = record["rotation"]
        job_id = f"certificate-{rotation['id']}-{rotation['job']}"
        try:
            answer = self._iot.describe_job_execution(jobId=job_id, thingName=thing)
            execution = answer["execution"]
            if execution["status"] == "REMOVED":  # with its thing, or by somebody
                self._check_thing(thing)
            return None if execution["status"] in _UNDER_WAY else execution
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
        here = record["certificateArn"].partition("cert/")[0]
        try:
            self._iot.create_job(
                jobId=job_id, targets=[f"{here}thing/{thing}"], document=json.dumps(document)
            )
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                raise self._no(thing) from None
            if code_of(error) != "ResourceAlreadyExistsException":
                raise
            self._check_thing(thing)  # it has not come to its thing yet
        return None

    def _check_thing(self, thing: str) -> None:
        if principals(self._iot, thing) is None:
            raise self._no(thing)

    def _no(self, thing: str) -> ProvisionError:
        return ProvisionError(
            f"there is no thing {thing} any more: take the device back by "
            f"`{self._command(thing)} --remove`, and make it anew"
        )


def _checked(thing: str, old: str, given: str) -> str:
    # The board's request in PEM. `old`: the certificate that it has, in PEM. A board that is
    # somebody else's now must not get a certificate in another's name.
    try:
        request = x509.load_der_x509_csr(base64.b64decode(given, validate=True))
        key = request.public_key()
        is_good = (
            request.is_signature_valid
            and request.subject.rfc4514_string() == f"CN={thing[:64]}"
            and not list(request.extensions)
            and isinstance(key, ec.EllipticCurvePublicKey)
            and key.curve.name == "secp256r1"
        )
    except (ValueError, TypeError) as error:
        raise ProvisionError(f"what its board reports is no signing request: {error}") from None
    if not is_good:
        raise ProvisionError("its board's signing request is not for this thing, or not signed")
    if folders.is_for(old, key):
        raise ProvisionError("its board's signing request is for the key that it has")
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]


def _details(execution: dict) -> dict:
    return execution.get("statusDetails", {}).get("detailsMap", {})


def _told(execution: dict) -> str:
    reason = _details(execution).get("reason", "no reason is given")
    return f"job {execution['jobId']} is {execution['status']}: {reason}"
