"""Job events on the wire: for operators that subscribe, after what the things are told."""

import asyncio
import json

from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.emulator import Emulator
from jobs_world import DOCUMENT, MINUTE, START, thing_arn
from mqtt_client import Client, publish_bytes

JOBS = "$aws/things/lamp/jobs/"


def test_a_monitor_sees_what_becomes_of_a_job_and_the_device_is_told_first():
    async def main():
        clock = VirtualClock(START)
        sent = []
        emulator = Emulator(clock=clock, trace=sent.append)
        ports = await emulator.start()
        try:
            emulator.registry.create_thing({"thingName": "lamp"})
            monitor = await Client.connect(ports.mqtt, "monitor")
            await monitor.subscribe(("$aws/events/job/+/completed", 1))
            await monitor.subscribe(("$aws/events/jobExecution/#", 1))
            device = await Client.connect(ports.mqtt, "lamp")
            await device.subscribe((JOBS + "notify", 1))
            create = emulator.engine.control.create_job
            for job_id in ("first", "second"):
                create({"jobId": job_id, "targets": [thing_arn("lamp")], "document": DOCUMENT})
            emulator.settle()
            assert [message.topic for message in await device.drain()] == [JOBS + "notify"] * 2

            device.raw(publish_bytes(JOBS + "first/update", b'{"status":"SUCCEEDED"}'))
            events = [
                "$aws/events/jobExecution/first/succeeded",
                "$aws/events/job/first/completed",
            ]
            told = [JOBS + "first/update/accepted", JOBS + "notify"]
            sent.clear()
            assert [(await device.message()).topic for _ in told] == told
            messages = [await monitor.message() for _ in events]
            published = [e.topic for e in sent if (e.packet, e.direction) == ("PUBLISH", "out")]
            assert published == [*told, *events]
            assert [(message.topic, message.qos) for message in messages] == [
                (topic, 1) for topic in events
            ]
            assert json.loads(messages[0].payload)["thingArn"] == thing_arn("lamp")

            device.raw(publish_bytes(JOBS + "start-next", b'{"stepTimeoutInMinutes":1}'))
            await device.message()
            clock.advance(MINUTE)
            emulator.run_timers()
            assert (await monitor.message()).topic == "$aws/events/jobExecution/second/timed_out"
        finally:
            await emulator.close()
            await Client.end_all()

    asyncio.run(main())
