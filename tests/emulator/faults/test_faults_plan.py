"""Counting and deciding: which of the matches a rule acts on, and what is kept of it."""

import pytest
from iotjobs_emulator.errors import InvalidRequestError, ResourceNotFoundError
from iotjobs_emulator.faults import Faults, Seen, parse_text
from iotjobs_emulator.faults.plan import LOG_EVENTS, MAX_RULES


def plan(*rules, seed=0):
    faults = Faults(seed, now=lambda: 1000.0)
    for rule in rules:
        faults.add(parse_text(rule))
    return faults


def decided(faults, packet="PINGRESP", client="lamp"):
    """The decision over a packet to the client."""
    return faults.packet("out", packet, "", client, None)


def acts(faults, count, **packet):
    """Which rule acts on each of so many packets to the client (0: none)."""
    decisions = [decided(faults, **packet) for _ in range(count)]
    return [0 if decision is None else decision.id for decision in decisions]


def counts(faults):
    return [(rule["matched"], rule["acted"]) for rule in faults.list()]


@pytest.mark.parametrize(
    ("rule", "acted"),
    [
        ("drop out", [1, 1, 1, 1, 1, 1]),
        ("drop out nth=1", [1, 0, 0, 0, 0, 0]),
        ("drop out nth=3", [0, 0, 1, 0, 0, 0]),
        ("drop out nth=2-4", [0, 1, 1, 1, 0, 0]),
        ("drop out nth=5-", [0, 0, 0, 0, 1, 1]),
        ("drop out nth=2- times=2", [0, 1, 1, 0, 0, 0]),
        ("drop out times=1", [1, 0, 0, 0, 0, 0]),
        ("drop out share=1", [1, 1, 1, 1, 1, 1]),
    ],
)
def test_which_matches_a_rule_acts_on(rule, acted):
    faults = plan(rule)
    assert acts(faults, 6) == acted
    assert counts(faults) == [(6, sum(acted))]


def test_what_does_not_match_does_not_count():
    faults = plan("drop out PINGRESP client=lamp nth=2")
    assert acts(faults, 3, client="pump") == acts(faults, 3, packet="SUBACK") == [0, 0, 0]
    assert acts(faults, 2) == [0, 1]


def test_counting_begins_when_a_rule_is_added():
    faults = plan("drop out nth=4")
    acts(faults, 2)
    faults.add(parse_text("drop out nth=1"))
    assert acts(faults, 2) == [2, 1]


def test_the_first_rule_acts_and_the_others_count():
    faults = plan("drop out nth=2", "cut out", "silent out times=1")
    assert acts(faults, 3) == [2, 1, 2]
    assert counts(faults) == [(3, 1), (3, 2), (3, 0)]


def test_the_same_seed_decides_the_same_and_another_one_differs():
    runs = [acts(plan("drop out share=0.3", seed=seed), 1000) for seed in (7, 7, 8)]
    assert runs[0] == runs[1] != runs[2]
    assert 250 < sum(runs[0]) < 350


def test_neither_other_rules_nor_other_traffic_change_what_a_share_takes():
    alone = acts(plan("drop out PINGRESP share=0.3"), 200)
    faults = plan("drop out PINGRESP share=0.3", "drop out share=0.5")
    mixed = []
    for _ in range(200):
        acts(faults, 1, packet="SUBACK")
        mixed += acts(faults, 1)
    assert [id_ == 1 for id_ in mixed] == [id_ == 1 for id_ in alone]
    competing = plan("cut out nth=1-50", "drop out PINGRESP share=0.3")
    other = plan("cut out client=nobody", "drop out PINGRESP share=0.3")
    assert acts(competing, 200)[50:] == acts(other, 200)[50:]


def test_clear_begins_anew_and_repeats():
    faults = plan("drop out share=0.5", seed=3)
    first = acts(faults, 100)
    decided(faults)
    faults.clear()
    assert (faults.list(), list(faults.log), faults.active) == ([], [], False)
    assert acts(faults, 3) == [0, 0, 0]
    assert faults.add(parse_text("drop out share=0.5")) == 1
    assert acts(faults, 100) == first
    faults.clear(seed=4)
    faults.add(parse_text("drop out share=0.5"))
    assert acts(faults, 100) != first


