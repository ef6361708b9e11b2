"""The way from `tools/jobs` to the service: its files, its address, and what is said when it is
missing."""

import datetime
import itertools
import os
import signal
import socket
import subprocess
import sys

import pytest
from authorities import authority as authority
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from deploying import credentials
from iotjobs_emulator.provision import CA, CERTIFICATE, KEY, permit
from jobs_tool import (
    HTTPS,
    INTERRUPTED,
    MQTT,
    TOOL,
    USAGE,
    environment_without,
    run,
    run_program,
    says,
    wait_for_fault,
)
from jobs_tool import jobs as jobs
from mutual_tls import CA_PEM, CERTIFICATE_PEM, KEY_PEM, PEM, write_pem
from people_have import PEM_FILES
from processes import Process
from registry_bench import csr_of
from testing import ports
from waiting import LIMIT_S

ASK = ("get-pending-job-executions", "--thing-name", "MyThing")
WAYS = pytest.mark.parametrize("way", [HTTPS, MQTT])


@pytest.fixture
def key(jobs):
    """The device's private key."""
    write_pem(jobs.folder)
    return serialization.load_der_private_key((jobs.folder / KEY).read_bytes(), None)


def written(folder, name, *parts):
    path = folder / name
    path.write_bytes(b"".join(part.encode() if isinstance(part, str) else part for part in parts))
    return path


def test_certificates_and_keys_may_be_pem(jobs, key):
    folder = jobs.folder
    certificate = (folder / CERTIFICATE_PEM).read_text()
    ca = (folder / CA_PEM).read_text()
    names = {
        "pkcs8": serialization.PrivateFormat.PKCS8,
        "sec1": serialization.PrivateFormat.TraditionalOpenSSL,
    }
    keys = {
        name: key.private_bytes(PEM, form, serialization.NoEncryption())
        for name, form in names.items()
    }
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    forms = [
        {"cert": folder / CERTIFICATE_PEM, "key": folder / KEY_PEM, "ca": folder / CA_PEM},
        {"key": written(folder, "sec1.pem", parameters, keys["sec1"])},
        # A chain, with what openssl tells of it; the device's own comes first.
        {"cert": written(folder, "chain.pem", "subject=CN = MyThing\n", certificate, ca)},
        {"cert": written(folder, "x509.pem", certificate.replace(" CERT", " X509 CERT"))},
        {
            "cert": written(folder, "all.pem", keys["pkcs8"], certificate),
            "key": written(folder, "all2.pem", certificate, keys["pkcs8"]),
        },
        {"key": written(folder, "pkcs8.der", key.private_bytes(
            serialization.Encoding.DER, names["pkcs8"], serialization.NoEncryption()))},
    ]  # fmt: skip
    for form in forms:
        process = jobs.run(*ASK, **form)
        assert process.returncode == 0, (form, process.stderr)


@WAYS
def test_of_a_bundle_any_authority_may_be_that_of_the_service(jobs, key, authority, way):
    other = authority.certificate.public_bytes(PEM)
    right = (jobs.folder / CA_PEM).read_bytes()
    bundles = ([other, right], [other, right, other], [right, other])
    for number, (form, blocks) in enumerate(itertools.product(PEM_FILES, bundles)):
        if number % 2 == (way == MQTT):  # each form with each bundle, by one way or the other
            bundle = written(jobs.folder, "bundle.pem", PEM_FILES[form](*blocks))
            process = jobs.run(*ASK, way=way, ca=bundle)
            assert process.returncode == 0, (form, len(blocks), process.stderr)
    says(jobs.run(*ASK, way=way, ca=written(jobs.folder, "other.pem", other, other)), "is refused")


@WAYS
@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1])
def test_micropython_has_each_curve_that_the_service_takes(jobs, emulator, curve, way):
    made = ec.generate_private_key(curve())
    issued = emulator.iot.create_certificate_from_csr(
        certificateSigningRequest=csr_of(made), setAsActive=True
    )
    emulator.iot.attach_thing_principal(thingName="MyThing", principal=issued["certificateArn"])
    permit(emulator.iot, emulator.arn("MyThing"), issued["certificateArn"])
    files = credentials.files(
        written(jobs.folder, "own.pem", issued["certificatePem"]),
        written(jobs.folder, "own-key.pem", made.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())),
        [], None, datetime.datetime.now(datetime.timezone.utc),
    )  # fmt: skip
    cert, secret = (written(jobs.folder, file.path[1:], file.content) for file in files)
    process = jobs.run(*ASK, way=way, cert=cert, key=secret)
    assert process.returncode == 0, process.stderr


def test_files_that_are_no_certificates_or_keys(jobs, key):
    folder = jobs.folder
    encrypted = serialization.BestAvailableEncryption(b"secret")
    for form in (
        serialization.PrivateFormat.PKCS8,
        serialization.PrivateFormat.TraditionalOpenSSL,
    ):
        locked = written(folder, "locked.pem", key.private_bytes(PEM, form, encrypted))
        says(jobs.run(*ASK, key=locked), "--key", "locked.pem", "the key is encrypted")
    pem = (folder / KEY_PEM).read_text()
    body = pem.splitlines()[1]
    for name, text, reason in (
        ("cert", "", "neither DER nor PEM"),
        ("key", "\xff\x00", "neither DER nor PEM"),
        ("key", "\xff\xfe-\x00", "it is text in UTF-16: save it as UTF-8"),
        ("cert", pem, "no CERTIFICATE in it: it has PRIVATE KEY"),
        ("key", (folder / CA_PEM).read_text(), "no PRIVATE KEY in it: it has CERTIFICATE"),
        ("key", pem.replace(body, body[1:]), "PRIVATE KEY is damaged"),
        ("key", pem.split("-----END")[0], "PRIVATE KEY does not end"),
        ("ca", "0" + body, "--ca"),
        ("key", "0" + body, "--key"),
    ):
        path = folder / "bad.pem"
        path.write_bytes(text.encode("latin-1"))
        process = jobs.run(*ASK, **{name: path})
        says(process, f"--{name}", reason)
        assert body[:20] not in process.stderr, "nothing of a key is ever shown"
    says(jobs.run(*ASK, ca=folder / "none.pem"), "--ca", "none.pem", "ENOENT")
    says(jobs.run(*ASK, ca=folder), "--ca", "EISDIR")


