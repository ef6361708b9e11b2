"""Faults as they are written: what is read, and every refusal by the name of its member."""

import pytest
from iotjobs_emulator import cli
from iotjobs_emulator.errors import InvalidRequestError
from iotjobs_emulator.faults import Faults, Seen, parse_text, read_rule
from iotjobs_emulator.faults.matching import matches_filter
from iotjobs_emulator.faults.operations import operation_of
from mqtt_client import JOBS, NOTIFY

DROP, DROP_IN = ({"action": "drop", "direction": way} for way in ("out", "in"))
DELAY, CUT = ({"action": action, "direction": "in"} for action in ("delay", "cut"))
DUPLICATE = {"action": "duplicate", "direction": "out"}
REJECT = {"action": "reject", "code": "InternalError"}
DISTURB, REFUSE = {"action": "disturb"}, {"action": "refuse"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("drop out PUBLISH topic=$aws/things/+/jobs/notify nth=2",
         {**DROP, "packet": "PUBLISH", "topic": "$aws/things/+/jobs/notify", "nth": 2}),
        ("delay in UpdateJobExecution seconds=0.5 hold=false times=1",
         {**DELAY, "operation": "UpdateJobExecution", "seconds": 0.5, "hold": False, "times": 1}),
        ("drop out PUBACK nth=2-5", {**DROP, "packet": "PUBACK", "nth": "2-5"}),
        ("drop out nth=3-", {**DROP, "nth": "3-"}),
        ("duplicate out notify-next new",
         {**DUPLICATE, "operation": "notify-next", "copy": "new"}),
        ("reorder in seconds=2", {"action": "reorder", "direction": "in", "seconds": 2}),
        ("cut out CONNACK at=3 abort",
         {**CUT, "direction": "out", "packet": "CONNACK", "at": 3, "abort": True}),
        ("cut in after close_notify", {**CUT, "at": "after", "close_notify": True}),
        ("silent in PINGREQ", {"action": "silent", "direction": "in", "packet": "PINGREQ"}),
        ("reject InternalError execute thing=lamp share=0.25",
         {**REJECT, "execute": True, "thing": "lamp", "share": 0.25}),
        ("disturb client='a b' ", {**DISTURB, "client": "a b"}),
        ("drop out client=5", {**DROP, "client": "5"}),
        ("refuse connack seconds=20", {**REFUSE, "how": "connack", "seconds": 20}),
        ("refuse silent times=2", {**REFUSE, "how": "silent", "times": 2}),
        (' {"action": "drop", "direction": "out", "nth": 2}', {**DROP, "nth": 2}),
    ],
)  # fmt: skip
def test_a_text_is_the_rule_it_stands_for(text, rule):
    assert parse_text(text) == rule
    faults = Faults()
    faults.add(rule)
    assert faults.list() == [{**rule, "id": 1, "matched": 0, "acted": 0}]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "cannot be read"),
        ("drop 'out", "cannot be read"),
        ("drop outward", "'outward' is none of the words in, out, CONNECT"),
        ("drop out in", "direction is given twice"),
        ("drop out nth=2 nth=3", "nth is given twice"),
        ("{'action': 'drop'}", "not valid JSON"),
    ],
)
def test_a_text_that_is_none_is_refused(text, problem):
    with pytest.raises(InvalidRequestError, match=problem):
        parse_text(text)


