"""Requests of streams while there are faults on demand: the stream changes under the device, the
request is rejected for no reason, or what answers it is not what it must be.
"""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace

from . import stream_api
from .errors import InternalFailureError, ServiceError, ThrottlingError, UnauthorizedError
from .faults import Decision, Faults, Seen, kinds
from .faults.operations import operation_of
from .stream_api import Answer
from .streams import Streams
from .streams.limits import BLOCKS, FILE_ID

_log = logging.getLogger(__name__)
_ERRORS: dict[str, type[ServiceError]] = {
    kinds.THROTTLED: ThrottlingError,
    kinds.INTERNAL: InternalFailureError,
    kinds.UNAUTHORIZED: UnauthorizedError,
}


def answers(
    faults: Faults, streams: Streams, thing_name: str, client_id: str, topic: str, payload: bytes
) -> list[Answer]:
    """As `stream_api.answers`, unless a fault has it otherwise. Never raises either."""
    operation = operation_of(kinds.IN, topic)
    if operation is None:
        return stream_api.answers(streams.data, topic, payload)
    seen = Seen(kinds.IN, kinds.PUBLISH, topic, client_id, thing_name, operation)
    rejection = faults.rejection(seen)
    if rejection is not None:
        error = _ERRORS[rejection.rule.code](f"{rejection} answers so")
        rejection.did(error.mqtt_code)
        return [stream_api.rejection(topic, payload, error)]
    disturbance = faults.disturbance(seen)
    if disturbance is not None:
        _disturb(streams, stream_api.stream_id_of(topic), disturbance)
    found = stream_api.answers(streams.data, topic, payload)
    if not found or found[0].kind != stream_api.DATA:
        return found
    sent = seen._replace(direction=kinds.OUT, topic=found[0].topic)
    return _reversed(faults, sent, [_altered(faults, sent, answer) for answer in found])


def _disturb(streams: Streams, stream_id: str, decision: Decision) -> None:
    disturb = {
        kinds.UPDATED: streams.update,
        kinds.DELETED: streams.delete,
        kinds.CHANGED: streams.forget_contents,
    }[decision.rule.how]
    try:
        done = disturb(stream_id)
    except (sqlite3.Error, ServiceError) as error:  # the last version of a stream has no next one
        _log.error("%s: %s", decision, error)
        decision.missed(str(error))
        return
    if done is None:
        decision.missed(f"there is no stream {stream_id}")
    else:
        decision.did(f"{stream_id}: {done}")


def _altered(faults: Faults, seen: Seen, answer: Answer) -> Answer:
    decision = faults.alteration(seen)
    if decision is None:
        return answer
    how = decision.rule.how
    if how == kinds.DEFINITE and not answer.encoding.has_lengths:
        decision.missed(f"in {answer.encoding.name} nothing says how long it is")
        return answer
    decision.did(f"{how} of block {answer.members['i']}")
    return _ALTERATIONS[how](answer)


def _reversed(faults: Faults, seen: Seen, found: list[Answer]) -> list[Answer]:
    decision = faults.reversal(seen)
    if decision is None:
        return found
    if len(found) == 1:
        decision.missed("it is one block")
        return found
    decision.did(f"{len(found)} blocks")
    return found[::-1]


def _with(answer: Answer, **members: object) -> Answer:
    return replace(answer, members={**answer.members, **members})


def _short(answer: Answer) -> Answer:
    payload = answer.members["p"][:-1]
    return _with(answer, l=len(payload), p=payload)


def _length(answer: Answer) -> Answer:
    return _with(answer, l=answer.members["l"] - 1)


def _file(answer: Answer) -> Answer:
    return _with(answer, f=(answer.members["f"] + 1) % FILE_ID.stop)


def _number(answer: Answer) -> Answer:
    return _with(answer, i=answer.members["i"] + BLOCKS.stop)


def _byte(answer: Answer) -> Answer:
    payload = bytearray(answer.members["p"])
    payload[len(payload) // 2] ^= 1
    return _with(answer, p=bytes(payload))


def _definite(answer: Answer) -> Answer:
    return replace(answer, definite=True)


_ALTERATIONS: dict[str, Callable[[Answer], Answer]] = {
    kinds.SHORT: _short,
    kinds.LENGTH: _length,
    kinds.FILE: _file,
    kinds.NUMBER: _number,
    kinds.BYTE: _byte,
    kinds.DEFINITE: _definite,
}
