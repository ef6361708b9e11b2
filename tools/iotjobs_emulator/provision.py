"""Make a device: a thing, a certificate of its own, and the files that go onto the device."""

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
    """Create the thing, attach a new certificate to it, and write its files into `folder`. Returns
    the thing's ARN.
    """
    arn = iot.create_thing(thingName=thing_name)["thingArn"]
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_thing_principal(thingName=thing_name, principal=made["certificateArn"])
    write_files(made["certificatePem"], made["keyPair"]["PrivateKey"], folder)
    return arn


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
