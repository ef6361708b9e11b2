"""What policies permit: patterns, variables, conditions, and which statement wins."""

import json
import time

import pytest
from iotjobs_emulator.policies import Permissions, parse
from iotjobs_emulator.policies.context import of_certificate, of_connection
from iotjobs_emulator.policies.patterns import Pattern

ARN = "arn:aws:iot:eu-west-1:1:"
LAMP = of_connection("Lamp 7", "lamp", "lamp")
OTHER_ID = of_connection("Lamp 7", "lamp-2", "lamp")


def permissions(*statements):
    return Permissions(parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)})))


def rule(effect, action, resource, **condition):
    resource = resource if resource == "*" else ARN + resource
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


def allows(statements, action, resource, context=LAMP):
    return permissions(*statements).allows(action, ARN + resource, context)


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("abc", ["abc"], ["abcd", "ab"]),
        ("", [""], []),
        ("*", ["", "a/b\nc"], []),
        ("a*", ["a"], []),
        ("a*c", ["abbc"], ["abbcd"]),
        ("*b*", ["abc"], ["ac"]),
        ("a*a", [], ["a"]),
        ("ab*ba", [], ["aba"]),
        ("a**b", ["ab"], []),
        ("*aab", ["aaaab"], []),
        ("a?c", ["abc", "a\nc"], ["ac"]),
        ("?*?", ["ab"], ["a"]),
        ("*?b*", ["bb"], []),
        ("a.c", [], ["abc"]),
        ("[ab]", [], ["a"]),
        ("a/+/#", ["a/+/#"], ["a/b/c"]),
        ("a/*/c", ["a/b/x/c"], []),
        ("${iot:ClientId}/*", ["lamp/x"], []),
        ("${*}${?}${$}", ["*?$"], []),
        ("${*}", [], ["x"]),
    ],
)
def test_a_pattern_stands_for_these_texts(pattern, matching, others):
    bound = Pattern(pattern).bind(LAMP)
    assert [bound.matches(text) for text in matching] == [True] * len(matching)
    assert [bound.matches(text) for text in others] == [False] * len(others)


def test_a_pattern_of_many_asterisks_takes_no_time():
    start = time.thread_time()  # its own, whatever else the machine does
    glob = Pattern("*a" * 1000 + "b").bind({})
    assert not glob.matches("a" * 5000)
    assert time.thread_time() - start < 2


def test_the_value_of_a_variable_is_no_pattern():
    statements = [rule("Allow", "iot:Publish", "topic/${iot:ClientId}/x")]
    context = of_connection(None, "*", None)
    assert allows(statements, "iot:Publish", "topic/*/x", context)
    assert not allows(statements, "iot:Publish", "topic/lamp/x", context)


CONNECT = ("iot:Connect", "client/lamp")


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([rule("Allow", "iot:Connect", "*")], True),
        ([rule("Allow", "iot:*", "client/*")], True),
        ([rule("Allow", "*", "*")], True),
        ([rule("Allow", "IOT:connect", "*")], True),
        ([rule("Allow", "iot:Conn", "*")], False),
        ([rule("Allow", "iot:Publish", "*")], False),
        ([rule("Allow", "iot:Connect", "topic/lamp")], False),
        ([rule("Allow", ["iot:Publish", "iot:Conn*"], "*")], True),
        ([rule("Deny", "iot:Connect", "*")], False),
        ([rule("Allow", "*", "*"), rule("Deny", "iot:Connect", "client/l*")], False),
        ([rule("Deny", "iot:Connect", "client/l*"), rule("Allow", "*", "*")], False),
        ([rule("Allow", "*", "*"), rule("Deny", "iot:Connect", "client/x")], True),
        ([rule("Allow", "*", "*"), rule("Deny", "iot:Publish", "*")], True),
    ],
)
def test_a_deny_wins_then_an_allow_else_the_answer_is_no(statements, allowed):
    assert allows(statements, *CONNECT) is allowed


THING = "iot:Connection.Thing.ThingName"
ATTACHED = "iot:Connection.Thing.IsAttached"
NAME = "iot:Certificate.Subject.CommonName"


