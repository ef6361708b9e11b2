"""`tools/jobs` over HTTPS and over MQTT does what `aws iot-jobs-data` does, for three things that
hold the same."""

import concurrent.futures
import json
import re

import pytest
from authorities import deactivate
from jobs_tool import FAILURE, HTTPS, MQTT, Jobs, says
from jobs_tool import aws_all as aws_all
from jobs_tool import create as create
from jobs_tool import jobs as jobs

THINGS = ("for:aws", "for:https", "for:mqtt")
DOCUMENT = '{"operation":"blink","text":"é € 😀","nested":{"list":[1,-2.5,true,null,"\\\\\\""]}}'
DEEP = '{"a":' * 40 + "1" + "}" * 40

PENDING = "get-pending-job-executions"
START = "start-next-pending-job-execution"
DESCRIBE = "describe-job-execution"
UPDATE = "update-job-execution"

ONE, TWO, NEXT = ("--job-id", "one"), ("--job-id", "two"), ("--job-id", "$next")
JSON = {
    "jobId": "one",
    "status": "SUCCEEDED",
    "statusDetails": {"why": "é", "smile": "\U0001f600"},
    "includeJobExecutionState": True,
    "expectedVersion": 4,
}

# A session: every command with what it ends with, None or the service's exception.
SESSION = [
    (PENDING, (), None),
    (DESCRIBE, ONE, None),
    (DESCRIBE, (*NEXT, "--no-include-job-document"), None),
    (DESCRIBE, (*TWO, "--include-job-document", "--execution-number=1"), None),
    (DESCRIBE, (*ONE, "--execution-number", "9223372036854775807"), "ResourceNotFoundException"),
    (DESCRIBE, ("--job-id", "none"), "ResourceNotFoundException"),
    (START, ("--status-details", "step=first,of=2", "--step-timeout-in-minutes", "5"), None),
    (START, ("--status-details", '{"step":"not set"}'), None),
    (PENDING, (), None),
    (UPDATE, (*ONE, "--status", "IN_PROGRESS",
              "--status-details", 'z="last, and first",a=é \u20ac,m="\U0001f600"',
              "--expected-version", "2", "--execution-number", "1",
              "--step-timeout-in-minutes", "-1",
              "--include-job-execution-state", "--include-job-document"), None),
    (UPDATE, (*ONE, "--status", "IN_PROGRESS"), None),
    (UPDATE, (*ONE, "--status", "FAILED", "--expected-version", "9"), "InvalidRequestException"),
    (UPDATE, (*ONE, "--status", "QUEUED"), "InvalidStateTransitionException"),
    (UPDATE, ("--cli-input-json", json.dumps(JSON)), None),
    (UPDATE, (*ONE, "--status", "FAILED"), "InvalidStateTransitionException"),
    (DESCRIBE, ONE, "TerminalStateException"),
    (UPDATE, ("--cli-input-json", "file://update.json", "--status", "REJECTED",
              "--no-include-job-document"), None),
    (START, (), None),
    (DESCRIBE, NEXT, None),
    (PENDING, (), None),
]  # fmt: skip


def outcome(process, thing):
    """Exit code, JSON, and on failure the message, which no thing's name tells apart."""
    found = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation: (.*)",
                      process.stderr)  # fmt: skip
    error = found.groups() if found else process.stderr
    out = process.stdout.replace(thing, "the thing")
    return process.returncode, json.loads(out) if out else None, str(error).replace(thing, "it")


@pytest.fixture
def three(emulator, tmp_path, create):
    """The devices' `tools/jobs`, HTTPS' and MQTT's; for all three things time stands still."""
    emulator.steer("clock", {"mode": "virtual"})
    emulator.iot.create_thing(thingName=THINGS[0])
    (tmp_path / "update.json").write_text('{"jobId": "two", "status": "SUCCEEDED",'
                                          ' "includeJobExecutionState": true}')  # fmt: skip
    tools = [Jobs(emulator, emulator.device_folder(thing)) for thing in THINGS[1:]]
    create("one", DOCUMENT, THINGS)
    create("two", DOCUMENT, THINGS)
    return tools


