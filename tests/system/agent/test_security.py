"""Who is refused, by whom, and what the device says about it, over MQTT and over HTTPS."""

import pytest
from authorities import authority as authority
from authorities import deactivate
from authorities import foreign as foreign
from iotjobs_emulator import provision
from my_thing import folder as folder

# The state that a device is in only if it was admitted.
ADMITTED = {"mqtt": "SYNCING", "https": "IDLE"}


@pytest.fixture(params=ADMITTED)
def way(request):
    return request.param


@pytest.fixture
def error_of(emulator, folder, start_device, way):
    """Start a device that is not admitted; the first error that it prints, from its stage on."""

    def error_of(at=emulator, **settings):
        port = {"mqtt": at.mqtts, "https": at.https}[way]
        device = start_device(**{"way": way, "folder": folder, "port": port, **settings})
        error = device.wait_for("^error (.*)")[1]
        assert f"state {ADMITTED[way]}" not in device.lines
        assert not any(line.startswith("begin") for line in device.lines)
        return error

    return error_of


def test_a_server_of_another_authority_is_refused(error_of, foreign):
    error = error_of(ca=foreign / provision.CA)
    assert error.startswith("certificate ")
    assert "not correctly signed by the trusted CA" in error


def test_a_server_of_another_name_is_refused(start_emulator, error_of):
    # The server's certificate is for localhost, 127.0.0.1 and ::1.
    other = start_emulator("--host", "127.0.0.2")
    error = error_of(other, folder=other.device_folder("Other"), host="127.0.0.2")
    assert error.startswith("certificate ")
    assert "does not match" in error


def test_a_device_without_certificate_is_refused(error_of):
    error = error_of(cert="")
    assert error.startswith(("handshake ", "lost "))
    assert "no client certificate is set" in error


def test_a_certificate_of_another_authority_is_refused(error_of, foreign):
    error = error_of(cert=foreign)
    assert error.startswith(("handshake ", "lost "))
    assert "is the client certificate known there?" in error


def test_a_device_with_another_things_certificate_is_refused(emulator, error_of, way):
    other = emulator.device_folder("OtherThing")
    emulator.create_job("job", {"operation": "echo"})
    error = error_of(cert=other)
    if way == "mqtt":
        assert error.startswith("connack ")
        assert "not authorized: is the certificate this thing's own, with a policy?" in error
    else:
        assert error.startswith("2 Forbidden")


def test_a_deactivated_certificate_is_refused(emulator, error_of, way):
    deactivate(emulator.iot, "MyThing")
    error = error_of()
    if way == "mqtt":
        assert error.startswith("connack ")
        assert "not authorized" in error
    else:
        assert error.startswith("2 CertificateValidation ")


@pytest.mark.parametrize("way", ["mqtt"], indirect=True)
def test_a_thing_cannot_act_for_another_under_a_client_id_of_its_own(emulator, error_of):
    other = emulator.device_folder("OtherThing", "spy")
    emulator.create_job("j1", {"operation": "echo"})
    assert error_of(cert=other, client="spy").startswith(("lost ", "protocol "))
    assert emulator.execution("j1")[0] == "QUEUED"


def test_nobody_there_is_told_from_a_refusal(error_of):
    error = error_of(port=1)
    assert error.startswith("tcp ")
    assert "localhost:1" in error
