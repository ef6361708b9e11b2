"""The emulator in a thread: what raises in it ends it, and is raised where it was started."""

import asyncio
import socket

import pytest
from iotjobs_emulator.emulator import Emulator
from iotjobs_emulator.in_thread import EmulatorThread
from mqtt_client import TIMEOUT, connect_bytes


class TraceError(BaseException):
    """Not even an Exception."""


def refuse(event):
    raise TraceError(event.packet)


def test_a_trace_that_raises_ends_the_emulator_and_is_raised_at_the_end_of_the_block():
    with pytest.raises(TraceError, match="CONNECT"), EmulatorThread(trace=refuse) as emulator:
        lamp = socket.create_connection(("127.0.0.1", emulator.ports.mqtt), TIMEOUT)
        with lamp:
            lamp.sendall(connect_bytes("lamp"))
            # The service itself has not failed: it answers, and closes as it always does.
            assert lamp.recv(4) == b"\x20\x02\x00\x00"
            assert lamp.recv(1) == b""
        emulator._thread.join(TIMEOUT)
        ended = not emulator._thread.is_alive()
    assert ended


def test_what_raises_in_the_block_is_raised_if_the_emulator_is_well():
    with pytest.raises(ZeroDivisionError), EmulatorThread():
        raise ZeroDivisionError


def test_a_trace_that_has_raised_before_anybody_waits():
    async def serve():
        emulator = Emulator(trace=refuse)
        ports = await emulator.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.mqtt)
        writer.write(connect_bytes("lamp"))
        await reader.readexactly(4)
        writer.close()
        await emulator.serve_until(asyncio.Event())

    with pytest.raises(TraceError):
        asyncio.run(asyncio.wait_for(serve(), TIMEOUT))
