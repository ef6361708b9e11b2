"""What was answered is there after `kill -9`, whenever that comes."""

import contextlib
import http.client
import json
import signal
import threading
import time

import paho.mqtt.client as mqtt
from waiting import LIMIT_S

KILLS = 50
SAMPLE = 5  # one early, one late, and between
LONGEST_LOAD_S = 0.2
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
            "127.0.0.1", self.emulator.ports[port], timeout=LIMIT_S
        )
        return self.connection

    def report(self, start, update):
        """Start the next execution by `start`, and report on it by `update`, again and again."""
        for number in range(10_000):
            execution = start().get("execution")
            if execution is not None:
                job_id, version = execution["jobId"], execution["versionNumber"]
                status, details = "IN_PROGRESS" if version % 5 else "SUCCEEDED", {"n": str(number)}
                self.asked[job_id] = (version + 1, status, details)
                body = {"status": status, "statusDetails": details, "expectedVersion": version}
                update(job_id, body)
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

        self.report(
            lambda: ask("PUT", "$next", {}), lambda job_id, body: ask("POST", job_id, body)
        )


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
            if not arrived.wait(LIMIT_S) or gone:
                raise GoneError
            topic, answer = answers.pop()
            assert topic.endswith(f"{rest}/accepted"), answer
            return answer

        try:
            self.report(
                lambda: ask("start-next", {}), lambda job_id, body: ask(f"{job_id}/update", body)
            )
        finally:
            client.disconnect()
            client.loop_stop()


def held(emulator, device, job_id):
    found = emulator.iot.describe_job_execution(jobId=job_id, thingName=device.thing)["execution"]
    details = found.get("statusDetails", {}).get("detailsMap", {})
    return found["versionNumber"], found["status"], details


def test_what_was_answered_outlives_kills_under_load(
    tmp_path, start_emulator, exhaustive, record_property
):
    kills = KILLS if exhaustive else SAMPLE
    state = ("--state", str(tmp_path / "state.db"))
    emulator = start_emulator(*state)
    for name in ("http", "mqtt"):
        emulator.iot.create_thing(thingName=name)
    jobs = reports = 0
    for kill in range(kills):
        operator = Operator(emulator, str(kill))
        devices = [HttpDevice(emulator, "http"), MqttDevice(emulator, "mqtt")]
        workers = [operator, *devices]
        for worker in workers:
            worker.start()
        assert all(device.busy.wait(LIMIT_S) for device in devices)
        time.sleep(LONGEST_LOAD_S * kill / (kills - 1))
        assert emulator.kill() == -signal.SIGKILL
        for worker in workers:
            worker.join(LIMIT_S)
            assert not worker.is_alive()
        emulator = start_emulator(*state)
        for job_id in operator.jobs:
            assert emulator.iot.describe_job(jobId=job_id)["job"]["jobId"] == job_id
        for device in devices:
            for job_id, answered in device.answered.items():
                allowed = [answered, device.asked.get(job_id, answered)]
                assert held(emulator, device, job_id) in allowed
            reports += device.reports
        jobs += len(operator.jobs)
    told = f"{kills} kills, {jobs} jobs and {reports} reports answered before them, none lost"
    record_property("told", told)
