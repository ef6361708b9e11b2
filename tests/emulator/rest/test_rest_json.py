"""Requests to parameters, outputs to HTTP, as restJson1 has it."""

import json
import time

import pytest
from botocore.model import ServiceModel
from iotjobs_emulator.errors import ResourceAlreadyExistsError, ServiceError
from iotjobs_emulator.rest.model import Model
from iotjobs_emulator.rest.protocol_errors import MethodNotAllowedError, SerializationError
from iotjobs_emulator.rest.rest_json import answer, error, parse

NOON = 1_700_000_000  # 2023-11-14T22:13:20Z


def at(location: str, name: str, shape: str) -> dict:
    return {"shape": shape, "location": location, "locationName": name}


def of(**shapes: str) -> dict:
    return {name: {"shape": shape} for name, shape in shapes.items()}


IN_BODY = of(
    text="Text", bytes="Bytes", when="When", iso="Iso", map="Map", inner="Inner", texts="Texts"
)
IN_BODY |= {"renamed": {"shape": "Text", "locationName": "onTheWire"}}
SHAPES = {
    "Text": {"type": "string"},
    "Int": {"type": "integer"},
    "Double": {"type": "double"},
    "Flag": {"type": "boolean"},
    "When": {"type": "timestamp"},
    "Iso": {"type": "timestamp", "timestampFormat": "iso8601"},
    "Bytes": {"type": "blob"},
    "Texts": {"type": "list", "member": {"shape": "Text"}},
    "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Bytes"}},
    "Inner": {"type": "structure", "members": of(deep="Bytes")},
    "In": {
        "type": "structure",
        "members": {
            "label": at("uri", "theLabel", "Text"),
            "count": at("querystring", "n", "Int"),
            "ratio": at("querystring", "ratio", "Double"),
            "flag": at("querystring", "isFlag", "Flag"),
            "since": at("querystring", "since", "When"),
            "names": at("querystring", "name", "Texts"),
            "principal": at("header", "x-principal", "Text"),
            "date": at("header", "x-date", "When"),
            **of(double="Double"),
            **IN_BODY,
        },
    },
    "NoBody": {"type": "structure", "members": {"label": at("uri", "theLabel", "Text")}},
    "Structured": {"type": "structure", "payload": "it", "members": of(it="Inner")},
    "Raw": {"type": "structure", "payload": "it", "members": of(it="Bytes")},
    "Words": {"type": "structure", "payload": "it", "members": of(it="Text")},
    "Out": {
        "type": "structure",
        "members": {
            **IN_BODY,
            "tag": at("header", "x-tag", "Text"),
            "flag": at("header", "x-flag", "Flag"),
            "date": at("header", "x-date", "When"),
            "code": at("statusCode", "code", "Int"),
        },
    },
    "ResourceAlreadyExistsException": {
        "type": "structure",
        "members": of(message="Text", resourceArn="Text"),
        "error": {"httpStatusCode": 409},
        "exception": True,
    },
}


def operation(name: str, uri: str, given: str | None, answered: str | None, **http) -> dict:
    described = {"name": name, "http": {"method": "POST", "requestUri": uri, **http}}
    if given:
        described["input"] = {"shape": given}
    if answered:
        described["output"] = {"shape": answered}
    return described


OPERATIONS = [
    operation("Do", "/do/{theLabel}", "In", "Out"),
    operation("Peek", "/peek/{theLabel}", "NoBody", None, responseCode=202),
    operation("Structured", "/structured", "Structured", None),
    operation("Raw", "/raw", "Raw", None),
    operation("Words", "/words", "Words", None),
    operation("Nothing", "/nothing", None, None),
]
MODEL = Model(
    ServiceModel(
        {
            "metadata": {"endpointPrefix": "x", "protocol": "rest-json"},
            "operations": {described["name"]: described for described in OPERATIONS},
            "shapes": SHAPES,
        },
        "x",
    )
)


