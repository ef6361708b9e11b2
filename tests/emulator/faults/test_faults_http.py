"""The same rules for HTTP: what the server is told to do with a request."""

import pytest
from iotjobs_emulator.faults import Faults, parse_text
from iotjobs_emulator.faults.http import HttpFault, decide


def asked(*rules, times=1, operation="UpdateJobExecution", thing="lamp", client="lamp"):
    """The plan, and what it answered the last of so many requests."""
    faults = Faults()
    for rule in rules:
        faults.add(parse_text(rule))
    for _ in range(times):
        fault = decide(faults, operation, thing, client)
    return faults, fault


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("drop in", {"execute": False, "response_bytes": 0, "ending": "silent",
                     "silent_seconds": 600.0}),
        ("drop out", {"response_bytes": 0, "ending": "silent", "silent_seconds": 600.0}),
        ("silent in seconds=5", {"execute": False, "response_bytes": 0, "ending": "silent",
                                 "silent_seconds": 5.0}),
        ("silent out HTTP", {"response_bytes": 0, "ending": "silent", "silent_seconds": 600.0}),
        ("delay in seconds=2", {"request_delay": 2.0}),
        ("delay out seconds=2", {"response_delay": 2.0}),
        ("cut in", {"execute": False, "response_bytes": 0, "ending": "close"}),
        ("cut in at=9", {"execute": False, "response_bytes": 0, "ending": "close"}),
        ("cut in after abort", {"response_bytes": 0, "ending": "abort"}),
        ("cut out", {"response_bytes": 0, "ending": "close"}),
        ("cut out after", {"ending": "close"}),
        ("cut out at=17 abort", {"response_bytes": 17, "ending": "abort"}),
    ],
)  # fmt: skip
def test_what_a_rule_makes_of_a_request(rule, expected):
    faults, fault = asked(rule)
    assert fault == HttpFault(**expected)
    assert [(event.rule, event.packet) for event in faults.log] == [(1, "HTTP UpdateJobExecution")]


@pytest.mark.parametrize(
    ("rule", "code", "execute"),
    [
        ("reject RequestThrottled", "ThrottlingException", False),
        ("reject InternalError HTTP", "ServiceUnavailableException", False),
        ("reject InternalError execute", "ServiceUnavailableException", True),
    ],
)
def test_a_rejection_is_an_error_that_the_model_has(rule, code, execute):
    _, fault = asked(rule)
    assert (fault.error.code, fault.execute, fault.ending) == (code, execute, "normal")


@pytest.mark.parametrize(
    "rule",
    [
        "drop in PUBLISH",
        "drop in topic=#",
        "drop in DescribeJobExecution",
        "drop in thing=pump",
        "drop in client=pump",
        "drop in nth=2",
        "duplicate in",
        "reorder out",
        "refuse connack",
        "refuse",
        "disturb",
        "reject InternalError PUBLISH",
    ],
)
def test_what_is_not_about_this_request_leaves_it_alone(rule):
    assert asked(rule)[1] is None


def test_without_rules_nothing():
    assert asked()[1] is None


def test_request_answer_and_response_may_each_have_a_fault():
    _, fault = asked("delay in seconds=1", "reject InternalError execute", "delay out seconds=2",
                     "cut out at=5")  # fmt: skip
    assert (fault.request_delay, fault.response_delay, fault.execute) == (1.0, 2.0, True)
    assert (fault.ending, fault.response_bytes) == ("normal", None), "one rule acts on a response"


def test_a_response_that_there_will_not_be_counts_for_no_rule():
    faults, _ = asked("drop in", "reject InternalError", "drop out")
    assert [rule["matched"] for rule in faults.list()] == [1, 0, 0]


def test_nth_counts_requests():
    assert asked("drop out nth=3", times=2)[1] is None
    assert asked("drop out nth=3", times=3)[1] is not None
