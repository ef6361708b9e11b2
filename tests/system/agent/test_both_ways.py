"""The same requests over MQTT and HTTPS: what a program sees of the answers is equal."""

import json
import time

import pytest
from device_programs import run_device
from https_service import Service
from iotjobs_emulator.clock import WallClock
from iotjobs_emulator.in_thread import EmulatorThread

THING = "a:B_c-9" + "x" * 121  # as long, and as strange, as a name may be
# As the emulator writes it over MQTT, which has the document's members instead of its text.
DOCUMENT = '{"operation":"look","text":"é \\"q\\" \\\\ 😀","n":[1,-2.5,null]}'


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What the program printed over each way, line by line, at one instant of the service's."""
    now = time.time()
    lines = {}
    for way in ("mqtt", "https"):
        folder = tmp_path_factory.mktemp(way)
        with EmulatorThread(clock=WallClock(lambda: now)) as running:
            service = Service(running, folder, THING)
            create_jobs(service.iot, service.arn)
            arguments = (way, folder, service.ports[way], THING)
            printed = run_device("both_ways_device.py", *arguments)
        lines[way] = [json.loads(line) for line in printed.splitlines()]
    return lines


def create_jobs(iot, arn):
    retries = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 2}]}
    more = [f"more-{number}" for number in range(15)]  # than a notification would list
    for job_id in ("first", "get", "update", "canceled", "removed", "last", *more):
        iot.create_job(
            jobId=job_id,
            targets=[arn],
            document=DOCUMENT,
            timeoutConfig={"inProgressTimeoutInMinutes": 600},
            jobExecutionsRetryConfig=retries,
        )
    iot.cancel_job_execution(jobId="canceled", thingName=THING)
    iot.delete_job(jobId="removed", force=True)


def without_what_https_has_not(answer):
    """The answer without what is said over one way only. The specification has no timestamp over
    HTTPS and no executionState in its errors, and MQTT's executions have no thingName. A request
    that is not valid is described to people in each way's own words.
    """
    known = dict(answer)
    known.pop("timestamp", None)
    if known.get("code"):
        known.pop("execution_state", None)
    if known.get("code") == "InvalidRequest":
        assert known.pop("message")
    if known.get("execution"):
        known["execution"] = {
            name: value for name, value in known["execution"].items() if name != "thing_name"
        }
    return known


def test_what_a_program_sees_is_equal(printed):
    assert len(printed["mqtt"]) == len(printed["https"]) > 800
    for (asked, over_mqtt), (also, over_https) in zip(*printed.values(), strict=True):
        assert asked == also
        assert without_what_https_has_not(over_https) == without_what_https_has_not(over_mqtt), (
            asked
        )
