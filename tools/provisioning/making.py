"""The steps by which one device is made. Each may be the last that is done: the next run goes on,
and what it asks a second time changes nothing.
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from . import folder as folders
from . import record as records
from .account import check_strangers, code_of, principals
from .certificates import Certificates
from .errors import ProvisionError
from .folder import Folder
from .policies import Policies
from .wanted import Wanted


class Making:
    """`endpoint` and `ca` (DER) are for the board, `is_rsa` for the keys that are made."""

    def __init__(
        self,
        iot: Any,
        certificates: Certificates,
        policies: Policies,
        endpoint: str,
        ca: bytes,
        is_rsa: bool,
    ):
        self._iot = iot
        self._certificates = certificates
        self._policies = policies
        self._endpoint, self._ca = endpoint, ca
        self._is_rsa = is_rsa

    def make(self, device: Wanted, folder: Folder, again: bool = False) -> bool:
        """Have a device, and its files; whether anything was done. `again`: also where it is said
        to be done. Raises ProvisionError, and what botocore does.
        """
        record = folder.read()
        if record is None:
            folder.write()
        if record is None or not records.is_asked(record):
            record = {}  # nothing of it is anywhere
        wish = self._wish(device, record)
        if record.get("done") == wish and not again:
            return False
        if record:
            self._certificates.check_here(folder, record, self._endpoint)
        else:
            record = {"endpoint": self._endpoint, "policies": wish["policies"]}
        if records.is_rotating(record):
            raise ProvisionError("its certificate is being rotated: go on by --rotate")
        there = principals(self._iot, device.thing) or ()
        check_strangers(device.thing, there, (record.get("certificateArn"),))
        self._policies.check(wish["policies"][0])
        arn = self._certificates.have(device.thing, folder, record, self._is_rsa)
        self._thing(wish, bool(device.attributes or device.type))
        for group in wish["groups"]:
            self._group(device.thing, group)
        self._policies.make(wish["policies"], device.thing, arn)
        for policy in wish["policies"]:
            self._iot.attach_policy(policyName=policy, target=arn)
        self._iot.attach_thing_principal(thingName=device.thing, principal=arn)
        settings = {"thing": device.thing, "endpoint": self._endpoint}
        folder.put(folders.CA, self._ca)
        folder.put(folders.SETTINGS, json.dumps(settings, indent=4).encode() + b"\n")
        whose = records.boards() if records.is_boards(record) else {}
        folder.write(certificateArn=arn, done=wish, **whose)
        return True

    def _wish(self, device: Wanted, record: dict) -> dict:
        # As a record has it. What is not given stays as it was done.
        done = record.get("done", {})
        given = device._asdict()
        wish = {name: value or done.get(name, value) for name, value in given.items()}
        wish["policies"] = self._policies.of(device.thing, records.policies(record))
        wish["endpoint"] = self._endpoint
        return json.loads(json.dumps(wish))

    def _thing(self, wish: dict, is_given: bool) -> None:
        # `is_given`: somebody says now what it is to have. Otherwise one that is there may have
        # whatever it has.
        more: dict[str, Any] = {}
        if wish["attributes"]:
            more["attributePayload"] = {"attributes": wish["attributes"]}
        if wish["type"]:
            more["thingTypeName"] = wish["type"]
        try:
            self._iot.create_thing(thingName=wish["thing"], **more)
        except ClientError as error:
            code = code_of(error)
            if code == "ResourceAlreadyExistsException":
                if is_given:
                    raise ProvisionError(
                        "the thing is there, with other attributes or another type: change it by "
                        "`aws iot update-thing`, or give those that it has, or none"
                    ) from None
                return
            if code == "ResourceNotFoundException":
                raise ProvisionError(
                    f"there is no thing type {wish['type']}: `aws iot create-thing-type "
                    f"--thing-type-name {wish['type']}` makes it"
                ) from None
            raise

    def _group(self, thing: str, group: str) -> None:
        try:
            self._iot.add_thing_to_thing_group(thingName=thing, thingGroupName=group)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            raise ProvisionError(
                f"there is no thing group {group}: `aws iot create-thing-group --thing-group-name "
                f"{group}` makes it"
            ) from None
