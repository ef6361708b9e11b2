"""What waits for a quota in time that is skipped."""

import contextlib
import socket

import pytest
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.quotas import Quotas
from iotjobs_emulator.skipped_time import SkippedTime
from mqtt_client import TIMEOUT, connect_bytes, subscribe_bytes

PATIENCE_S = 60  # for what takes milliseconds


def _received(client, size):
    got = b""
    while len(got) < size:
        more = client.recv(size - len(got))
        assert more
        got += more
    return got


@pytest.mark.parametrize("name", ["deliveries", "client-publishes"])
def test_it_comes_at_its_time_and_not_at_the_end_of_what_is_skipped(name):
    time = SkippedTime()
    time.stand()
    with EmulatorThread(time=time, quotas=Quotas({name: 0.2})) as emulator:
        lamp = socket.create_connection(("127.0.0.1", emulator.ports.mqtt), TIMEOUT)
        with lamp:
            lamp.sendall(connect_bytes("lamp") + subscribe_bytes(("a", 1)))
            _received(lamp, 4 + 5)
            for payload in (b"1", b"2"):
                emulator.call(emulator.emulator.broker.publish, "a", payload)
            begun = time.monotonic()
            lamp.setblocking(False)
            messages = []
            while time.monotonic() - begun < 100:
                emulator.skip(3_600.0, False, PATIENCE_S)
                with contextlib.suppress(BlockingIOError):
                    messages += [(lamp.recv(99), round(time.monotonic() - begun, 3))]
            assert [(data[-1:], at) for data, at in messages[:2]] == [(b"1", 0), (b"2", 5)]
