"""The service that a program connects to: an emulator of its own, or one that runs."""

import contextlib
import errno
import json
import socket
import sqlite3
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from iotjobs_emulator import provision
from iotjobs_emulator.emulator import ANY_PORTS, LOOPBACK, REGION, Ports
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.mqtt import TraceEvent
from unix_board.kinds import Leads

from .errors import RunError

_FACTS = "/_emulator/service"
_ANSWERS_S = 10.0
_STATE = "service.db"
_MADE = "made.json"


class Service(NamedTuple):
    """`url`: of the control plane, and of the page in a browser. `host`, `ports`: where devices
    find it. `ca`: the CA's certificate, as PEM.
    """

    url: str
    host: str
    ports: Ports
    region: str
    ca: str
    iot: Any

    def leads(self, endpoint: str | None) -> Leads:
        """Where a board's connections to `endpoint`, or to any of AWS, lead."""
        names = ("localhost", LOOPBACK, *([endpoint] if endpoint else []))
        ports = self.ports
        iot = {8883: ports.mqtts, 443: ports.https, 8443: ports.https, 1883: ports.mqtt}
        s3 = {443: ports.files_https, 80: ports.files} if ports.files else {}
        return Leads(self.host, names, iot, s3)


@contextlib.contextmanager
def own(
    endpoint: str | None,
    files: Path | None,
    state: Path | None,
    trace: Callable[[TraceEvent], None],
) -> Iterator[Service]:
    """An emulator for this program: on the usual ports if they are free. `state`: the folder in
    which it keeps everything; None: in memory.
    """
    settings = {
        "state": str(state / _STATE) if state else ":memory:",
        "hosts": [endpoint] if endpoint else [],
        "files": files,
        "trace": trace,
    }
    with contextlib.ExitStack() as stack:
        try:
            emulator = stack.enter_context(EmulatorThread(Ports(), **settings))
        except sqlite3.Error as error:
            raise RunError(
                f"what the service holds cannot be read: {error}. Without {state} it begins anew"
            ) from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise RunError(f"the emulator cannot start: {error}") from None
            emulator = stack.enter_context(EmulatorThread(ANY_PORTS, **settings))
        iot = provision.iot_client(emulator.control_url)
        ca = emulator.emulator.authority.certificate_pem
        yield Service(emulator.control_url, LOOPBACK, emulator.ports, REGION, ca, iot)


@contextlib.contextmanager
def running(url: str) -> Iterator[Service]:
    """The emulator whose control plane is at `url`. Raises RunError if none is."""
    try:
        with urllib.request.urlopen(url.rstrip("/") + _FACTS, timeout=_ANSWERS_S) as answer:
            facts = json.load(answer)
        ports = Ports(**{name: port or 0 for name, port in facts["ports"].items()})
        host = LOOPBACK if _listens(LOOPBACK, ports.mqtts) else facts["endpoint"]
        iot = provision.iot_client(url, facts["region"])
        found = Service(url.rstrip("/"), host, ports, facts["region"], facts["ca"], iot)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"--service {url}: no emulator answers there: {error}") from None
    yield found


def _listens(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), _ANSWERS_S):
        return True
    return False


class Device(NamedTuple):
    """A thing, and the ARN of its certificate."""

    arn: str
    principal: str


@contextlib.contextmanager
def device(service: Service, thing: str, folder: Path, is_kept: bool) -> Iterator[Device]:
    """A thing, made if it is not there, and a certificate that may use its jobs; its files are in
    `folder`. One of before is used again if `is_kept`; otherwise it is deleted at the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    iot = service.iot
    found = _kept(service, thing, folder) if is_kept else None
    if found is None:
        found = Device(*provision.make_unpermitted_device(iot, thing, folder))
        provision.permit(iot, *found)
        (folder / provision.CA).write_bytes(ssl.PEM_cert_to_DER_cert(service.ca))
        (folder / _MADE).write_text(json.dumps([thing, service.ca, *found]))
    try:
        yield found
    finally:
        if not is_kept:
            with contextlib.suppress(ClientError, BotoCoreError):
                _delete(iot, thing, found.principal)


def _kept(service: Service, thing: str, folder: Path) -> Device | None:
    try:
        made_thing, ca, arn, principal = json.loads((folder / _MADE).read_text())
        service.iot.describe_certificate(certificateId=principal.rpartition("/")[2])
    except (OSError, ValueError, ClientError):
        return None
    return Device(arn, principal) if (made_thing, ca) == (thing, service.ca) else None


def _delete(iot: Any, thing: str, principal: str) -> None:
    for policy in iot.list_attached_policies(target=principal)["policies"]:
        iot.detach_policy(policyName=policy["policyName"], target=principal)
    iot.detach_thing_principal(thingName=thing, principal=principal)
    certificate = principal.rpartition("/")[2]
    iot.update_certificate(certificateId=certificate, newStatus="INACTIVE")
    iot.delete_certificate(certificateId=certificate)
