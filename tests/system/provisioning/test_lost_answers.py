"""Answers of the service that are lost on their way: botocore repeats a call by itself, and where
the service would make another thing of it, it is not repeated blindly.
"""

import itertools
import time
from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from iotjobs_emulator.clock import VirtualClock, WallClock
from iotjobs_emulator.in_thread import EmulatorThread
from made_devices import CA
from provisioning import account, certificates, session
from provisioning.certificates import Certificates
from provisioning.command import parser
from rotated_board import RotatedBoard

# Each that makes something, or takes it back.
REPEATED = (
    *("CreateCertificateFromCsr", "CreateThing", "CreatePolicy", "CreateJob", "AttachPolicy"),
    *("AttachThingPrincipal", "DetachThingPrincipal", "DetachPolicy", "UpdateCertificate"),
    *("DeleteCertificate", "DeletePolicy", "DeleteThing"),
)
LOST, BUSY, REFUSED = "lost", 503, 400


class _Raw:
    def stream(self):
        yield b"{}"


class Wire:
    """What happens to the next calls of an operation: its answer is LOST, or it is not done, and
    answered by an error of HTTP. `waits` are those of whoever asks for a certificate.
    """

    def __init__(self, emulator, monkeypatch):
        self.next = {}
        self.asked = []
        self.waits = []
        self._http = URLLib3Session()
        self._url = emulator.control_url
        client = account.client
        aws = account.session(None)  # which has read the service's model once

        def watched(*arguments, **more):
            made = client(*arguments, **more)
            for operation in REPEATED:
                made.meta.events.register(
                    f"before-send.iot.{operation}",
                    lambda request, operation=operation, **_: self._sent(operation, request),
                )
            return made

        monkeypatch.setattr(account, "session", lambda _: aws)
        monkeypatch.setattr(account, "client", watched)
        monkeypatch.setattr(session, "_ca", lambda *_: CA)
        monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", no_delay)
        monkeypatch.setattr(
            session, "Certificates", lambda *it: Certificates(*it, sleep=self.waits.append)
        )

    def run(self, folder, *arguments):
        """tools/provision with these arguments; its exit code."""
        where = ("--to", str(folder), "--region", "eu-west-1", "--endpoint-url", self._url)
        return session.run(parser().parse_args([*arguments, *where]))

    def _sent(self, operation, request):
        self.asked.append(operation)
        coming = self.next.get(operation, [])
        if not coming:
            return None
        what = coming.pop(0)
        if what != LOST:
            return AWSResponse(request.url, what, {}, _Raw())
        self._http.send(request)
        raise ConnectionClosedError(endpoint_url=request.url)


def no_delay(backoff, context):
    return 0


@pytest.fixture
def wire(registry, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    return Wire(registry.emulator, monkeypatch)


def test_whatever_answer_is_lost_nothing_is_made_twice_and_nothing_is_left(
    registry, wire, tmp_path
):
    def lose():
        wire.next = {operation: [LOST] for operation in REPEATED}

    def only():
        (arn,) = registry.all_certificates()
        assert registry.of("lamp").read()["certificateArn"] == arn
        return arn

    lose()
    assert wire.run(registry.folder, "lamp", "--https") == 0
    old = only()
    board = RotatedBoard(registry.emulator, "lamp", registry.of("lamp"), tmp_path)
    for _ in range(3):
        lose()
        assert wire.run(registry.folder, "lamp", "--rotate") == 0
        board.serve()
    assert only() != old
    lose()
    assert wire.run(registry.folder, "lamp", "--remove") == 0
    assert registry.all_certificates() == registry.iot.list_policies()["policies"] == []
    assert registry.iot.list_things()["things"] == []
    assert set(wire.asked) == set(REPEATED)


def test_a_certificate_is_asked_for_again_only_so_often_and_only_if_that_may_help(registry, wire):
    operation = "CreateCertificateFromCsr"
    for answers, code, waits in (
        ([BUSY, LOST], 0, 2),
        ([BUSY] * (account.TRIES - 1), 0, account.TRIES - 1),
        ([BUSY] * account.TRIES, 1, account.TRIES - 1),
        ([REFUSED], 1, 0),
    ):
        wire.next = {operation: list(answers)}
        wire.waits.clear()
        assert wire.run(registry.folder, f"lamp-{len(answers)}") == code
        assert wire.next[operation] == []
        assert len(wire.waits) == waits
        assert all(0 < wait <= 20 for wait in wire.waits)
    assert len(registry.all_certificates()) == 2


@pytest.mark.parametrize(
    "clock",
    [WallClock(lambda: time.time() - 3600), VirtualClock(1_700_000_000)],
    ids=["behind", "stands"],
)
def test_by_whatever_clock_the_service_goes_no_certificate_is_made_twice(
    clock, monkeypatch, tmp_path
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    ahead = itertools.count(0, 100)  # seconds: time goes by while devices are made
    here = SimpleNamespace(time=lambda: time.time() + next(ahead), sleep=time.sleep)
    monkeypatch.setattr(certificates, "time", here)
    with EmulatorThread(clock=clock) as emulator:
        wire = Wire(emulator, monkeypatch)
        wire.next["CreateCertificateFromCsr"] = [LOST] * 3
        assert wire.run(tmp_path, "lamp-1", "lamp-2", "lamp-3") == 0
        registry = emulator.emulator.registry
        found = emulator.call(lambda: registry.list_certificates({})["certificates"])
        assert len(found) == 3
