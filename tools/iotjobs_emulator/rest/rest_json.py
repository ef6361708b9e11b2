"""The restJson1 protocol, the service's side: requests to parameters, answers to HTTP.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html. No Content-Type is asked for.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from botocore.model import OperationModel, Shape

from ..errors import InvalidRequestError, ServiceError
from .model import Match, Model
from .protocol_errors import ProtocolError, SerializationError
from .validation import is_unicode
from .values import from_json, from_text, members_in_body, to_json, to_text, wire_name

_JSON = {"Content-Type": "application/json"}
_SUCCESS = 200
_INTERNAL_FAILURE = 500


class Response(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def parse(match: Match, headers: Mapping[str, str], body: bytes) -> dict:
    """The parameters of a request by the names of the operation's input shape.

    `headers` is asked for the model's names and must not mind their case. An empty body is `{}`;
    members that the model does not have, or that are null, are left out. Raises SerializationError
    for a body that is no JSON object, InvalidRequestError for half a surrogate pair in a name.
    """
    shape = match.operation.input_shape
    if shape is None:
        return {}
    params = _from_body(shape, body)
    for name, member in shape.members.items():
        text = _text_of(member, match, headers)
        if isinstance(text, list):
            params[name] = [from_text(member.member, item) for item in text]
        elif text is not None:
            params[name] = from_text(member, text)
    return params


def answer(operation: OperationModel, output: dict) -> Response:
    """The response to an operation. `output` has members of its output shape.

    An operation without output shape answers an empty body. Raises TypeError for a member that the
    output shape does not have: that is the handler's mistake.
    """
    status = operation.http.get("responseCode", _SUCCESS)
    shape = operation.output_shape
    if shape is None:
        return Response(status, {}, b"")
    headers = {}
    body = to_json(shape, output)
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location is None or wire_name(member, name) not in body:
            continue
        del body[wire_name(member, name)]
        if location == "statusCode":
            status = output[name]
        else:
            headers[wire_name(member, name)] = to_text(member, output[name])
    return Response(status, {**_JSON, **headers}, _encoded(body))


def error(model: Model, problem: ServiceError | ProtocolError) -> Response:
    """The response that says what went wrong: status, `x-amzn-ErrorType`, `{"message": …}`.

    A ServiceError's status and further members (resourceId, resourceArn) are those of its modelled
    shape; one that the model does not have is a 500.
    """
    headers = {**_JSON, "x-amzn-ErrorType": problem.code}
    body = {"message": problem.message}
    if isinstance(problem, ProtocolError):
        return Response(problem.status, {**headers, **problem.headers}, _encoded(body))
    shape = model.errors.get(problem.code)
    if shape is None:
        return Response(_INTERNAL_FAILURE, headers, _encoded(body))
    body.update(to_json(shape, problem.members))
    return Response(shape.metadata["error"]["httpStatusCode"], headers, _encoded(body))


def _from_body(shape: Shape, body: bytes) -> dict:
    payload = shape.serialization.get("payload")
    if payload is None:
        # An operation that has nothing in the body does not read it (GET, mostly).
        return from_json(shape, _json_object(body)) if members_in_body(shape) else {}
    if not body:
        return {}
    member = shape.members[payload]
    if member.type_name == "blob":
        return {payload: body}
    if member.type_name == "string":
        return {payload: _utf8(body)}
    return {payload: from_json(member, _json_object(body))}


def _text_of(member: Shape, match: Match, headers: Mapping[str, str]) -> str | list[str] | None:
    location = member.serialization.get("location")
    name = member.serialization.get("name")
    if location == "uri":
        return match.labels[name]
    if location == "header":
        return headers.get(name)
    if location == "querystring" and name in match.query:
        values = match.query[name]
        return values if member.type_name == "list" else values[0]
    return None


def _json_object(body: bytes) -> dict:
    if not body:
        return {}
    try:
        value = json.loads(_utf8(body), parse_constant=_refuse_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as problem:
        raise SerializationError(f"The body is not JSON: {problem}") from problem
    if not isinstance(value, dict):
        raise SerializationError("The body is not a JSON object")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict:
    for name, _ in pairs:
        if not (name.isascii() or is_unicode(name)):
            raise InvalidRequestError(f"The name {name!a} in the body is no well-formed Unicode")
    return dict(pairs)


def _refuse_constant(name: str):
    raise ValueError(f"{name} is not JSON")


def _utf8(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as problem:
        raise SerializationError(f"The body is not UTF-8: {problem}") from problem


def _encoded(body: dict) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
