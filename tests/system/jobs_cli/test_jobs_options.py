"""What `tools/jobs` makes of a command line is what `aws iot-jobs-data` makes of it: the same exit
code, the same request, and a message that names what is wrong."""

import concurrent.futures
import json

import documentation
import environment
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.utils import ArgumentGenerator
from jobs_tool import FAILURE, USAGE, run, run_program, says
from jobs_tool import aws_all as aws_all
from jobs_tool import create as create
from jobs_tool import jobs as jobs
from people_have import BOM

COMMANDS = {
    "get-pending-job-executions": "GetPendingJobExecutions",
    "start-next-pending-job-execution": "StartNextPendingJobExecution",
    "describe-job-execution": "DescribeJobExecution",
    "update-job-execution": "UpdateJobExecution",
}
PENDING, START, DESCRIBE, UPDATE = COMMANDS
THING, ONE = ("--thing-name", "MyThing"), ("--job-id", "one")
# An update that is refused: when it is, it has come to the service as it was meant.
STALE = (UPDATE, *THING, *ONE, "--status", "FAILED", "--expected-version", "99")
FOUND = "Expected version 99 but found version 1"
DETAILS, INPUT, SKELETON = "--status-details", "--cli-input-json", "--generate-cli-skeleton"


def json_input(**members):
    return INPUT, json.dumps({"thingName": "MyThing", "jobId": "one", **members})


