"""AWS's SDK for JavaScript, as it is on npm, under Node."""

import json
import os

import data_plane
import pytest
from authorities import deactivate
from commands import finished
from data_plane import DOCUMENT, THING
from mutual_tls import CA_PEM, CERTIFICATE_PEM, KEY_PEM, write_pem
from processes import PROGRAMS
from testing import external

pytestmark = pytest.mark.exhaustive

WAYS = ("signed", "data port", "certificate")


@pytest.fixture(scope="session")
def node_command():
    modules = external.prepare_javascript()
    return [external.node(), PROGRAMS / "jobs_data.cjs"], {**os.environ, "NODE_PATH": str(modules)}


@pytest.fixture
def node(emulator, node_command):
    """Have Node make these calls on one of the ways; what each came to."""
    folder = emulator.device_folder(THING)
    write_pem(folder)

    def run(way, *calls):
        tls = None
        endpoint = emulator.data_url if way == "data port" else emulator.control_url
        if way == "certificate":
            endpoint = f"https://localhost:{emulator.https}"
            names = {"cert": CERTIFICATE_PEM, "key": KEY_PEM, "ca": CA_PEM}
            tls = {name: str(folder / file) for name, file in names.items()}
        command, variables = node_command
        asked = json.dumps({"endpoint": endpoint, "tls": tls, "calls": calls})
        done = finished(command, input=asked, env=variables)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return run


@pytest.fixture
def ask(node, way):
    """As in data_plane, on this way."""
    return lambda *calls: [came(answer) for answer in node(way, *map(of_data, calls))]


def of_data(call):
    return "iot-jobs-data", *call


def came(answer):
    if "output" in answer:
        return answer["output"]
    error = answer["error"]
    assert error["modelled"]
    return data_plane.Refusal(error["name"], error["status"], error["message"])


@pytest.mark.parametrize("way", WAYS)
def test_a_job_is_created_found_started_and_finished(emulator, node, ask):
    def create():
        job = {"jobId": "one", "targets": [emulator.arn(THING)], "document": DOCUMENT}
        [made] = node("signed", ("iot", "CreateJob", job))
        assert made["output"]["jobArn"].endswith(":job/one")

    data_plane.a_job_is_found_started_and_finished(emulator, ask, create)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_is_an_exception_of_its_class(emulator, ask):
    data_plane.what_is_refused_says_why(emulator, ask)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", data_plane.BUSY)
def test_that_the_service_cannot_answer_now_is_one_too(emulator, ask, fault):
    data_plane.that_the_service_cannot_answer_now_is_told(emulator, ask, fault)


@pytest.mark.parametrize("way", ["certificate"])
def test_a_certificate_that_is_not_active_is_refused(emulator, ask):
    deactivate(emulator.iot, THING)
    [refused] = ask(data_plane.call(data_plane.PENDING))
    assert refused.name == "CertificateValidationException"
