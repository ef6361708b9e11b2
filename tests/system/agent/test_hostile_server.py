"""Servers that do not speak as the service does: each is named, in time, and costs no memory."""

import json

import pytest
from authorities import authority as authority
from authorities import foreign as foreign
from authorities import web_context as web_context
from device_programs import interpreters, run_device
from hostile_server import BEHAVIOURS, FullListener, HostileServer
from iotjobs_emulator.provision import CA

TIMEOUT_MS = 300  # where it is to be exceeded
PATIENT_MS = 30_000  # elsewhere: a busy machine may take long for an answer
PATIENCE = 6  # times as long an answer may take, while bytes come
HEAP = "192k"  # of which a header of a megabyte would take all

LATE = ("lost", f"within {TIMEOUT_MS} ms")
# What must be said: the stage, and a part of the reason; None where nothing is wrong.
SAID = {
    "good": None,
    "chunked": None,
    "interim": None,
    "sends-more": None,
    "dribbles": LATE,
    "dribbles-a-body": LATE,
    "megabyte-header": ("protocol", "a head of more than 8192 bytes"),
    "endless-headers": ("protocol", "a head of more than 8192 bytes"),
    "endless-interim": ("protocol", "a head of more than 8192 bytes"),
    "endless-chunks": ("protocol", "a body of more than 262144 bytes"),
    "endless-chunk-line": ("protocol", "a chunk's line of more than 128 bytes"),
    "megabyte-body": ("protocol", "a body of more than 262144 bytes"),
    "endless-body": ("protocol", "HTTP 200 with a body of unknown length"),
    "closes-before": ("lost", "the peer closed the connection before an answer"),
    "closes-in-head": ("lost", "the peer closed the connection, in the middle of an answer"),
    "closes-after-head": ("lost", "the peer closed the connection, in the middle of an answer"),
    "closes-in-body": ("lost", "the peer closed the connection, in the middle of an answer"),
    "length-too-small": ("protocol", "HTTP 200, and no JSON object"),
    "length-too-large": ("lost", f"no end of the answer within {TIMEOUT_MS} ms"),
    "two-lengths": ("protocol", "a body of two lengths"),
    "no-length": ("protocol", "HTTP 200 with a body of unknown length"),
    "page": ("protocol", "HTTP 200, and no JSON object: b'<html>"),
    "large-page": ("protocol", "HTTP 200, and no JSON object: b'<html>"),
    "redirect": ("protocol", "HTTP 302, a redirect"),
    "bad-gateway": ("protocol", "HTTP 502, and no error of the service's"),
    "no-json": ("protocol", "HTTP 200, and no JSON object: b'{"),
    "other-protocol": ("protocol", "no HTTP/1.1: b'SSH-2.0"),
    "garbage": ("protocol", "no HTTP/1.1"),
    "silent": LATE,
    "resets": ("lost", "ECONNRESET"),
}
OVER_TLS = ("good", "dribbles", "megabyte-header", "closes-in-body", "page", "silent")


def run(port, ca, rounds, *names, interpreter=None):
    """What the client printed of each request."""
    arguments = (port, ca, rounds, *[f"{name}={limits(name)}" for name in names])
    settings = {"interpreter": interpreter, "heap": HEAP}
    printed = run_device("hostile_client_device.py", *arguments, **settings)
    return [json.loads(line) for line in printed.splitlines()]


def limits(name):
    """The link's timeout: what is late has a short one, from when all has come that must come."""
    if not is_late(name):
        return PATIENT_MS
    return TIMEOUT_MS if SAID[name] == LATE else f"{PATIENT_MS},{TIMEOUT_MS}"


def is_late(name):
    """Whether this behaviour exceeds the deadline."""
    return SAID[name] is not None and SAID[name][1].endswith(f"within {TIMEOUT_MS} ms")


def in_time(name, took, gap):
    """Whether the deadline was kept as well as polls can: it begins with the poll that connects,
    is looked at in each, and the time is taken after it. While bytes come it is a multiple.
    """
    most = PATIENCE * TIMEOUT_MS if name.startswith("dribbles") else 0
    return took <= most + TIMEOUT_MS + 3 * gap + 1


def judge(told):
    for name, failure, took, gap, then, _ in told:
        wanted = SAID[name]
        if wanted is None:
            assert failure is None, name
        else:
            assert (failure[0], wanted[1] in failure[1]) == (wanted[0], True), (name, failure)
        assert not is_late(name) or in_time(name, took, gap), (name, took, gap)
        assert then is None, (name, then)


def test_every_behaviour_has_its_word():
    assert list(SAID) == list(BEHAVIOURS)


@pytest.mark.parametrize("interpreter", interpreters())
def test_each_is_named_in_time_and_the_next_request_works(interpreter):
    with HostileServer() as server:
        told = run(server.port, "-", 3, *SAID, interpreter=interpreter)
    assert len(told) == 3 * len(SAID)
    judge(told)
    _, second, last = (told[at : at + len(SAID)] for at in range(0, len(told), len(SAID)))
    for (name, *_, before), (*_, after) in zip(second, last, strict=True):
        assert after <= before, name


def test_over_tls_it_is_the_same(web_context, foreign):
    with HostileServer(web_context) as server:
        judge(run(server.port, foreign / CA, 1, *OVER_TLS))


def no_connection_to(peer, ca):
    with peer:
        ((_, failure, took, gap, *_),) = run(peer.port, ca, 1, "silent")
    stage, reason = failure
    assert reason.endswith(f"no connection within {TIMEOUT_MS} ms")
    assert in_time("silent", took, gap), (took, gap)
    return stage


def test_a_peer_that_accepts_and_never_speaks_tls(foreign):
    assert no_connection_to(HostileServer(deaf=True), foreign / CA) == "lost"


def test_a_peer_with_which_tcp_never_connects():
    assert no_connection_to(FullListener(), "-") == "tcp"