@pytest.mark.parametrize(
    ("variable", "context", "value"),
    [
        ("iot:ClientId", LAMP, "lamp"),
        ("iot:ClientId", OTHER_ID, "lamp-2"),
        (THING, LAMP, "lamp"),
        (THING, OTHER_ID, None),
        (THING, of_connection(None, "lamp", None), None),
        (THING, of_certificate("Lamp 7"), None),
        (ATTACHED, LAMP, "true"),
        (ATTACHED, OTHER_ID, "false"),
        (ATTACHED, of_connection(None, "lamp", None), "false"),
        (ATTACHED, of_certificate("Lamp 7"), None),
        (NAME, LAMP, "Lamp 7"),
        (NAME, of_certificate("Lamp 7"), "Lamp 7"),
        (NAME, of_connection(None, "lamp", "lamp"), None),
        (NAME, of_certificate("a*"), None),
        (NAME, of_certificate("a+"), None),
        (NAME, of_certificate("n" * 1024), "n" * 1024),
        (NAME, of_certificate("n" * 1025), None),
    ],
)
def test_a_variable_without_value_matches_nothing(variable, context, value):
    statements = [rule("Allow", "iot:Publish", f"topic/${{{variable}}}")]
    literal = f"topic/${{{variable}}}"
    assert allows(statements, "iot:Publish", f"topic/{value}", context) is (value is not None)
    assert not allows(statements, "iot:Publish", literal, context)
    if value is None:
        for guess in ("lamp", "lamp-2", "Lamp 7", "a*", "a+", "n" * 1025, ""):
            assert not allows(statements, "iot:Publish", f"topic/{guess}", context)


@pytest.mark.parametrize(
    ("condition", "of_lamp", "of_other"),
    [
        ({"Bool": {ATTACHED: "true"}}, True, False),
        ({"Bool": {ATTACHED: "FALSE"}}, False, True),
        ({"Bool": {ATTACHED: ["true", "false"]}}, True, True),
        ({"StringEquals": {"iot:ClientId": "lamp"}}, True, False),
        ({"StringEquals": {"IOT:CLIENTID": "lamp"}}, True, False),
        ({"StringEquals": {"iot:ClientId": "LAMP"}}, False, False),
        ({"StringEquals": {"iot:ClientId": "lam*"}}, False, False),
        ({"StringEquals": {"iot:ClientId": ["x", "lamp"]}}, True, False),
        ({"StringEquals": {"iot:ClientId": "${iot:Connection.Thing.ThingName}"}}, True, False),
        ({"StringEquals": {THING: "lamp"}}, True, False),
        ({"StringNotEquals": {"iot:ClientId": ["x", "lamp"]}}, False, True),
        ({"StringNotEquals": {THING: "lamp"}}, False, True),
        ({"StringEqualsIgnoreCase": {"iot:ClientId": "LAMP"}}, True, False),
        ({"StringNotEqualsIgnoreCase": {"iot:ClientId": "LAMP"}}, False, True),
        ({"StringLike": {"iot:ClientId": "lam?"}}, True, False),
        ({"StringLike": {"iot:ClientId": "lam*"}}, True, True),
        ({"StringLike": {"iot:ClientId": "${iot:Connection.Thing.ThingName}*"}}, True, False),
        ({"StringNotLike": {"iot:ClientId": "lam?"}}, False, True),
        ({"StringEquals": {"iot:ClientId": "lamp", NAME: "Lamp 7"}}, True, False),
        ({"StringEquals": {"iot:ClientId": "lamp", NAME: "x"}}, False, False),
        ({"StringLike": {"iot:ClientId": "lamp*"}, "Bool": {ATTACHED: "false"}}, False, True),
    ],
)
def test_a_statement_counts_if_all_its_conditions_hold(condition, of_lamp, of_other):
    allowing = [rule("Allow", "iot:Publish", "*", **condition)]
    denying = [rule("Allow", "*", "*"), rule("Deny", "iot:Publish", "*", **condition)]
    for context, holds in ((LAMP, of_lamp), (OTHER_ID, of_other)):
        assert allows(allowing, "iot:Publish", "topic/t", context) is holds
        assert allows(denying, "iot:Publish", "topic/t", context) is not holds