def parsed(target: str, body: object = b"", headers: dict | None = None) -> dict:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse(MODEL.route("POST", target), headers or {}, content)


@pytest.mark.parametrize(
    ("target", "body", "headers", "params"),
    [
        ("/do/a%3Ab", b"", {}, {}),
        ("/do/a%3Ab", b"{}", {}, {}),
        ("/do/a%3Ab?n=5&isFlag=true&ratio=0.5", b"", {}, {"count": 5, "flag": True, "ratio": 0.5}),
        ("/do/a%3Ab?n=-5&isFlag=false", b"", {}, {"count": -5, "flag": False}),
        ("/do/a%3Ab?since=2023-11-14T22:13:20Z", b"", {}, {"since": NOON}),
        ("/do/a%3Ab?since=2023-11-14T22:13:20.5Z", b"", {}, {"since": NOON + 0.5}),
        ("/do/a%3Ab?name=x&name=y", b"", {}, {"names": ["x", "y"]}),
        ("/do/a%3Ab?stranger=1", {"stranger": 1}, {}, {}),
        ("/do/a%3Ab", b"", {"x-principal": "p"}, {"principal": "p"}),
        ("/do/a%3Ab", b"", {"x-date": "Tue, 14 Nov 2023 22:13:20 GMT"}, {"date": NOON}),
        ("/do/a%3Ab", {"text": "t", "onTheWire": "r"}, {}, {"text": "t", "renamed": "r"}),
        ("/do/a%3Ab", {"bytes": "AAE="}, {}, {"bytes": b"\0\1"}),
        ("/do/a%3Ab", {"when": NOON + 0.5}, {}, {"when": NOON + 0.5}),
        ("/do/a%3Ab", {"iso": "2023-11-14T22:13:20Z"}, {}, {"iso": NOON}),
        ("/do/a%3Ab", {"double": "-Infinity"}, {}, {"double": float("-inf")}),
        ("/do/a%3Ab", {"map": {"k": "AA=="}}, {}, {"map": {"k": b"\0"}}),
        ("/do/a%3Ab", {"inner": {"deep": "AA==", "x": 1}}, {}, {"inner": {"deep": b"\0"}}),
        ("/do/a%3Ab", {"text": None, "inner": {"deep": None}}, {}, {"inner": {}}),
        ("/do/a%3Ab", {"label": "not in the body", "count": 7}, {}, {}),
    ],
)
def test_each_part_of_a_request_becomes_its_member(target, body, headers, params):
    assert parsed(target, body, headers) == {"label": "a:b", **params}


def test_times_are_utc_wherever_the_emulator_runs(monkeypatch):
    monkeypatch.setenv("TZ", "XXX-9")
    time.tzset()
    try:
        assert parsed("/do/x?since=2023-11-14T22:13:20Z")["since"] == NOON
        assert parsed("/do/x", b"", {"x-date": "Tue, 14 Nov 2023 22:13:20 GMT"})["date"] == NOON
        assert b"22:13:20" in answer(MODEL.operations["Do"], {"iso": NOON}).body
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("target", "body", "member", "value"),
    [
        ("/do/x?n=five", b"", "count", "five"),
        ("/do/x?n=" + "9" * 5000, b"", "count", "9" * 5000),
        ("/do/x?n=%D9%A3", b"", "count", "٣"),
        ("/do/x?n=1_0", b"", "count", "1_0"),
        ("/do/x?isFlag=TRUE", b"", "flag", "TRUE"),
        ("/do/x?ratio=1_0", b"", "ratio", "1_0"),
        ("/do/x?since=yesterday", b"", "since", "yesterday"),
        ("/do/x", {"bytes": "no base64!"}, "bytes", "no base64!"),
        ("/do/x", {"when": "noon"}, "when", "noon"),
        ("/do/x", {"inner": [1]}, "inner", [1]),
        ("/do/x", {"map": "x"}, "map", "x"),
    ],
)
def test_what_is_not_of_its_type_is_left_for_the_validation(target, body, member, value):
    assert parsed(target, body)[member] == value


