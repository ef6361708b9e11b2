"""The service's side of a schedule: the emulator's own parts in a time that is the device's."""

import functools
import json
import math
import re

from iotjobs_emulator.clock import WallClock
from iotjobs_emulator.database import Database
from iotjobs_emulator.emulator import ACCOUNT, REGION, Emulator
from iotjobs_emulator.errors import ServiceError
from iotjobs_emulator.faults import Faults
from iotjobs_emulator.jobs import states
from iotjobs_emulator.mqtt import TraceEvent
from iotjobs_emulator.quotas import Quotas
from iotjobs_emulator.s3.memory import Memory

from . import exchange, trace
from .loop import VirtualLoop
from .rival import Rival
from .schedule import BUCKET, MQTT, PUT_OBJECT, THING, Act, Schedule
from .transport import CLOSED, RESET, MemoryTransport, Pipe

EPOCH = 1_700_000_000  # of the beginning of every schedule
_TICK_SECONDS = 10.0  # how late the broker may notice a client that has fallen silent
_DISTURBED = re.compile(r"disturb .*: (\S+): versionNumber \d+ became (\d+)")
# What is to be done yet: jobs, and OTA updates that will make some.
_PENDING = """SELECT 1 FROM executions WHERE status IN (?, ?)
    UNION ALL SELECT 1 FROM ota_updates WHERE due IS NOT NULL LIMIT 1"""
_TARGETED = ("create_job", "create_ota_update")
_ARN = f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/{THING}"


@functools.cache
def _prepared() -> Database:
    # The state that every schedule begins with: to copy it costs less than to make it anew.
    database = Database()
    Emulator(state=database).registry.create_thing({"thingName": THING})
    return database