# A command line, its exit code, and what the message has of it.
CASES = [
    # Commands and options.
    ((), USAGE, UPDATE),
    (("delete-job",), USAGE, "delete-job"),
    (("--bogus", PENDING, *THING), FAILURE, "--bogus"),
    ((*THING, PENDING), USAGE, "MyThing"),
    ((UPDATE,), USAGE, "--job-id, --thing-name, --status"),
    ((PENDING, "--thing-name"), USAGE, "--thing-name"),
    ((PENDING, "--thing-name", "--job-id"), USAGE, "--thing-name"),
    ((PENDING, *THING, "--bogus"), FAILURE, "--bogus"),
    ((PENDING, *THING, "-x", "-1"), FAILURE, "-x, -1"),
    ((PENDING, *THING, "more"), FAILURE, "more"),
    ((PENDING, *THING, *ONE), FAILURE, "--job-id, one"),
    ((*STALE, "--", "--bogus"), FAILURE, "--bogus"),
    ((*STALE, "--"), FAILURE, FOUND),
    ((UPDATE, "--thing=MyThing", "--job=one", "--status=FAILED", "--expected=99"), FAILURE, FOUND),
    ((*STALE, "--include-job"), USAGE, "--include-job-document"),
    ((*STALE, "--include-job-document=yes"), USAGE, "yes"),
    ((*STALE, "--expected-version", "1", "--expected-version", " +9_9 "), FAILURE, FOUND),
    ((*STALE, "--execution-number", "first"), USAGE, "first"),
    ((*STALE, "--execution-number", "1.0"), USAGE, "1.0"),
    ((*STALE, "--execution-number", ""), USAGE, "--execution-number"),
    ((*STALE, "--execution-number", "-5"), FAILURE, "executionNumber -5"),
    ((*STALE, "--execution-number", "9" * 20), FAILURE, "9" * 20),
    ((*STALE, "--step-timeout-in-minutes", "0"), FAILURE, "stepTimeoutInMinutes"),
    ((*STALE, "--step-timeout-in-minutes", "10081"), FAILURE, "10081"),
    # Names and statuses.
    ((PENDING, "--thing-name", ""), FAILURE, "thing"),
    ((PENDING, "--thing-name", "a/b"), FAILURE, "a/b"),
    ((PENDING, "--thing-name", "x" * 129), FAILURE, "x" * 129),
    ((DESCRIBE, *THING, "--job-id="), FAILURE, ""),
    ((DESCRIBE, *THING, "--job-id", "a b"), FAILURE, "a b"),
    ((UPDATE, *THING, "--job-id", "$next", "--status", "FAILED"), FAILURE, "$next"),
    ((UPDATE, *THING, *ONE, "--status", "DONE"), FAILURE, "DONE"),
    ((UPDATE, *THING, *ONE, "--status", ""), FAILURE, "status"),
    # Status details: shorthand and JSON.
    ((*STALE, DETAILS, "a = b , c=\"d, e\",f='g',h=i\\,j"), FAILURE, FOUND),
    ((*STALE, DETAILS, ' {"a":"\\ud83d\\ude00"} '), FAILURE, FOUND),
    ((*STALE, DETAILS, "{}"), FAILURE, FOUND),
    ((*STALE, DETAILS, "-1"), FAILURE, "'='"),
    ((*STALE, DETAILS, "-a=b"), USAGE, DETAILS),
    ((*STALE, DETAILS, ""), FAILURE, DETAILS),
    ((*STALE, DETAILS, "a"), FAILURE, "'='"),
    ((*STALE, DETAILS, "a=b,c"), FAILURE, "statusDetails.a"),
    ((*STALE, DETAILS, "a=b,c=d,a=e"), FAILURE, 'Second instance of key "a"'),
    ((*STALE, DETAILS, "a="), FAILURE, ""),
    ((*STALE, DETAILS, "a/b=c"), FAILURE, ""),
    ((*STALE, DETAILS, "[]"), FAILURE, DETAILS),
    ((*STALE, DETAILS, '{"a":"b"'), FAILURE, '{"a":"b"'),
    ((*STALE, DETAILS, '{"a":1}'), FAILURE, "statusDetails.a"),
    ((*STALE, DETAILS, '{"a":null}'), FAILURE, "statusDetails.a"),
    ((*STALE, DETAILS, '{"a":"x\\ny"}'), FAILURE, ""),
    ((*STALE, DETAILS, '{"a":"\\ud800"}'), FAILURE, ""),
    ((*STALE, DETAILS, "a=" + "x" * 1025), FAILURE, ""),
    # Input as JSON.
    ((UPDATE, *json_input(status="FAILED", expectedVersion=99)), FAILURE, FOUND),
    ((UPDATE, *json_input(status="DONE"), *STALE[1:]), FAILURE, FOUND),
    ((UPDATE, INPUT, "{}"), FAILURE, '"jobId"'),
    ((UPDATE, *json_input()), FAILURE, '"status"'),
    ((UPDATE, *json_input(status="FAILED", stats=1)), FAILURE, '"stats"'),
    ((UPDATE, *json_input(status=None)), FAILURE, "status"),
    ((UPDATE, *json_input(status=1)), FAILURE, "status"),
    ((UPDATE, *json_input(status="FAILED", expectedVersion="99")), FAILURE, "expectedVersion"),
    ((UPDATE, *json_input(status="FAILED", expectedVersion=99.0)), FAILURE, "expectedVersion"),
    ((UPDATE, *json_input(status="FAILED", expectedVersion=True)), FAILURE, "expectedVersion"),
    ((UPDATE, *json_input(status="FAILED", includeJobDocument=1)), FAILURE, "includeJobDocument"),
    ((UPDATE, *json_input(status="FAILED", statusDetails="a=b")), FAILURE, "statusDetails"),
    ((UPDATE, *json_input(status="FAILED", statusDetails=None)), FAILURE, "statusDetails"),
    ((UPDATE, *json_input(status="FAILED", statusDetails={"a": [1]})), FAILURE, "statusDetails.a"),
    ((UPDATE, *json_input(status="FAILED", executionNumber=10**20)), FAILURE, str(10**20)),
    ((PENDING, INPUT), USAGE, INPUT),
    ((PENDING, INPUT, ""), FAILURE, "cli-input-json"),
    ((PENDING, INPUT, "{'thingName':'MyThing'}"), FAILURE, "Invalid JSON"),
    ((PENDING, INPUT, '{"thingName":"MyThing"} x'), FAILURE, "Invalid JSON"),
    ((PENDING, INPUT, "[]"), FAILURE, ""),
    ((PENDING, INPUT, "null"), FAILURE, ""),
    # Files.
    ((*STALE, DETAILS, "file://details.json"), FAILURE, FOUND),
    ((*STALE, DETAILS, "file://~/details.txt"), FAILURE, FOUND),
    ((*STALE, DETAILS, "a@=file://$HOME/word.txt"), FAILURE, FOUND),
    ((UPDATE, INPUT, "file://${HOME}/input.json"), FAILURE, FOUND),
    ((UPDATE, INPUT, "fileb://input.json"), FAILURE, FOUND),
    ((*STALE, "--thing-name", "file://thing.txt"), FAILURE, FOUND),
    ((*STALE, "--thing-name", "fileb://thing.txt"), FAILURE, "thingName"),
    ((PENDING, "--thing-name", "file://lines.txt"), FAILURE, "a\\nb\\nc'"),
    ((*STALE, DETAILS, "fileb://details.txt"), FAILURE, ""),
    ((*STALE, DETAILS, "file://none.txt"), FAILURE, "none.txt"),
    ((*STALE, DETAILS, "file://."), FAILURE, "file://."),
    ((*STALE, DETAILS, "file://latin.txt"), FAILURE, "latin.txt"),
    ((*STALE, "--expected-version", "file://thing.txt"), USAGE, "file://thing.txt"),
    # Skeletons.
    ((UPDATE, SKELETON, "--bogus"), FAILURE, "--bogus"),
    ((UPDATE, SKELETON, "both"), USAGE, "both"),
    ((PENDING, SKELETON, "output"), USAGE, "--thing-name"),
    ((*STALE, SKELETON, "--execution-number", "x"), USAGE, "--execution-number"),
    ((*STALE, SKELETON, DETAILS, "a"), FAILURE, "'='"),
    ((START, *THING, SKELETON, "output", DETAILS, '{"a":1}'), FAILURE, "statusDetails.a"),
]


