"""What must hold when a schedule is over, whatever went wrong in it."""

from collections.abc import Iterator

from iotjobs_emulator.console.history import FIRST_CHANGES
from iotjobs_emulator.jobs.states import TERMINAL
from iotjobs_emulator.mqtt.heads import head_of

from . import conduct_judge, conducts, http_messages, quota_judge, stream_judge, trace
from .diary import Diary
from .schedule import MQTT, Schedule
from .world import World

_LAST = 1_000_000
_HURRY_MS = 1_000
_ENDS = {None: "SUCCEEDED", "raise": "FAILED"}  # the document's "end", else it is the status


def wrong(world: World, device: dict) -> list[str]:
    """What is wrong, in sentences; empty if all is as it must be. `device`: what it says of
    itself.
    """
    found = list(_of_device(world, device))
    diary = Diary(world.events)
    runs = conduct_judge.Runs(world.schedule, world.events)
    found += conduct_judge.bitten(world.schedule, runs)
    found += quota_judge.wrong(world.schedule, world.events)
    statuses = {}
    for job_id, document in world.schedule.documents().items():
        if world.created(job_id):
            for execution in world.executions(job_id):
                statuses[job_id] = execution["status"]
                if conducts.of_document(document):
                    about = conduct_judge.Misconduct(world, runs, job_id, document, execution)
                else:
                    about = _Execution(world, diary, job_id, document, execution)
                number = execution["executionNumber"]
                found += [f"{job_id} {number}: {sentence}" for sentence in about.wrong()]
    found += stream_judge.wrong(world.schedule, device, statuses)
    return found


def _of_device(world: World, device: dict) -> Iterator[str]:
    schedule = world.schedule
    if device["raised"]:
        yield f"the device raised {device['raised']}"
    if device["now"] >= schedule.limit_ms:
        yield f"it is not over after {schedule.limit_ms / 60_000:g} minutes"
    if device["state"] != "IDLE":
        yield f"the agent is {device['state']}, last error {device['error']}"
    if device["job"] is not None:
        yield f"the agent has still {device['job']}"
    if device["files"]:
        yield f"in the flash is still {', '.join(device['files'])}"
    if device["unread"]:
        yield f"{device['unread']} bytes were not read"
    if _ends_within_a_message(world):
        yield "the last bytes that it received are half a message"
    if _is_in_a_hurry(world.events):
        yield "it connected three times, and neither got an answer, nor said that it failed"


def _ends_within_a_message(world: World) -> bool:
    length_of = _packet_length if world.schedule.link == MQTT else http_messages.length_of
    data = b""
    for event in world.events:
        if event.kind == trace.NET and event.what.startswith("opened"):
            data = b""
        elif event.kind == trace.RECEIVED:
            data += event.what
    while data:
        length = length_of(data)
        if length is None or length > len(data):
            return True
        data = data[length:]
    return False


def _is_in_a_hurry(events: list[trace.Event]) -> bool:
    # A request on a kept connection may be made again at once, but once. After that it has failed,
    # and the agent waits before the next try.
    opened: list[int] = []
    for event in events:
        if event.kind == trace.NET and event.what.startswith("opened"):
            opened = [ms for ms in opened if event.ms - ms < _HURRY_MS] + [event.ms]
            if len(opened) == 3:
                return True
        elif event.kind == trace.RECEIVED or _is_begun_anew(event):
            opened = []
    return False


def _is_begun_anew(event: trace.Event) -> bool:
    # By a failure that is told, by a start, or by a handler, which may close the link and let go.
    what = ("error ", "boot ", "begin ", "tells ", "closed ")
    return event.kind == trace.LOG and event.what.startswith(what)


def _packet_length(data: bytes) -> int | None:
    head = head_of(data)
    return None if head is None else head.length


