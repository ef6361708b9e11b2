"""What a device that wakes, looks for a job and sleeps again needs: heap, bytes, writes, time."""

import contextlib
from collections.abc import Iterator
from typing import Any

from .interpreters import BenchError, Interpreter, say
from .job_bench import LINKS, MOST_KIB, JobBench, job_bench
from .record_counter import RecordCounter
from .table import Table

_DOCUMENT_KIB = 4
_PROGRAM = "sleep_device"
_SESSIONS = ("a job", "no job")


def sleep(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """A session of JobsAgent.run_once, over MQTT and over HTTPS, with a job and without."""
    table = Table(
        "sleep",
        "Wake, look for a job, sleep: JobsAgent.run_once over mutual TLS",
        [
            "session",
            "over",
            "machine",
            "TLS",
            "heap KiB",
            "bytes sent",
            "bytes received",
            "handshake",
            "writes",
            "median ms",
        ],
        notes=[
            "a job: connect, start-next, a handler, update to SUCCEEDED, the question whether "
            f"there are more, close. start-next brings a document of {_DOCUMENT_KIB} KiB. The "
            "handler looks at all of it. no job: connect, start-next, close. Over MQTT there are "
            "CONNECT, the subscription to the two notifications, their acknowledgements and "
            "DISCONNECT too.",
            "heap: the smallest that does, everything loaded from .mpy, the receive buffer "
            "included. The table heap has what comes on top on a board.",
            "bytes: TCP payload. handshake: those of both directions on a connection without a "
            "message. They are TLS's handshake, session tickets and end. A board has TLS 1.2.",
            "ms: from before it connects until it has closed, with the emulator on this machine "
            "and a millisecond's sleep between polls. Sessions over MQTT and HTTPS take turns. "
            "Over a network each answer is waited for, besides those of TCP and TLS. With a job "
            "these are five over MQTT and three over HTTPS, without one three and one.",
        ],
    )
    for interpreter in interpreters:
        with job_bench(interpreter) as bench:
            table.rows += _rows(interpreter.machine, bench, short)
    return [table]


def _rows(machine: str, bench: JobBench, short: bool) -> list[list[Any]]:
    rows = {}
    for over in LINKS:
        say(f"sleep: heap and bytes over {over} on {machine}")
        smallest = bench.smallest(over, _DOCUMENT_KIB, _PROGRAM, 64 if short else 1)
        with _counted(bench, over) as counter:
            told = _told(bench, bench.start(over, _DOCUMENT_KIB, MOST_KIB, "handshake"))
            handshake = counter.take()
            for session in _SESSIONS:
                writes = _session(bench, over, session)["writes"]
                counted = counter.take()
                row = [session, over, machine, told["tls"].removeprefix("TLSv")]
                row += [smallest if session == "a job" else None, counted.sent, counted.received]
                row += [handshake.sent + handshake.received, writes]
                rows[session, over] = row
    say(f"sleep: times on {machine}")
    times: dict[tuple[str, str], list[int]] = {which: [] for which in rows}
    for _ in range(1 if short else 40):
        for session, over in rows:
            times[session, over].append(_session(bench, over, session)["us"])
    for which, us in times.items():
        rows[which].append(sorted(us)[len(us) // 2] / 1000)
    return [rows[session, over] for session in _SESSIONS for over in LINKS]


def _session(bench: JobBench, over: str, session: str) -> dict[str, Any]:
    run = bench.run if session == "a job" else bench.start
    return _told(bench, run(over, _DOCUMENT_KIB, MOST_KIB, _PROGRAM))


def _told(bench: JobBench, lines: list[dict[str, Any]] | None) -> dict[str, Any]:
    if lines is None:
        raise BenchError(f"a device did not finish: {bench.failure}")
    return lines[0]


@contextlib.contextmanager
def _counted(bench: JobBench, over: str) -> Iterator[RecordCounter]:
    """Let the bench's connections lead through a counter."""
    port = bench.ports[over]
    counter = RecordCounter(port)
    bench.ports[over] = counter.port
    try:
        yield counter
    finally:
        bench.ports[over] = port
        counter.close()
