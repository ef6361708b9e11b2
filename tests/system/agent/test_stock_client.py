"""JobsClient driven through umqtt.simple as it is."""

import json

import environment
import paho.mqtt.publish
from processes import PROGRAMS, Process


def test_jobs_are_done_over_an_unmodified_umqtt_client(emulator, interpreter, processes):
    arn = emulator.iot.create_thing(thingName="MyThing")["thingArn"]
    first = {"operation": "x", "text": "é"}
    emulator.iot.create_job(jobId="first", targets=[arn], document=json.dumps(first))
    client = Process(
        [interpreter, PROGRAMS / "stock_client.py", emulator.mqtt, "3"],
        env=environment.micropython_path(),
    )
    processes.append(client)
    assert json.loads(client.wait_for("^job first (.*)")[1]) == first
    assert emulator.wait_for_status("first", "SUCCEEDED") == {"done": "yes"}
    # Its own topics go on working beside the jobs.
    paho.mqtt.publish.single("lamp/set", "on", hostname="127.0.0.1", port=emulator.mqtt)
    client.wait_for("^own lamp/set on$")
    for job_id in ("second", "third"):
        emulator.iot.create_job(jobId=job_id, targets=[arn], document="{}")
        emulator.wait_for_status(job_id, "SUCCEEDED")
    client.wait_for("^done 3$")
    assert not any(line.startswith(("refused", "Traceback")) for line in client.lines)