@pytest.fixture
def files(tmp_path):
    """The folder that the commands are started in, which is their HOME too."""
    for name, text in (
        ("details.json", '{"a": "b"}\n'),
        ("details.txt", "a=b,c='d e'"),
        ("word.txt", "é"),
        ("thing.txt", "MyThing"),
        ("lines.txt", "a\r\nb\rc"),
        ("input.json", json_input(status="FAILED", expectedVersion=99)[1] + "\r\n"),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "latin.txt").write_bytes("a=é".encode("latin-1"))
    return tmp_path


def test_what_is_wrong_with_a_command_line(jobs, create, aws_all, files, interpreter):
    create("one")

    def ours(case):
        arguments = (*jobs.connection(), *case[0])
        return run_program(interpreter, *arguments, cwd=files, HOME=str(files))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        by_aws = pool.submit(aws_all, [arguments for arguments, _, _ in CASES])
        processes = list(pool.map(ours, CASES))
    for (arguments, code, named), aws, process in zip(
        CASES, by_aws.result(), processes, strict=True
    ):
        assert (aws.returncode, aws.stdout) == (code, ""), (arguments, aws)
        assert (process.returncode, process.stdout) == (code, ""), (arguments, process)
        assert named in process.stderr, (arguments, process)
        assert "Traceback" not in process.stderr
        if "An error occurred" in process.stderr:
            assert process.stderr == aws.stderr


def test_a_byte_order_mark_is_no_part_of_a_text(interpreter, tmp_path):
    (tmp_path / "input.json").write_bytes(BOM + json_input()[1].encode())
    (tmp_path / "utf16.json").write_bytes(json_input()[1].encode("utf-16"))

    def ours(*arguments):
        return run_program(interpreter, *arguments, SKELETON, "output", cwd=tmp_path)

    found = ours(DESCRIBE, INPUT, "file://input.json")
    assert (found.returncode, found.stderr) == (0, "")
    says(ours(DESCRIBE, INPUT, "file://utf16.json"), "utf16.json", "it is text in UTF-16")


def test_the_global_options_of_aws_are_not_there_and_the_page_says_so(aws_command, interpreter):
    listed = next(aws_command.parents[1].glob("lib/python3*/site-packages/awscli/data/cli.json"))
    options = ["--" + name for name in json.loads(listed.read_text())["options"]]
    assert "--endpoint-url" in options
    page = documentation.text("tools/jobs_cli/README.md")
    for option in options:
        assert f"`{option}`" in page
        process = run_program(interpreter, option, PENDING, *THING, cwd=environment.ROOT)
        says(process, f"Unknown options: {option}")


