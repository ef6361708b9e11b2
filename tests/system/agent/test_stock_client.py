"""JobsClient driven through umqtt.simple as it is."""

import json

import paho.mqtt.publish


def test_jobs_are_done_over_an_unmodified_umqtt_client(emulator, start_device):
    emulator.iot.create_thing(thingName="MyThing")
    first = {"operation": "x", "text": "é"}
    emulator.create_job("first", first)
    client = start_device("stock_client.py", port=emulator.mqtt, count=3)
    assert json.loads(client.wait_for("^job first (.*)")[1]) == first
    assert emulator.wait_for_status("first", "SUCCEEDED") == {"done": "yes"}
    # Its own topics go on working beside the jobs.
    paho.mqtt.publish.single("lamp/set", "on", hostname="127.0.0.1", port=emulator.mqtt)
    client.wait_for("^own lamp/set on$")
    for job_id in ("second", "third"):
        emulator.create_job(job_id)
        emulator.wait_for_status(job_id, "SUCCEEDED")
    client.wait_for("^done 3$")
    assert not any(line.startswith(("refused", "Traceback")) for line in client.lines)
