"""The MQTT face of the device API: a request's topic and payload in, the answer's out.

The specification, and SERVICE.md, sections Topics, Payloads and Rejections.
"""

import logging
import sqlite3
from collections.abc import Callable

from . import job_topics, strict_json
from .errors import (
    InternalFailureError,
    InvalidJsonError,
    InvalidRequestError,
    InvalidTopicError,
    ServiceError,
)
from .jobs import JobsEngine, Notification, shapes
from .limits import CLIENT_TOKEN_BYTES

_log = logging.getLogger(__name__)
_CALLS = {  # of engine.data
    job_topics.GET_PENDING: "get_pending_job_executions",
    job_topics.START_NEXT: "start_next_pending_job_execution",
    job_topics.DESCRIBE: "describe_job_execution",
    job_topics.UPDATE: "update_job_execution",
}


def answer(
    engine: JobsEngine, thing_name: str, topic: str, payload: bytes
) -> tuple[str, bytes] | None:
    """Serve a message that the device `thing_name` published.

    Returns topic and JSON of the answer, which goes to the asking client alone. None: the topic is
    not below `$aws/things/<thing_name>/jobs/`, so it is nobody's request.

    Below that, everything is answered, an InvalidTopic rejection if it is no operation. That holds
    for the service's own topics too (notify, get/accepted, …): a device that publishes there asks
    for nothing. Levels decide what a topic means, so that a job may be called "get" or "notify". A
    jobId that breaks its pattern, and `$next/update`, are InvalidRequest.

    An empty payload counts as `{}`. Never raises: a failure of the emulator itself is logged and
    answered with InternalError.
    """
    prefix = _topic(thing_name, "")
    if not topic.startswith(prefix):
        return None
    token, problem = {}, None
    try:
        request = _payload(payload)
        token = _client_token(request)
    except InvalidRequestError as error:
        problem = error
    try:
        # A topic that is no operation outranks what is wrong with the payload.
        operation = _operation(engine, thing_name, topic[len(prefix) :])
        if problem is not None:
            raise problem
        return _message(engine, topic, "accepted", operation(request), token)
    except ServiceError as error:
        rejection = _rejection(error)
    except sqlite3.Error as error:
        _log.error("the request on %s: the state cannot be kept: %s", topic, error)
        rejection = _rejection(InternalFailureError(f"The state cannot be kept: {error}"))
    except Exception:
        _log.exception("the request on %s failed", topic)
        rejection = _rejection(InternalFailureError("The emulator failed; its log says why"))
    return _message(engine, topic, "rejected", rejection, token)


def rejection(
    engine: JobsEngine, topic: str, payload: bytes, error: ServiceError
) -> tuple[str, bytes]:
    """Topic and JSON of a rejection that owes nothing to the request but its clientToken."""
    try:
        token = _client_token(_payload(payload))
    except InvalidRequestError:
        token = {}
    return _message(engine, topic, "rejected", _rejection(error), token)


def notification_message(notification: Notification) -> tuple[str, bytes]:
    """Topic and JSON of a notification, to be published with QoS 1."""
    return notification.topic, strict_json.dump_bytes(notification.payload)


def _message(
    engine: JobsEngine, topic: str, verdict: str, members: dict, token: dict
) -> tuple[str, bytes]:
    members = {**members, "timestamp": int(engine.clock.time()), **token}
    return f"{topic}/{verdict}", strict_json.dump_bytes(members)


def _topic(thing_name: str, rest: str) -> str:
    return f"$aws/things/{thing_name}/jobs/{rest}"


def _operation(engine: JobsEngine, thing_name: str, rest: str) -> Callable[[dict], dict]:
    """What the levels below `jobs/` ask for, as a function from payload to answer's members."""
    request = job_topics.asked(rest.split("/"))
    if request is None:
        raise InvalidTopicError(f"{rest!a} is no operation of the Jobs API")
    call = getattr(engine.data, _CALLS[request.operation])
    names = {"thingName": thing_name, "namespaceId": request.namespace}
    if request.job_id is not None:
        names["jobId"] = request.job_id
    return lambda members: _members_for_mqtt(call({**members, **names}))


def _members_for_mqtt(answered: dict) -> dict:
    shown = shapes.for_mqtt(answered)
    if "execution" in shown:
        shown["execution"] = shapes.for_mqtt(shown["execution"])
    return shown


def _payload(payload: bytes) -> dict:
    if not payload:
        return {}
    try:
        request = strict_json.loads(payload.decode())
    except ValueError as error:  # UnicodeDecodeError is one
        raise InvalidJsonError(f"The payload is not valid JSON: {error}") from None
    if not isinstance(request, dict):
        raise InvalidJsonError("The payload is not a JSON object")
    return request


def _client_token(request: dict) -> dict:
    token = request.get("clientToken")
    if token is None:
        return {}
    try:
        fits = isinstance(token, str) and 1 <= len(token.encode()) <= CLIENT_TOKEN_BYTES
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise InvalidRequestError(
            f"clientToken must be a string of 1 to {CLIENT_TOKEN_BYTES} bytes"
        )
    return {"clientToken": token}


def _rejection(error: ServiceError) -> dict:
    members = {"code": error.mqtt_code, "message": error.message}
    if error.execution_state is not None:
        members["executionState"] = error.execution_state
    return members
