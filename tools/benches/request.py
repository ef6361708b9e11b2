"""From request to answer against the emulator: MQTTLink, HTTPSLink and stock umqtt.simple."""

import pathlib
import tempfile
from typing import Any

from iotjobs_emulator import provision
from iotjobs_emulator.in_thread import EmulatorThread

from . import messages
from .interpreters import Interpreter, say
from .record_counter import Counted, RecordCounter
from .table import Table

_DOCUMENT_SIZE = 1024
_TIMED, _COUNTED = 200, 20  # requests of each kind
_SHORT = 4  # of either

# Name, program, and the settings that make the difference.
_CLIENTS = (
    ("iotjobs", "request_ours.py", {"link": "MQTT", "new_connections": False}),
    ("iotjobs, HTTPS", "request_ours.py", {"link": "HTTPS", "new_connections": False}),
    ("iotjobs, HTTPS, connecting", "request_ours.py", {"link": "HTTPS", "new_connections": True}),
    ("umqtt.simple", "request_stock.py", {"no_delay": False}),
    ("umqtt.simple, TCP_NODELAY", "request_stock.py", {"no_delay": True}),
)


def request(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """Median and 95th percentile of start-next and update, over mutual TLS and plain TCP."""
    table = Table(
        "request",
        "From request to answer: MQTTLink, HTTPSLink and umqtt.simple 1.3.4",
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
            "HTTPS is on one connection that is kept, or connecting: each request on a new one. "
            "That is in its time, and the handshake in its records and bytes.",
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
        ports = emulator.ports
        both = {
            "mutual TLS": {"MQTT": ports.mqtts, "HTTPS": ports.https},
            "TCP": {"MQTT": ports.mqtt, "HTTPS": ports.data},
        }
        for over, by_link in both.items():
            for interpreter in interpreters:
                say(f"request: over {over} on {interpreter.machine}")
                settings = {"folder": name, "tls": over == "mutual TLS"}
                table.rows += _rows(over, by_link, interpreter, settings, short)
    return [table]


def _rows(
    over: str,
    ports: dict[str, int],
    interpreter: Interpreter,
    settings: dict[str, Any],
    short: bool,
) -> list[list[Any]]:
    count, counted = (_SHORT, _SHORT) if short else (_TIMED, _COUNTED)
    rows = []
    medians: dict[str, float] = {}
    for client, program, own in _CLIENTS:
        port = ports[own.get("link", "MQTT")]
        chosen = {**settings, **own}
        timed = interpreter.run(
            program, {**chosen, "port": port, "count": count, "counting": False}
        )
        sent = _sent(port, interpreter, program, chosen, counted)
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
    port: int, interpreter: Interpreter, program: str, settings: dict[str, Any], count: int
) -> list[tuple[float, float, int]]:
    """Writes, records and bytes of each kind of request: of a run with, less those of one
    without.
    """
    counter = RecordCounter(port)
    base = Counted(0, 0, 0)
    sent = []
    try:
        for kinds in ((), ("start-next",), ("update",)):
            answers = interpreter.run(
                program,
                {
                    **settings,
                    "port": counter.port,
                    "count": count,
                    "counting": True,
                    "kinds": kinds,
                },
            )
            each = settings.get("new_connections") and kinds
            counted = counter.take(1 + count if each else 1)
            if not kinds:
                base = counted
                continue
            sent.append(
                (
                    round(answers[0]["writes"], 1),
                    round((counted.records - base.records) / count, 1),
                    round((counted.sent - base.sent) / count),
                )
            )
    finally:
        counter.close()
    return sent
