"""Tests of somebody's own in virtual time: an hour of a job is skipped."""

import http.server
import itertools
import threading
import time

import pytest

_LINK = (
    "import machine, os, time\n"
    "from iotjobs import JobsAgent, MQTTLink\n"
    "link = MQTTLink('x-ats.iot.eu-west-1.amazonaws.com', 'MyThing', cert='device.der',\n"
    "    key='key.der', ca='ca.der')\n"
    "agent = JobsAgent(link, 'MyThing')\n"
    "agent.on_event = print\n"
)
_LOOP = "while True:\n    agent.poll()\n    time.sleep_ms(10)\n"
WAIT = {"operation": "wait"}
HOUR, DAY = 3_600, 86_400


def _agent(handler, loop=_LOOP):
    return (
        f"{_LINK}@agent.handler('wait')\ndef wait(job):\n    began = time.time()\n{handler}{loop}"
    )


def _start(device, program, **more):
    device.files["main.py"] = program
    device.start("empty", time="virtual", **more)


def _printed(device, name):
    """The numbers that it has printed after this name."""
    return [int(line.split()[1]) for line in device.output.splitlines() if line.startswith(name)]


def test_a_handler_that_takes_an_hour(service, device):
    feeding = "watchdog = machine.WDT()\n" + _LOOP.replace("()\n", "(); watchdog.feed()\n")
    _start(device, _agent("    while time.time() < began + 3_600: yield\n", feeding))
    job = service.create_job(WAIT)
    before = service.clock.monotonic()
    assert job.wait() == "SUCCEEDED"
    assert HOUR <= service.clock.monotonic() - before <= HOUR + 5
    assert [event for event in device.events if "reset" in event] == []


def test_a_loop_that_never_sleeps(service, device):
    loop = "while True:\n    agent.poll()\n"
    _start(device, _agent("    while time.time() < began + 300: yield\n", loop))
    assert service.create_job(WAIT).wait() == "SUCCEEDED"


def test_what_a_program_sees_is_exact(service, device):
    _start(
        device,
        "import time\n"
        "began, at = time.time_ns(), time.ticks_us()\n"
        "for ms in (1, 20, 300, 3_600_000):\n"
        "    time.sleep_ms(ms)\n"
        "print('slept', time.time_ns() - began, time.ticks_diff(time.ticks_us(), at))\n",
    )
    device.wait_for("slept 3600321000000 3600321000\n")


def test_the_service_lets_one_update_pass_in_a_minute(service, device):
    _start(device, _agent("    yield\n"))
    with pytest.raises(ValueError, match="'write' is no quota; there are default, reads, writes"):
        service.quota("write=1")
    service.quota(f"writes={1 / 60}")
    before = service.clock.monotonic()
    assert service.create_job(WAIT).wait() == "SUCCEEDED"
    assert service.clock.monotonic() - before >= 60
    assert service.throttled["writes"] > 0


def test_the_service_ends_a_job_after_half_an_hour(service, device):
    _start(
        device,
        _agent(
            "    try:\n        while True: yield\n    finally: print('ran', time.time() - began)\n"
        ),
    )
    job = service.create_job(WAIT, timeoutConfig={"inProgressTimeoutInMinutes": 30})
    assert job.wait() == "TIMED_OUT"
    device.wait_for("ran ")
    (ran,) = _printed(device, "ran")
    assert 1_799 <= ran <= 1_801


def test_the_service_tries_a_job_again_after_an_hour(service, device):
    _start(
        device,
        _agent(
            "    print('tries', began)\n"
            "    if 'been' not in os.listdir():\n"
            "        open('been', 'w').close()\n"
            "        while True: yield\n"
        ),
    )
    job = service.create_job(
        WAIT,
        timeoutConfig={"inProgressTimeoutInMinutes": 60},
        jobExecutionsRetryConfig={
            "criteriaList": [{"failureType": "TIMED_OUT", "numberOfRetries": 1}]
        },
    )
    device.wait_for("end SUCCEEDED")
    assert job.wait() == "SUCCEEDED"
    first, second = _printed(device, "tries")
    assert HOUR - 2 <= second - first <= HOUR + 5


def test_a_notification_that_is_lost_is_made_up_for_within_a_quarter_of_an_hour(service, device):
    _start(device, _agent("    print('begins', began)\n    yield\n"))
    device.wait_for("state IDLE")
    service.fault("drop out notify-next")
    service.fault("drop out notify")
    job = service.create_job(WAIT)
    before = service.clock.wall()
    assert job.wait() == "SUCCEEDED"
    (began,) = _printed(device, "begins")
    assert 890 <= began - before <= 910


def test_a_fault_of_a_minute_takes_a_minute(service, device):
    _start(device, _agent("    print('begins', began)\n    yield\n"))
    device.wait_for("state IDLE")
    service.fault("delay out notify-next seconds=60 hold=false")
    service.fault("drop out notify")
    job = service.create_job(WAIT)
    before = service.clock.wall()
    assert job.wait() == "SUCCEEDED"
    (began,) = _printed(device, "begins")
    assert 58 <= began - before <= 66


def test_a_watchdog_bites_a_sleeping_program_at_its_time_and_not_earlier(service, device):
    _start(
        device,
        "import machine, time\n"
        "if machine.reset_cause() == machine.WDT_RESET:\n"
        "    print('bitten', time.time_ns() // 1_000_000)\n"
        "    time.sleep(DAY)\n"
        "watchdog = machine.WDT(timeout=8_000)\n"
        "for _ in range(100):\n"
        "    watchdog.feed()\n"
        "    time.sleep_ms(7_000)\n"
        "watchdog.feed()\n"
        "print('fed', time.time_ns() // 1_000_000)\n"
        "while True: time.sleep_ms(10)\n".replace("DAY", str(DAY)),
    )
    device.wait_for("bitten")
    ((fed,), (bitten,)) = _printed(device, "fed"), _printed(device, "bitten")
    assert 8_000 <= bitten - fed < 8_100  # and as long as a start takes


