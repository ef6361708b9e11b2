"""What came over HTTPS, as the message that MQTT has for it."""

import sys

from iotjobs.links import answers
from iotjobs.links.link import LinkError
from iotjobs.links.responses import ResponseReader
from support import equal, raises, strict

START = 200
TOKEN = b'{"clientToken":"abc-1-00000001"'
ROOM = 75 + len(TOKEN)


def without_emitter():
    """The module as it is on a board that has no emitter for unquote."""
    fast = sys.modules.get("iotjobs.codec.unquote")
    sys.modules["iotjobs.codec.unquote"] = sys  # which has no such function
    del sys.modules["iotjobs.links.answers"]
    __import__("iotjobs.links.answers")
    plain = sys.modules["iotjobs.links.answers"]
    if fast:
        sys.modules["iotjobs.codec.unquote"] = fast
        equal(plain.unquote is fast.unquote, False)
    return plain


MODULES = (answers, without_emitter())


def read(status, error, body, size=4096):
    """A reader that has taken this answer in."""
    reader = ResponseReader(START + size, 0)
    for at in range(len(reader.buf)):
        reader.buf[at] = 0xEE
    reader.buf[: len(TOKEN)] = TOKEN
    reader.begin(START)
    text = b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n" % (status, len(body))
    if error:
        text += b"x-amzn-ErrorType: %s\r\n" % error
    reader.take(text + b"\r\n" + body, 0, len(text) + 2 + len(body))
    equal(reader.complete, True)
    return reader


def message(module, status, error, body):
    """The bytes of the message; around them nothing has changed."""
    reader = read(status, error, body)
    begin = module.complete(reader, START, 0, len(TOKEN))
    end = START + reader.length
    equal(len(reader.buf), START + 4096)
    equal(START - ROOM <= begin <= START + len(body), True)
    changed = min(begin, START), max(end, START + len(body))
    equal(reader.buf[: changed[0]], TOKEN + b"\xee" * (changed[0] - len(TOKEN)))
    equal(reader.buf[changed[1] :], b"\xee" * (len(reader.buf) - changed[1]))
    return bytes(reader.buf[begin:end])


def becomes(wanted, status, error, body):
    for module in MODULES:
        equal(message(module, status, error, body), TOKEN + wanted, (error, body))
        strict(TOKEN + wanted)


def test_the_token_comes_first():
    for body, wanted in (
        (b"{}", b"}"),
        (b" \r\n\t{ \n}\n", b" \n}\n"),
        (b'{"a":1}', b',"a":1}'),
        (b' { "a" : [1, {}] } ', b', "a" : [1, {}] } '),
        (b'{"a":{}}', b',"a":{}}'),
        (b'\n{\r"execution":null}', b',\r"execution":null}'),
        (b'{"clientToken":"other"}', b',"clientToken":"other"}'),  # of two the last one counts
        (b'{"inProgressJobs":[],"queuedJobs":[]}', b',"inProgressJobs":[],"queuedJobs":[]}'),
    ):
        for status in (200, 201, 202, 299):
            becomes(wanted, status, None, body)


CODES = (
    (b"InvalidRequestException", b"InvalidRequest"),
    (b"ResourceNotFoundException", b"ResourceNotFound"),
    (b"InvalidStateTransitionException", b"InvalidStateTransition"),
    (b"TerminalStateException", b"TerminalStateReached"),
    (b"ThrottlingException", b"RequestThrottled"),
    (b"ServiceUnavailableException", b"InternalError"),
    (b"CertificateValidationException", b"CertificateValidation"),
    (b"SomeOtherException", b"SomeOther"),
    (b"Exception", b"Exception"),
    (b"AException", b"A"),
    (b"Forbidden", b"Forbidden"),
    (b"AccessDeniedExceptions", b"AccessDeniedExceptions"),
    (b"ThrottlingExceptio", b"ThrottlingExceptio"),
    (b"TerminalStateExceptionX", b"TerminalStateExceptionX"),
    (b"E", b"E"),
    (b"E" * 64, b"E" * 64),
    (b"E" * 60 + b"Exception", b"E" * 60 + b"Exce"),  # beyond what is read of a name
)


def test_an_error_has_the_code_of_mqtt():
    for error, code in CODES:
        for status in (400, 403, 404, 409, 410, 429, 500, 503, 300):
            code_text = b',"code":"%s"' % code
            becomes(code_text + b',"message":"m"}', status, error, b'{"message":"m"}')
            becomes(code_text + b" }", status, error, b"{ }")


def test_an_error_needs_no_body():
    for body in [b"", b" "] + b'<html> [1] "x" { {"message": {}{} {}x 1'.split():
        becomes(b',"code":"ResourceNotFound"}', 404, b"ResourceNotFoundException", body)
        becomes(b',"code":"InvalidRequest"}', 400, b"InvalidRequestException", body)
    body = b'{"message":"Expected version 1 but found version 2"} no'
    becomes(b',"code":"InvalidRequest"}', 400, b"InvalidRequestException", body)


