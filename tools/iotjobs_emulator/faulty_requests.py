"""Requests while there are faults on demand: disturbed, or rejected for no reason."""

import logging
import sqlite3

from . import device_api
from .errors import InternalFailureError, ServiceError, ThrottlingError
from .faults import Decision, Faults, HttpFault, Seen, http
from .faults.kinds import HTTP, IN, PUBLISH, THROTTLED
from .faults.operations import UPDATE, job_id_of, operation_of
from .jobs import JobsEngine

_log = logging.getLogger(__name__)


def answer(
    faults: Faults,
    engine: JobsEngine,
    thing_name: str,
    client_id: str,
    topic: str,
    payload: bytes,
) -> tuple[str, bytes] | None:
    """As `device_api.answer`, unless a fault has it otherwise. Never raises either."""
    operation = operation_of(IN, topic)
    if operation is None:
        return device_api.answer(engine, thing_name, topic, payload)
    seen = Seen(IN, PUBLISH, topic, client_id, thing_name, operation)
    rejection = faults.rejection(seen)
    if rejection is None or rejection.rule.execute:
        if operation == UPDATE:
            _disturb(engine, thing_name, job_id_of(topic), faults.disturbance(seen))
        answered = device_api.answer(engine, thing_name, topic, payload)
        if rejection is None:
            return answered
    error = _error(rejection)
    executed = "executed" if rejection.rule.execute else "not executed"
    rejection.did(f"{error.mqtt_code}, {executed}")
    return device_api.rejection(engine, topic, payload, error)


def for_http(
    faults: Faults, engine: JobsEngine, operation: str, params: dict, client: str
) -> HttpFault | None:
    """What goes wrong with a request over HTTP, whose execution is disturbed already if so."""
    if not faults.active:
        return None
    thing_name = params["thingName"]
    fault = http.decide(faults, operation, thing_name, client)
    if operation == UPDATE and (fault is None or fault.execute):
        seen = Seen(IN, HTTP, "", client, thing_name, operation)
        _disturb(engine, thing_name, params["jobId"], faults.disturbance(seen))
    return fault


def _error(rejection: Decision) -> ServiceError:
    kind = ThrottlingError if rejection.rule.code == THROTTLED else InternalFailureError
    return kind(f"{rejection} answers so")


def _disturb(
    engine: JobsEngine, thing_name: str, job_id: str, disturbance: Decision | None
) -> None:
    if disturbance is None:
        return
    try:
        version = engine.disturb(thing_name, job_id)
    except sqlite3.Error as error:
        _log.error("%s: the state cannot be kept: %s", disturbance, error)
        version = None
    if version is None:
        disturbance.missed(f"no execution of {job_id} is pending")
    else:
        disturbance.did(f"{job_id}: versionNumber {version - 1} became {version}")