def test_the_environment_stands_for_the_options(jobs):
    named = {
        "IOTJOBS_ENDPOINT": f"localhost:{jobs.ports[HTTPS]}",
        "IOTJOBS_CERT": jobs.folder / CERTIFICATE,
        "IOTJOBS_KEY": jobs.folder / KEY,
        "IOTJOBS_CA": jobs.folder / CA,
    }
    variables = environment_without(**{name: str(value) for name, value in named.items()})
    assert run(*ASK, env=variables).returncode == 0
    says(run(*ASK, "--cert", "none.pem", env=variables), "--cert none.pem")
    del variables["IOTJOBS_CA"], variables["IOTJOBS_KEY"]
    says(run(*ASK, env=variables), "required: --key, --ca", code=USAGE)


def test_addresses_and_times_that_are_none(interpreter, tmp_path):
    def failed(*options):
        files = ("--cert=none", "--key=none", "--ca=none")
        return run_program(interpreter, *options, *files, *ASK, cwd=tmp_path)

    for host in ("", "a:b", "a:0", "a:65536", "a:", "a:1:2", "https://a", "a/b", ":8443", "[]:1"):
        says(failed(f"--endpoint={host}"), "--endpoint", code=USAGE)
    for seconds in ("0", "-1", "soon", "nan", "inf", "1e9", ""):
        says(failed("--endpoint=a", f"--timeout={seconds}"), "--timeout", code=USAGE)


def silence(emulator):
    """From now on no GetPendingJobExecutions is answered."""
    return emulator.fault(action="silent", direction="in", operation="GetPendingJobExecutions")


@WAYS
def test_what_is_missing_is_said(jobs, emulator, way):
    def failed(**other):
        return jobs.run(*ASK, way=way, **other)

    says(failed(endpoint="no-host.invalid"), "has no address", "no-host.invalid")
    says(failed(endpoint=f"localhost:{ports.take(1)[0]}"), "Nothing answers", "ECONNREFUSED")
    says(failed(ca=jobs.folder / CERTIFICATE), "certificate is refused", "--ca")
    says(failed(cert=None), "required: --cert", code=USAGE)
    says(failed(endpoint=f"localhost:{emulator.mqtt}"), "does not agree to TLS", "--cert")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"localhost:{deaf.getsockname()[1]}"
        says(failed(endpoint=address, timeout="0.3"), "ended without an answer", "300 ms")
    silence(emulator)
    says(failed(timeout="5"), "no answer within 5000 ms", "The request may have taken effect")


@WAYS
def test_what_cannot_be_sent_is_said_without_a_connection(jobs, way):
    asked = ("get-pending-job-executions", "--thing-name=a/b")
    process = jobs.run(*asked, way=way, endpoint=f"localhost:{ports.take(1)[0]}")
    says(process, "Parameter validation failed:\nthing name 'a/b'")


def test_mqtt_is_left_with_a_goodbye(jobs, emulator):
    emulator.fault(action="delay", direction="in", packet="DISCONNECT", seconds=0.001)
    assert jobs.run(*ASK, way=MQTT).returncode == 0
    wait_for_fault(emulator)


def test_the_port_of_the_other_way(jobs):
    https, mqtt = (f"localhost:{jobs.ports[way]}" for way in (HTTPS, MQTT))
    says(jobs.run(*ASK, way=MQTT, endpoint=https), "does not speak as the service", "8883")
    says(jobs.run(*ASK, endpoint=mqtt, timeout="1"), "ended without an answer")


def test_another_client_id(jobs, emulator, start_device):
    device = start_device(folder=jobs.folder, port=jobs.ports[MQTT])
    device.wait_for("state IDLE")
    assert jobs.run(*ASK, "--client-id", "MyThing-too", way=MQTT).returncode == 0
    assert "state OFFLINE" not in device.lines
    assert jobs.run(*ASK, way=MQTT).returncode == 0
    device.wait_for("state OFFLINE")


@WAYS
def test_ctrl_c_ends_it_without_a_traceback(jobs, emulator, processes, way):
    silence(emulator)
    command = [sys.executable, TOOL, *jobs.connection(way), *ASK]
    process = Process(command, env=environment_without())
    processes.append(process)
    wait_for_fault(emulator)
    process.signal(signal.SIGINT)
    assert process.wait() == INTERRUPTED
    assert process.lines == [""]


def test_a_reader_that_has_enough(jobs):
    command = [sys.executable, TOOL, *jobs.connection(), *ASK]
    reader, writer = os.pipe()
    os.close(reader)  # before anything can be written
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=writer,
        stderr=subprocess.PIPE,
        env=environment_without(),
    )
    os.close(writer)
    _, said = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, said) == (141, b"")