@pytest.mark.parametrize(
    ("target", "body", "params"),
    [
        ("/structured", b'{"deep":"AA=="}', {"it": {"deep": b"\0"}}),
        ("/structured", b"", {}),
        ("/raw", b"\xff\0", {"it": b"\xff\0"}),
        ("/words", "é".encode(), {"it": "é"}),
        ("/nothing", b"anything", {}),
        ("/peek/x", b"not JSON", {"label": "x"}),
    ],
)
def test_a_payload_member_is_the_whole_body(target, body, params):
    assert parsed(target, body) == params


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"null", b'"x"', b"\xff", b'{"double":NaN}', b'{"double":Infinity}',
        b"[" * 100_000, b'{"text":' + b"9" * 5000 + b"}", '{"text":"x"}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_a_400(body):
    with pytest.raises(SerializationError) as caught:
        parsed("/do/x", body)
    assert (caught.value.status, caught.value.code) == (400, "SerializationException")
    assert caught.value.message.startswith("The body is not ")


@pytest.mark.parametrize(
    ("output", "status", "headers", "body"),
    [
        ({}, 200, {}, {}),
        ({"text": "é", "renamed": "r"}, 200, {}, {"text": "é", "onTheWire": "r"}),
        ({"text": None, "inner": {"deep": None}}, 200, {}, {"inner": {}}),
        ({"when": float(NOON)}, 200, {}, {"when": NOON}),
        ({"when": NOON + 0.12345}, 200, {}, {"when": NOON + 0.123}),
        ({"iso": NOON}, 200, {}, {"iso": "2023-11-14T22:13:20Z"}),
        ({"bytes": b"\0\1"}, 200, {}, {"bytes": "AAE="}),
        ({"map": {"k": b"\0"}}, 200, {}, {"map": {"k": "AA=="}}),
        ({"texts": ["a", "b"]}, 200, {}, {"texts": ["a", "b"]}),
        ({"code": 204, "text": "t"}, 204, {}, {"text": "t"}),
        ({"tag": "v", "flag": False}, 200, {"x-tag": "v", "x-flag": "false"}, {}),
        ({"date": NOON}, 200, {"x-date": "Tue, 14 Nov 2023 22:13:20 GMT"}, {}),
    ],
)
def test_an_output_becomes_status_headers_and_json(output, status, headers, body):
    response = answer(MODEL.operations["Do"], output)
    headers = {"Content-Type": "application/json", **headers}
    assert (response.status, response.headers) == (status, headers)
    assert json.loads(response.body) == body


def test_an_operation_without_output_answers_an_empty_body():
    assert answer(MODEL.operations["Peek"], {}) == (202, {}, b"")


@pytest.mark.parametrize("output", [{"stranger": 1}, {"inner": {"stranger": 1}}])
def test_a_handler_cannot_answer_what_the_model_does_not_have(output):
    with pytest.raises(TypeError, match="has no member stranger"):
        answer(MODEL.operations["Do"], output)


ARN = {"resourceArn": "arn:x"}


@pytest.mark.parametrize(
    ("problem", "status", "code", "members"),
    [
        (ResourceAlreadyExistsError("no", members=ARN), 409, "ResourceAlreadyExists", ARN),
        (MethodNotAllowedError("no", {"Allow": "GET"}), 405, "MethodNotAllowed", {}),
        (ServiceError("OddException", "no"), 500, "Odd", {}),
    ],
    ids=["of the model", "of the protocol", "of neither"],
)
def test_an_error_has_its_status_name_headers_and_members(problem, status, code, members):
    response = error(MODEL, problem)
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (status, f"{code}Exception")
    assert response.headers.get("Allow") == ("GET" if status == 405 else None)
    assert json.loads(response.body) == {"message": "no", **members}
