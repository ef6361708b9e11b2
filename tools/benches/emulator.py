"""The tables of `tools/bench --emulator`: `tools/emulator` as a process, measured from outside."""

import asyncio
import contextlib
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import time

from iotjobs_emulator import open_files, provision, small_tls

from . import emulator_load as load
from .interpreters import BenchError, say
from .table import Table

DEVICES, FEW = 10_000, 20
SECONDS, SHORT = 5.0, 0.05
_BATCH = 25  # handshakes at a time
_TOLD = 1_000  # things, between two lines of progress
REQUESTS, SCALE = NAMES = ("emulator requests", "emulator scale")  # of the tables
_ASKING = 8  # connections that ask at once
_START_S = 30
_NO_JOBS = 300  # seconds until a job that reaches nobody is given up


class EmulatorProcess:
    """`tools/emulator` on free ports, its state in memory."""

    def __init__(self, folder: pathlib.Path):
        names = ("mqtt", "mqtts", "control", "data", "https")
        ports = [part for name in names for part in (f"--{name}-port", "0")]
        script = pathlib.Path(__file__).parent.parent / "emulator"
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, script, "--ca-dir", folder, *ports], stdout=subprocess.PIPE, text=True
        )
        shown = ""
        for line in self._process.stdout:
            shown += line
            if line.strip().startswith("state"):
                break
        patterns = (r"plain .*?:(\d+)", r"over TLS .*?:(\d+)", r"HTTPS .*?:(\d+)")
        found = [re.search(pattern, shown) for pattern in patterns]
        if not all(found):
            raise BenchError(f"the emulator did not start: {shown}")
        self.mqtt, self.mqtts, self.https = (int(match[1]) for match in found)
        self.url = re.search(r"control plane  (http://\S+)", shown)[1]
        self.data = int(re.search(r"data plane     http://\S+:(\d+)", shown)[1])

    def resident(self) -> int:
        """Bytes of memory that it holds."""
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def worked(self) -> float:
        """Seconds that processors have worked for it."""
        stat = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(_START_S)
        self._process.stdout.close()


def measure(short: bool) -> list[Table]:
    """Requests a second, memory of an idle connection, and a job for a group of devices."""
    count = FEW if short else DEVICES
    # The clients' ends of the connections are in this process.
    open_files.allow_many()
    small_tls.use()
    with tempfile.TemporaryDirectory() as name:
        emulator = EmulatorProcess(pathlib.Path(name))
        try:
            iot = provision.iot_client(emulator.url)
            contexts = _things(iot, emulator, count)
            return asyncio.run(_tables(emulator, iot, contexts, SHORT if short else SECONDS))
        finally:
            emulator.stop()


def _things(iot, emulator: EmulatorProcess, count: int) -> list[ssl.SSLContext]:
    iot.create_thing_group(thingGroupName="all")
    contexts = []
    for number in range(count):
        if number % _TOLD == 0:
            say(f"emulator: {number:,} of {count:,} things with certificates")
        contexts.append(_thing(iot, emulator, f"thing-{number}"))
    return contexts


def _thing(iot, emulator: EmulatorProcess, name: str) -> ssl.SSLContext:
    thing = iot.create_thing(thingName=name)["thingArn"]
    iot.add_thing_to_thing_group(thingGroupName="all", thingName=name)
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_thing_principal(thingName=name, principal=made["certificateArn"])
    topics = [load.echo_topic(name, "get")]
    provision.permit(iot, thing, made["certificateArn"], topics=topics)
    chain = emulator.folder / "chain.pem"
    with open(os.open(chain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(made["certificatePem"] + made["keyPair"]["PrivateKey"])
    context = ssl.create_default_context(cafile=emulator.folder / "ca.pem")
    context.load_cert_chain(chain)
    chain.unlink()
    return context


async def _tables(emulator: EmulatorProcess, iot, contexts: list, seconds: float) -> list[Table]:
    rates = Table(
        REQUESTS,
        "The emulator: GetPendingJobExecutions a second",
        ["over", "connections", "requests a second", "emulator's µs a request"],
        notes=[
            "The emulator and the clients each have a process; connections are kept open.",
            "emulator's µs: of a processor, its own and the system's for it.",
            "A message: as long as an answer, from a client to itself.",
            "What a request takes beyond a message is the service: its books, and the JSON.",
        ],
    )
    for over, kind, port, tls in (
        ("MQTT", load.Device, emulator.mqtt, False),
        ("MQTT over mutual TLS", load.Device, emulator.mqtts, True),
        ("MQTT over mutual TLS, a message", load.EchoDevice, emulator.mqtts, True),
        ("HTTP, data port", load.HttpDevice, emulator.data, False),
        ("HTTPS with client certificates", load.HttpDevice, emulator.https, True),
    ):
        say(f"emulator: requests over {over}")
        devices = [
            await kind(f"thing-{n}").connect(port, contexts[n] if tls else None)
            for n in range(_ASKING)
        ]
        before = emulator.worked()
        rate, count = await load.rate(devices, seconds)
        each = (emulator.worked() - before) / count * 1e6
        rates.rows.append([over, _ASKING, round(rate), round(each)])
        for device in devices:
            device.close()
    return [rates, await _many(emulator, iot, contexts)]


async def _many(emulator: EmulatorProcess, iot, contexts: list) -> Table:
    count = len(contexts)
    table = Table(
        SCALE,
        f"The emulator: {count:,} devices over mutual TLS at once",
        ["what", "value", "unit"],
        notes=["Each device has a certificate of its own and is subscribed to notify-next."],
    )
    before, began = emulator.resident(), time.perf_counter()
    say(f"emulator: connecting {count} devices")
    devices = await load.in_batches(
        [load.Device(f"thing-{n}").connect(emulator.mqtts, c) for n, c in enumerate(contexts)],
        _BATCH,
    )
    await load.in_batches([device.subscribe("notify-next") for device in devices], _BATCH)
    table.rows.append(["all connected and subscribed", time.perf_counter() - began, "s"])
    per_connection = round((emulator.resident() - before) / count)
    table.rows.append(["memory of an idle TLS connection", per_connection, "bytes"])
    waiting = asyncio.create_task(load.reached(devices, "job"))
    began = time.perf_counter()
    arn = iot.describe_thing_group(thingGroupName="all")["thingGroupArn"]
    create = {"jobId": "job", "targets": [arn], "document": '{"operation": "blink"}'}
    await asyncio.to_thread(lambda: iot.create_job(**create))
    table.rows.append(["CreateJob for a group of them answered", time.perf_counter() - began, "s"])
    last = await asyncio.wait_for(waiting, _NO_JOBS)
    table.rows.append(["until the last notify-next was received", last - began, "s"])
    pending = await load.in_batches([device.ask("get") for device in devices], _BATCH)
    reached = sum(b'"jobId":"job"' in answer for answer in pending)
    if reached < count:
        raise BenchError(f"{reached} of {count} devices have the job")
    table.rows.append(["devices that have the job pending", reached, "devices"])
    table.rows.append(["memory of the emulator then", emulator.resident(), "bytes"])
    for device in devices:
        with contextlib.suppress(ConnectionError):
            device.close()
    return table
