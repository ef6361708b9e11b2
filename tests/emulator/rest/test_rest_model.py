"""Which operation a request is."""

import pytest
from botocore.model import ServiceModel
from iotjobs_emulator.rest import handlers_of, load_model
from iotjobs_emulator.rest.model import Model
from iotjobs_emulator.rest.protocol_errors import (
    MethodNotAllowedError,
    SerializationError,
    UnknownOperationError,
)

IOT = load_model("iot")


def made_up(**operations: str) -> Model:
    """A model of operations given as Name="METHOD template"."""
    described = {}
    for name, request in operations.items():
        method, uri = request.split()
        described[name] = {"name": name, "http": {"method": method, "requestUri": uri}}
    metadata = {"endpointPrefix": "x", "signingName": "x", "protocol": "rest-json"}
    return Model(ServiceModel({"metadata": metadata, "operations": described, "shapes": {}}, "x"))


@pytest.mark.parametrize(
    ("method", "target", "operation", "labels"),
    [
        ("PUT", "/jobs/j1", "CreateJob", {"jobId": "j1"}),
        ("PUT", "/jobs/j1/cancel", "CancelJob", {"jobId": "j1"}),
        ("PUT", "/jobs/cancel", "CreateJob", {"jobId": "cancel"}),
        ("GET", "/jobs", "ListJobs", {}),
        ("GET", "/jobs/j1/job-document", "GetJobDocument", {"jobId": "j1"}),
        ("GET", "/things/a%3Ab", "DescribeThing", {"thingName": "a:b"}),
        ("GET", "/things/a%2Fb", "DescribeThing", {"thingName": "a/b"}),
        ("GET", "/things/a+b", "DescribeThing", {"thingName": "a+b"}),
        ("GET", "/%74hings/a", "DescribeThing", {"thingName": "a"}),
        ("GET", "/things/jobs/jobs", "ListJobExecutionsForThing", {"thingName": "jobs"}),
        ("DELETE", "/things/t/jobs/j/executionNumber/7", "DeleteJobExecution",
         {"thingName": "t", "jobId": "j", "executionNumber": "7"}),
        ("GET", "/authorizers/", "ListAuthorizers", {}),
        ("GET", "/confirmdestination/a/b/c", "ConfirmTopicRuleDestination",
         {"confirmationToken": "a/b/c"}),
        ("DELETE", "/destinations/arn%3Aaws/x", "DeleteTopicRuleDestination",
         {"arn": "arn:aws/x"}),
    ],
)  # fmt: skip
def test_a_request_finds_its_operation(method, target, operation, labels):
    match = IOT.route(method, target)
    assert (match.operation.name, match.labels) == (operation, labels)


def test_every_operation_of_the_model_is_found_by_its_own_template():
    for name, operation in IOT.operations.items():
        template = operation.http["requestUri"].replace("{", "").replace("}", "").replace("+", "")
        assert IOT.route(operation.http["method"], template).operation.name == name


@pytest.mark.parametrize(
    ("target", "winner"),
    [
        ("/a/b", "Literal"),
        ("/a/x", "Label"),
        ("/a/x/y", "Greedy"),
        ("/a/x/y/end", "GreedyEnd"),
        ("/a/b?acl", "Static"),
        ("/a/b?acl=1", "Literal"),
        ("/a/b?mode=on&acl=", "TwoStatics"),
    ],
)
def test_the_most_specific_route_wins(target, winner):
    model = made_up(
        Greedy="GET /a/{x+}",
        GreedyEnd="GET /a/{x+}/end",
        Label="GET /a/{x}",
        Literal="GET /a/b",
        Static="GET /a/b?acl",
        TwoStatics="GET /a/b?acl&mode=on",
    )
    assert model.route("GET", target).operation.name == winner


def test_the_query_is_decoded_and_keeps_every_value():
    match = IOT.route("GET", "/things?nextToken=a%2Bb%3D&x=1&x=2&empty=")
    assert match.query == {"nextToken": ["a+b="], "x": ["1", "2"], "empty": [""]}


@pytest.mark.parametrize(
    "target", ["/", "/nothing", "/things/", "/things//jobs", "*", "/jobs/a/b"]
)
def test_an_unknown_path_is_a_404(target):
    with pytest.raises(UnknownOperationError) as caught:
        IOT.route("GET", target)
    assert (caught.value.status, caught.value.code) == (404, "UnknownOperationException")
    assert target in caught.value.message


def test_a_wrong_method_is_a_405_that_lists_the_right_ones():
    with pytest.raises(MethodNotAllowedError) as caught:
        IOT.route("PATCH", "/jobs/j1/cancel")
    assert (caught.value.status, caught.value.code) == (405, "MethodNotAllowedException")
    assert caught.value.headers == {"Allow": "PUT"}
    with pytest.raises(MethodNotAllowedError) as caught:
        IOT.route("TRACE", "/things/t")
    assert caught.value.headers == {"Allow": "DELETE, GET, PATCH, POST"}


@pytest.mark.parametrize("target", ["/things/%FF", "/things?nextToken=%C3"])
def test_a_percent_encoding_that_is_no_utf8_is_refused(target):
    with pytest.raises(SerializationError):
        IOT.route("GET", target)


@pytest.mark.parametrize("template", ["/a/{x}.json", "/{a+}/{b+}", "/{a"])
def test_a_template_that_cannot_be_routed_is_refused_at_the_start(template):
    with pytest.raises(ValueError, match=r"label must be a whole segment|more than one greedy"):
        made_up(Odd=f"GET {template}")


def test_a_handler_is_the_method_with_the_operations_name():
    class Owner:
        def create_job(self, params):
            return {}

        def not_an_operation(self, params):
            return {}

    class Other:
        def describe_thing(self, params):
            return {}

        delete_job = "no method"

    handlers = handlers_of(IOT, Owner(), Other())
    assert sorted(handlers) == ["CreateJob", "DescribeThing"]


@pytest.mark.parametrize("service", ["iot", "iot-jobs-data"])
def test_the_models_use_no_binding_that_the_protocol_here_does_not_have(service):
    for operation in load_model(service).operations.values():
        if operation.input_shape:
            for member in operation.input_shape.members.values():
                location = member.serialization.get("location")
                assert location in (None, "uri", "querystring", "header")
                assert location != "querystring" or member.type_name != "map"
                assert "jsonvalue" not in member.serialization
        if operation.output_shape:
            assert "payload" not in operation.output_shape.serialization
            for member in operation.output_shape.members.values():
                assert member.serialization.get("location") in (None, "header", "statusCode")
