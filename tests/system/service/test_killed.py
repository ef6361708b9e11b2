"""What was answered is there after `kill -9`, whenever that comes."""

import contextlib
import http.client
import json
import signal
import socket
import threading
import time

import paho.mqtt.client as mqtt
from forked import ForkedEmulator
from iotjobs_emulator import provision
from testing import ports

KILLS = 50
SAMPLE = 5  # one early, one late, and between
LONGEST_LOAD_S = 0.2
PATIENCE_S = 20
DOCUMENT = '{"operation":"blink"}'
DATA_PLANE = "AWS4-HMAC-SHA256 Credential=a/b/c/iot-jobs-data/aws4_request, Signature=0"


class Worker(threading.Thread):
    """Asks until the emulator is gone. `answered` holds the last answered version, status and
    details of each execution; `asked` what may or may not have happened after it."""

    def __init__(self, emulator, thing):
        super().__init__(daemon=True)
        self.emulator, self.thing = emulator, thing
        self.answered, self.asked = {}, {}
        self.jobs = []
        self.reports = 0
        self.connection = None
        self.busy = threading.Event()  # something was answered

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException, GoneError):
            self.work()
        if self.connection is not None:
            self.connection.close()

    def connect(self, port):
        """A connection for HTTP, to this one of the emulator's ports."""
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", self.emulator.ports[port], timeout=PATIENCE_S
        )
        return self.connection

    def change(self, job_id, version, details):
        """The next report on an execution that has this version."""
        state = (version + 1, "IN_PROGRESS" if version % 5 else "SUCCEEDED", details)
        self.asked[job_id] = state
        return {"status": state[1], "statusDetails": details, "expectedVersion": version}

    def settled(self, job_id):
        self.answered[job_id] = self.asked.pop(job_id)
        self.reports += 1
        self.busy.set()


class GoneError(Exception):
    """The connection ended."""


class Operator(Worker):
    """Creates jobs for both devices."""

    def work(self):
        connection = self.connect(2)
        arn = "arn:aws:iot:eu-west-1:123456789012:thing/"
        for number in range(10_000):
            job_id = f"job-{self.thing}-{number}"
            targets = [arn + "http", arn + "mqtt"]
            body = json.dumps({"targets": targets, "document": DOCUMENT})
            connection.request("PUT", f"/jobs/{job_id}", body)
            assert json.load(connection.getresponse())["jobId"] == job_id
            self.jobs.append(job_id)


class HttpDevice(Worker):
    def work(self):
        connection = self.connect(3)
        path = f"/things/{self.thing}/jobs/"

        def ask(method, rest, body):
            connection.request(method, path + rest, json.dumps(body))
            response = connection.getresponse()
            answer = json.load(response)
            assert response.status == 200, answer
            return answer

        for number in range(10_000):
            execution = ask("PUT", "$next", {}).get("execution")
            if execution is not None:
                job_id, version = execution["jobId"], execution["versionNumber"]
                ask("POST", job_id, self.change(job_id, version, {"n": str(number)}))
                self.settled(job_id)


class MqttDevice(Worker):
    def work(self):
        answers, gone = [], []
        arrived = threading.Event()

        def on_message(_client, _data, message):
            answers.append((message.topic, json.loads(message.payload)))
            arrived.set()

        def on_disconnect(*_):
            gone.append(True)
            arrived.set()

        version = mqtt.CallbackAPIVersion.VERSION2
        client = mqtt.Client(version, self.thing, reconnect_on_failure=False)
        client.on_message, client.on_disconnect = on_message, on_disconnect
        client.connect("127.0.0.1", self.emulator.mqtt)
        client.loop_start()

        def ask(rest, body):
            arrived.clear()
            client.publish(f"$aws/things/{self.thing}/jobs/{rest}", json.dumps(body))
            if not arrived.wait(PATIENCE_S) or gone:
                raise GoneError
            topic, answer = answers.pop()
            assert topic.endswith(f"{rest}/accepted"), answer
            return answer

        try:
            for number in range(10_000):
                execution = ask("start-next", {}).get("execution")
                if execution is not None:
                    job_id, version = execution["jobId"], execution["versionNumber"]
                    ask(f"{job_id}/update", self.change(job_id, version, {"n": str(number)}))
                    self.settled(job_id)
        finally:
            client.disconnect()
            client.loop_stop()


class Emulator:
    """Emulators on one state file, one after the other."""

    def __init__(self, state):
        self._process = None
        self._state = state

    def start(self):
        self.ports = ports.take(5)
        names = ("mqtt", "mqtts", "control", "data", "https")
        chosen = zip(names, map(str, self.ports), strict=True)
        options = [part for name, port in chosen for part in (f"--{name}-port", port)]
        arguments = ["--state", str(self._state), *options]
        self._process = ForkedEmulator(arguments)
        self._wait_until_it_listens()
        self.mqtt = self.ports[0]
        self.iot = provision.iot_client(f"http://127.0.0.1:{self.ports[2]}")

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + PATIENCE_S
        for port in self.ports:
            while True:
                assert time.monotonic() < deadline, f"nothing listens on {port}"
                with contextlib.suppress(ConnectionError):
                    socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
                    break
                assert self._process.poll() is None
                time.sleep(0.005)

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait(PATIENCE_S) == -signal.SIGKILL
        self._process.stdout.close()


def held(emulator, worker, job_id):
    found = emulator.iot.describe_job_execution(jobId=job_id, thingName=worker.thing)["execution"]
    details = found.get("statusDetails", {}).get("detailsMap", {})
    return found["versionNumber"], found["status"], details


def test_what_was_answered_outlives_kills_under_load(tmp_path, exhaustive, record_property):
    kills = KILLS if exhaustive else SAMPLE
    emulator = Emulator(tmp_path / "state.db")
    emulator.start()
    for name in ("http", "mqtt"):
        emulator.iot.create_thing(thingName=name)
    jobs = reports = 0
    for kill in range(kills):
        workers = [
            Operator(emulator, str(kill)),
            HttpDevice(emulator, "http"),
            MqttDevice(emulator, "mqtt"),
        ]
        for worker in workers:
            worker.start()
        assert workers[1].busy.wait(PATIENCE_S)
        assert workers[2].busy.wait(PATIENCE_S)
        time.sleep(LONGEST_LOAD_S * kill / (kills - 1))
        emulator.kill()
        for worker in workers:
            worker.join(PATIENCE_S)
            assert not worker.is_alive()
        emulator.start()
        for job_id in workers[0].jobs:
            assert emulator.iot.describe_job(jobId=job_id)["job"]["jobId"] == job_id
        for worker in workers[1:]:
            for job_id, answered in worker.answered.items():
                allowed = [answered]
                if job_id in worker.asked:
                    allowed.append(worker.asked[job_id])
                assert held(emulator, worker, job_id) in allowed
            reports += worker.reports
        jobs += len(workers[0].jobs)
    emulator.kill()
    told = f"{kills} kills, {jobs} jobs and {reports} reports answered before them, none lost"
    record_property("told", told)
