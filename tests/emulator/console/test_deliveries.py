"""What the page is told of OTA updates and streams."""

import json

from console_world import ConsoleWorld
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.console.deliveries import SHOWN
from iotjobs_emulator.s3.memory import Memory
from jobs_world import LAMP, START
from ota_world import in_s3
from streams_world import ROLE, file


def test_the_newest_updates_and_streams_are_shown():
    memory = Memory()
    memory.put("bucket", "a", bytes(60))
    with ConsoleWorld(clock=VirtualClock(START), files=memory) as world:

        def perform(operation, **params):
            params["roleArn"] = ROLE
            return world.call(world.emulator.services.perform, operation, params)

        def state():
            found = json.loads(world.get("/_emulator/state")[2])
            return found["otaUpdates"], found["streams"]

        assert state() == ([], [])
        perform("create_stream", streamId="s1", files=[file(7, "a"), file(0, "a")])
        perform("create_ota_update", otaUpdateId="u1", targets=[LAMP], files=[in_s3("a")])
        world.call(world.emulator.advance, 2)
        update = {
            "otaUpdateId": "u1",
            "status": "CREATE_FAILED",
            "error": "ResourceNotFoundException: Thing lamp not found",
            "createdAt": START,
        }
        files = [{"fileId": n, "object": "bucket/a", "size": 60} for n in (7, 0)]
        stream = {"streamId": "s1", "streamVersion": 1, "lastUpdatedAt": START, "files": files}
        assert state() == ([update], [stream])
        for number in range(SHOWN):
            perform("create_stream", streamId=f"t{number}", files=[file(0, "a")])
        shown = [stream["streamId"] for stream in state()[1]]
        assert shown == [f"t{number}" for number in reversed(range(SHOWN))]
