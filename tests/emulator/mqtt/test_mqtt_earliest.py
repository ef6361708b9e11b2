"""Whoever looks for what has ended looks when there may be something, and then only."""

import pytest
from iotjobs_emulator.mqtt.earliest import Earliest
from iotjobs_emulator.mqtt.message import Message
from iotjobs_emulator.mqtt.retained import RetainedMessages
from iotjobs_emulator.mqtt.sessions import Sessions
from iotjobs_emulator.mqtt.waiting import WaitingMessages


@pytest.mark.parametrize(
    ("ends", "first"),
    [([5.0], 5.0), ([7.0, 5.0, 9.0], 5.0), ([None, 5.0, None], 5.0), ([5.0, float("inf")], 5.0)],
)
@pytest.mark.parametrize("is_renewed", [False, True])
def test_the_first_end_counts_from_its_very_moment(ends, first, is_renewed):
    earliest = Earliest()
    if is_renewed:
        earliest.note(1.0)
        earliest.renew(ends)
    else:
        for end in ends:
            earliest.note(end)
    assert not earliest.has_come(first - 0.001)
    assert earliest.has_come(first)
    assert earliest.has_come(first + 1)


@pytest.mark.parametrize("ends", [[], [None]])
def test_what_has_no_end_never_comes(ends):
    earliest = Earliest()
    earliest.note(1.0)
    earliest.renew(ends)
    assert not earliest.has_come(1e300)


def waiting(ends):
    messages = WaitingMessages()
    for end in ends:
        messages.put(Message("t", b"x", 1), until=end)
    return messages, messages.forget_expired, lambda: len(messages)


def offline(ends):
    sessions = Sessions()
    for end in ends:
        session, _ = sessions.open(f"client of {end}", None, True, int(end), 4, now=0.0)
        sessions.leave(session, now=0.0)
    return sessions, sessions.expire, lambda: len(sessions)


@pytest.mark.parametrize("make", [waiting, offline])
def test_each_goes_when_its_time_is_over(make):
    _, forget, left = make([30.0, 10.0, 20.0])
    found = []
    for now in (9.9, 10.0, 19.9, 20.0, 29.9, 30.0):
        forget(now)
        found.append(left())
    assert found == [3, 2, 2, 1, 1, 0]


@pytest.mark.parametrize("make", [waiting, offline])
def test_nobody_looks_before_the_first_end_and_again_before_the_next(make):
    owner, forget, _ = make([10.0, 20.0])
    looked = []
    renew = owner._earliest.renew
    owner._earliest.renew = lambda ends: (looked.append(now), renew(ends))
    for now in range(25):
        forget(float(now))
    assert looked == [10, 20]


def test_a_retained_message_makes_room_when_its_time_is_over(monkeypatch):
    monkeypatch.setattr("iotjobs_emulator.mqtt.retained.MAX_RETAINED_MESSAGES", 2)
    kept = RetainedMessages()
    for topic, end in (("a", 20.0), ("b", 10.0), ("c", None)):
        kept.keep(Message(topic, b"x", 1, expires_at=end), now=0.0)
    assert kept.refused == 1
    kept.keep(Message("c", b"x", 1), now=9.9)
    assert kept.refused == 2
    kept.keep(Message("c", b"x", 1), now=10.0)
    assert kept.refused == 2
    assert [kept.get(topic, 10.0) is not None for topic in "abc"] == [True, False, True]
