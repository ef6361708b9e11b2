"""Tests in a project of somebody's own, which runs them with the test kit on a real board."""

import pytest

BLINK = {"operation": "blink", "times": 3}


def starts(device):
    return sum("start" in event for event in device.events)


def test_files_are_the_boards_and_a_look_at_them_stops_the_program(service, device):
    assert not list(device.files)
    device.files["data/log.txt"] = "before"
    device.files["gone"] = ""
    del device.files["gone"]
    assert device.files["data/log.txt"] == b"before"
    device.start("blink.py", settings={"led": 2})
    device.wait_for("state IDLE\n")
    assert device.is_on
    assert device.files["/data/log.txt"] == b"before"
    assert not device.is_on
    with pytest.raises(AssertionError, match=r"device\.files has stopped the program"):
        service.create_job(BLINK).wait()
    there = ["ca.der", "data/log.txt", "device.der", "key.der", "settings.json"]
    assert list(device.files) == there
    device.files["large"] = bytes(range(256)) * 20
    assert device.files["large"] == bytes(range(256)) * 20
    del device.files["large"]
    for name in ("large", "data"):
        with pytest.raises(KeyError):
            device.files[name]
    with pytest.raises(KeyError):
        del device.files["large"]
    with pytest.raises(ValueError):
        device.files["../x"]
    device.reset()
    assert service.jobs[0].wait() == "SUCCEEDED"
    assert starts(device) == 2


def test_one_test_sees_nothing_of_another(service, device):
    assert not list(device.files)
    device.start("blink.py")
    assert list(device.files) == ["ca.der", "device.der", "key.der"]


def test_the_power_is_switched_by_the_command(service, device):
    device.start("blink.py")
    device.power_cut()
    assert not device.is_on
    with pytest.raises(AssertionError, match=r"the board has no power: device\.power_on"):
        list(device.files)
    device.power_on()
    assert service.create_job(BLINK).wait() == "SUCCEEDED"
    assert starts(device) == 2


def test_the_power_is_cut_once_after_a_call(service, device):
    device.power_cut(after="agent.handler")
    device.start("blink.py")
    device.power_on()
    assert {"cut": "agent.handler"} in device.events
    assert service.create_job(BLINK).wait() == "SUCCEEDED"


def test_a_call_that_there_is_not_is_said(service, device):
    device.power_cut(after="job.hold")
    device.start("blink.py")
    with pytest.raises(AssertionError, match=r"no method is called job\.hold"):
        device.power_on()


def test_a_job_resets_the_board(service, device):
    device.start("resets.py")
    assert service.create_job({"operation": "reset"}).wait() == "SUCCEEDED"
    assert starts(device) == 2
    assert "as it says: 7\n" in device.output


def test_a_program_ends_by_an_exception_and_begins_anew_by_the_button(service, device):
    device.start("ends.py")
    with pytest.raises(AssertionError, match="the program has ended by ZeroDivisionError: "):
        service.create_job(BLINK).wait()
    device.reset()
    device.wait_for(">>> begins\n")


def test_a_folder_is_the_boards_root(service, device):
    device.start("root")
    device.wait_for("data is here, line 3")
    assert device.files["boot.py"] == b"# nothing\n"


def test_pins_are_not_read(service, device):
    device.start("blink.py")
    assert device.pins["LED"]


def test_another_kind_of_board_is_asked_for(service, device):
    device.start("blink.py", board="esp32")


def test_a_running_board_hears_of_no_cut(service, device):
    device.start("blink.py")
    device.power_cut(after="job.keep")


def test_nobody_switches_the_access_point(service, device):
    device.wifi(False)
    device.start("blink.py")
