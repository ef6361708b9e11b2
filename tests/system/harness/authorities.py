"""Certificates that are not the emulator's, or no longer good."""

import contextlib

import pytest
from cryptography.hazmat.primitives import serialization
from iotjobs_emulator import provision
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database


@pytest.fixture(scope="module")
def authority():
    """One that the emulator knows nothing of."""
    with contextlib.closing(Database()) as database:
        yield Authority(database)


@pytest.fixture
def foreign(authority, tmp_path):
    """A folder with a device's files of this authority: certificate, key and CA."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    certificate, keys = authority.issue_device()
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    provision.write_files(pem, keys.private_pem, folder)
    authority.write_ca(folder)
    return folder


@pytest.fixture
def web_context(authority):
    """The SSLContext of a web server of this authority: whoever asks gets an answer."""
    context = authority.server_context()
    context.verify_mode = 0
    return context


def deactivate(iot, thing_name):
    """Deactivate the thing's only certificate."""
    (principal,) = iot.list_thing_principals(thingName=thing_name)["principals"]
    iot.update_certificate(certificateId=principal.rsplit("/", 1)[1], newStatus="INACTIVE")