REFUSED = [
    ([], "A fault must be an object"),
    ("drop", "A fault must be an object"),
    ({}, "action is required"),
    ({"action": "break"}, "action must be one of drop, delay, duplicate"),
    ({"action": ["drop"]}, "action must be a string"),
    ({**DROP, "seconds": 3}, "'seconds' is no member of drop: direction, packet"),
    ({**DROP, "colour": "red"}, "'colour' is no member of drop"),
    ({**REFUSE, "topic": "x"}, "'topic' is no member of refuse: client"),
    ({**DISTURB, "code": "InternalError"}, "'code' is no member of disturb"),
    ({"action": "drop"}, "direction is required with drop: in or out"),
    ({"action": "drop", "direction": "up"}, "direction must be one of in, out: 'up'"),
    ({**DROP, "packet": "PUBREC"}, "packet must be one of CONNECT, SUBSCRIBE"),
    ({**DROP, "packet": "CONNECT"}, "direction must be in with packet CONNECT"),
    ({**DROP_IN, "packet": "SUBACK"}, "direction must be out with packet SUBACK"),
    ({**DROP_IN, "operation": "notify"}, "direction must be out with operation notify"),
    ({**DROP, "operation": "update"}, "operation must be one of GetPendingJobExecutions"),
    ({**DROP, "packet": "PUBACK", "topic": "x"}, "packet PUBACK has no topic"),
    ({**DROP, "packet": "HTTP", "topic": "x"}, "packet HTTP has no topic"),
    ({**DROP, "packet": "SUBACK", "operation": "notify"}, "packet SUBACK has no operation"),
    ({**DROP, "topic": "a/#/b"}, "topic must be a valid MQTT filter: .*# before its end"),
    ({**DROP, "topic": ""}, "topic must be a valid MQTT filter: empty"),
    ({**DROP, "topic": "\ud800"}, "topic must be a valid MQTT filter"),
    ({**DROP, "topic": 3}, "topic must be a string"),
    ({**DROP, "client": 3}, "client must be a string"),
    ({**DROP_IN, "packet": "CONNECT", "thing": "lamp"}, "thing is not known at packet CONNECT"),
    *(
        ({**DROP, "nth": bad}, "nth must be a number from 1")
        for bad in (0, True, 1.5, "5-2", [1], "-3")
    ),
    ({**DROP, "times": 0}, "times must be 1 to 999999999, not 0"),
    ({**DROP, "share": 0}, "share must be a number above 0, up to 1"),
    ({**DROP, "share": 1.1}, "share must be a number above 0, up to 1"),
    ({**DROP, "share": "0.1"}, "share must be a number above 0, up to 1"),
    ({**DROP, "share": True}, "share must be a number above 0, up to 1"),
    (DELAY, "seconds is required with delay"),
    ({**DELAY, "seconds": 0}, "seconds must be .* up to 3600: 0"),
    ({"action": "silent", "direction": "in", "seconds": 1e6}, "seconds must be .* up to 86400"),
    ({**DELAY, "seconds": float("inf")}, "seconds must be"),
    ({**DELAY, "seconds": float("nan")}, "seconds must be"),
    ({**DELAY, "seconds": 1, "hold": 1}, "hold must be a boolean"),
    ({**DUPLICATE, "copy": "twice"}, "copy must be one of same, new"),
    ({**DUPLICATE, "direction": "in", "copy": "new"}, "copy must be same with direction in"),
    ({**DUPLICATE, "packet": "HTTP"}, "packet must not be HTTP with duplicate"),
    *(
        ({**CUT, "at": bad}, "at must be before, after, or bytes")
        for bad in ("middle", 0, True, [])
    ),
    (
        {**CUT, "packet": "HTTP", "at": 9},
        "at must be before or after with packet HTTP and direction in",
    ),
    ({**CUT, "abort": True, "close_notify": True}, "close_notify must be false with abort"),
    ({"action": "reject"}, "code is required"),
    ({"action": "reject", "code": "No"}, "code must be one of RequestThrottled, InternalError"),
    ({**REJECT, "direction": "out"}, "direction must be in with reject"),
    ({**REJECT, "operation": "notify"}, "operation must be one of GetPending.* with reject"),
    ({**REJECT, "packet": "PUBACK"}, "packet must be PUBLISH or HTTP with reject"),
    (
        {"action": "reject", "code": "RequestThrottled", "execute": True},
        "execute must be false with code RequestThrottled",
    ),
    (
        {**DISTURB, "operation": "DescribeJobExecution"},
        "operation must be one of UpdateJobExecution with disturb",
    ),
    ({**REFUSE, "how": "rudely"}, "how must be one of close, silent, connack"),
    ({**REFUSE, "client": "lamp"}, "client is not known yet with how close"),
    ({**REFUSE, "how": "connack", "abort": True}, "abort must be false with how"),
]