class World:
    """The service in a schedule. `events` is the trace of all that happens, the device's own lines
    included.

    `refused` are the acts that the service did not accept. `disturbed` are the versions that a
    fault has made, as (job id, version).
    """

    def __init__(self, schedule: Schedule):
        self.schedule = schedule
        self.events: list[trace.Event] = []
        self.refused: list[Act] = []
        self.disturbed: set[tuple[str, int]] = set()
        self._loop = loop = VirtualLoop()
        self._faults = Faults(schedule.seed)
        self._database = _prepared().copy()
        self._memory = Memory()
        for key, content in schedule.objects.items():
            self._memory.put(BUCKET, key, content)
        self._emulator = Emulator(
            state=self._database,
            clock=WallClock(lambda: EPOCH + loop.time()),
            monotonic=loop.time,
            files=self._memory,
            faults=self._faults,
            quotas=Quotas(schedule.quotas),
            trace=self._trace,
        )
        keep_alive = schedule.keep_alive_ms / 1000
        is_mqtt = schedule.link == MQTT
        server = self._emulator.broker if is_mqtt else self._emulator.data_server(keep_alive)
        self._serve = server.serve
        self._pipe = Pipe()
        self._transport: MemoryTransport | None = None
        self._rival: Rival | None = None
        self._acts = sorted(schedule.acts, key=lambda act: act.ms)
        self._done_at = -1  # the trace's length when `done` was looked at
        self._done = False
        with loop:
            self._begin()

    def handle(self, kind: int, now_ms: int, payload: bytes) -> bytes | None:
        """What a device tells, and the answer."""
        with self._loop:
            self._loop.run_until(now_ms / 1000)
            if kind == exchange.LOG:
                self.note(trace.LOG, payload.decode(errors="replace"))
                return None
            if kind == exchange.WRITE:
                self.note(trace.SENT, payload)
                if self._transport is not None:
                    self._transport.receive(payload)
            elif kind == exchange.OPEN:
                self._open()
            elif kind == exchange.CLOSE:
                self.note(trace.NET, "closed by the device")
                if self._transport is not None:
                    self._transport.peer_closed()
            self._loop.settle()
        return self._answer()

    def note(self, kind: str, what: bytes | str) -> None:
        """One more line of the trace."""
        self.events.append(trace.Event(round(self._loop.time() * 1000), kind, what))

    def executions(self, job_id: str) -> list[dict]:
        """The job's executions, each with its history (`StateReader.executions`)."""
        return self._emulator.console.reader.executions(job_id)["executions"]

    def created(self, job_id: str) -> bool:
        """Whether the job is there: it was created, and not deleted."""
        return self._emulator.console.reader.has_job(job_id)

    def ended_by_others(self, job_id: str) -> set[str]:
        """In which statuses an operator, the service's own timer, or another board may have ended
        the job.
        """
        found = set()
        if self._rival is not None and job_id in self._rival.ended:
            found.add("FAILED")
        for act in self.schedule.acts:
            if act.params.get("jobId") == job_id and act not in self.refused:
                if act.operation.startswith("cancel"):
                    found.add("CANCELED")
                if "timeoutConfig" in act.params:
                    found.add("TIMED_OUT")
        return found

    def close(self) -> None:
        """Give everything back."""
        with self._loop:
            self._loop.close()
        self._database.close()

    def _begin(self) -> None:
        schedule = self.schedule
        self._emulator.begin()
        for rule in schedule.faults:
            self._faults.add(rule)
        if schedule.faults_end_ms is not None:
            self._loop.call_later(schedule.faults_end_ms / 1000, self._end_faults)
        for act in self._acts:
            self._loop.call_later(act.ms / 1000, self._act)
        self._loop.call_later(_TICK_SECONDS, self._tick)
        if schedule.rival is not None:
            times = (ms / 1000 for ms in schedule.rival)
            self._rival = Rival(self._loop, self._serve, self.note, *times, schedule.rival_works)
        self._loop.run_until(0)

    def _open(self) -> None:
        self._pipe = Pipe()
        self._transport = None
        decision = self._faults.accepted()
        self.note(trace.NET, "opened by the device")
        if decision is None:
            self._transport = MemoryTransport(
                self._loop,
                self._pipe,
                self.schedule.latency_ms / 1000,
                lambda data: self.note(trace.RECEIVED, data),
                self.schedule.rate,
            )
            self._serve(self._transport)
        elif decision.rule.how == "silent":
            decision.did("silent")
        else:
            self._pipe.ended = RESET if decision.rule.abort else CLOSED
            decision.did(self._pipe.ended)

    def _answer(self) -> bytes:
        pipe = self._pipe
        data = bytes(pipe.data)
        pipe.data.clear()
        timer = self._loop.next_timer()
        due = None
        if timer is not None:
            due = max(math.ceil((timer - self._loop.time()) * 1000 - 1e-6), 0)
        flags = exchange.ENDED[pipe.ended] | (exchange.DONE if self._is_done() else 0)
        return exchange.answer(flags, due, data)

    def _is_done(self) -> bool:
        if self._acts or self._faults_go_on():
            return False
        if self._done_at != len(self.events):
            self._done_at = len(self.events)
            self._done = self._database.row(_PENDING, states.PENDING) is None
        return self._done

    def _faults_go_on(self) -> bool:
        end = self.schedule.faults_end_ms
        return end is not None and self._loop.time() * 1000 < end

    def _end_faults(self) -> None:
        self._faults.clear()
        self.note(trace.ACT, "no more faults")

    def _tick(self) -> None:
        self._loop.call_later(_TICK_SECONDS, self._tick)
        self._emulator.broker.run_timers()

    def _act(self) -> None:
        act = self._acts.pop(0)
        text = f"{act.operation} {json.dumps(act.params, default=_count)}"
        try:
            self._perform(act)
        except ServiceError as error:
            self.refused.append(act)
            text += f": {error.message}"
        self.note(trace.ACT, text)
        self._emulator.settle()

    def _perform(self, act: Act) -> None:
        if act.operation == PUT_OBJECT:
            self._memory.put(BUCKET, act.params["key"], act.params["content"])
            return
        params = dict(act.params)
        if act.operation in _TARGETED:
            params["targets"] = [_ARN]
        if act.operation.endswith("execution"):
            params["thingName"] = THING
        self._emulator.services.perform(act.operation, params)

    def _trace(self, event: TraceEvent) -> None:
        if event.packet in ("CLOSE", "FAULT"):
            kind = trace.NET if event.packet == "CLOSE" else trace.FAULT
            self.note(kind, event.detail)
            disturbed = _DISTURBED.search(event.detail)
            if disturbed:
                self.disturbed.add((disturbed[1], int(disturbed[2])))
        elif event.packet == "QUOTA":
            self.note(trace.QUOTA, event.detail)


def _count(content: bytes) -> str:
    return f"{len(content)} bytes"
