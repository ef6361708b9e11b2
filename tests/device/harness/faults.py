"""What a WebServer's answers may be spoiled by: functions of (server, request, answer)."""


def cut(at, then="close"):
    """The connection ends, or falls silent, after this many bytes of the body, or of the head:
    after none for -1, one for -2, and so on.
    """

    def fault(server, request, answer):
        whole = answer.bytes()
        head = whole.find(b"\r\n\r\n") + 4
        answer.stop = min(head + at, len(whole)) if at >= 0 else -at - 1
        answer.then = then

    return fault


def raw(text):
    """These bytes are the answer."""

    def fault(server, request, answer):
        answer.raw = text

    return fault


def status(number):
    def fault(server, request, answer):
        answer.status = number

    return fault


def field(name, value, status=None):
    """A field of each answer, or only of those with this status, is another one."""

    def fault(server, request, answer):
        if status in (None, answer.status):
            answer.fields[name] = value

    return fault


def body(changed):
    """It comes as `changed(body)`, and its length is told."""

    def fault(server, request, answer):
        answer.body = changed(answer.body)
        answer.fields["Content-Length"] = len(answer.body)

    return fault


def both(first, second):
    def fault(server, request, answer):
        first(server, request, answer)
        second(server, request, answer)

    return fault


def chunked(size=1000):
    """The body comes in chunks of so many bytes."""

    def fault(server, request, answer):
        answer.chunked(size)

    return fault


until_close = field("Content-Length", None)
