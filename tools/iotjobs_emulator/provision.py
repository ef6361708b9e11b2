"""Make a device: a thing, a certificate of its own, and the files that go onto the device."""

import contextlib
import json
import os
import pathlib
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import serialization

CERTIFICATE, KEY, CA = "device.der", "key.der", "ca.der"


def iot_client(url: str, region: str = "eu-west-1") -> Any:
    """botocore's client for the control plane at `url`, with made-up credentials: the emulator
    looks at none.
    """
    return _session().create_client(
        "iot",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
        config=Config(retries={"max_attempts": 0}),
    )


@cache
def _session() -> botocore.session.Session:
    """One for all clients: it keeps the service models that it has read."""
    return botocore.session.Session()


def make_device(iot: Any, thing_name: str, folder: pathlib.Path) -> str:
    """Create the thing, attach a new certificate to it that may use its jobs, and write its files
    into `folder`. Returns the thing's ARN.
    """
    arn, principal = make_unpermitted_device(iot, thing_name, folder)
    permit(iot, arn, principal)
    return arn


def make_unpermitted_device(iot: Any, thing_name: str, folder: pathlib.Path) -> tuple[str, str]:
    """The same without a policy: it may do nothing yet. Returns the ARNs of the thing and of its
    certificate.
    """
    arn = iot.create_thing(thingName=thing_name)["thingArn"]
    made = iot.create_keys_and_certificate(setAsActive=True)
    principal = made["certificateArn"]
    iot.attach_thing_principal(thingName=thing_name, principal=principal)
    write_files(made["certificatePem"], made["keyPair"]["PrivateKey"], folder)
    return arn, principal


def permit(iot: Any, thing_arn: str, principal: str, topics: str = "") -> None:
    """Let a certificate connect as the thing, and use its jobs over MQTT and HTTPS; `topics`: and
    the topics that this pattern matches. The policy is named after the thing, and made once.
    """
    name = thing_arn.rpartition("/")[2].replace(":", "=")  # which a policy's name cannot have
    document = json.dumps(device_policy(thing_arn, topics))
    with contextlib.suppress(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_policy(policyName=name, policyDocument=document)
    iot.attach_policy(policyName=name, target=principal)


def device_policy(thing_arn: str, topics: str = "") -> dict:
    """The policy of one device, as a document of IAM's kind."""
    here, _, thing = thing_arn.rpartition(":thing/")
    jobs = f"$aws/things/{thing}/jobs/*"
    found = [
        ("iot:Connect", [f"client/{thing}"]),
        (["iot:Publish", "iot:Receive"], [f"topic/{jobs}"]),
        ("iot:Subscribe", [f"topicfilter/{jobs}"]),
        ("iotjobsdata:*", [f"thing/{thing}"]),
    ]
    if topics:
        found[1][1].append(f"topic/{topics}")
        found[2][1].append(f"topicfilter/{topics}")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": actions,
                "Resource": [f"{here}:{resource}" for resource in resources],
            }
            for actions, resources in found
        ],
    }


def write_files(certificate_pem: str, key_pem: str, folder: pathlib.Path) -> None:
    """Write a certificate and its key as DER into `folder`, the key for its owner's eyes only."""
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    key = serialization.load_pem_private_key(key_pem.encode(), None)
    (folder / CERTIFICATE).write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    secret = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    with open(os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secret)