STALE = b'"Expected version 9 but found version 2"'


def test_a_wrong_version_is_told_by_its_message_and_by_nothing_else():
    for error, text, code in (
        (b"InvalidRequestException", STALE, b"VersionMismatch"),
        (b"InvalidRequestException", b'"Expected version "', b"VersionMismatch"),
        (b"InvalidRequestException", b'"Expected version"', b"InvalidRequest"),
        (b"InvalidRequestException", b'"expected version 9"', b"InvalidRequest"),
        (b"InvalidRequestException", b'" Expected version 9"', b"InvalidRequest"),
        (b"InvalidRequestException", b'["Expected version 9"]', b"InvalidRequest"),
        (b"InvalidRequestException", b"null", b"InvalidRequest"),
        (b"InvalidRequestException", b'""', b"InvalidRequest"),
        (b"InvalidRequestExceptions", STALE, b"InvalidRequestExceptions"),
        (b"InvalidRequestExceptioN", STALE, b"InvalidRequestExceptioN"),
        (b"ResourceNotFoundException", STALE, b"ResourceNotFound"),
        (b"TerminalStateException", STALE, b"TerminalStateReached"),
        (b"ThrottlingException", STALE, b"RequestThrottled"),
    ):
        body = b'{"message":%s}' % text
        becomes(b',"code":"%s",%s' % (code, body[1:]), 400, error, body)
    body = b'{"details":{"message":%s}}' % STALE
    becomes(b',"code":"InvalidRequest",' + body[1:], 400, b"InvalidRequestException", body)
    body = b'{"message":"no","message":%s}' % STALE
    becomes(b',"code":"VersionMismatch",' + body[1:], 400, b"InvalidRequestException", body)


def test_what_the_service_would_not_answer_is_refused():
    for status, body, reason in (
        (200, b"", "HTTP 200, and no JSON object: b''"),
        (200, b"<html>", "HTTP 200, and no JSON object: b'<html>'"),
        (200, b"x" * 40, "HTTP 200, and no JSON object: b'%s'" % ("x" * 32)),
        (200, b"[]", "HTTP 200, and no JSON object: b'[]'"),
        (200, b"null", "HTTP 200, and no JSON object: b'null'"),
        (200, b'"{}"', "HTTP 200, and no JSON object: b'\"{}\"'"),
        (200, b"{} {}", "HTTP 200, and no JSON object: b'{} {}'"),
        (200, b'{"a":1,}', "HTTP 200, and no JSON object: b'{\"a\":1,}'"),
        (204, b"", "HTTP 204, and no JSON object: b''"),
        (300, b"{}", "HTTP 300, a redirect"),
        (302, b"<html>", "HTTP 302, a redirect"),
        (304, b"", "HTTP 304, a redirect"),
        (399, b"", "HTTP 399, a redirect"),
        (400, b'{"message":"m"}', "HTTP 400, and no error of the service's"),
        (403, b"{}", "HTTP 403, and no error of the service's"),
        (502, b"<html>Bad Gateway</html>", "HTTP 502, and no error of the service's"),
    ):
        for module in MODULES:
            error = raises(LinkError, message, module, status, None, body)
            equal((error.stage, error.reason), ("protocol", reason))


def test_of_an_answer_too_large_an_object_stays_and_an_error_keeps_its_name():
    size = 100
    for module in MODULES:
        for body in (b'{"execution":{"jobDocument":"{}"}' + b" " * 100 + b"}", b" {" + b"x" * 200):
            reader = read(200, None, body, size)
            equal(module.complete(reader, START, 0, len(TOKEN)), START)
            equal(bytes(reader.buf[START:]), body[:size])
            equal(reader.length, len(body))
        for body in (b"<html>" * 30, b" " * 99 + b"x{}", b" " * 100 + b"{}"):
            reader = read(200, None, body, size)
            error = raises(LinkError, module.complete, reader, START, 0, len(TOKEN))
            shown = bytes(body[:32])
            equal(error.reason, "HTTP 200, and no JSON object: %r" % shown)
            raises(LinkError, module.complete, read(502, None, body, size), START, 0, len(TOKEN))
        for body in (b'{"message":%s,"x":"%s"}' % (STALE, b"y" * 99), b"<html>" * 30):
            reader = read(400, b"InvalidRequestException", body, size)
            begin = module.complete(reader, START, 0, len(TOKEN))
            wanted = TOKEN + b',"code":"InvalidRequest"}'
            equal(bytes(reader.buf[begin : START + reader.length]), wanted)
    exact = b'{"a":"%s"}' % (b"y" * (size - 8))
    reader = read(200, None, exact, size)
    begin = answers.complete(reader, START, 0, len(TOKEN))
    equal(bytes(reader.buf[begin : START + size]), TOKEN + b"," + exact[1:])
