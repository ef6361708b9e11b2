"""Who is refused, by whom, and what the device says about it."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from iotjobs_emulator import provision
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database


@pytest.fixture
def device_folder(emulator):
    return emulator.device_folder("MyThing")


def error_of(device):
    """The first error that the device prints: its stage and its reason."""
    found = device.wait_for(r"^error (\w+) (.*)")
    assert not any(line == "state SYNCING" for line in device.lines)
    return found[1], found[2]


def test_a_server_of_another_ca_is_refused(emulator, device_folder, start_device, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    database = Database()
    Authority(database).write_ca(other)
    database.close()
    device = start_device(folder=device_folder, port=emulator.mqtts, ca=other / provision.CA)
    stage, reason = error_of(device)
    assert stage == "certificate"
    assert "not correctly signed by the trusted CA" in reason


def test_a_server_of_another_name_is_refused(start_emulator, start_device):
    # The server's certificate is for localhost, 127.0.0.1 and ::1.
    emulator = start_emulator("--host", "127.0.0.2")
    folder = emulator.device_folder("MyThing")
    device = start_device(folder=folder, port=emulator.mqtts, host="127.0.0.2")
    stage, reason = error_of(device)
    assert stage == "certificate"
    assert "does not match" in reason


def test_a_device_without_certificate_is_refused(emulator, device_folder, start_device):
    device = start_device(folder=device_folder, port=emulator.mqtts, cert="")
    stage, reason = error_of(device)
    assert stage in ("handshake", "lost")
    assert "no client certificate is set" in reason


def test_a_certificate_of_another_ca_is_refused(emulator, device_folder, start_device, tmp_path):
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    database = Database()
    certificate, keys = Authority(database).issue_device()
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    provision.write_files(pem, keys.private_pem, stranger)
    database.close()
    device = start_device(folder=device_folder, port=emulator.mqtts, cert=stranger)
    stage, reason = error_of(device)
    assert stage in ("handshake", "lost")
    assert "is the client certificate known there?" in reason


def test_a_device_with_another_things_certificate_is_refused(
    emulator, device_folder, start_device
):
    other = emulator.device_folder("OtherThing")
    device = start_device(folder=device_folder, port=emulator.mqtts, cert=other)
    stage, reason = error_of(device)
    assert stage == "connack"
    assert "not authorized: is the certificate this thing's own?" in reason


def test_a_deactivated_certificate_is_refused(emulator, device_folder, start_device):
    principal = emulator.iot.list_thing_principals(thingName="MyThing")["principals"][0]
    emulator.iot.update_certificate(
        certificateId=principal.rsplit("/", 1)[1], newStatus="INACTIVE"
    )
    device = start_device(folder=device_folder, port=emulator.mqtts)
    stage, reason = error_of(device)
    assert (stage, "not authorized" in reason) == ("connack", True)


def test_a_thing_cannot_act_for_another_under_a_client_id_of_its_own(
    emulator, device_folder, start_device
):
    other = emulator.device_folder("OtherThing")
    arn = emulator.iot.describe_thing(thingName="MyThing")["thingArn"]
    emulator.iot.create_job(jobId="j1", targets=[arn], document=json.dumps({"operation": "echo"}))
    device = start_device(folder=device_folder, port=emulator.mqtts, cert=other, client="spy")
    stage, _ = error_of(device)
    assert stage in ("lost", "protocol")
    assert emulator.execution("j1")[0] == "QUEUED"
    assert not any(line.startswith("begin") for line in device.lines)


def test_nobody_there_is_told_from_a_refusal(emulator, device_folder, start_device):
    device = start_device(folder=device_folder, port=1)
    stage, reason = error_of(device)
    assert stage == "tcp"
    assert "localhost:1" in reason
