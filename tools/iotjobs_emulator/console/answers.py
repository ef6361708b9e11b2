"""How the console answers: JSON or a file, each with the headers that keep a browser in bounds."""

from collections.abc import Collection, Mapping

from aiohttp import web

from .. import strict_json

# Nothing from elsewhere, nothing inline, no frame around it, no guess at a type. What is shown is
# of now: it is never kept.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class AnswerError(Exception):
    """A request that is answered with this status and message."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def response(self) -> web.Response:
        """The answer: `{"message": …}`, as the service's own errors have it."""
        return json_answer({"message": self.message}, self.status, self.headers)


def json_answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A value as JSON."""
    return web.Response(
        status=status,
        body=strict_json.dump_bytes(value),
        content_type="application/json",
        headers=headers,
    )


def parameters(request: web.BaseRequest, known: Collection[str]) -> dict[str, str]:
    """The query's parameters. AnswerError 400 for one that is unknown, or given twice."""
    for name in request.query:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise AnswerError(400, f"Unknown parameter {name!a}; known: {names}")
        if len(request.query.getall(name)) > 1:
            raise AnswerError(400, f"The parameter {name} is given twice")
    return dict(request.query)


def number(given: Mapping[str, str], name: str, default: int) -> int:
    """A parameter that is a number from 0 to 2^63 - 1. AnswerError 400 for anything else."""
    text = given.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63:
        return int(text)
    raise AnswerError(400, f"{name} is a number from 0 to 2^63 - 1, not {text[:40]!a}")


def flag(given: Mapping[str, str], name: str) -> bool:
    """A parameter that is 0 or 1, 0 if it is not given. AnswerError 400 for anything else."""
    text = given.get(name, "0")
    if text not in ("0", "1"):
        raise AnswerError(400, f"{name} is 0 or 1, not {text[:40]!a}")
    return text == "1"
