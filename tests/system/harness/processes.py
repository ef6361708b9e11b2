"""The device and the emulator, each in a process of its own."""

import json
import os
import re
import select
import signal
import subprocess
import threading
import time
import urllib.request

import environment
from forked import ForkedEmulator
from iotjobs_emulator import provision
from waiting import LIMIT_S

# What runs in processes of its own: most of it on MicroPython.
PROGRAMS = environment.ROOT / "tests" / "system" / "programs"
POLL_S = 0.06  # each question costs both sides some milliseconds


class Process:
    """A child whose output is read as it comes, so that a test can wait for a line of it."""

    def __init__(self, command, **options):
        self._lines = []
        self._rest = b""  # of a line that has not ended
        self._over = False
        self._news = threading.Condition()
        self._process = self._started([str(part) for part in command], options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _started(self, command, options):
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    @property
    def lines(self):
        """What it has printed until now: all of it, also what no thread has read yet."""
        with self._news:
            self._take()
            return self._lines

    def _read(self):
        while not self._over:
            select.select([self._process.stdout], [], [])
            with self._news:
                self._take()
                self._news.notify_all()

    def _take(self):
        # All that is there, by whoever has the lock.
        while not self._over and select.select([self._process.stdout], [], [], 0)[0]:
            data = os.read(self._process.stdout.fileno(), 65536)
            *lines, self._rest = (self._rest + data).split(b"\n")
            if not data:
                self._over = True
                lines = [self._rest] if self._rest else []
            self._lines += [line.decode(errors="replace").rstrip("\r") for line in lines]

    def wait_for(self, pattern, seconds=LIMIT_S, after=0):
        """The match of the first line from number `after` on that has `pattern` in it."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for line in self._lines[after:]:
                    found = re.search(pattern, line)
                    if found:
                        return found
                left = deadline - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    printed = "\n".join(self._lines)
                    raise AssertionError(
                        f"no line with {pattern!r} within {seconds} s:\n{printed}"
                    )
                self._news.wait(min(left, 0.1))

    def kill(self, number=signal.SIGKILL):
        """End it, and return its exit code."""
        self.signal(number)
        return self.wait()

    def wait(self):
        """Its exit code, when it has ended by itself."""
        code = self._process.wait(timeout=LIMIT_S)
        self._reader.join()
        self._process.stdout.close()
        return code

    def signal(self, number):
        self._process.send_signal(number)

    def running(self):
        return self._process.poll() is None

    def stop(self):
        if self.running():
            self.kill()
        elif not self._process.stdout.closed:
            self._reader.join()
            self._process.stdout.close()


class EmulatorProcess(Process):
    """`tools/emulator` on free ports, or on those of an earlier one."""

    def __init__(self, folder, *options, ports=(0, 0, 0, 0, 0)):
        names = ("--mqtt-port", "--mqtts-port", "--control-port", "--data-port", "--https-port")
        chosen = [part for pair in zip(names, ports, strict=True) for part in pair]
        super().__init__(["--ca-dir", folder, *chosen, *options])
        self.folder = folder
        self.wait_for("state ")
        self.mqtts = int(self.wait_for(r"over TLS .*?:(\d+)")[1])
        self.mqtt = int(self.wait_for(r"plain .*?:(\d+)")[1])
        self.https = int(self.wait_for(r"HTTPS .*?:(\d+)")[1])
        self.control_url = self.wait_for(r"control plane  (http://\S+)")[1]
        self.data_url = self.wait_for(r"data plane     (http://\S+)")[1]
        planes = [int(url.rsplit(":", 1)[1]) for url in (self.control_url, self.data_url)]
        self.ports = (self.mqtt, self.mqtts, *planes, self.https)
        self.iot = provision.iot_client(self.control_url)
        self._arns = {}

    def _started(self, command, options):
        return ForkedEmulator(command)

    def device_folder(self, thing_name, *clients, topics=()):
        """Make the thing and its certificate, which may also connect with these client ids, and
        use these topics; the folder with its files, the CA among them.
        """
        folder = self.folder / thing_name.replace(":", "_")
        folder.mkdir()
        provision.make_device(self.iot, thing_name, folder, clients=clients, topics=topics)
        (folder / provision.CA).write_bytes((self.folder / provision.CA).read_bytes())
        return folder

    def create_job(self, job_id, document="{}", things=("MyThing",), **settings):
        """Create a job for these things. The document is its text, or a dict."""
        text = document if isinstance(document, str) else json.dumps(document)
        targets = [self.arn(name) for name in things]
        self.iot.create_job(jobId=job_id, targets=targets, document=text, **settings)

    def arn(self, thing_name):
        """Of a thing; it is asked for once."""
        if thing_name not in self._arns:
            found = self.iot.describe_thing(thingName=thing_name)
            self._arns[thing_name] = found["thingArn"]
        return self._arns[thing_name]

    def fault(self, **rule):
        """Add a fault (iotjobs_emulator.faults.rule says of which members)."""
        return self.steer("faults", rule)["id"]

    def clear_faults(self):
        """Remove all faults."""
        self.steer("faults", {}, "DELETE")

    def steer(self, what, content=None, method=None):
        """Ask the emulator itself, of its clock or faults; the answer."""
        body = content if content is None else json.dumps(content).encode()
        url = f"{self.control_url}/_emulator/{what}"
        request = urllib.request.Request(url, body, method=method)
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return json.load(answer)

    def execution(self, job_id, thing_name="MyThing"):
        """What the service holds: status, and statusDetails."""
        found = self.iot.describe_job_execution(jobId=job_id, thingName=thing_name)["execution"]
        return found["status"], found.get("statusDetails", {}).get("detailsMap", {})

    def wait_for_status(self, job_id, status, thing_name="MyThing", seconds=LIMIT_S):
        """The details with which the execution comes to this status."""
        deadline = time.monotonic() + seconds
        while True:
            now, details = self.execution(job_id, thing_name)
            if now == status:
                return details
            if time.monotonic() > deadline:
                raise AssertionError(f"{job_id} is {now} {details} after {seconds} s")
            time.sleep(POLL_S)
