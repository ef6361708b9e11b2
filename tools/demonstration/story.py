"""The demo's story: an emulator, a device that needs a policy, five jobs, and whether each of them
ended as it must.
"""

import collections
import json
import pathlib
import subprocess
import tempfile
import threading
import time

import environment
from botocore.exceptions import ClientError
from iotjobs_emulator import provision
from iotjobs_emulator.emulator import LOOPBACK, Ports
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.show import trace_line, wants_colours

from .screen import Screen, spoken

THING = "MyThing"
DEVICE = pathlib.Path(__file__).with_name("device.py")
TIMEOUT_S = 120  # on a machine that does other work too
POLL_S = 0.1
DEVICE_LINES = 200

# job id, what it shows, its document, the status that it must end with
AWAY = (
    "queued-while-away",
    "queued before the device was there",
    "blink",
    {"times": 2},
    "SUCCEEDED",
)
JOBS = (
    AWAY,
    ("blink", "succeeds, with progress", "blink", {"times": 8}, "SUCCEEDED"),
    ("measure", "its handler fails", "measure", {"sensor": "bme280"}, "FAILED"),
    ("make-coffee", "nobody handles it", "coffee", {"cups": 2}, "REJECTED"),
    # It would take as long as the whole story may: its cancellation never comes too late.
    ("blink-long", "canceled while it blinks", "blink", {"times": 1000}, "CANCELED"),
)
REFUSED = "not authorized"  # in what the device says of a connection that no policy allows
CANCEL, CANCEL_AT = "blink-long", 6
NEXT = f"""
what next (the emulator of this demo has ended):
  tools/emulator               starts one that stays; in a browser http://{LOOPBACK}:{Ports().control}
                               shows what it holds, and creates jobs
  README.md, "Write a job"     a job of your own is a function of a few lines
  tools/demonstration/device.py
                               the device that has just run, with its two
"""
TERMINAL = ("SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED", "REMOVED")


def run(micropython: str, trace: bool) -> int:
    """Tell it all; 0 if every job ended as it must."""
    started = time.monotonic()

    def show(event: object) -> None:
        screen.line(trace_line(event, packets=True, colours=wants_colours()))

    screen = Screen([job[0] for job in JOBS], plain=trace)
    with (
        tempfile.TemporaryDirectory(prefix="iotjobs-demo-") as name,
        EmulatorThread(trace=show if trace else None) as emulator,
    ):
        folder = pathlib.Path(name)
        emulator.call(emulator.emulator.authority.write_ca, folder)
        iot = provision.iot_client(emulator.control_url)
        arn, principal = provision.make_unpermitted_device(iot, THING, folder)
        screen.line(f"emulator       MQTT over TLS on localhost:{emulator.ports.mqtts}")
        screen.line(f"control plane  {emulator.control_url}")
        screen.line(f"thing          {arn}, with a certificate of its own")
        create(iot, arn, AWAY, screen)
        device = Device(micropython, emulator.ports.mqtts, folder)
        screen.line(f"device         MicroPython {device.version}, mutual TLS")
        try:
            refused = await_refusal(device)
            screen.line(f"refused        {refused}")
            provision.permit(iot, arn, principal)
            screen.line("policy         allows its certificate the jobs of its own thing")
            ended = watch(iot, arn, device, screen)
        finally:
            device.stop()
            screen.end()
        return verdict(ended, refused, device, time.monotonic() - started)


def create(iot: object, arn: str, job: tuple, screen: Screen) -> None:
    job_id, description, operation, members, _ = job
    screen.line(f"job            {job_id:<18} {description}")
    document = json.dumps({"operation": operation, **members})
    iot.create_job(jobId=job_id, targets=[arn], document=document, description=description)


