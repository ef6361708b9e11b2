"""The same tests on each board, chosen by an option: on this machine, on MicroPython with 32 bits
(`--micropython=PATH`), and on a real one (`--board=PORT`). A board without a network skips the
second one.
"""


def test_what_is_on_the_flash_outlives_a_reset(device):
    device.start("starts.py")
    device.wait_for("start 1\n")
    device.reset()
    device.wait_for("start 2\n")
    assert device.files["starts.txt"] == b"2"


def test_a_job_is_done(service, device):
    device.start("blink.py")
    assert service.create_job({"operation": "blink", "times": 1}).wait() == "SUCCEEDED"
