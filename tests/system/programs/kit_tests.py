"""Tests in a project of somebody's own, which runs them with the test kit."""

import pytest

BLINK = {"operation": "blink", "times": 3}
ENDLESS = (
    "import time\n"
    "from iotjobs import JobsAgent, MQTTLink\n"
    "link = MQTTLink('x-ats.iot.eu-west-1.amazonaws.com', 'MyThing', cert='device.der',\n"
    "    key='key.der', ca='ca.der')\n"
    "agent = JobsAgent(link, 'MyThing')\n"
    "@agent.handler('blink')\n"
    "def blink(job):\n"
    "    print('begins')\n"
    "    while True: yield\n"
    "while True:\n"
    "    agent.poll()\n"
    "    time.sleep_ms(5)\n"
)


def test_a_job_has_a_history_and_an_id(service, device):
    device.start("blink.py")
    job = service.create_job(BLINK, jobId="mine")
    assert job.wait() == job.status == "SUCCEEDED"
    assert job.id == "mine"
    assert [step.status for step in job.history][:2] == ["QUEUED", "IN_PROGRESS"]
    assert job.history[-1] == ("SUCCEEDED", {"blinks": "3"})
    assert "mine SUCCEEDED" in repr(job)


def test_the_things_are_those_that_somebody_made(service, device):
    assert service.things == []
    service.create_job(BLINK, thing="lamp")
    device.start("blink.py")
    assert sorted(service.things) == ["MyThing", "lamp"]


def test_a_job_can_be_canceled(service):
    job = service.create_job(BLINK)
    service.cancel(job)
    assert job.wait() == "CANCELED"
    service.iot.delete_job(jobId=job.id, force=True)
    assert job.wait() == "REMOVED"
    assert job.details == {}


def test_a_job_runs_into_its_timer_when_the_clock_is_put_forward(service, device):
    device.files["main.py"] = ENDLESS
    device.files["settings.json"] = b"{}"
    device.start("empty")
    job = service.create_job(BLINK, timeoutConfig={"inProgressTimeoutInMinutes": 60})
    device.wait_for("begins")
    service.advance(3_600)
    assert job.wait() == "TIMED_OUT"


def test_pins_are_read_and_set(service, device):
    device.pins[5] = 1
    device.files["lib/mine.py"] = "import machine, time\ndef wait():\n    time.sleep_ms(5)\n"
    device.files["button.py"] = "never"
    device.start("button.py")
    device.wait_for("5 is 1")
    device.pins["5"] = 0
    device.wait_for("5 is 0")
    assert dict(device.pins) == {"5": 0, "LED": 1}
    with pytest.raises(KeyError):
        device.pins["7"]


def test_files_are_the_boards(service, device):
    device.start("blink.py")
    assert sorted(device.files) == ["ca.der", "device.der", "key.der"]
    device.files["data/a.txt"] = "ä"
    assert device.files["/data/a.txt"] == "ä".encode()
    assert "data/a.txt" in device.files and "data" not in device.files
    del device.files["data/a.txt"]
    for name in ("data/a.txt", "data", "none/at/all"):
        with pytest.raises(KeyError):
            device.files[name]
    with pytest.raises(ValueError):
        device.files["../x"]


def test_reset_begins_anew_and_the_power_too(service, device):
    device.start("blink.py")
    device.wait_for("state IDLE")
    device.reset()
    device.power_cut()
    assert not device.is_on
    device.power_on()
    assert [event["start"] for event in device.events if "start" in event] == ["PWRON_RESET"] * 3
    assert service.create_job(BLINK).wait() == "SUCCEEDED"


def test_a_program_that_has_ended_begins_anew_by_the_button(service, device):
    device.start("ends.py")
    device.wait_for("ends")
    device.reset()
    device.wait_for("ends\nends\n")


def test_a_power_cut_after_a_poll_comes_each_time(service, device):
    device.start("blink.py")
    job = service.create_job(BLINK)
    for _ in range(3):
        device.power_cut(after="agent.poll")
        device.power_on()
    assert job.wait() == "SUCCEEDED"


def test_a_fault_is_the_services(service, device):
    service.fault("reject RequestThrottled operation=UpdateJobExecution times=1")
    device.start("blink.py")
    assert service.create_job(BLINK).wait() == "SUCCEEDED"
    assert "Throttled" in device.output


@pytest.mark.iotjobs_timeout(1.5)
def test_a_marker_says_how_long(service):
    with pytest.raises(AssertionError, match=r"is QUEUED still after 1\.5 s"):
        service.create_job(BLINK).wait()


def test_a_job_that_has_begun_can_be_canceled(service, device):
    device.files["main.py"] = ENDLESS
    device.start("empty")
    job = service.create_job(BLINK)
    device.wait_for("begins")
    service.cancel(job)
    assert job.wait() == "CANCELED"
    other = service.create_job(BLINK)
    device.wait_for("begins\nbegins")
    service.cancel(other, force=False)
    assert other.status == "IN_PROGRESS"
    service.iot.delete_job(jobId=other.id, force=True)
    with pytest.raises(AssertionError, match="the service does not cancel job-2"):
        service.cancel(other)


def test_the_power_may_be_cut_in_what_runs_at_the_start(service, device):
    device.power_cut(after="agent.handler")
    device.start("blink.py")
    device.power_on()
    assert {"cut": "agent.handler"} in device.events
    assert service.create_job(BLINK).wait() == "SUCCEEDED"


def test_wifi_may_be_away_at_the_start(service, device):
    device.wifi(False)
    device.start("blink.py")
    device.wait_for("error ")
    assert "state SYNCING" not in device.output
    device.wifi(True)
    assert service.create_job(BLINK).wait() == "SUCCEEDED"


def test_a_boards_root_may_have_tests_which_are_not_for_the_board(service, device):
    device.start("empty")
    assert "main.py" in device.files and "tests/helper.py" not in device.files


def test_a_job_downloads_what_is_in_s3(service, device):
    service.files["bucket/a b.txt"] = "table"
    device.start("downloads.py")
    url = "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/bucket/a%20b.txt}"
    job = service.create_job({"operation": "download", "url": url, "path": "a.txt"})
    assert job.wait() == "SUCCEEDED", job.details
    assert device.files["data/a.txt"] == b"table"