@pytest.mark.parametrize(("rule", "problem"), REFUSED)
def test_a_rule_that_says_what_cannot_be_is_refused_by_its_member(rule, problem):
    faults = Faults()
    with pytest.raises(InvalidRequestError, match=problem):
        faults.add(rule)
    assert faults.list() == []
    assert not faults.active


def test_null_is_absent():
    assert read_rule({**DROP, "nth": None, "topic": None}) == read_rule(DROP)


SEEN = Seen("out", "PUBLISH", NOTIFY, "c1", "lamp", "notify")


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ("drop out", True),
        ("drop in", False),
        ("drop out PUBLISH", True),
        ("drop out PUBACK", False),
        ("drop out HTTP", False),
        ("drop out notify", True),
        ("drop out notify-next", False),
        ("drop out client=c1 thing=lamp", True),
        ("drop out client=lamp", False),
        ("drop out thing=pump", False),
        ("drop out topic=$aws/things/+/jobs/#", True),
        ("drop out topic=$aws/things/+/jobs/get/#", False),
    ],
)
def test_every_member_must_match(rule, matches):
    assert read_rule(parse_text(rule)).matches(SEEN) is matches


def test_packet_absent_includes_http_for_what_http_has():
    request = Seen("in", "HTTP", "", "c1", "lamp", "UpdateJobExecution")
    assert read_rule(parse_text("drop in UpdateJobExecution")).matches(request)
    assert not read_rule(parse_text("duplicate in")).matches(request)
    assert not read_rule(parse_text("drop in topic=a")).matches(request)


def test_what_has_no_topic_matches_no_filter():
    assert not matches_filter("#", "")


@pytest.mark.parametrize(
    ("direction", "rest", "operation"),
    [
        ("in", "get", "GetPendingJobExecutions"),
        ("in", "start-next", "StartNextPendingJobExecution"),
        ("in", "get/get", "DescribeJobExecution"),
        ("in", "$next/get", "DescribeJobExecution"),
        ("in", "notify/update", "UpdateJobExecution"),
        ("in", "notify", None),
        ("in", "get/accepted", None),
        ("out", "get/accepted", "GetPendingJobExecutions"),
        ("out", "start-next/rejected", "StartNextPendingJobExecution"),
        ("out", "get/get/accepted", "DescribeJobExecution"),
        ("out", "update/update/rejected", "UpdateJobExecution"),
        ("out", "notify", "notify"),
        ("out", "notify-next", "notify-next"),
        ("out", "get", None),
        ("out", "nonsense/accepted", None),
    ],
)
def test_levels_decide_which_operation_a_topic_is(direction, rest, operation):
    assert operation_of(direction, JOBS + rest) == operation
    assert operation_of(direction, f"x/{rest}") is None


def test_the_command_line_takes_faults_and_refuses_by_the_member(capsys):
    options = cli._parser().parse_args(
        ["--fault", "drop out notify", "--fault", "disturb nth=2", "--fault-seed", "7"]
    )
    assert [rule["action"] for rule in options.fault] == ["drop", "disturb"]
    assert options.fault_seed == 7
    for text, problem in (
        ("drop out nth=0", "nth must be a number from 1"),
        ("delay in", "seconds is required with delay"),
        ("explode", "action must be one of drop"),
    ):
        with pytest.raises(SystemExit):
            cli._parser().parse_args(["--fault", text])
        assert f"argument --fault: {problem}" in capsys.readouterr().err


def test_help_shows_a_fault():
    assert "--fault 'drop out notify-next nth=2'" in cli._parser().format_help()