def test_a_program_that_hangs_is_bitten_too(service, device):
    _start(
        device,
        "import machine\n"
        "if machine.reset_cause() != machine.WDT_RESET:\n"
        "    machine.WDT(timeout=300)\n"
        "    while True: pass\n"
        "print('bitten')\n",
    )
    device.wait_for("bitten")


def test_a_board_sleeps_deeply_for_a_day(service, device):
    _start(
        device,
        _agent("    print('begins', began)\n", "agent.run_once()\n")
        + "print('sleeps', time.time())\nmachine.deepsleep(86_400_000)\n",
        board="esp32",
    )
    device.wait_for("sleeps ")
    job = service.create_job(WAIT)
    assert job.wait() == "SUCCEEDED"
    assert DAY <= _printed(device, "begins")[0] - _printed(device, "sleeps")[0] <= DAY + 3


def test_asyncio(service, device):
    _start(
        device,
        _LINK + "import asyncio\n"
        "from iotjobs import aio\n"
        "@agent.handler('wait')\n"
        "@aio.async_handler\n"
        "async def wait(job):\n"
        "    began = time.time()\n"
        "    await asyncio.sleep(3_600)\n"
        "    return {'took': str(time.time() - began)}\n"
        "async def main():\n"
        "    asyncio.create_task(aio.run(agent))\n"
        "    while True:\n"
        "        await asyncio.sleep(600)\n"
        "        print('minutes', 10)\n"
        "asyncio.run(main())\n",
    )
    job = service.create_job(WAIT)
    assert job.wait() == "SUCCEEDED"
    assert HOUR <= int(job.details["took"]) <= HOUR + 5
    assert 5 <= len(_printed(device, "minutes")) <= 7


def test_a_line_is_waited_for_to_its_end(service, device):
    program = "import time\nprint('has', end='')\ntime.sleep(60)\nprint(' 7')\n"
    _start(device, f"{program}time.sleep({DAY})\n")
    device.wait_for("has")
    assert _printed(device, "has") == [7]


def test_timers_and_edges_and_threads_have_the_same_time(service, device):
    _start(
        device,
        "import _thread, machine, time\n"
        "began = time.time()\n"
        "def tick(timer): print('tick', time.time() - began)\n"
        "timer = machine.Timer(period=600_000, callback=tick)\n"
        "runs = []\n"
        "def other():\n"
        "    runs.append(1)\n"
        "    time.sleep(900)\n"
        "    print('other', time.time() - began)\n"
        "_thread.start_new_thread(other, ())\n"
        "while not runs: pass\n"  # on a busy machine hours pass before a thread begins
        "while time.time() < began + 3_000: time.sleep(30)\n"
        "print('ends')\n",
    )
    device.wait_for("ends")
    assert _printed(device, "tick") == [600, 1_200, 1_800, 2_400, 3_000]
    assert 900 <= _printed(device, "other")[0] <= 3_000


def test_time_goes_on_over_resets_and_without_power(service, device):
    _start(
        device,
        "import machine, time\nprint('starts', time.time())\ntime.sleep(1_800)\nmachine.reset()\n",
    )
    service.advance(6_300)
    device.power_cut()
    service.advance(DAY)
    device.power_on()
    service.advance(2_700)
    starts = _printed(device, "starts")
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    cut = gaps.pop(3)
    assert len(gaps) == 4 and set(gaps) <= {1_800, 1_801}
    assert 900 + DAY <= cut <= 920 + DAY


def test_time_passes_only_while_the_test_waits(service, device):
    _start(
        device,
        "import machine, time\n"
        "led = machine.Pin('LED', machine.Pin.OUT)\n"
        "time.sleep_ms(30)\n"
        "led.on()\n"
        "time.sleep(3_600)\n"
        "led.off()\n"
        "print('later')\n",
    )
    while "LED" not in device.pins:
        time.sleep(0.005)
    before = service.clock.monotonic()
    time.sleep(0.1)
    assert device.pins["LED"] == 1
    assert service.clock.monotonic() - before < 60
    device.wait_for("later")
    assert HOUR - 60 < service.clock.monotonic() - before < HOUR + 60


def test_who_is_no_part_of_it_has_the_time_that_he_needs(service, device):
    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(0.1)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _start(
            device,
            "import select, socket\n"
            "stream = socket.socket()\n"
            f"stream.connect(socket.getaddrinfo('127.0.0.1', {server.server_port})[0][-1])\n"
            "stream.setblocking(False)\n"
            "stream.write(b'GET / HTTP/1.0\\r\\n\\r\\n')\n"
            "poll = select.poll()\n"
            "poll.register(stream, select.POLLIN)\n"
            "print('found', len(poll.poll(50_000)))\n",
        )
        device.wait_for("found 1")
        server.shutdown()
    assert {"abroad": "127.0.0.1"} in device.events


def test_a_program_that_does_not_wait_keeps_time_from_passing(service, device):
    _start(device, "print('begins')\nwhile True: pass\n")
    device.wait_for("begins")
    with pytest.raises(AssertionError, match=r"of 3600 have passed after 0\.1 s: does the"):
        service.timeout = 0.1
        service.advance(HOUR)


def test_time_is_real_or_virtual(service, device):
    with pytest.raises(ValueError, match='neither "real" nor "virtual"'):
        device.start("empty", time="fast")