class _Execution:
    # One execution, and all that is known of it.

    def __init__(self, world: World, diary: Diary, job_id: str, document: dict, execution: dict):
        self.world = world
        self.schedule: Schedule = world.schedule
        self.job_id = job_id
        self.document = document
        self.operation = document["operation"]
        self.status = execution["status"]
        self.history = execution["history"]
        self.key = job_id, execution["executionNumber"]
        self.diary = diary
        self.begins = diary.begins.get(self.key, [])
        self.is_once = self.operation.endswith("once")
        self.is_known = self.operation not in ("unknown",)

    def wrong(self) -> Iterator[str]:
        yield from self._of_status()
        yield from self._of_history()
        yield from self._of_runs()

    # --- the status

    def _of_status(self) -> Iterator[str]:
        allowed = self._allowed()
        if self.status not in allowed:
            yield f"it is {self.status} and not {' or '.join(sorted(allowed))}"
        details = self.history[-1]["statusDetails"] or {}
        own = self._own_end()
        if self._is_interrupted() or self._is_ended_by_others():
            pass
        elif self.status == "FAILED" and own != "FAILED":
            yield f"it is FAILED with {details}"
        elif self.status == own and self.is_known and details.get("step") != self._last_step():
            yield f"it is {self.status} with {details}"

    def _is_ended_by_others(self) -> bool:
        return self.status in self.world.ended_by_others(self.job_id)

    def _is_interrupted(self) -> bool:
        # The agent's own reason, where it may give it, or that for which a file cannot be had.
        reason = (self.history[-1]["statusDetails"] or {}).get("reason", "")
        cuts = self.diary.cut_short.get(self.key, 0)
        may = cuts >= (1 if self.is_once else self.schedule.max_starts())
        if conduct_judge.is_excused(self.schedule, reason):
            may = True
        elif self.operation == stream_judge.OPERATION and reason:
            may = may or stream_judge.is_explained(self.schedule, reason)
        elif "interrupted" not in reason:
            may = False
        return self.status == "FAILED" and may

    def _own_end(self) -> str:
        end = self.document.get("end")
        return _ENDS.get(end, end) if self.is_known else "REJECTED"

    def _last_step(self) -> str:
        if self.document.get("end") == "raise":  # what was reported before stays
            steps = self.document.get("steps", 0)
            return (self.history[-1]["statusDetails"] or {}).get("step") if steps else None
        return "reset" if self.operation.startswith("resets") else "end"

    def _allowed(self) -> set[str]:
        allowed = {self._own_end(), *self.world.ended_by_others(self.job_id)}
        if self._is_interrupted():
            allowed.add("FAILED")
        return allowed

    # --- what was reported

    def _of_history(self) -> Iterator[str]:
        before = None
        for change in self.history:
            version, told = change["versionNumber"], (change["status"], change["statusDetails"])
            is_disturbed = (self.job_id, version) in self.world.disturbed
            if before is not None:
                last_version, last_told = before
                # Of a long history the emulator forgets what came after the first changes.
                if version != last_version + 1 and last_version != FIRST_CHANGES:
                    yield f"version {version} follows {last_version}"
                if told == last_told and not is_disturbed:
                    yield f"version {version} says the same as the one before: {told}"
                if last_told[0] in TERMINAL:
                    yield f"after {last_told[0]} came {told}"
                if not is_disturbed and _step(told) < _step(last_told):
                    yield f"{told} was reported after {last_told}"
            before = version, told

    # --- how often it ran

    def _of_runs(self) -> Iterator[str]:
        begins, diary = self.begins, self.diary
        count = len(begins)
        lives = diary.cuts + diary.resets + diary.stops
        reset_calls = diary.reset_calls.get(self.key, 0)
        is_resuming = self.operation.startswith("resumes")
        most = 1 + (1 if is_resuming and reset_calls else 0)
        if not self.is_once:
            most += diary.cuts
        if count > most:
            yield f"its handler ran {count} times"
        ended_itself = self.status == self._own_end() and self.is_known
        ended_itself = ended_itself and not (self._is_interrupted() or self._is_ended_by_others())
        if ended_itself and not count:
            yield f"it is {self.status}, but its handler did not run"
        if not self.is_known and count:
            yield "its handler ran, and there is none"
        ends = diary.finishes if not self.operation.startswith("resets") else diary.reset_calls
        if ended_itself and not ends.get(self.key, 0):
            yield f"it is {self.status}, but its handler did not end"
        for at, begin in enumerate(begins):
            if begin.found:
                yield f"its handler ran in life {begin.life}, when it had ended"
            if at and not begin.resumed and not self.schedule.full:  # else it could not be kept
                yield f"in life {begin.life} it was not told that it had begun before"
            if begin.resumed and not lives:
                yield "it was told that it had begun before"
            if begin.state not in begin.expected:
                yield f"in life {begin.life} it found {begin.state!r}, not {begin.expected}"
            if at and begin.life == begins[at - 1].life:
                yield f"it ran twice in life {begin.life}"


def _step(told: tuple[str, dict | None]) -> tuple[int, int]:
    # Life and number of the step, in their order. What has none is the last that there is.
    details = told[1] or {}
    if "step" not in details:
        return (0, 0) if told[0] not in TERMINAL else (_LAST, 0)
    step = details["step"]
    return int(details["life"]), int(step) if step.isdigit() else _LAST
