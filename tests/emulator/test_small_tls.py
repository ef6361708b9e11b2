"""What an idle TLS connection takes: ten thousand of them are to fit on a laptop."""

import tracemalloc
from asyncio import sslproto

from iotjobs_emulator.small_tls import RECORD_BYTES
from mqtt_client import publish_bytes
from policy_ground import prepared, rule

CONNECTIONS = 8
BOTH_ENDS = 2  # are in this process


async def test_a_connection_has_no_larger_buffer_than_a_record():
    async with prepared() as ground:
        ground.certificate("lamp", "lamp")
        ground.permit("lamp", "p", rule("Allow", "*", "*"))
        tracemalloc.start()
        try:
            clients = [await ground.connect("lamp", f"c{n}") for n in range(CONNECTIONS)]
            found = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
        here = found.filter_traces([tracemalloc.Filter(True, sslproto.__file__)])
        taken = sum(trace.size for trace in here.traces)
        assert 0 < taken / CONNECTIONS < 2 * BOTH_ENDS * RECORD_BYTES
        # What is longer comes in pieces.
        await clients[0].subscribe(("large", 0))
        payload = bytes(range(256)) * 400
        clients[1].raw(publish_bytes("large", payload))
        assert (await clients[0].message()).payload == payload
