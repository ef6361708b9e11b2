"""From request to answer against the emulator: MQTTLink and stock umqtt.simple."""

import pathlib
import tempfile
from typing import Any

import provision
from iotjobs_emulator.in_thread import EmulatorThread

from . import messages
from .interpreters import Interpreter, say
from .record_counter import RecordCounter
from .table import Table

_DOCUMENT_SIZE = 1024
_COUNTED = 20

# Name, program, TCP_NODELAY.
_CLIENTS = (
    ("iotjobs", "request_ours.py", True),
    ("umqtt.simple", "request_stock.py", False),
    ("umqtt.simple, TCP_NODELAY", "request_stock.py", True),
)


def request(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """Median and 95th percentile of start-next and update, over mutual TLS and plain TCP."""
    table = Table(
        "request",
        "From request to answer: MQTTLink and umqtt.simple 1.3.4",
        [
            "over",
            "machine",
            "request",
            "client",
            "median ms",
            "p95 ms",
            "median, iotjobs = 1",
            "writes",
            "TLS records",
            "bytes sent",
        ],
        notes=[
            "Request written, sent, answered by the emulator on this machine, and the answer "
            f"read; start-next brings a document of {_DOCUMENT_SIZE:,} bytes.",
            "iotjobs polls without a pause, umqtt.simple blocks in wait_msg. Its ussl is a "
            "stand-in of ten lines, because MicroPython has that module no more.",
            "umqtt.simple's small writes wait for delayed acknowledgements (Nagle); a user who "
            "knows turns that off by TCP_NODELAY.",
        ],
    )
    with tempfile.TemporaryDirectory() as name, EmulatorThread() as emulator:
        folder = pathlib.Path(name)
        iot = provision.iot_client(emulator.control_url)
        arn = provision.make_device(iot, "MyThing", folder)
        emulator.call(emulator.emulator.authority.write_ca, folder)
        document = messages.encoded(messages.document(_DOCUMENT_SIZE)).decode()
        iot.create_job(jobId="job-1", targets=[arn], document=document)
        ports = {"mutual TLS": emulator.ports.mqtts, "TCP": emulator.ports.mqtt}
        for over, port in ports.items():
            for interpreter in interpreters:
                say(f"request: over {over} on {interpreter.machine}")
                settings = {"folder": name, "tls": over == "mutual TLS"}
                table.rows += _rows(over, port, interpreter, settings, 10 if short else 200)
    return [table]


def _rows(
    over: str, port: int, interpreter: Interpreter, settings: dict[str, Any], count: int
) -> list[list[Any]]:
    rows = []
    medians: dict[str, float] = {}
    for client, program, no_delay in _CLIENTS:
        chosen = {**settings, "no_delay": no_delay}
        timed = interpreter.run(
            program, {**chosen, "port": port, "count": count, "counting": False}
        )
        sent = _sent(port, interpreter, program, chosen)
        for answer, (writes, records, size) in zip(timed, sent, strict=True):
            median = answer["us"][count // 2] / 1000
            first = medians.setdefault(answer["request"], median)
            rows.append(
                [
                    over,
                    interpreter.machine,
                    answer["request"],
                    client,
                    median,
                    answer["us"][count * 95 // 100] / 1000,
                    median / first,
                    writes,
                    records if settings["tls"] else None,
                    size,
                ]
            )
    return sorted(rows, key=lambda row: row[2])


def _sent(
    port: int, interpreter: Interpreter, program: str, settings: dict[str, Any]
) -> list[tuple[float, float, int]]:
    """Writes, records and bytes of each kind of request: of a run with, less those of one
    without.
    """
    counter = RecordCounter(port)
    base = (0, 0)
    sent = []
    try:
        for kinds in ((), ("start-next",), ("update",)):
            answers = interpreter.run(
                program,
                {
                    **settings,
                    "port": counter.port,
                    "count": _COUNTED,
                    "counting": True,
                    "kinds": kinds,
                },
            )
            records, size = counter.take()
            if not kinds:
                base = (records, size)
                continue
            sent.append(
                (
                    round(answers[0]["writes"], 1),
                    round((records - base[0]) / _COUNTED, 1),
                    round((size - base[1]) / _COUNTED),
                )
            )
    finally:
        counter.close()
    return sent
