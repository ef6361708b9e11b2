"""The four requests as HTTP/1.1 has them, made of what a JobsClient publishes.

Specification: "Request" in its HTTPS sections. A clientToken is none of their members, and stays
with the link. Names of things and jobs, and $next, may be in a path as they are.
"""

from array import array

from micropython import const

from ..codec import scan

MAX_TOPIC = 226  # bytes
MAX_EXTRA = 120  # what a request has at the most beside topic, payload and Host

_PREFIX = const(b"$aws/things/")
_PATH = const(4)  # where it begins in a topic

_NAME = const(16)  # kinds of bytes, see tools/grammar
_COLON = const(128)
_TOKEN = const(b'{"clientToken":"')
_BODY = const(b"Content-Type: application/json\r\nContent-Length: \0")

# What DescribeJobExecution has in its query, in the order of these members, as scan.read has them.
_QUERIES = const((b"?executionNumber=", b"?includeJobDocument="))
_MEMBERS = const(b"\x02\x10\x00\x00executionNumber\x13\x00\x00includeJobDocument\x00")
_spans = array("i", bytes(16))


def token_end(buf, start, end):
    """Where the clientToken ends with which the payload buf[start:end] begins. Raises ValueError
    if it does not.
    """
    at = 0
    if scan.same(buf, start, start + 16, _TOKEN, 0):
        at = buf.find(b'"', start + 16, end) + 1
    if not at:
        raise ValueError("a request without clientToken")
    return at


def write(buf, start, stop, rest, end, host, target, at):
    """Write the request with the topic buf[start:stop], and of the payload buf[stop:end] what
    follows at `rest`, to target[at:]; returns its end.

    `host`: the end of the request line, and the Host field. The caller has made sure that there is
    room. Raises ValueError for a topic that no request has. Allocates nothing.
    """
    name = start + len(_PREFIX)
    size = 0
    if name < stop <= start + MAX_TOPIC and scan.same(buf, start, name, _PREFIX, 0):
        jobs = scan.span(buf, name, stop, scan.KINDS, _NAME | _COLON)
        job = jobs + 5  # here begins /get, /start-next, /{job}/get, or /{job}/update
        if name < jobs and job < stop and scan.same(buf, jobs, job, b"/jobs", 0):
            size = stop - job
    after = b""
    describes = False
    if size == 4 and scan.same(buf, job, stop, b"/get", 0):
        method = b"GET "
        job_end = job
    elif size == 11 and scan.same(buf, job, stop, b"/start-next", 0):
        method = b"PUT "
        job_end = job
        after = b"/$next"
    elif size > 5 and scan.same(buf, stop - 4, stop, b"/get", 0):
        method = b"GET "
        job_end = stop - 4
        describes = True
    elif size > 8 and scan.same(buf, stop - 7, stop, b"/update", 0):
        method = b"POST "
        job_end = stop - 7
    else:
        size = 0
    if not size or job_end > job and not _is_job(buf, job, job_end, describes):
        raise ValueError("not a request of the Jobs API: %s" % bytes(buf[start:stop]).decode())
    at = _put(target, at, method)
    at = scan.copy(buf, start + _PATH, job_end, target, at)
    at = _put(target, at, after)
    if describes:
        scan.read(buf, stop, end, _MEMBERS, _spans, buf)
        begin = at
        for n in range(2):
            if _spans[2 * n]:
                query = at
                at = _put(target, at, _QUERIES[n])
                if query > begin:
                    target[query] = 0x26  # &
                at = scan.copy(buf, _spans[2 * n], _spans[2 * n + 1], target, at)
    at = _put(target, at, host)
    if method == b"GET ":
        return _put(target, at, b"\r\n")
    at = scan.number(target, at, _BODY, max(end - rest, 2))
    at = _put(target, at, b"\r\n\r\n{")
    # A comma, unless it is the end.
    return scan.copy(buf, rest + 1, end, target, at) if end > rest + 1 else _put(target, at, b"}")


def _is_job(buf, at, end, describes):
    # Whether buf[at:end] is a slash and a job's name: it becomes the end of a path.
    if describes and end - at == 6 and scan.same(buf, at, end, b"/$next", 0):
        return True
    return buf[at] == 0x2F and scan.span(buf, at + 1, end, scan.KINDS, _NAME) == end


def _put(target, at, raw):
    return scan.copy(raw, 0, len(raw), target, at)
