"""Tests of handlers of one's own, with the test kit: tools/kit/README.md."""


def test_blink_reports_its_progress(service, device):
    device.start("blink.py")
    job = service.create_job({"operation": "blink", "times": 3})
    assert job.wait() == "SUCCEEDED"
    assert job.details == {"blinks": "3"}


def test_the_led_is_on_after_each_odd_blink(service, device):
    device.start("blink.py")
    assert service.create_job({"operation": "blink", "times": 3}).wait() == "SUCCEEDED"
    assert device.pins["LED"] == 1


def test_a_job_without_a_number_fails_and_says_where(service, device):
    device.start("blink.py")
    job = service.create_job({"operation": "blink"})
    assert job.wait() == "FAILED"
    assert job.details["reason"].startswith("TypeError: ")
    assert job.details["reason"].endswith("(blink.py, line 24)")


def test_counting_goes_on_after_a_power_cut(service, device):
    device.power_cut(after="job.keep")
    device.start("counter.py")
    job = service.create_job({"operation": "count", "to": 3})
    device.power_on()
    assert job.wait() == "SUCCEEDED"
    counted = [line for line in device.output.splitlines() if line.startswith("counts")]
    assert counted == ["counts 1", "counts 2", "counts 3"]


def test_a_lost_connection_loses_no_report(service, device):
    service.fault("cut in UpdateJobExecution nth=2")
    device.start("blink.py")
    job = service.create_job({"operation": "blink", "times": 2})
    assert job.wait() == "SUCCEEDED"
    assert job.details == {"blinks": "2"}
    assert device.output.count("state CONNECTING") == 2


def test_a_lost_notification_is_made_up_for(service, device):
    device.start("blink.py", time="virtual")  # or the test would take 15 minutes
    device.wait_for("state IDLE")
    service.fault("drop out PUBLISH times=2")  # both notifications of the job
    job = service.create_job({"operation": "blink", "times": 3})
    assert job.wait() == "SUCCEEDED"
