"""An agent over HTTPS does its job once and to its end, whatever happens to its connection."""

import itertools

import pytest
from https_relay import HALF, UNANSWERED, UNASKED
from https_service import ended
from https_service import relay as relay
from https_service import running as running
from https_service import service as service
from https_service import start as start

WITHIN_MS = 180_000
SESSION = ["PUT", "POST", "POST", "POST", "GET"]  # a job, its progress twice, its end, no other
CUTS = [
    *itertools.product(range(1, len(SESSION) + 1), (UNASKED, UNANSWERED, HALF), (False,)),
    *itertools.product((1, 4), (UNASKED, UNANSWERED, HALF), (True,)),
]


def run_one(start, service, changes=0, **settings):
    """A job with two progress updates, of which each has to arrive before the handler goes on: it
    has run once, and nothing of it is lost or reported twice. `changes` are others' than its.
    Returns the errors that there were.
    """
    job = service.create("job", operation="told", times=2)
    lines = ended(start(once=1, **settings), "more", "begin", "error")
    errors = [line for line in lines if line.startswith("error")]
    assert [line for line in lines if line not in errors] == [f"begin {job}", "more False"]
    assert service.execution(job) == ("SUCCEEDED", {"step": "2"}, 5 + changes)
    return errors


def test_what_a_session_is(start, service, relay):
    assert run_one(start, service, port=relay.port) == []
    assert [request.split()[0] for request in relay.requests] == SESSION


@pytest.mark.parametrize("request_number, place, abort", CUTS)
def test_a_connection_that_is_cut(request_number, place, abort, start, service, relay):
    relay.cuts = {request_number: place}
    relay.abort = abort
    errors = run_one(start, service, port=relay.port)
    assert not relay.cuts
    assert relay.connections == 2
    # Of a kept connection that ends before an answer nobody hears. RST takes the half of one away,
    # or comes too late for that.
    lost = [error for error in errors if error.startswith("error lost")]
    if request_number == 1 or place != HALF or not abort:
        assert len(lost) == (request_number == 1 or place == HALF)


@pytest.mark.parametrize(
    "fault",
    [
        "reject RequestThrottled HTTP nth=1-5",  # 429
        "reject InternalError HTTP nth=1-5",  # 503
        "reject InternalError HTTP execute nth=2-3",
        "delay out HTTP seconds=0.2 nth=1-4",
        "delay out HTTP seconds=0.6 nth=2",  # longer than the device waits
        "delay in HTTP seconds=0.6 nth=3",
        "drop in HTTP nth=2-3",
        "drop out HTTP nth=1-3",
        "cut out HTTP at=30 nth=2-4",
        "cut in HTTP after abort nth=1-4",
    ],
)
def test_a_service_that_has_a_bad_day(fault, start, service):
    service.fault(fault)
    # Too short for some faults, and so for a busy machine: it does not stay so.
    run_one(start, service, timeout_ms=400, doubling=1, patience_ms=WITHIN_MS)
    (rule,) = service.running.call(service.running.emulator.faults.list)
    assert rule["acted"] > 0


def test_an_execution_that_an_operator_has_changed(start, service):
    service.fault("disturb UpdateJobExecution nth=2")
    run_one(start, service, changes=1)