def test_the_later_of_a_pair_counts(jobs, create, aws_all):
    create("one")
    pair = ("--include-job-document", "--no-include-job-document")
    for options in (pair, pair[::-1]):
        asked = (DESCRIBE, *THING, *ONE, *options)
        (aws,) = aws_all([asked])
        assert jobs.run(*asked).stdout == aws.stdout
        assert ("jobDocument" in aws.stdout) == (options[1] == pair[0])


def dashed(member):
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in member)


def model(name):
    loaded = Loader().load_service_model("iot-jobs-data", "service-2")
    return ServiceModel(loaded, "iot-jobs-data").operation_model(COMMANDS[name])


def test_skeletons_of_input(aws_all):
    asked = [(name, SKELETON, *more) for name in COMMANDS for more in ((), ("input",))]
    for arguments, aws in zip(asked, aws_all(asked), strict=True):
        process = run(*arguments)
        printed = [json.loads(aws.stdout), json.loads(process.stdout)]
        if arguments[0] == UPDATE:  # `aws` takes one of the words at random
            for skeleton in printed:
                words = model(UPDATE).input_shape.members["status"].enum
                assert skeleton.pop("status") in words
        assert (process.returncode, process.stderr) == (0, "")
        assert printed[0] == printed[1]
        assert list(printed[0]) == list(printed[1])


def test_samples_of_output(aws_all):
    (aws,) = aws_all([(PENDING, *THING, SKELETON, "output")])
    assert run(PENDING, *THING, SKELETON, "output").stdout == aws.stdout
    # `aws` 1.46 refuses its own sample of the others, in which a detail's text is empty.
    for name in COMMANDS:
        shapes = model(name)
        required = [f"--{dashed(member)}=x" for member in shapes.input_shape.required_members]
        sample = ArgumentGenerator(use_member_names=True).generate_skeleton(shapes.output_shape)
        process = run(name, *required, SKELETON, "output")
        assert (process.returncode, json.loads(process.stdout)) == (0, sample)


def test_input_as_json_and_a_skeleton_may_follow_an_equals_sign(jobs, create):
    # `aws` then insists on the other options as well.
    create("one")
    process = jobs.run(UPDATE, "=".join(json_input(status="FAILED", expectedVersion=99)))
    assert (process.returncode, FOUND in process.stderr) == (FAILURE, True)
    assert json.loads(run(PENDING, f"{SKELETON}=input").stdout) == {"thingName": ""}


def test_a_skeleton_that_is_filled_in_is_input(jobs, create, tmp_path):
    create("one")
    skeleton = json.loads(run(DESCRIBE, SKELETON).stdout)
    skeleton.update(jobId="one", thingName="MyThing", executionNumber=1, includeJobDocument=False)
    (tmp_path / "describe.json").write_text(json.dumps(skeleton))
    process = jobs.run(DESCRIBE, INPUT, f"file://{tmp_path / 'describe.json'}")
    assert json.loads(process.stdout)["execution"]["jobId"] == "one"


@pytest.mark.parametrize("name", ["", *COMMANDS, "watch"])
def test_help(name):
    texts = set()
    for arguments in ((name, "--help"), (name, "-h"), (name, "help")):
        process = run(*filter(None, arguments))
        assert (process.returncode, process.stderr) == (0, "")
        texts.add(process.stdout)
    (text,) = texts
    assert f"usage: tools/jobs {name or 'COMMAND'}" in text
    assert "examples:\n  " in text
    assert all(option in text for option in ("--endpoint", "--cert", "--key", "--ca", "--timeout"))
    assert max(map(len, text.splitlines())) < 110
    if name in COMMANDS:
        assert all(f"--{dashed(member)} " in text for member in model(name).input_shape.members)
    elif not name:
        assert all(command in text for command in (*COMMANDS, "watch"))


def test_bytes_that_are_no_text_are_no_traceback(jobs):
    no_text = b"\xff".decode("utf-8", "surrogateescape")
    says(jobs.run(PENDING, "--thing-name", no_text), "UTF-8")