def test_a_session_of_all_commands(three, aws_all, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def asked(thing):
        return [(command, "--thing-name", thing, *options) for command, options, _ in SESSION]

    def with_tool(tool, way, thing):
        return [tool.run(*arguments, way=way) for arguments in asked(thing)]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        ways = [
            pool.submit(aws_all, asked(THINGS[0])),
            pool.submit(with_tool, three[0], HTTPS, THINGS[1]),
            pool.submit(with_tool, three[1], MQTT, THINGS[2]),
        ]
        runs = [way.result() for way in ways]
    for (command, options, error), by_aws, by_https, by_mqtt in zip(SESSION, *runs, strict=True):
        case = f"{command} {' '.join(options)}"
        expected = outcome(by_aws, THINGS[0])
        assert expected[0] == (FAILURE if error else 0), case
        assert outcome(by_https, THINGS[1]) == expected, case
        assert outcome(by_mqtt, THINGS[2]) == expected, case
        assert (error or "") in by_aws.stderr
        # Not only the same JSON, but the same text; over MQTT too, for a document without spaces.
        assert by_https.stdout == by_aws.stdout.replace(*THINGS[:2]), case
        assert by_mqtt.stdout == by_aws.stdout.replace(THINGS[0], THINGS[2]), case


def test_what_a_busy_or_failing_service_answers(emulator, jobs, aws_all):
    for fault, name in (
        ("RequestThrottled", "ThrottlingException"),
        ("InternalError", "ServiceUnavailableException"),
    ):
        emulator.fault(action="reject", code=fault, times=3)
        ask = (PENDING, "--thing-name", "MyThing")
        (by_aws,) = aws_all([ask])
        for process in (by_aws, jobs.run(*ask), jobs.run(*ask, way=MQTT)):
            says(process, f"An error occurred ({name}) when calling the GetPending")


def test_a_certificate_that_is_not_active(emulator, jobs):
    deactivate(emulator.iot, "MyThing")
    asked = (PENDING, "--thing-name", "MyThing")
    says(jobs.run(*asked), "An error occurred (CertificateValidationException) when calling the")
    says(jobs.run(*asked, way=MQTT), "Is the certificate active, and may it connect")


def test_a_thing_that_is_not_the_devices_own(jobs):
    asked = (PENDING, "--thing-name", "Other")
    says(jobs.run(*asked), "An error occurred (ForbiddenException) when calling the")
    own = ("--client-id", "MyThing")
    says(jobs.run(*asked, *own, way=MQTT), "that the certificate's policy does not allow")


def test_the_longest_documents(jobs, create):
    head, tail = '{"filling":"', '"}'
    room = 32_768 - len(head + tail)
    for n, filling in enumerate(("\\\\", '\\"', "é", "\U0001f600", "x")):
        document = head + filling * (room // len(filling.encode())) + tail
        create(f"long-{n}", document)
        for way in (HTTPS, MQTT):
            asked = (DESCRIBE, "--thing-name=MyThing", f"--job-id=long-{n}")
            process = jobs.run(*asked, way=way)
            assert process.returncode == 0, process.stderr
            assert json.loads(process.stdout)["execution"]["jobDocument"] == document


def test_details_as_long_as_they_may_be(emulator, jobs, create):
    details = {f"key-{n}": "é" * 1024 for n in range(10)}
    for way in (HTTPS, MQTT):
        create(way)
        update = (UPDATE, "--thing-name=MyThing", f"--job-id={way}", "--status=IN_PROGRESS")
        given = ("--status-details", json.dumps(details), "--include-job-execution-state")
        process = jobs.run(*update, *given, way=way)
        assert json.loads(process.stdout)["executionState"]["statusDetails"] == details
        assert emulator.execution(way) == ("IN_PROGRESS", details)


@pytest.mark.parametrize(
    "document", [' {"a" : 1,\n\t"b": "\\u00e9\\ud83d\\ude00"} \n\n', DEEP], ids=["spaces", "deep"]
)
def test_the_documents_own_text_over_https(jobs, create, document):
    create("one", document)
    described = json.loads(jobs.run(DESCRIBE, "--thing-name=MyThing", *NEXT).stdout)
    assert described["execution"]["jobDocument"] == document


def test_a_document_that_is_nested_deeper_than_the_library_reads(jobs, create):
    create("deep", DEEP)
    process = jobs.run(DESCRIBE, "--thing-name=MyThing", *NEXT, way=MQTT)
    says(process, "The answer cannot be read: nested deeper than 32 levels")


def test_hundreds_of_pending_jobs(jobs, create):
    names = [f"{n:03}-" + "x" * 60 for n in range(500)]
    for name in names:
        create(name)
    for way in (HTTPS, MQTT):
        process = jobs.run(PENDING, "--thing-name", "MyThing", way=way)
        assert process.returncode == 0, process.stderr
        assert [job["jobId"] for job in json.loads(process.stdout)["queuedJobs"]] == names
