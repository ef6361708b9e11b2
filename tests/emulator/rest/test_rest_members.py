"""Every member of every operation that exists, over the wire, against what the models say.

The requests and the verdicts come from `model_cases`, which reads the models by itself.
"""

import base64
import json
from urllib.parse import quote, urlencode

import pytest
from iotjobs_emulator.emulator import Emulator
from iotjobs_emulator.errors import ServiceError
from iotjobs_emulator.rest import handlers_of, load_model, rest_json, validation
from iotjobs_emulator.rest.protocol_errors import ProtocolError
from model_cases import IN_TEXT, ModelCases

SERVICES = {service: ModelCases(service) for service in ("iot", "iot-jobs-data")}
VALIDATION_ERRORS = {"InvalidRequestException", "ValidationException"}


def handlers(service):
    emulator = Emulator()
    if service == "iot-jobs-data":
        return handlers_of(load_model(service), emulator.engine.data)
    return emulator.services.handlers(load_model(service))


OPERATIONS = [(service, name) for service in SERVICES for name in handlers(service)]


def text_of(value):
    return json.dumps(value) if isinstance(value, bool) else str(value)


def on_the_wire(model, shape_name, value):
    """A value with its members named as on the wire."""
    shape = model.shapes[shape_name]
    if shape["type"] == "structure" and isinstance(value, dict):
        named = dict(value)
        for name, member in shape["members"].items():
            if name in value:
                item = on_the_wire(model, member["shape"], named.pop(name))
                named[member.get("locationName", name)] = item
        return named
    if shape["type"] == "list" and isinstance(value, list):
        return [on_the_wire(model, shape["member"]["shape"], item) for item in value]
    if shape["type"] == "map" and isinstance(value, dict):
        return {k: on_the_wire(model, shape["value"]["shape"], item) for k, item in value.items()}
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def request_of(model, operation, params):
    """Method, target, headers and body of a request, by the model's bindings."""
    http = model.operations[operation]["http"]
    shape = model.shapes[model.input_of(operation)]
    assert "payload" not in shape
    target, query, headers, body = http["requestUri"], {}, {}, {}
    for name, member in shape["members"].items():
        location, wire = member.get("location"), member.get("locationName", name)
        assert location in (None, *IN_TEXT)
        value = params.get(name)
        if location == "uri":
            label = "" if value is None else quote(text_of(value), safe="")
            target = target.replace(f"{{{wire}}}", label)
        elif location == "querystring" and value is not None:
            query[wire] = text_of(value)
        elif location == "header" and value is not None:
            headers[wire] = text_of(value)
        elif location is None and name in params:
            body[wire] = on_the_wire(model, member["shape"], value)
    body |= {name: value for name, value in params.items() if name not in shape["members"]}
    target += f"?{urlencode(query)}" if query else ""
    return http["method"], target, headers, json.dumps(body).encode() if body else b""


def present(value):
    """A value without the members that are null, or that no model has."""
    if isinstance(value, dict):
        items = value.items()
        return {n: present(i) for n, i in items if i is not None and n != "noSuchMember"}
    return [present(item) for item in value] if isinstance(value, list) else value


def received(service, operation, params):
    """The parameters as they arrive and the violations; None: no request to this operation."""
    method, target, headers, body = request_of(SERVICES[service], operation, params)
    try:
        match = load_model(service).route(method, target)
    except ProtocolError:
        return None
    if match.operation.name != operation:
        return None
    arrived = rest_json.parse(match, headers, body)
    return arrived, validation.violations(match.operation.input_shape, arrived)


def lacks_a_label(service, operation, params):
    """Whether a part of the path is empty, so that it is another path."""
    model = SERVICES[service]
    members = model.shapes[model.input_of(operation)]["members"]
    labels = [name for name, member in members.items() if member.get("location") == "uri"]
    return any(params.get(name) in (None, "") for name in labels)


def misjudged(service, operation, case):
    """What is wrong with the verdict on a case, None if nothing is."""
    found = received(service, operation, case.params)
    if found is None:
        return None if lacks_a_label(service, operation, case.params) else "no route"
    arrived, violations = found
    paths = {violation.path for violation in violations}
    if paths != ({case.refused} - {None}):
        return f"refused for {paths}"
    if case.refused is None and arrived != present(case.params):
        return f"arrived as {arrived}"
    return None


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_the_model_decides_on_every_member(service, operation):
    cases = SERVICES[service].cases(operation)
    wrong = [(case, why) for case in cases if (why := misjudged(service, operation, case))]
    assert wrong == []
    refused = {case.refused for case in cases}
    for name in SERVICES[service].least(SERVICES[service].input_of(operation)):
        assert name in refused


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_a_refusal_is_a_modelled_400_that_names_the_member(service, operation):
    model = load_model(service)
    modelled = {shape.error_code for shape in model.operations[operation].error_shapes}
    for case in SERVICES[service].cases(operation):
        found = received(service, operation, case.params)
        if case.refused is not None and found is not None:
            (code,) = VALIDATION_ERRORS & modelled
            problem = ServiceError(code, validation.message(found[1]))
            response = rest_json.error(model, problem)
            assert response.status == 400
            assert f"'{case.refused}'" in json.loads(response.body)["message"]


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_a_handler_takes_whatever_the_model_takes(service, operation):
    """It answers in the model's shape, or refuses with an error that the operation has."""
    model = load_model(service)
    handler = handlers(service)[operation]
    shape = model.operations[operation]
    modelled = {error.error_code for error in shape.error_shapes}
    for case in SERVICES[service].cases(operation):
        found = received(service, operation, case.params)
        if case.refused is None and found is not None:
            try:
                response = rest_json.answer(shape, handler(found[0]))
                assert response.status == 200
            except ServiceError as problem:
                assert problem.code in modelled, (case, problem)


def test_there_are_thousands_of_cases():
    assert len(OPERATIONS) >= 84
    assert sum(len(SERVICES[service].cases(name)) for service, name in OPERATIONS) >= 2_000
