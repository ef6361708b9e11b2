"""The control plane as boto3 and raw HTTP meet it."""

import contextlib
import logging
import re
import socket
import sqlite3

import pytest
from botocore.exceptions import ClientError
from iotjobs_emulator.errors import ServiceError
from iotjobs_emulator.rest import load_model
from iotjobs_emulator.rest.api import BODY_BYTES
from rest_client import ask, boto_client, iot_server, serving

IOT_ERRORS = {
    code: shape.metadata["error"]["httpStatusCode"]
    for code, shape in load_model("iot").errors.items()
}
JOB, TOO_LARGE = b'{"targets":["x"]}', b" " * (BODY_BYTES + 1)


def scope(service: str) -> dict[str, str]:
    credential = f"Credential=AKID/20240101/eu-west-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}


def answered(handlers, *asked, after_request=lambda: None):
    """The answers to raw requests (method, target, body, headers)."""
    with serving(handlers, after_request) as port:
        return [ask(port, *a) for a in asked]


@pytest.mark.parametrize("signed", [False, True])
def test_boto3_reaches_a_handler_signed_or_not(signed):
    seen = []

    def describe(params):
        seen.append(params)
        return {"thingName": "a:b", "version": 3, "attributes": {"k": "v"}}

    with serving({"DescribeThing": describe}) as port, boto_client(port, signed) as client:
        answer = client.describe_thing(thingName="a:b")
    assert (answer["thingName"], answer["version"]) == ("a:b", 3)
    assert answer["attributes"] == {"k": "v"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["ResponseMetadata"]["RequestId"])
    assert seen == [{"thingName": "a:b"}]


def test_boto3_sees_every_modelled_error_with_its_status():
    def fail(params):
        raise ServiceError(params["thingName"], f"because {params['thingName']}")

    assert len(IOT_ERRORS) > 30
    with serving({"DescribeThing": fail}) as port, boto_client(port) as client:
        for code, status in IOT_ERRORS.items():
            with pytest.raises(ClientError) as caught:
                client.describe_thing(thingName=code)
            response = caught.value.response
            assert response["Error"] == {"Code": code, "Message": f"because {code}"}
            assert response["ResponseMetadata"]["HTTPStatusCode"] == status
            assert type(caught.value).__name__ == code


