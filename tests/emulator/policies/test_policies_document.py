"""What is a policy document, and what is refused and as what."""

import json

import pytest
from iotjobs_emulator.errors import ServiceError
from iotjobs_emulator.policies import parse
from registry_bench import Bench

PLAIN = {"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}
TOPIC, TYPE_NAME = "arn:aws:iot:x:1:topic/", "iot:Connection.Thing.ThingTypeName"
MALFORMED, NOT_SUPPORTED = "MalformedPolicyException", "InvalidRequestException"


def document(*statements, **members):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **members})


def statement(**members):
    return document({**PLAIN, **members})


@pytest.mark.parametrize(
    "text",
    [
        document(PLAIN),
        document(PLAIN, {**PLAIN, "Effect": "Deny"}),
        document(Statement=PLAIN),
        document(PLAIN, Id="mine"),
        statement(Sid="One"),
        statement(Action=["iot:Publish", "iot:*", "*", "iotjobsdata:Describe?obExecution"]),
        statement(Resource=["arn:aws:iot:*:*:topic/a/${iot:ClientId}", "*"]),
        statement(Resource="arn:aws:iot:x:1:topic/${IOT:clientid}/${*}${?}${$}$"),
        statement(Condition={}),
        statement(Condition={"Bool": {"iot:Connection.Thing.IsAttached": ["true", "False"]}}),
        statement(Condition={"Bool": {"iot:Connection.Thing.IsAttached": True}}),
        statement(Condition={"StringLike": {"iot:clientid": ["a*", "${iot:ClientId}"]}}),
    ],
)
def test_these_are_policies(text):
    assert parse(text)


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("", MALFORMED, "0 characters"),
        (" \n", MALFORMED, "0 characters"),
        ("{", MALFORMED, "not valid JSON"),
        ("[]", MALFORMED, "must be a JSON object"),
        (document(), MALFORMED, "Statement"),
        (document(Statement="x"), MALFORMED, "Statement"),
        (json.dumps({"Version": "2012-10-17"}), MALFORMED, "Statement"),
        (json.dumps({"Statement": [PLAIN]}), MALFORMED, "Version must be 2012-10-17, not None"),
        (document(PLAIN, Version="2008-10-17"), MALFORMED, "not '2008-10-17'"),
        (document(PLAIN, Colour="red"), MALFORMED, "unknown member 'Colour'"),
        (document("x"), MALFORMED, "A statement must be a JSON object"),
        (statement(Colour="red"), MALFORMED, "unknown member 'Colour'"),
        (statement(Effect="allow"), MALFORMED, "Effect must be Allow or Deny, not 'allow'"),
        *((statement(Effect=effect), MALFORMED, "Effect") for effect in (None, ["Allow"])),
        (statement(Sid=1), MALFORMED, "Sid"),
        *((statement(Action=action), MALFORMED, "Action") for action in ([], None, [1])),
        (statement(Action="Connect"), MALFORMED, "'Connect' is not <service>:<action>"),
        (statement(Action="iot:"), MALFORMED, "'iot:'"),
        (statement(Action="iot:${iot:ClientId}"), MALFORMED, "Action"),
        (statement(Resource=[]), MALFORMED, "Resource"),
        (statement(Resource={"a": "*"}), MALFORMED, "Resource"),
        (statement(Resource="topic/a"), MALFORMED, "'topic/a' is neither an ARN nor *"),
        (statement(Resource="arn:aws:iot:x:1:topic/${iot:ClientId"), MALFORMED, "closing brace"),
        (statement(Condition=[]), MALFORMED, "Condition"),
        (statement(Condition={"Bool": []}), MALFORMED, "Bool"),
        (statement(Condition={"Bool": {}}), MALFORMED, "Bool"),
        (statement(Condition={"Bool": {"iot:ClientId": "perhaps"}}), MALFORMED, "'perhaps'"),
        (statement(Condition={"StringLike": {"iot:ClientId": []}}), MALFORMED, "StringLike"),
        (statement(Condition={"StringLike": {"iot:ClientId": 1}}), MALFORMED, "StringLike"),
        (statement(Condition={"IpAddress": {}}), NOT_SUPPORTED, "'IpAddress'"),
        (statement(Condition={"ForAllValues:StringLike": {}}), NOT_SUPPORTED, "ForAllValues"),
        (statement(Condition={"StringEquals": {"aws:SourceIp": "x"}}), NOT_SUPPORTED, "SourceIp"),
        (statement(NotAction="iot:*"), NOT_SUPPORTED, "NotAction"),
        (statement(NotResource="*"), NOT_SUPPORTED, "NotResource"),
        (statement(Principal="*"), NOT_SUPPORTED, "Principal"),
        (statement(Resource=TOPIC + f"${{{TYPE_NAME}}}"), NOT_SUPPORTED, f"'{TYPE_NAME}'"),
        (statement(Resource=TOPIC + "${}"), NOT_SUPPORTED, "variable ''"),
    ],
)
def test_these_are_none_and_the_message_says_why(text, code, named):
    with pytest.raises(ServiceError) as caught:
        parse(text)
    assert (caught.value.code, named in caught.value.message) == (code, True), caught.value.message
    bench = Bench()
    bench("CreatePolicy", policyName="good", policyDocument=document(PLAIN))
    for operation, name in (("CreatePolicy", "bad"), ("CreatePolicyVersion", "good")):
        assert bench.fails(operation, policyName=name, policyDocument=text)[0] == code
    assert len(bench("ListPolicies")["policies"]) == 1
    assert len(bench("ListPolicyVersions", policyName="good")["policyVersions"]) == 1


def test_only_what_is_no_white_space_counts_against_the_limit():
    def padded(count):
        text = statement(Sid="")
        sid = "s" * (count - len("".join(text.split())))
        return json.dumps(json.loads(statement(Sid=sid)), indent=8)

    assert len(padded(2048)) > 2100
    assert parse(padded(2048))
    with pytest.raises(ServiceError) as caught:
        parse(padded(2049))
    assert caught.value.code == MALFORMED
    assert "2049 characters" in caught.value.message
    assert "1 to 2048" in caught.value.message
