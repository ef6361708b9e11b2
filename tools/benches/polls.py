"""How long agent.poll takes in each state, and in what may take long, over mutual TLS."""

import pathlib
import socket
import tempfile
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from iotjobs_emulator import provision
from iotjobs_emulator.in_thread import EmulatorThread

from . import messages
from .deaf_relay import DeafRelay
from .interpreters import Interpreter, say
from .table import Table

_RAM = pathlib.Path("/dev/shm")
_HEAP_KIB = 512
TIMEOUT_MS = 200  # of the link to a peer that says, or reads, nothing
_HEARD = 16_384  # bytes, before it reads no more

# What the device calls a kind of poll: the state in which it begins, and what it is about.
KINDS = {
    "no network": ("OFFLINE", "the hook says that there is no network"),
    "OFFLINE": ("OFFLINE", "begins to connect, and collects garbage"),
    "silence": ("CONNECTING", "the peer accepts, and says nothing"),
    "EC": ("CONNECTING", "the handshake's arithmetic, EC P-256 key"),
    "RSA": ("CONNECTING", "the handshake's arithmetic, RSA-2048 key"),
    "CONNECTING": ("CONNECTING", "all but that"),
    "SYNCING": ("SYNCING", "asks, and waits for the answer"),
    "IDLE": ("IDLE", "waits; one poll sends a ping"),
    "rush": ("IDLE", "32 messages for the application, in 64 reads"),
    "HTTPS EC": ("SYNCING", "over HTTPS: the handshake's arithmetic, EC P-256 key"),
    "HTTPS SYNCING": ("SYNCING", "over HTTPS: waits for the answer, once connected"),
    "HTTPS IDLE": ("IDLE", "over HTTPS: waits"),
    "begins": ("SYNCING", "a job begins: writes the file, first step"),
    "RUNNING": ("RUNNING", "the handler yields None"),
    "sent": ("RUNNING", "reads an answer, sends the next progress"),
    "ends": ("RUNNING", "the handler ends: writes the file"),
    "REPORTING": ("REPORTING", "sends the status, and waits for the answer"),
    "over": ("REPORTING", "it is accepted: removes the file, asks again"),
    "update": ("RUNNING", "progress that the peer does not take"),
    "publish": ("RUNNING", "a publish by the handler that it does not take"),
}


def polls(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """Median and longest time of a poll, and its heap, by state."""
    with tempfile.TemporaryDirectory(dir=_RAM if _RAM.is_dir() else None) as name:
        table = _table("in RAM" if _RAM.is_dir() else "wherever this machine has its /tmp")
        for interpreter in interpreters:
            say(f"poll: each state on {interpreter.machine}")
            folder = pathlib.Path(name, str(interpreter.bits))
            folder.mkdir()
            kinds = {line["kind"]: line for line in _run(interpreter, folder, short)}
            for kind, (state, about) in KINDS.items():
                line = kinds[kind]
                figures = [line[key] for key in ("polls", "median", "longest", "heap")]
                table.rows.append([state, about, interpreter.machine, *figures])
    return [table]


def _table(where: str) -> Table:
    return Table(
        "poll",
        "The time of one agent.poll, by state",
        ["state", "the poll", "machine", "polls", "median µs", "longest µs", "heap"],
        notes=[
            "Over mutual TLS, with the emulator on this machine, 100 µs from one poll to the "
            "next. The longest has in it what the machine did meanwhile for others. heap: bytes, "
            "the median; mbedtls allocates from C's heap here.",
            f"The heap of {_HEAP_KIB} KiB is collected between polls, and in that which connects.",
            f"The agent's file is {where}: flash takes longer.",
            "A peer that takes nothing is waited for as long as the link's timeout_ms says, here "
            f"{TIMEOUT_MS}, and 5 s at the most.",
            "The handshake is the longest poll of each connection.",
        ],
    )


def _run(interpreter: Interpreter, folder: pathlib.Path, short: bool) -> list[dict[str, Any]]:
    """What the device tells of each kind."""
    times = 2 if short else 10
    with EmulatorThread() as emulator, socket.create_server(("127.0.0.1", 0)) as silent:
        iot = provision.iot_client(emulator.control_url)
        _make_things(iot, emulator, folder, times)
        relay = DeafRelay(emulator.ports.mqtts, _HEARD)
        try:
            return interpreter.run(
                "polling.py",
                {
                    "folder": str(folder),
                    "port": emulator.ports.mqtts,
                    "https_port": emulator.ports.https,
                    "silent_port": silent.getsockname()[1],
                    "deaf_port": relay.port,
                    "timeout_ms": TIMEOUT_MS,
                    "polls": 50 if short else 2000,
                    "times": times,
                    "slow": 1 if short else 3,
                },
                heap=f"{_HEAP_KIB}k",
            )
        finally:
            relay.close()


def _make_things(iot: Any, emulator: EmulatorThread, folder: pathlib.Path, times: int) -> None:
    """MyThing with an EC key, and with an RSA key in `rsa`; two more, and what they have to do."""
    waiting = {
        "MyThing": [],
        "MyBusyThing": ["nothing", "progress", *["short"] * times],
        "MyCutOffThing": ["update", "publish"],
    }
    for thing, operations in waiting.items():
        (folder / thing).mkdir()
        emulator.call(emulator.emulator.authority.write_ca, folder / thing)
        arn = provision.make_device(iot, thing, folder / thing, topics=["MyThing/*"])
        for number, operation in enumerate(operations):
            document = messages.encoded({"operation": operation}).decode()
            iot.create_job(jobId=f"{thing}-{number}", targets=[arn], document=document)
    (folder / "rsa").mkdir()
    emulator.call(emulator.emulator.authority.write_ca, folder / "rsa")
    _add_rsa(iot, folder / "rsa")


def _add_rsa(iot: Any, folder: pathlib.Path) -> None:
    """Another certificate for MyThing."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "MyThing")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    signed = request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    made = iot.create_certificate_from_csr(
        certificateSigningRequest=signed.decode(), setAsActive=True
    )
    iot.attach_thing_principal(thingName="MyThing", principal=made["certificateArn"])
    thing = iot.describe_thing(thingName="MyThing")["thingArn"]
    provision.permit(iot, thing, made["certificateArn"])
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    provision.write_files(made["certificatePem"], pem.decode(), folder)
