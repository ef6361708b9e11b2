"""Which operation a request is: routes built from botocore's service model (rest-json)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, unquote

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

from .protocol_errors import MethodNotAllowedError, SerializationError, UnknownOperationError

# What a segment of a path template is. Their order is the order of preference.
_LITERAL, _LABEL, _GREEDY, _END = range(4)
_snake_case = cache(xform_name)
_LABEL_SEGMENT = re.compile(r"\{([^{}+]+)(\+?)\}")

Handler = Callable[[dict], dict]


@dataclass(frozen=True)
class Match:
    """An operation, the texts of its path's labels and the query's values, all percent-decoded."""

    operation: OperationModel
    labels: dict[str, str]
    query: dict[str, list[str]]


class Model:
    """A service model: its operations by request, its errors by name, its SigV4 signing name.

    Raises ValueError for a path template that is no restJson1 one.
    """

    def __init__(self, service_model: ServiceModel):
        self.signing_name = service_model.signing_name
        names = service_model.operation_names
        self.operations = {name: service_model.operation_model(name) for name in names}
        self.errors: dict[str, Shape] = {s.error_code: s for s in service_model.error_shapes}
        routes = [_Route(operation) for operation in self.operations.values()]
        routes.sort(key=lambda route: route.preference)
        # By the first word of the path, as there are hundreds; None: by no word that a route has.
        self._routes = {
            word: [route for route in routes if route.first in (word, None)]
            for word in {None, *(route.first for route in routes)}
        }

    def route(self, method: str, target: str) -> Match:
        """The operation of a request; `target` is the request line's path and query, undecoded.

        A literal segment wins over a label, a label over a greedy one, and a static query
        parameter over none (Smithy, "httpBindings: specificity routing"). Raises
        UnknownOperationError (404), MethodNotAllowedError (405), and SerializationError (400) for
        a percent-encoding that is no UTF-8.
        """
        path, _, query_text = target.partition("?")
        segments = [_decoded(segment) for segment in path.split("/")]
        query = _parse_query(query_text)
        methods = set()
        first = segments[1] if len(segments) > 1 else None
        for route in self._routes.get(first) or self._routes[None]:
            labels = route.match(segments, query)
            if labels is None:
                continue
            if route.method == method:
                return Match(route.operation, labels, query)
            methods.add(route.method)
        if methods:
            allowed = ", ".join(sorted(methods))
            raise MethodNotAllowedError(
                f"{method} is not a method of {path}; it takes {allowed}", {"Allow": allowed}
            )
        raise UnknownOperationError(f"No operation of {self.signing_name} has the path {path}")


@cache
def load_model(service: str) -> Model:
    """The model that botocore ships under this name ("iot", "iot-jobs-data"); models in the user's
    home are not read. Raises botocore's UnknownServiceError.
    """
    loader = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return Model(ServiceModel(loader.load_service_model(service, "service-2"), service))


class _Route:
    """One operation's method, path template and static query parameters."""

    def __init__(self, operation: OperationModel):
        self.operation = operation
        self.method = operation.http["method"]
        template, _, query = operation.http["requestUri"].partition("?")
        self._segments = [_template_segment(text, template) for text in template.split("/")]
        self._static = parse_qsl(query, keep_blank_values=True)
        kinds = [kind for kind, _ in self._segments]
        if kinds.count(_GREEDY) > 1:
            raise ValueError(f"more than one greedy label in {template}")
        self.preference = ([*kinds, _END], -len(self._static))
        self._is_greedy = _GREEDY in kinds
        kind, name = self._segments[1] if len(kinds) > 1 else (_END, "")
        self.first = name if kind == _LITERAL else None

    def match(self, segments: list[str], query: dict[str, list[str]]) -> dict[str, str] | None:
        """The labels' texts, None if this is another route."""
        extra = len(segments) - len(self._segments)
        if extra and not self._is_greedy:
            return None
        if any(value not in query.get(name, ()) for name, value in self._static):
            return None
        labels = {}
        at = 0
        for kind, name in self._segments:
            taken = segments[at : at + 1]
            if kind == _GREEDY and extra > 0:
                taken = segments[at : at + 1 + extra]
            if kind == _LITERAL:
                if taken != [name]:
                    return None
            else:
                labels[name] = "/".join(taken)
                if not labels[name]:
                    return None
            at += len(taken)
        return labels if at == len(segments) else None


def handlers_of(model: Model, *owners: object) -> dict[str, Handler]:
    """The operations of `model` that the owners have.

    Each is the method that bears its name in snake_case (CreateJob: `create_job`). It takes the
    modelled input and answers the output.
    """
    handlers = {}
    for owner in owners:
        offered = {*dir(owner)}  # few of the 300 names
        for name in model.operations:
            if (attribute := _snake_case(name)) in offered:
                method = getattr(owner, attribute)
                if callable(method):
                    handlers[name] = method
    return handlers


def _template_segment(text: str, template: str) -> tuple[int, str]:
    label = _LABEL_SEGMENT.fullmatch(text)
    if label:
        return (_GREEDY if label.group(2) else _LABEL), label.group(1)
    if "{" in text or "}" in text:
        raise ValueError(f"a label must be a whole segment: {template}")
    return _LITERAL, text


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise SerializationError(f"{text!r} in the path is not percent-encoded UTF-8") from error


def _parse_query(text: str) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    try:
        pairs: Iterable = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise SerializationError(f"the query {text!r} is not percent-encoded UTF-8") from error
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return query
