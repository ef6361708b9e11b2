"""Many real agents at one service in artificial time, for what `tools/fleet` says of them.

On stdin: a JSON object with `story` ("power", "outage", "job"), `count`, `settings` of JobsAgent,
`clean_session`, `quotas`, `updates`, `rollout` (a minute), `seed`, and the times of the model in
ms. Prints a JSON object: when each was served, in ms, and what was counted.
"""

import heapq
import json
import random
import sys

from iotjobs.agent.agent import JobsAgent
from iotjobs.links.link import LinkError
from support import Clock, ScriptedLink

asked = json.loads(sys.stdin.readline())
HALF_MS = asked["round_trip_ms"] // 2
QUIET_POLLS = 6  # after which an agent has done what it can


class World:
    """The clock, and what is to be called when."""

    def __init__(self):
        self.clock = Clock()
        self.clock.now = 0
        self._events = []
        self._number = 0

    def at(self, delay_ms, call, *arguments):
        self._number += 1
        event = (self.clock.now + int(delay_ms), self._number, call, arguments)
        heapq.heappush(self._events, event)

    def step(self):
        self.clock.now, _, call, arguments = heapq.heappop(self._events)
        call(*arguments)


class Bucket:
    """As `iotjobs_emulator.quotas` has it."""

    def __init__(self, rate):
        self.rate = rate
        self.full_at = 0

    def take(self, amount):
        now = world.clock.now / 1000
        full_at = max(self.full_at, now) + amount / self.rate
        if full_at - now > 1.00001:
            return False
        self.full_at = full_at
        return True


class Link(ScriptedLink):
    """One that asks the service before it connects, subscribes, and is answered."""

    def __init__(self, board):
        super().__init__(buffer_size=512)
        self.board = board
        self.clean_session = asked["clean_session"]
        self.kept = False
        self.slow = True

    def open(self):
        super().open()
        self.slow = True
        self.session_present = None
        at = world.clock.now
        if away[0] <= at < away[1]:
            world.at(asked["nobody_ms"], self._over, self.opened, LinkError("tcp", "nobody"))
        else:
            counts["handshakes"] += 1
            world.at(asked["handshake_ms"], self._arrives, self.opened)

    def _arrives(self, number):
        if buckets["connects"].take(1):
            world.at(HALF_MS, self._accepted, number)
        else:
            self._over(number, LinkError("connack", "refused"))

    def _accepted(self, number):
        self.slow = False
        self.session_present = self.kept and not self.clean_session
        self.kept = False
        self._wakes(number)

    def _over(self, number, error):
        if number == self.opened and not self.closed:
            self.fail = error
            self._wakes(number)

    def _wakes(self, number):
        if number == self.opened:
            boards[self.board].wake()

    def begin_subscribe(self, filters, qos=0, again=True):
        super().begin_subscribe(filters, qos, again)
        self.awaited = 0x90
        world.at(HALF_MS, self._subscribes, self.opened, len(filters))

    def _subscribes(self, number, count):
        if buckets["filters"].take(count):
            world.at(HALF_MS, self._subscribed, number)
        else:
            error = LinkError("lost", "no answer")
            world.at(asked["settings"]["request_timeout_ms"], self._over, number, error)

    def _subscribed(self, number):
        self.awaited = 0
        self.kept = True
        self._wakes(number)

    def close(self):
        super().close()
        self.awaited = 0

    def publish_from(self, *packet):
        super().publish_from(*packet)
        counts["requests"] += 1
        world.at(HALF_MS, self._asks, self.opened, len(self.sent) - 1)

    def _asks(self, number, request):
        if buckets["writes"].take(1):
            message = boards[self.board].answers(self.sent[request][0])
            world.at(HALF_MS, self._told, number, request, message, "accepted")
        else:
            message = {"code": "RequestThrottled"}
            world.at(HALF_MS, self._told, number, request, message, "rejected")

    def _told(self, number, request, message, verdict):
        if number == self.opened and self.connected:
            self.answer(message, verdict, request)
            self._wakes(number)


class Board:
    """An agent that is polled when something is due for it."""

    def __init__(self, number):
        self.link = Link(number)
        self.agent = JobsAgent(
            self.link,
            "MyThing",
            None,
            payload_size=256,
            step_timeout_minutes=None,
            ticks_ms=world.clock,
            **asked["settings"],
        )
        self.agent.on_event = self._hears
        self.agent.handler("work")(works)
        self.pending = False  # a job for it
        self.waits = True  # it is not served yet
        self._wakes_at = -1

    def wake(self):
        agent = self.agent
        for _ in range(QUIET_POLLS):
            agent.poll()
        if agent.state == "IDLE":
            due = agent._asked + agent.resync_ms
        elif agent._wait:
            due = agent._since + agent._wait
        else:
            return
        if due > world.clock.now and due != self._wakes_at:
            self._wakes_at = due
            world.at(due - world.clock.now, self._is_due, due)

    def _is_due(self, due):
        if due == self._wakes_at:
            self._wakes_at = -1
            self.wake()

    def answers(self, tail):
        if not (tail == "start-next" and self.pending):
            return {}
        self.pending = False
        steps = asked["updates"] - 1
        for step in range(1, steps + 1):
            world.at(2 * HALF_MS + asked["work_ms"] * step // steps, self.wake)
        execution = {"jobId": "j", "status": "IN_PROGRESS", "versionNumber": 2}
        execution.update({"executionNumber": 1, "jobDocument": {"operation": "work"}})
        return {"execution": execution}

    def notify(self):
        self.pending = True
        execution = {"jobId": "j", "status": "QUEUED", "versionNumber": 1}
        self.link.deliver("notify-next", {"execution": execution})
        self.wake()

    def _hears(self, event, value):
        over = value == "SUCCEEDED" if asked["story"] == "job" else value == "IDLE"
        if over and self.waits and running:
            self.waits = False
            served.append(world.clock.now)


def works(job):
    # Says each step when it is its time, and ends with the last.
    begun = world.clock.now
    steps = asked["updates"] - 1
    for step in range(1, steps):
        while world.clock.now - begun < asked["work_ms"] * step // steps:
            yield
        yield {"step": str(step)}
    while world.clock.now - begun < asked["work_ms"]:
        yield


def begin(buckets_then):
    # What befalls the fleet, at the time `begun`.
    global running, buckets
    running = True
    buckets = buckets_then
    counts["handshakes"] = counts["requests"] = 0
    for number, board in enumerate(boards):
        if asked["story"] == "job":
            world.at(number * 60_000 // asked["rollout"] + HALF_MS, board.notify)
        else:
            if asked["story"] == "outage":
                board.link.fail = LinkError("lost", "gone")
            world.at(0, board.wake)


random.seed(asked["seed"])
world = World()
counts = {"handshakes": 0, "requests": 0}
quotas = {name: Bucket(rate) for name, rate in asked["quotas"].items()}
buckets = {name: Bucket(1e9) for name in quotas}
served = []
running = False
away = 0, 0
begun = 0
boards = []
for number in range(asked["count"]):
    boards.append(Board(number))
if asked["story"] != "power":  # all are connected, and have been for long
    for board in boards:
        world.at(0, board.wake)
    while not all(board.agent.state == "IDLE" for board in boards):
        world.step()
    begun = world.clock.now + 10 * asked["settings"]["max_retry_ms"]
if asked["story"] == "outage":
    away = begun, begun + asked["outage_ms"]
world.at(begun - world.clock.now, begin, quotas)
while len(served) < len(boards):
    world.step()
begun = away[1] or begun
counts["served"] = [at - begun for at in served]
print(json.dumps(counts))
