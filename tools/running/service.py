"""The service that a program connects to: an emulator of its own, or one that runs."""

import contextlib
import errno
import json
import socket
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from iotjobs_desk import service
from iotjobs_desk import thing as things
from iotjobs_desk.errors import RunError
from iotjobs_desk.service import Service
from iotjobs_desk.thing import Thing
from iotjobs_emulator import provision
from iotjobs_emulator.emulator import ANY_PORTS, LOOPBACK, Ports
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.mqtt import TraceEvent
from iotjobs_emulator.show import standing
from provisioning import record as records
from provisioning.errors import ProvisionError

_FACTS = "/_emulator/service"
_ANSWERS_S = 10.0
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_STATE = "service.db"
_MADE = "made.json"


@contextlib.contextmanager
def own(
    endpoint: str | None,
    files: Path | None,
    state: Path | None,
    trace: Callable[[TraceEvent], None],
    say: Callable[[str], None],
) -> Iterator[Service]:
    """An emulator for this program: on the usual ports if they are free. `state`: the folder in
    which it keeps what the account holds; None: in memory. `say` is told of a clock that stands.
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
        if told := standing(emulator.emulator.clock):
            say(f"the emulator's clock {told}")
        yield service.of(emulator)


@contextlib.contextmanager
def running(url: str) -> Iterator[Service]:
    """The emulator whose control plane is at `url`. Raises RunError if none is."""
    try:
        with _DIRECTLY.open(url.rstrip("/") + _FACTS, timeout=_ANSWERS_S) as answer:
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


@contextlib.contextmanager
def thing(service: Service, name: str, folder: Path, is_kept: bool) -> Iterator[Thing]:
    """A thing and its certificate, whose files are in `folder`. That of before is used again if
    `is_kept`; otherwise the certificate is deleted at the end.
    """
    found = _kept(service, name, folder) if is_kept else None
    if found is None:
        found = things.make(service, name, folder)
        (folder / _MADE).write_text(json.dumps([name, service.ca, *found]))
    try:
        yield found
    finally:
        if not is_kept:
            with contextlib.suppress(ClientError, BotoCoreError):
                _delete(service.iot, name, found.principal)


def provisioned(service: Service, name: str, folder: Path, in_place: bool) -> Thing:
    """A thing that tools/provision has made into this folder. Raises RunError if it has not, at
    another service, or if its key is on a board that is not `in_place`.
    """
    try:
        record = records.read(folder)
    except ProvisionError as error:
        raise RunError(f"--things: {error}") from None
    if record is None or "certificateArn" not in record:
        command = records.command(name, folder.parent, "--endpoint-url", service.url)
        raise RunError(f"--things: {folder} has no device that is made: `{command}` makes it")
    principal = record["certificateArn"]
    if records.is_boards(record) and not in_place:
        raise RunError(
            f"--things: the key of {name} is on its board alone, since its certificate was "
            "rotated: run that board by --in-place, or make another thing"
        )
    try:
        service.iot.describe_certificate(certificateId=principal.rpartition("/")[2])
        arn = service.iot.describe_thing(thingName=name)["thingArn"]
    except ClientError as error:
        raise RunError(f"--things: {folder} was made at another service: {error}") from None
    return Thing(arn, principal)


def _kept(service: Service, name: str, folder: Path) -> Thing | None:
    try:
        made_for, ca, arn, principal = json.loads((folder / _MADE).read_text())
        service.iot.describe_certificate(certificateId=principal.rpartition("/")[2])
    except (OSError, ValueError, ClientError):
        return None
    return Thing(arn, principal) if (made_for, ca) == (name, service.ca) else None


def _delete(iot: Any, thing: str, principal: str) -> None:
    for policy in iot.list_attached_policies(target=principal)["policies"]:
        iot.detach_policy(policyName=policy["policyName"], target=principal)
    iot.detach_thing_principal(thingName=thing, principal=principal)
    certificate = principal.rpartition("/")[2]
    iot.update_certificate(certificateId=certificate, newStatus="INACTIVE")
    iot.delete_certificate(certificateId=certificate)