def await_refusal(device: "Device") -> str:
    """What the device says of its connection while its certificate has no policy, or ""."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline and device.running():
        said = device.said(REFUSED)
        if said:
            return said.partition("(")[2].rstrip(")")
        time.sleep(POLL_S)
    return ""


def watch(iot: object, arn: str, device: "Device", screen: Screen) -> dict:
    """Create the jobs, cancel one, and follow all to their end; what the service says of each."""
    deadline = time.monotonic() + TIMEOUT_S
    views = {}
    created = [AWAY]
    canceled = False
    while time.monotonic() < deadline and device.running():
        for job_id, *_ in created:
            views[job_id] = describe(iot, job_id)
            screen.show(job_id, views[job_id]["status"], views[job_id]["details"], device.last())
        ended = [view for view in views.values() if view["status"] in TERMINAL]
        if len(ended) == len(JOBS) and device.idle():
            break
        if len(created) == 1 and ended and device.idle():
            for job in JOBS[1:]:
                create(iot, arn, job, screen)
                created.append(job)
        if not canceled and blinks(views.get(CANCEL)) >= CANCEL_AT:
            iot.cancel_job_execution(jobId=CANCEL, thingName=THING, force=True)
            canceled = True
        time.sleep(POLL_S)
    return views


def blinks(view: dict | None) -> int:
    """How far a blink job is: its details say "3 of 8"."""
    return int(view["details"].get("blinks", "0").split()[0]) if view else 0


def describe(iot: object, job_id: str) -> dict:
    try:
        execution = iot.describe_job_execution(jobId=job_id, thingName=THING)["execution"]
    except ClientError as error:
        return {"status": error.response["Error"]["Code"], "details": {}, "version": 0}
    return {
        "status": execution["status"],
        "details": execution.get("statusDetails", {}).get("detailsMap", {}),
        "version": execution["versionNumber"],
    }


def verdict(views: dict, refused: str, device: "Device", seconds: float) -> int:
    print("\nwhat the service holds now:")
    wrong = 0
    for job_id, _, _, _, wanted in JOBS:
        view = views.get(job_id, {"status": "never created", "details": {}, "version": 0})
        good = view["status"] == wanted
        wrong += not good
        details = spoken(view["details"])
        print(
            f"  {'ok   ' if good else 'WRONG'}  {job_id:<18} {view['status']:<11} "
            f"version {view['version']:<3} {details}"
        )
        if not good:
            print(f"         it must end as {wanted}")
    for said, what in (
        (refused, "without a policy the device was refused"),
        (device.said("blinking was canceled"), "the canceled handler was closed on the device"),
    ):
        good = bool(said)
        print(f"  {'ok   ' if good else 'WRONG'}  {what}")
        wrong += not good
    if wrong:
        print("\nwhat the device printed last:", *device.printed(), sep="\n  ")
    result = "all five jobs ended as they must" if not wrong else f"{wrong} ended otherwise"
    print(f"{result} ({seconds:.1f} s)")
    print(NEXT, end="")
    return 1 if wrong else 0


class Device:
    """MicroPython in a process of its own, and what it prints."""

    def __init__(self, micropython: str, port: int, folder: pathlib.Path):
        probe = "import sys; print('.'.join(str(n) for n in sys.implementation.version[:3]))"
        asked = subprocess.run([micropython, "-c", probe], capture_output=True, text=True)
        self.version = asked.stdout.strip()
        self._lines = collections.deque(maxlen=DEVICE_LINES)
        self._process = subprocess.Popen(
            [micropython, str(DEVICE), THING, "localhost", str(port), str(folder)],
            env=environment.micropython_path(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.append(line.rstrip())

    def printed(self) -> list[str]:
        return list(self._lines)[-20:]

    def last(self) -> str:
        return self._lines[-1] if self._lines else ""

    def said(self, part: str) -> str:
        """The first of its last lines that has `part` in it, or ""."""
        return next((line for line in list(self._lines) if part in line), "")

    def idle(self) -> bool:
        return self.last().startswith("IDLE")

    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()
