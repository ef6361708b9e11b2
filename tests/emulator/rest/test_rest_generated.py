"""Thousands of generated requests to both planes: each is answered, none with a failure."""

import json
import logging
import random
from collections import Counter

from generated_requests import damaged
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.emulator import Emulator
from iotjobs_emulator.rest import load_model
from iotjobs_emulator.rest.api import Call, Request
from jobs_world import DOCUMENT, START, thing_arn
from model_cases import ModelCases
from s3_world import CONFIG, HOST, S3, Bucket, placeholder
from test_rest_members import request_of

REQUESTS = 10_000
SAMPLE = 2  # so many times fewer of them
SEED = 20150528
SERVICES = {service: ModelCases(service) for service in ("iot", "iot-jobs-data")}
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "HEAD", "get", "")
NOISE = (
    "/", "//", "%", "%00", "%FF", "%2F", "?", "&=", "$next", "\x7f", "é", "a" * 3000, "..", "{}",
)  # fmt: skip
KNOWN = {
    "thingName": ["lamp"],
    "jobId": ["job", *(f"job-{number}" for number in range(50))],
    "targets": [[thing_arn("lamp")]],
    "streamId": ["s1", "s2"],
    "otaUpdateId": [f"u{number}" for number in range(10)],
}
# What new jobs, templates, streams and updates need, and the model does not.
DOCUMENTS = (
    {"document": DOCUMENT},
    {"document": json.dumps({"url": placeholder("a.bin")}), "presignedUrlConfig": CONFIG},
    {"documentSource": f"{S3}/bucket/plain.json"},
    {"documentSource": f"{S3}/bucket/job.json", "presignedUrlConfig": CONFIG},
)
LOCATION = {"bucket": "bucket", "key": "plain.json"}
SIGNED = {"codeSigning": {"startSigningJobParameter": {"signingProfileName": "p"}}}
STREAMS = ({"files": [{"fileId": 0, "s3Location": LOCATION}], "roleArn": CONFIG["roleArn"]},)
UPDATES = tuple(
    {
        "files": [{"fileLocation": {"s3Location": {**LOCATION, "key": key}}, **signing}],
        "roleArn": CONFIG["roleArn"],
        "protocols": protocols,
    }
    for key in ("plain.json", "none")
    for protocols, signing in ((["MQTT"], {}), (["HTTP"], SIGNED))
)
CREATES = ("CreateJob", "CreateJobTemplate")
NEEDED = {
    **dict.fromkeys(CREATES, DOCUMENTS),
    **dict.fromkeys(("CreateStream", "UpdateStream"), STREAMS),
    "CreateOTAUpdate": UPDATES,
}
OFTEN = (*NEEDED, "StartNextPendingJobExecution", "UpdateJobExecution")


class Generator:
    """Requests by the models, with known names put in at times, damaged at times."""

    def __init__(self, seed, operations):
        self._random = random.Random(seed)
        often = [pair for pair in operations if pair[1] in OFTEN]
        self._operations = operations + 5 * often
        self._cases = {
            (service, name): SERVICES[service].cases(name) for service, name in operations
        }

    def next(self):
        """The next request, signed for its service."""
        chance = self._random.random
        service, operation = self._random.choice(self._operations)
        cases = self._cases[service, operation]
        params = dict(self._random.choice(cases).params) if cases else {}
        if chance() < 0.7:
            known = {n: self._random.choice(values) for n, values in KNOWN.items() if n in params}
            params |= {n: value for n, value in known.items() if chance() < 0.9}
        if operation in NEEDED and chance() < 0.7:
            needed = self._random.choice(NEEDED[operation])
            params = needed | params if operation in CREATES else params | needed
        method, target, headers, body = request_of(SERVICES[service], operation, params)
        if chance() < 0.1:
            method = self._random.choice(METHODS)
        if chance() < 0.15:
            at = self._random.randrange(len(target) + 1)
            target = target[:at] + self._random.choice(NOISE) + target[at:]
        if chance() < 0.2:
            body = damaged(self._random, body or b"{}")
        scope = f"AWS4-HMAC-SHA256 Credential=a/b/c/{service}/aws4_request, Signature=0"
        return Request(method, target, {**headers, "Authorization": scope}, body)


def test_requests_are_answered_and_the_state_stays_whole(caplog, tmp_path, exhaustive):
    count = REQUESTS if exhaustive else REQUESTS // SAMPLE
    caplog.set_level(logging.WARNING)
    bucket = Bucket(tmp_path)
    bucket.put("plain.json", DOCUMENT)
    bucket.put("job.json", json.dumps({"url": placeholder("b.bin")}))
    emulator = Emulator(clock=VirtualClock(START), files=bucket.folder)
    emulator._files.origin = HOST
    emulator.registry.create_thing({"thingName": "lamp"})
    api = emulator._both
    with_input = [
        (service, name)
        for service in SERVICES
        for name, operation in SERVICES[service].operations.items()
        if "input" in operation and name in api._services[model_name(service)].handlers
    ]
    generator = Generator(SEED, with_input)
    counts, created, done = Counter(), Counter(), Counter()
    create = emulator.engine.control.create_job
    for _ in range(count):
        if emulator.engine._store.job("job") is None and emulator.registry.thing_exists("lamp"):
            create({"jobId": "job", "targets": [thing_arn("lamp")], "document": DOCUMENT})
        if not emulator.registry.thing_exists("lamp"):
            emulator.registry.create_thing({"thingName": "lamp"})
        request = generator.next()
        read = api.read(request)
        answer = api.answer(read) if isinstance(read, Call) else read
        counts[answer.status] += 1
        emulator.advance(0.01)
        if isinstance(read, Call) and answer.status == 200:
            done[read.name] += 1
            if read.name in CREATES:
                created |= {name: created[name] + 1 for name in read.params}
        assert answer.status < 500 or answer.status == 501, (request, answer)
        if answer.body:
            json.loads(answer.body)
        if answer.status >= 400:
            assert answer.headers["x-amzn-ErrorType"], request
            assert json.loads(answer.body)["message"]
    assert caplog.text == ""
    pending = emulator.engine.data.get_pending_job_executions({"thingName": "lamp"})
    assert set(pending) == {"inProgressJobs", "queuedJobs"}
    assert sum(counts.values()) == count
    assert all(created[name] > count // 1_000 for members in DOCUMENTS for name in members), (
        created
    )
    assert min(counts[200], counts[400], counts[404]) > count // 40, counts
    assert all(done[name] for name in NEEDED), done
    states = emulator._database.rows("SELECT DISTINCT status FROM ota_updates")
    assert {row["status"] for row in states} >= {"CREATE_COMPLETE", "CREATE_FAILED"}
    assert emulator._database.row("PRAGMA integrity_check")[0] == "ok"
    print(f"{count} requests: {dict(counts)}, created {dict(created)}")


def model_name(service):
    return load_model(service).signing_name
