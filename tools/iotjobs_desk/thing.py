"""What a program is at the service: a thing, with a certificate that may use its jobs."""

import ssl
from pathlib import Path
from typing import NamedTuple

from iotjobs_emulator import provision

from .service import Service

NAME = "MyThing"  # unless somebody says another


class Thing(NamedTuple):
    """The ARNs of a thing, and of its certificate."""

    arn: str
    principal: str


def make(service: Service, name: str, folder: Path) -> Thing:
    """The thing, made if it is not there, and a new certificate for it; its files are in `folder`,
    and so is the CA's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = Thing(*provision.make_unpermitted_device(service.iot, name, folder))
    provision.permit(service.iot, *found)
    (folder / provision.CA).write_bytes(ssl.PEM_cert_to_DER_cert(service.ca))
    return found
