"""The device API over HTTP and HTTPS: MQTT's state machine, with the shapes and errors of REST."""

import json
import ssl

import pytest
from botocore.exceptions import ClientError
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.provision import iot_client, permit
from jobs_world import DOCUMENT, START, thing_arn
from mqtt_client import NOTIFY, Client
from rest_client import ask, boto_client

J = "/things/lamp/jobs"
DATA_PLANE = "AWS4-HMAC-SHA256 Credential=a/b/c/iot-jobs-data/aws4_request, Signature=0"


class Devices:
    """A running emulator, and the lamp with its certificate."""

    def __init__(self, emulator, folder):
        self.emulator, self.folder = emulator, folder
        self.ports = emulator.ports
        self.iot = iot_client(emulator.control_url)
        emulator.call(emulator.emulator.authority.write_ca, folder)
        self.principal = self.device("lamp")

    def device(self, name, active=True):
        """A thing with a certificate that may use its jobs; the certificate's ARN. `name` None: of
        no thing.
        """
        made = self.iot.create_keys_and_certificate(setAsActive=active)
        text = made["certificatePem"] + made["keyPair"]["PrivateKey"]
        (self.folder / f"{name}.pem").write_text(text)
        if name is not None:
            thing = self.iot.create_thing(thingName=name)["thingArn"]
            self.iot.attach_thing_principal(thingName=name, principal=made["certificateArn"])
            permit(self.iot, thing, made["certificateArn"])
        return made["certificateArn"]

    def create(self, job_id, **members):
        targets = [thing_arn("lamp")]
        self.iot.create_job(jobId=job_id, targets=targets, document=DOCUMENT, **members)

    def https(self, method, target, body=None, name="lamp"):
        """A request with the certificate of a device: status, error type, JSON."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.load_cert_chain(self.folder / f"{name}.pem")
        text = body if body is None or isinstance(body, bytes) else json.dumps(body)
        status, headers, answer = ask(self.ports.https, method, target, text, tls=context)
        return status, headers["x-amzn-ErrorType"], answer


@pytest.fixture
def devices(tmp_path):
    with EmulatorThread(clock=VirtualClock(START)) as emulator:
        yield Devices(emulator, tmp_path)


def test_a_job_is_done_over_https(devices):
    assert devices.https("PUT", f"{J}/$next") == (200, None, {})
    devices.create("job")
    summary = {"jobId": "job", "queuedAt": START, "lastUpdatedAt": START}
    summary |= {"versionNumber": 1, "executionNumber": 1}
    assert devices.https("GET", J) == (200, None, {"inProgressJobs": [], "queuedJobs": [summary]})
    status, _, answer = devices.https("PUT", f"{J}/%24next", {"statusDetails": {"step": "one"}})
    execution = {
        **summary,
        "thingName": "lamp",
        "status": "IN_PROGRESS",
        "statusDetails": {"step": "one"},
        "startedAt": START,
        "versionNumber": 2,
        "jobDocument": DOCUMENT,
    }
    assert (status, answer) == (200, {"execution": execution})
    for target in (f"{J}/job?executionNumber=1", f"{J}/$next", f"{J}/%24next"):
        assert devices.https("GET", target)[2] == {"execution": execution}
    del execution["jobDocument"]
    described = devices.https("GET", f"{J}/job?includeJobDocument=false")
    assert described == (200, None, {"execution": execution})
    update = {"status": "SUCCEEDED", "expectedVersion": 2, "statusDetails": {"done": "yes"}}
    update |= {"includeJobExecutionState": True, "includeJobDocument": True}
    state = {"status": "SUCCEEDED", "statusDetails": {"done": "yes"}, "versionNumber": 3}
    answer = {"executionState": state, "jobDocument": DOCUMENT}
    assert devices.https("POST", f"{J}/job", update) == (200, None, answer)


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code", "named"),
    [
        ("POST", f"{J}/job", {"status": "SUCCEEDED", "expectedVersion": 9}, 400,
         "InvalidRequestException", "Expected version 9 but found version 1"),
        ("POST", f"{J}/job", {"status": "SUCCEEDED", "expectedVersion": "9"}, 400,
         "InvalidRequestException", "Expected version 9 but found version 1"),
        ("POST", f"{J}/job", {"status": "SUCCEEDED", "expectedVersion": "x"}, 400,
         "InvalidRequestException", "'x' at 'expectedVersion'"),
        ("POST", f"{J}/job", {"status": "DONE"}, 400, "InvalidRequestException", "'DONE'"),
        ("POST", f"{J}/job", {}, 400, "InvalidRequestException", "'status'"),
        ("POST", f"{J}/$next", {"status": "FAILED"}, 400, "InvalidRequestException", "$next"),
        ("POST", f"{J}/job", b"{", 400, "SerializationException", "JSON"),
        ("POST", f"{J}/job", {"status": "CANCELED"}, 409, "InvalidStateTransitionException",
         "CANCELED"),
        ("POST", f"{J}/ended", {"status": "FAILED"}, 409, "InvalidStateTransitionException",
         "SUCCEEDED"),
        ("GET", f"{J}/ended", None, 410, "TerminalStateException", "SUCCEEDED"),
        ("GET", f"{J}/nothing", None, 404, "ResourceNotFoundException", "nothing"),
        ("GET", f"{J}/job?executionNumber=2", None, 404, "ResourceNotFoundException", "2"),
        ("GET", f"{J}/job?includeJobDocument=no", None, 400, "InvalidRequestException",
         "includeJobDocument"),
        ("DELETE", f"{J}/job", None, 405, "MethodNotAllowedException", "GET, POST"),
        ("GET", "/things/lamp", None, 404, "UnknownOperationException", "/things/lamp"),
        ("GET", "/things/pump/jobs", None, 403, "ForbiddenException", "Forbidden"),
        ("POST", "/command-executions", {}, 403, "ForbiddenException", "Forbidden"),
    ],
)  # fmt: skip
def test_what_cannot_be_served_says_why(devices, method, target, body, status, code, named):
    devices.create("ended")
    devices.https("POST", f"{J}/ended", {"status": "SUCCEEDED"})
    devices.create("job")
    answer = devices.https(method, target, body)
    assert answer[:2] == (status, code)
    assert named in answer[2]["message"]
    assert devices.https("GET", f"{J}/job")[2]["execution"]["versionNumber"] == 1


def test_a_certificate_must_be_active_and_permit_it(devices):
    devices.device(None)
    assert devices.https("GET", J, name=None)[:2] == (403, "ForbiddenException")
    certificate = devices.principal.rsplit("/", 1)[1]
    devices.iot.update_certificate(certificateId=certificate, newStatus="INACTIVE")
    assert devices.https("GET", J)[:2] == (400, "CertificateValidationException")


def test_the_policy_decides(devices):
    devices.iot.detach_policy(policyName="lamp", target=devices.principal)
    assert devices.https("GET", J)[:2] == (403, "ForbiddenException")
    allowed = {"Effect": "Allow", "Action": "iotjobsdata:Get*"}
    allowed["Resource"] = "arn:aws:iot:eu-west-1:123456789012:thing/*"
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    devices.iot.create_policy(policyName="look", policyDocument=document)
    devices.iot.attach_policy(policyName="look", target=devices.principal)
    devices.iot.create_thing(thingName="pump")
    assert devices.https("GET", J)[0] == 200
    assert devices.https("GET", "/things/pump/jobs")[0] == 200
    assert devices.https("PUT", f"{J}/$next")[:2] == (403, "ForbiddenException")


def test_without_a_certificate_there_is_no_connection(devices):
    context = ssl.create_default_context(cafile=devices.folder / "ca.pem")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(devices.ports.https, "GET", J, tls=context)


def test_both_planes_share_a_port_by_the_signature(devices):
    devices.create("job")
    target = f"{J}/job"
    described = {}
    for port, headers in (
        (devices.ports.control, {}),
        (devices.ports.control, {"Authorization": DATA_PLANE}),
        (devices.ports.data, {}),
        (devices.ports.data, {"Authorization": DATA_PLANE}),
    ):
        status, _, answer = ask(port, "GET", target, headers=headers)
        assert status == 200
        described[port, bool(headers)] = answer["execution"]
    # The control plane says thingArn and detailsMap, the data plane thingName and the document.
    control = described.pop((devices.ports.control, False))
    assert control["thingArn"] == thing_arn("lamp")
    assert [e["jobDocument"] for e in described.values()] == [DOCUMENT] * 3
    control_plane = DATA_PLANE.replace("iot-jobs-data", "iot")
    refused = ask(devices.ports.data, "GET", "/things", headers={"Authorization": control_plane})
    assert (refused[0], refused[1]["x-amzn-ErrorType"]) == (403, "InvalidSignatureException")
    assert "'iot'" in refused[2]["message"]
    assert ask(devices.ports.data, "GET", "/things")[0] == 404


@pytest.mark.parametrize("port", ["control", "data"])
def test_boto3_speaks_to_either_port(devices, port):
    devices.create("job")
    with boto_client(getattr(devices.ports, port), True, "iot-jobs-data") as client:
        started = client.start_next_pending_job_execution(thingName="lamp")
        assert started["execution"]["jobDocument"] == DOCUMENT
        with pytest.raises(ClientError) as caught:
            client.describe_job_execution(thingName="pump", jobId="job")
        assert type(caught.value).__name__ == "ResourceNotFoundException"


async def test_whichever_plane_makes_a_change_subscribers_are_told(devices):
    client = await Client.connect(devices.ports.mqtt, "lamp")
    await client.subscribe((NOTIFY, 1))
    devices.create("job")
    assert list(json.loads((await client.message()).payload)["jobs"]) == ["QUEUED"]
    devices.https("POST", f"{J}/job", {"status": "SUCCEEDED"})
    assert json.loads((await client.message()).payload)["jobs"] == {}
    await client.disconnect()
