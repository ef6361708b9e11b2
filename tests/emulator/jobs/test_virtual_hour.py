"""A virtual hour of timers, retries and roll-outs, told message by message.

Each story is a list of what is done at which minute. The clock goes by half minutes, or leaps from
one act to the next. The same must come of it, however late the timers are run.
"""

import time

import pytest
from jobs_world import MINUTE, START, World, abort, exponential, per_minute, retries


def tell(acts, leap):
    """Live through an hour; every message as (minute, where to, what): for a thing the jobs with
    their execution numbers, for an event its topic."""
    world = World()
    world.things |= {"fan", "sun", "door"}
    acts = [*acts, (60, lambda world: None)]
    told, now = [], 0
    for minute, act in acts:
        while now < minute:
            step = minute - now if leap else 0.5
            world.wait(step * MINUTE)
            now += step
        act(world)
    for message in world.engine.take_notifications():
        levels = message.topic.split("/")
        instant = (message.payload["timestamp"] - START) / MINUTE
        if levels[1] == "things":
            told.append((instant, levels[2], levels[4], shown(message.payload)))
        else:
            thing = message.payload.get("thingArn", "/").rsplit("/")[1]
            told.append((instant, thing, f"event {levels[3]}", levels[4]))
    return told


def shown(payload):
    """notify: "a1 b1", those IN_PROGRESS in brackets; notify-next: "a1", or ""."""
    if "jobs" in payload:
        parts = []
        for status, executions in payload["jobs"].items():
            text = " ".join(f"{e['jobId']}{e['executionNumber']}" for e in executions)
            parts.append(f"({text})" if status == "IN_PROGRESS" else text)
        return " ".join(parts)
    execution = payload.get("execution")
    return f"{execution['jobId']}{execution['executionNumber']}" if execution else ""


IN_PROGRESS_10 = {"inProgressTimeoutInMinutes": 10}

# Two step timers, an in-progress timer and three retries.
TIMERS = [
    (0, lambda w: w.create("a", timeoutConfig=IN_PROGRESS_10,
                           jobExecutionsRetryConfig=retries(TIMED_OUT=2, FAILED=1))),
    (1, lambda w: w.create("b", "lamp", "pump")),
    (2, lambda w: w.start()),  # a1: until 12
    (3, lambda w: w.update("b", "IN_PROGRESS", stepTimeoutInMinutes=12)),  # b1: until 15
    (4, lambda w: w.start("pump", stepTimeoutInMinutes=30)),  # b1: until 34
    (6, lambda w: w.update("b", "IN_PROGRESS", "pump", stepTimeoutInMinutes=20)),  # until 26
    (20, lambda w: w.start(stepTimeoutInMinutes=4)),  # a2: until 24, before its 30
    (25, lambda w: w.start(stepTimeoutInMinutes=30)),  # a3: until 35, before the step's 55
    (30, lambda w: w.update("a", "FAILED")),  # a4 is its one retry
    (40, lambda w: w.start()),  # a4: until 50, the last one
]  # fmt: skip
TIMERS_TELL = [
    (0, "lamp", "notify", "a1"), (0, "lamp", "notify-next", "a1"),
    (1, "lamp", "notify", "a1 b1"),
    (1, "pump", "notify", "b1"), (1, "pump", "notify-next", "b1"),
    (12, "lamp", "notify", "(b1) a2"), (12, "lamp", "notify-next", "b1"),
    (12, "lamp", "event a", "timed_out"),
    (15, "lamp", "notify", "a2"), (15, "lamp", "notify-next", "a2"),
    (15, "lamp", "event b", "timed_out"),
    (24, "lamp", "notify", "a3"), (24, "lamp", "notify-next", "a3"),
    (24, "lamp", "event a", "timed_out"),
    (26, "pump", "notify", ""), (26, "pump", "notify-next", ""),
    (26, "pump", "event b", "timed_out"),
    (26, "", "event b", "completed"),
    (30, "lamp", "notify", "a4"), (30, "lamp", "notify-next", "a4"),
    (30, "lamp", "event a", "failed"),
    (50, "lamp", "notify", ""), (50, "lamp", "notify-next", ""),
    (50, "lamp", "event a", "timed_out"),
    (50, "", "event a", "completed"),
]  # fmt: skip

# A roll-out one by one, another that doubles and is aborted at the instant of its third share.
THINGS = ("lamp", "pump", "fan", "sun", "door")
ROLLOUTS = [
    (0, lambda w: w.create("a", *THINGS[:3], timeoutConfig=IN_PROGRESS_10,
                           jobExecutionsRolloutConfig=per_minute(1),
                           jobExecutionsRetryConfig=retries(ALL=1))),
    (0.5, lambda w: w.create("b", *reversed(THINGS),
                             jobExecutionsRolloutConfig=exponential(1, 2, notified=1),
                             abortConfig=abort("TIMED_OUT", 50, 2))),
    (1, lambda w: w.update("b", "SUCCEEDED", "door")),
    (1, lambda w: w.start("pump")),  # a1: until 11
    (1.5, lambda w: w.start("sun", stepTimeoutInMinutes=1)),  # b1: until 2.5
]  # fmt: skip
ROLLOUTS_TELL = [
    (0, "lamp", "notify", "a1"), (0, "lamp", "notify-next", "a1"),
    (0.5, "door", "notify", "b1"), (0.5, "door", "notify-next", "b1"),
    (1, "pump", "notify", "a1"), (1, "pump", "notify-next", "a1"),
    (1, "door", "notify", ""), (1, "door", "notify-next", ""),
    (1, "door", "event b", "succeeded"),
    (1.5, "sun", "notify", "b1"), (1.5, "sun", "notify-next", "b1"),
    (1.5, "fan", "notify", "b1"), (1.5, "fan", "notify-next", "b1"),
    (2, "fan", "notify", "b1 a1"),
    (2.5, "sun", "notify", ""), (2.5, "sun", "notify-next", ""),
    (2.5, "fan", "notify", "a1"), (2.5, "fan", "notify-next", "a1"),
    (2.5, "sun", "event b", "timed_out"),
    (2.5, "", "event b", "cancellation_in_progress"),
    (2.5, "fan", "event b", "canceled"),
    (2.5, "", "event b", "canceled"),
    (11, "pump", "notify", "a2"), (11, "pump", "notify-next", "a2"),
    (11, "pump", "event a", "timed_out"),
]  # fmt: skip


@pytest.mark.parametrize("leap", [False, True], ids=["by half minutes", "in leaps"])
@pytest.mark.parametrize(
    ("acts", "expected"),
    [(TIMERS, TIMERS_TELL), (ROLLOUTS, ROLLOUTS_TELL)],
    ids=["timers and retries", "roll-outs"],
)
def test_an_hour_is_told_message_by_message_in_milliseconds(acts, expected, leap):
    begin = time.process_time()
    assert tell(acts, leap) == expected
    assert time.process_time() - begin < 0.3
