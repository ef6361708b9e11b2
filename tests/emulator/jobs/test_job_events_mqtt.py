"""Job events on the wire: for operators that subscribe, after what the things are told."""

import json

from jobs_world import DOCUMENT, MINUTE, thing_arn
from mqtt_client import JOBS, publish_bytes
from policy_ground import prepared


async def test_a_monitor_sees_what_becomes_of_a_job_and_the_device_is_told_first():
    async with prepared() as ground:
        monitor, device = await ground.plain("monitor"), await ground.plain("lamp")
        await monitor.subscribe(("$aws/events/job/+/completed", 1))
        await monitor.subscribe(("$aws/events/jobExecution/#", 1))
        await device.subscribe((JOBS + "notify", 1))
        create = ground.emulator.engine.control.create_job
        for job_id in ("first", "second"):
            create({"jobId": job_id, "targets": [thing_arn("lamp")], "document": DOCUMENT})
        ground.emulator.settle()
        assert [message.topic for message in await device.drain()] == [JOBS + "notify"] * 2

        device.raw(publish_bytes(JOBS + "first/update", b'{"status":"SUCCEEDED"}'))
        events = ["$aws/events/jobExecution/first/succeeded", "$aws/events/job/first/completed"]
        told = [JOBS + "first/update/accepted", JOBS + "notify"]
        ground.trace.clear()
        assert [(await device.message()).topic for _ in told] == told
        messages = [await monitor.message() for _ in events]
        sent = [e.topic for e in ground.trace if (e.packet, e.direction) == ("PUBLISH", "out")]
        assert sent == [*told, *events]
        assert [(message.topic, message.qos) for message in messages] == [
            (topic, 1) for topic in events
        ]
        assert json.loads(messages[0].payload)["thingArn"] == thing_arn("lamp")

        device.raw(publish_bytes(JOBS + "start-next", b'{"stepTimeoutInMinutes":1}'))
        await device.message()
        ground.emulator.advance(MINUTE)
        assert (await monitor.message()).topic == "$aws/events/jobExecution/second/timed_out"