def test_a_violated_constraint_is_an_invalid_request_that_no_handler_sees():
    def create(params):
        raise AssertionError("reached")

    with (
        serving({"CreateJob": create}) as port,
        boto_client(port) as client,
        pytest.raises(ClientError) as caught,
    ):
        client.create_job(jobId="a b", targets=["x"])
    assert caught.value.response["Error"] == {
        "Code": "InvalidRequestException",
        "Message": "1 validation error detected: Value 'a b' at 'jobId' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    }


@pytest.mark.parametrize(
    ("asked", "status", "code", "named"),
    [
        (("GET", "/nothing"), 404, "UnknownOperation", ""),
        (("GET", "/things/a%0Ab/x"), 404, "UnknownOperation", ""),
        (("GET", "/things/../../x"), 404, "UnknownOperation", ""),
        (("OPTIONS", "*"), 404, "UnknownOperation", ""),
        (("PATCH", "/jobs"), 405, "MethodNotAllowed", "GET"),
        (("GET", "/policies"), 501, "NotImplemented", "ListPolicies"),
        (("GET", "/things/%FF"), 400, "Serialization", ""),
        (("PUT", "/jobs/j", b"{"), 400, "Serialization", ""),
        (("PUT", "/jobs/j", b"[]"), 400, "Serialization", ""),
        (("PUT", "/jobs/j", b"{}"), 400, "InvalidRequest", ""),
        (("PUT", "/jobs/j", b'{"targets":"x"}'), 400, "InvalidRequest", ""),
        (("PUT", "/jobs/j", b'{"targets":["\\ud800"]}'), 400, "InvalidRequest", ""),
        # Names are read as values are, wherever they stand and whatever they mean.
        (("PUT", "/jobs/j", b'{"targets":["x"],"\\ud800":1}'), 400, "InvalidRequest", "ud800"),
        (("PUT", "/jobs/j", b'{"x":[{"a":{"\\udc00":1}}]}'), 400, "InvalidRequest", "udc00"),
        (("PUT", "/jobs/a%0A", JOB), 400, "InvalidRequest", ""),
        # This operation does not have that error, but this one.
        (("GET", "/packages/a%20b"), 400, "Validation", ""),
        (("PUT", "/jobs/j", TOO_LARGE), 413, "RequestEntityTooLarge", str(BODY_BYTES)),
        (("PUT", "/jobs/j", JOB, scope("iotdata")), 403, "InvalidSignature", "iotdata"),
    ],
)
def test_a_request_that_cannot_be_served_says_why(asked, status, code, named):
    (answer,) = answered(dict.fromkeys(("CreateJob", "DescribeThing", "GetPackage"), dict), asked)
    assert (answer[0], answer[1]["x-amzn-ErrorType"]) == (status, f"{code}Exception")
    assert answer[2]["message"]
    assert named in answer[2]["message"]
    assert answer[1]["Content-Type"] == "application/json"
    assert answer[1]["x-amzn-RequestId"]


@pytest.mark.parametrize("headers", [{}, scope("iot"), {"Authorization": "Bearer x"}])
def test_any_credentials_or_none_are_accepted(headers):
    (answer,) = answered(
        {"CreateJob": lambda params: {"jobId": params["jobId"]}}, ("PUT", "/jobs/j", JOB, headers)
    )
    assert (answer[0], answer[2]) == (200, {"jobId": "j"})


@contextlib.contextmanager
def asking(*headers, version=b"1.1"):
    """A connection to a server, on which the head of a CreateJob was sent."""
    head = (b"PUT /jobs/j HTTP/" + version, b"Host: localhost", *headers, b"", b"")
    with (
        serving({"CreateJob": lambda params: {"jobId": params["jobId"]}}) as port,
        socket.create_connection(("127.0.0.1", port), 60) as connection,
    ):
        connection.sendall(b"\r\n".join(head))
        yield connection


EXPECT, LENGTH = b"Expect: 100-Continue", b"Content-Length: %d" % len(JOB)


def test_a_client_that_waits_to_be_asked_for_the_body_is_asked():
    with asking(EXPECT, LENGTH) as connection:
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(JOB)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_client_of_http_1_0_is_never_asked():
    with asking(EXPECT, LENGTH, version=b"1.0") as connection:
        connection.sendall(JOB)
        assert connection.recv(4096).startswith(b"HTTP/1.0 200 OK\r\n")


def test_an_operation_without_output_answers_no_body():
    target = f"/certificates/{'a' * 64}?newStatus=ACTIVE"
    (answer,) = answered({"UpdateCertificate": lambda params: {}}, ("PUT", target))
    assert (answer[0], answer[2]) == (200, None)


def test_a_state_that_cannot_be_kept_is_service_unavailable_with_the_reason(caplog):
    def handler(params):
        raise sqlite3.OperationalError("database or disk is full")

    (answer,) = answered({"DescribeThing": handler}, ("GET", "/things/t"))
    assert (answer[0], answer[1]["x-amzn-ErrorType"]) == (503, "ServiceUnavailableException")
    assert answer[2]["message"] == "The state cannot be kept: database or disk is full"
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("broken", ["handler", "output", "after_request"])
def test_an_unexpected_failure_is_a_500_with_a_traceback_and_the_server_lives(broken, caplog):
    calls = []

    def handler(params):
        calls.append(broken)
        if broken == "handler" and len(calls) == 1:
            raise KeyError("oops")
        return {"oops": 1} if broken == "output" and len(calls) == 1 else {}

    def after():
        if broken == "after_request" and len(calls) == 1:
            raise OSError("oops")

    caplog.set_level(logging.ERROR)
    twice = [("GET", "/things/t")] * 2
    first, second = answered({"DescribeThing": handler}, *twice, after_request=after)
    assert (first[0], first[1]["x-amzn-ErrorType"]) == (500, "InternalFailureException")
    assert second[0] == 200
    assert "oops" in caplog.text
    assert "Traceback" in caplog.text
    assert "oops" not in first[2]["message"]


def test_after_request_follows_every_handler_and_nothing_else():
    events = []

    def handler(params):
        events.append(params["thingName"])
        if params["thingName"] == "bad":
            raise ServiceError("ResourceNotFoundException", "no")
        return {}

    asked = [("GET", f"/things/{name}") for name in ("good", "bad", "in%20valid")]
    answered({"DescribeThing": handler}, *asked, after_request=lambda: events.append("after"))
    assert events == ["good", "after", "bad", "after"]


def test_a_handler_of_no_operation_is_refused_at_the_start():
    with pytest.raises(ValueError, match="CreateJobs"):
        iot_server({"CreateJobs": dict})


async def test_the_port_is_free_again_after_close():
    server = iot_server({})
    port = await server.listen("127.0.0.1", 0)
    await server.close()
    await server.close()
    assert await server.listen("127.0.0.1", port) == port
    with pytest.raises(OSError, match=str(port)):
        await iot_server({}).listen("127.0.0.1", port)
    await server.close()
