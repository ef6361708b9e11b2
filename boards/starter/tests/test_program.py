"""Tests of the complete program: the folder above is the board's root."""

import json


def test_a_job_changes_the_settings(service, device):
    device.start("..")
    job = service.create_job({"operation": "config", "settings": {"blink_ms": 100}})
    assert job.wait() == "SUCCEEDED"
    assert json.loads(device.files["settings.json"])["blink_ms"] == 100


def test_settings_without_sense_are_refused(service, device):
    device.start("..")
    job = service.create_job({"operation": "config", "settings": {"blink_ms": "soon"}})
    assert job.wait() == "FAILED"
    assert "blink_ms" in job.details["reason"]
    assert json.loads(device.files["settings.json"])["blink_ms"] == 500


def test_an_esp32_waits_for_its_wifi(service, device):
    device.wifi(False)
    device.start("..", board="esp32", settings={"led": 2})
    job = service.create_job({"operation": "stop", "services": "blinker"})
    device.reset()
    assert job.status == "QUEUED"
    device.wifi(True)
    assert job.wait() == "SUCCEEDED"
    assert device.pins[2] == 0
