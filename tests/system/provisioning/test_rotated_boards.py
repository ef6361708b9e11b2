"""Boards on MicroPython whose certificates are rotated, by tools/provision and by hand."""

import base64
import json
import shutil
import sys

import environment
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from forked_tools import run
from iotjobs_emulator import provision as emulated
from processes import Process

STARTER = environment.ROOT / "boards" / "starter"
PROGRAM = environment.ROOT / "tests" / "system" / "programs" / "rotated.py"
STOP = '{"operation": "stop", "services": "blinker"}'


@pytest.fixture
def service(start_emulator, tmp_path, monkeypatch):
    """An emulator, at which a device "lamp" is made."""
    emulator = start_emulator()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.chdir(tmp_path)
    emulator.iot = emulated.iot_client(emulator.control_url)
    assert provision(emulator, "--https").returncode == 0
    return emulator


def provision(emulator, *options):
    service = ("--endpoint-url", emulator.control_url, "--ca", emulator.folder / "ca.pem")
    return run("provision", "lamp", *service, *options)


def arguments(service, program, *options):
    thing = ("--thing", "lamp", "--things", "things", "--service", service.control_url)
    return [program, "--in-place", *thing, *options]


@pytest.fixture
def start(service, processes):
    """Start a board that is in this folder."""

    def start(program):
        tool = [sys.executable, environment.TOOLS / "run", *arguments(service, program)]
        processes.append(Process(tool))
        processes[-1].wait_for("^state IDLE$")
        return processes[-1]

    return start


def test_without_a_board_it_waits_and_may_be_taken_back(service):
    done = provision(service, "--rotate")
    assert (done.returncode, done.stderr) == (0, "provision: lamp: waits for its board\n")
    assert done.stdout.splitlines()[-1] == (
        "provision: run it again, and it goes on; --wait MINUTES waits for the boards"
    )
    done = provision(service, "--rotate", "--wait", "0.001")
    assert (done.returncode, done.stderr) == (1, "provision: lamp: waits for its board\n")
    assert "is being rotated: go on by --rotate" in provision(service, "--again").stderr
    for wait in ("-1", "long"):
        done = provision(service, "--rotate", "--wait", wait)
        assert (done.returncode, "is not 0 to 100,000 minutes" in done.stderr) == (2, True)
    assert provision(service, "--rotate", "--remove").returncode == 2
    assert provision(service, "--remove").returncode == 0
    assert service.iot.list_certificates()["certificates"] == []


def is_pair(certificate, key):
    certificate = x509.load_der_x509_certificate(certificate)
    return certificate.public_key() == serialization.load_der_private_key(key, None).public_key()


def test_the_complete_program_gets_another_certificate_and_goes_on_with_it(
    service, start, tmp_path
):
    board, things = tmp_path / "board", tmp_path / "things" / "lamp"
    shutil.copytree(STARTER, board)
    settings = json.loads((board / "settings.json").read_text())
    (board / "settings.json").write_text(json.dumps({**settings, "thing": "lamp"}))
    (old,) = service.iot.list_thing_principals(thingName="lamp")["principals"]
    tool = start(board)
    done = provision(service, "--rotate", "--wait", "1")
    assert (done.returncode, "lamp: rotated" in done.stderr) == (0, True), done.stderr
    (new,) = service.iot.list_thing_principals(thingName="lamp")["principals"]
    assert new != old
    assert [
        each["certificateArn"] for each in service.iot.list_certificates()["certificates"]
    ] == [new]
    certificate = (board / "device.der").read_bytes()
    assert certificate == (things / "device.der").read_bytes()
    assert is_pair(certificate, (board / "key.der").read_bytes())
    assert not (things / "key.der").exists()
    assert not (board / "key.der.next").exists()
    tool.kill()
    tool.wait()
    done = run("run", *arguments(service, board, "--job", STOP))
    assert done.stdout.splitlines()[-1].endswith("SUCCEEDED   stopped: blinker"), done.stdout
    copied = [each for each in arguments(service, board, "--job", STOP) if each != "--in-place"]
    done = run("run", *copied)
    assert (done.returncode, "the key of lamp is on its board alone" in done.stderr) == (2, True)


@pytest.mark.parametrize(("https", "refusal"), [("False", "connack: "), ("True", "")])
def test_a_certificate_that_is_not_active_is_refused_and_the_old_one_goes_on(
    service, start, tmp_path, https, refusal
):
    board = tmp_path / "board"
    board.mkdir()
    (board / "main.py").write_text(
        PROGRAM.read_text().replace("HTTPS = False", f"HTTPS = {https}")
    )
    start(board)
    iot = service.iot
    (old,) = iot.list_thing_principals(thingName="lamp")["principals"]
    request = ended(service, "request", {})["request"]
    csr = x509.load_der_x509_csr(base64.b64decode(request))
    assert (csr.is_signature_valid, csr.subject.rfc4514_string()) == (True, "CN=lamp")
    before = (board / "device.der").read_bytes()
    made = iot.create_certificate_from_csr(
        certificateSigningRequest=csr.public_bytes(serialization.Encoding.PEM).decode()
    )
    for policy in ("iotjobs-device", "iotjobs-device-lamp"):
        iot.attach_policy(policyName=policy, target=made["certificateArn"])
    iot.attach_thing_principal(thingName="lamp", principal=made["certificateArn"])
    der = x509.load_pem_x509_certificate(made["certificatePem"].encode()).public_bytes(
        serialization.Encoding.DER
    )
    brought = {"certificate": base64.b64encode(der).decode()}
    details = ended(service, "inactive", brought, "FAILED")
    assert details["certificate"] == old.rpartition("/")[2]
    assert details["reason"].startswith(f"rolled back: not connected with it in 2 s: {refusal}")
    assert (board / "device.der").read_bytes() == before
    iot.update_certificate(certificateId=made["certificateId"], newStatus="ACTIVE")
    assert ended(service, "active", brought) == {"certificate": made["certificateId"]}
    assert is_pair((board / "device.der").read_bytes(), (board / "key.der").read_bytes())


def ended(service, job_id, members, status="SUCCEEDED"):
    """The details of such a job, which ends so."""
    thing = service.iot.describe_thing(thingName="lamp")["thingArn"]
    document = json.dumps({"operation": "certificate", **members})
    service.iot.create_job(jobId=job_id, targets=[thing], document=document)
    service.wait_for_status(job_id, status, "lamp")
    execution = service.iot.describe_job_execution(jobId=job_id, thingName="lamp")["execution"]
    return execution["statusDetails"]["detailsMap"]
