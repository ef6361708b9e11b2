"""Make a device: a thing, a certificate of its own, and the files that go onto the device."""

import contextlib
import json
import os
import pathlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import serialization

CERTIFICATE, KEY, CA = "device.der", "key.der", "ca.der"


def iot_client(url: str, region: str = "eu-west-1") -> Any:
    """botocore's client for the control plane at `url`, with made-up credentials: the emulator
    looks at none. Neither a proxy nor what this machine has set for AWS leads it elsewhere.
    """
    return _session().create_client(
        "iot",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
        config=Config(retries={"max_attempts": 0}, proxies={}),
    )


@cache
def _session() -> botocore.session.Session:
    """One for all clients: it keeps the service models that it has read. It reads neither files of
    configuration nor variables of the environment.
    """
    variables = botocore.session.Session.SESSION_VARIABLES
    own = {name: (None, None, *rest) for name, (_, _, *rest) in variables.items()}
    nothing = (None, None, os.devnull, None)
    return botocore.session.Session({**own, "config_file": nothing, "credentials_file": nothing})


def make_device(iot: Any, thing_name: str, folder: pathlib.Path, **more: Sequence[str]) -> str:
    """Create the thing, attach a new certificate to it that may use its jobs and streams, and
    write its files into `folder`. `more`: as `device_policy` takes it. Returns the thing's ARN.
    """
    arn, principal = make_unpermitted_device(iot, thing_name, folder)
    permit(iot, arn, principal, **more)
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


def permit(iot: Any, thing_arn: str, principal: str, **more: Sequence[str]) -> None:
    """Give a certificate the policy of the thing's device, which is made once, and named after it.
    `more`: as `device_policy` takes it.
    """
    name = thing_arn.rpartition("/")[2].replace(":", "=")  # which a policy's name cannot have
    document = json.dumps(device_policy(thing_arn, **more))
    with contextlib.suppress(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_policy(policyName=name, policyDocument=document)
    iot.attach_policy(policyName=name, target=principal)


def device_policy(thing_arn: str, clients: Sequence[str] = (), topics: Sequence[str] = ()) -> dict:
    """The document of a policy: a device may connect as the thing, and use its jobs over MQTT and
    HTTPS, and streams. `clients`, `topics`: what else its client id may be, and what other topics
    it may use.
    """
    here, _, thing = thing_arn.rpartition(":thing/")
    used = (f"$aws/things/{thing}/jobs/*", f"$aws/things/{thing}/streams/*", *topics)
    allowed = (
        ("iot:Connect", [f"client/{name}" for name in (thing, *clients)]),
        (["iot:Publish", "iot:Receive"], [f"topic/{topic}" for topic in used]),
        ("iot:Subscribe", [f"topicfilter/{topic}" for topic in used]),
        ("iotjobsdata:*", [f"thing/{thing}"]),
    )
    statements = [
        {
            "Effect": "Allow",
            "Action": actions,
            "Resource": [f"{here}:{resource}" for resource in resources],
        }
        for actions, resources in allowed
    ]
    return {"Version": "2012-10-17", "Statement": statements}


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