def test_rules_are_removed_one_by_one():
    faults = plan("drop out", "cut out", "refuse connack")
    faults.remove(1)
    assert acts(faults, 1) == [2]
    faults.remove(2)
    faults.remove(3)
    assert acts(faults, 1) == [0]
    assert not faults.active
    with pytest.raises(ResourceNotFoundError, match="No fault 2"):
        faults.remove(2)
    assert faults.add(parse_text("drop out")) == 4


def test_rules_are_bounded():
    faults = plan(*["drop out"] * MAX_RULES)
    with pytest.raises(InvalidRequestError, match="1000 faults already"):
        faults.add(parse_text("drop out"))


def test_the_log_says_what_was_done_to_which_match_of_whom():
    events = []
    faults = plan("drop out notify nth=2")
    faults.on_event = events.append
    topic = "$aws/things/lamp/jobs/notify"
    assert faults.packet("out", "PUBLISH", topic, "c1", "lamp") is None
    faults.packet("out", "PUBLISH", topic, "c2", "lamp").did("40 bytes")
    assert events == list(faults.log)
    [event] = events
    assert (event.time, event.rule, event.action, event.match) == (1000.0, 1, "drop", 2)
    assert (event.direction, event.client, event.packet) == ("out", "c2", f"PUBLISH {topic}")
    assert str(event) == f"#1 drop PUBLISH {topic} (match 2): 40 bytes"


def test_what_came_to_nothing_does_not_count_as_an_act():
    faults = plan("reorder out times=1")
    decided(faults).missed("no other packet followed")
    assert counts(faults) == [(1, 0)]
    assert faults.log[0].detail == "nothing done: no other packet followed"
    assert acts(faults, 2) == [1, 0]


def test_the_log_is_bounded():
    faults = plan("drop out")
    for _ in range(LOG_EVENTS + 10):
        decided(faults).did()
    assert len(faults.log) == LOG_EVENTS
    assert faults.log[0].match == 11


def test_a_decision_from_before_clear_is_not_in_the_new_log():
    faults = plan("delay out seconds=1")
    decision = decided(faults)
    faults.clear()
    decision.did("lost with its connection")
    assert list(faults.log) == []


def refusals(faults, count):
    return [faults.accepted() is not None for _ in range(count)]


def test_connections_are_refused_by_their_number():
    assert refusals(plan("refuse times=2"), 4) == [True, True, False, False]
    assert refusals(plan("refuse nth=2"), 4) == [False, True, False, False]
    assert refusals(plan("refuse nth=2-3"), 4) == [False, True, True, False]


def test_a_refusal_for_some_seconds_begins_with_the_first_one_refused():
    faults = plan("refuse nth=2 seconds=10")
    assert refusals(faults, 3) == [False, True, True]
    for time, refused in ((1009.9, True), (1010.0, False), (2000.0, False)):
        faults.now = lambda time=time: time
        assert refusals(faults, 1) == [refused], time


def test_only_a_connack_refusal_waits_for_the_connect():
    faults = plan("refuse connack client=lamp")
    assert refusals(faults, 1) == [False]
    assert faults.packet("in", "PUBLISH", "x", "lamp", None) is None
    assert faults.packet("in", "CONNECT", "", "pump", None) is None
    assert faults.packet("in", "CONNECT", "", "lamp", None).id == 1


REQUEST = Seen(
    "in", "PUBLISH", "$aws/things/lamp/jobs/a/update", "c", "lamp", "UpdateJobExecution"
)


def test_packets_executions_and_answers_are_decided_apart():
    faults = plan("drop in PUBLISH", "disturb", "reject InternalError execute", "refuse")
    assert faults.passes(REQUEST).id == 1
    assert faults.disturbance(REQUEST).id == 2
    assert faults.rejection(REQUEST).id == 3
    assert faults.accepted().id == 4
    assert counts(faults) == [(1, 1)] * 4
