"""The templates that AWS manages, and the parameters in their documents."""

import json
import re

import pytest
from iotjobs_emulator.errors import InvalidRequestError, ResourceNotFoundError
from jobs_world import World, job_arn, job_template_arn, managed_template_arn, pages

URL, PATH = "https://example.com/f", "/tmp/f"
DOWNLOAD = {"downloadUrl": URL, "filePath": PATH}


def handler(name, script, *args):
    """The action of a template with a handler when only what is required is given."""
    arguments = {"args": list(args)} if args else {}
    inputs = {"handler": script, **arguments, "path": ""}
    return {"name": name, "type": "runHandler", "input": inputs, "runAsUser": ""}


# template, documentParameters, the action that a device gets
RECEIVED = [
    ("AWS-Download-File", DOWNLOAD, handler("Download-File", "download-file.sh", URL, PATH)),
    ("AWS-Install-Application", {"packages": "a b"},
     handler("Install-Application", "install-packages.sh", "a b")),
    ("AWS-Reboot", None, handler("Reboot", "reboot.sh")),
    ("AWS-Remove-Application", {"packages": "a b"},
     handler("Remove-Application", "remove-packages.sh", "a b")),
    ("AWS-Restart-Application", {"services": "s"},
     handler("Restart-Application", "restart-services.sh", "s")),
    ("AWS-Run-Command", {"command": "mkdir,dir"},
     {"name": "Run-Command", "type": "runCommand", "input": {"command": "mkdir,dir"},
      "runAsUser": ""}),
    ("AWS-Start-Application", {"services": "s"},
     handler("Start-Application", "start-services.sh", "s")),
    ("AWS-Stop-Application", {"services": "s"},
     handler("Stop-Application", "stop-services.sh", "s")),
]  # fmt: skip
NAMES = [name for name, *_ in RECEIVED]


def create(world, name, parameters, **members):
    arn = managed_template_arn(name)
    return world.create_from(arn, documentParameters=parameters, **members)


def describe(name, **members):
    return World().control.describe_managed_job_template({"templateName": name, **members})


@pytest.mark.parametrize(("name", "parameters", "action"), RECEIVED, ids=NAMES)
def test_a_device_gets_the_document_with_its_parameters(world, name, parameters, action):
    create(world, name, parameters)
    verdict, answer = world.ask("job/get")
    document = {"version": "1.0", "steps": [{"action": action}]}
    assert (verdict, answer["execution"]["jobDocument"]) == ("accepted", document)


@pytest.mark.parametrize("name", NAMES)
def test_optional_parameters_are_put_in_as_well(name):
    required = dict(next(parameters for n, parameters, _ in RECEIVED if n == name) or {})
    optional = {"runAsUser": "root"}
    if name != "AWS-Run-Command":
        optional["pathToHandler"] = "/opt/handlers"
    world = World()
    create(world, name, {**required, **optional})
    (step,) = json.loads(world.describe("job")["jobDocument"])["steps"]
    assert step["action"]["runAsUser"] == "root"
    assert step["action"]["input"].get("path") == optional.get("pathToHandler")


@pytest.mark.parametrize("name", NAMES)
def test_the_parameters_of_a_template_are_those_of_its_document_with_fitting_examples(name):
    template = describe(name)
    places = re.findall(r"\$\{aws:iot:parameter:(\w+)\}", template["document"])
    parameters = template["documentParameters"]
    assert sorted(places) == sorted(parameter["key"] for parameter in parameters)
    optional = {parameter["key"] for parameter in parameters if parameter["optional"]}
    assert optional == {"runAsUser", "pathToHandler"} & set(places)
    create(World(), name, {parameter["key"]: parameter["example"] for parameter in parameters})


def test_describe_in_full():
    template = describe("AWS-Run-Command")
    (command, user) = template.pop("documentParameters")
    assert template == {
        "templateName": "AWS-Run-Command",
        "templateArn": "arn:aws:iot:eu-west-1::jobtemplate/AWS-Run-Command:1.0",
        "description": "Runs a command.",
        "templateVersion": "1.0",
        "environments": ["LINUX"],
        "document": '{"version":"1.0","steps":[{"action":{"name":"Run-Command",'
        '"type":"runCommand","input":{"command":"${aws:iot:parameter:command}"},'
        '"runAsUser":"${aws:iot:parameter:runAsUser}"}}]}',
    }
    assert (command["key"], command["regex"], command["optional"]) == ("command", "(.*?)", False)
    assert (user["key"], user["regex"], user["optional"]) == ("runAsUser", "(.){0,256}", True)
    assert describe("AWS-Run-Command", templateVersion="1.0")["templateVersion"] == "1.0"


@pytest.mark.parametrize(
    "members",
    [
        {"templateName": "AWS-Nothing"},
        {"templateName": "Reboot"},
        {"templateName": "aws-reboot"},
        {"templateName": "AWS-Reboot:1.0"},
        {"templateName": "AWS-Reboot", "templateVersion": "2.0"},
    ],
)
def test_an_unknown_name_or_version_is_not_found(members):
    with pytest.raises(ResourceNotFoundError, match=members["templateName"]):
        World().control.describe_managed_job_template(members)


def test_the_list_is_in_pages_by_name():
    control = World().control
    whole = control.list_managed_job_templates({})["managedJobTemplates"]
    assert [summary["templateName"] for summary in whole] == NAMES
    assert whole[2] == {
        "templateArn": managed_template_arn("AWS-Reboot"),
        "templateName": "AWS-Reboot",
        "description": "Reboots the device.",
        "environments": ["LINUX"],
        "templateVersion": "1.0",
    }
    found = pages(control.list_managed_job_templates, maxResults=3)
    assert found == [whole[:3], whole[3:6], whole[6:]]


def test_the_list_of_one_name_has_its_versions():
    control = World().control
    answer = control.list_managed_job_templates({"templateName": "AWS-Reboot", "maxResults": 1})
    (template,) = answer.pop("managedJobTemplates")
    assert (template["templateArn"], answer) == (managed_template_arn("AWS-Reboot"), {})
    with pytest.raises(ResourceNotFoundError, match="AWS-Nothing"):
        control.list_managed_job_templates({"templateName": "AWS-Nothing"})


def test_a_job_says_where_it_comes_from(world):
    answer = create(world, "AWS-Download-File", DOWNLOAD)
    assert answer["description"] == "Downloads a file to the device."
    job = world.job("job")
    assert job["jobTemplateArn"] == managed_template_arn("AWS-Download-File")
    assert job["documentParameters"] == DOWNLOAD
    assert job["description"] == answer["description"]


def test_the_document_is_shown_before_and_after_substitution(world):
    create(world, "AWS-Download-File", DOWNLOAD)

    def document(**members):
        return world.control.get_job_document({"jobId": "job", **members})["document"]

    before = document(beforeSubstitution=True)
    assert before == describe("AWS-Download-File")["document"]
    assert document() == document(beforeSubstitution=False) == world.describe("job")["jobDocument"]
    assert URL in document()
    assert URL not in before


def test_the_requests_own_members_replace_the_templates(world):
    timeout = {"inProgressTimeoutInMinutes": 7}
    create(world, "AWS-Reboot", None, description="Mine.", timeoutConfig=timeout)
    job = world.job("job")
    assert (job["description"], job["timeoutConfig"]) == ("Mine.", timeout)


@pytest.mark.parametrize(
    "value",
    [
        'a "b" c',
        "back\\slash \\, \\n",
        "é € 😀",
        "${aws:iot:parameter:runAsUser}",
        "}]",
        "\\u0041",
    ],
)
def test_a_value_reaches_the_device_as_it_was_given(world, value):
    create(world, "AWS-Run-Command", {"command": value, "runAsUser": "me"})
    _, answer = world.ask("job/get")
    action = answer["execution"]["jobDocument"]["steps"][0]["action"]
    assert (action["input"]["command"], action["runAsUser"]) == (value, "me")


@pytest.mark.parametrize(
    ("name", "parameters", "offender"),
    [
        ("AWS-Download-File", None, "downloadUrl is required"),
        ("AWS-Download-File", {"downloadUrl": URL}, "filePath is required"),
        ("AWS-Run-Command", {"command": "x", "pathToHandler": "/"}, "pathToHandler is no param"),
        ("AWS-Run-Command", {"command": "é" * 20_000}, r": \d+ bytes"),
        ("AWS-Reboot", {"Runasuser": "x"}, "Runasuser is no parameter"),
        ("AWS-Reboot", {"runAsUser": "x" * 257}, "runAsUser must match"),
        ("AWS-Reboot", {"pathToHandler": "x" * 4097}, "pathToHandler must match"),
    ],
)
def test_parameters_that_the_template_does_not_take_are_refused(world, name, parameters, offender):
    with pytest.raises(InvalidRequestError, match=rf"^document(Parameters\.)?{offender}"):
        create(world, name, parameters)
    assert world.control.list_jobs({}) == {"jobs": []}


@pytest.mark.parametrize("named", ["AWS-Reboot", "AWS-Reboot:", "AWS-Reboot:2.0", "X:1.0", ""])
def test_a_job_needs_the_name_and_version_of_a_managed_template(named):
    arn = managed_template_arn("").replace(":1.0", "") + named
    with pytest.raises(ResourceNotFoundError, match="Managed job template"):
        World().create_from(arn)


def test_parameters_need_a_template():
    with pytest.raises(InvalidRequestError, match=r"^documentParameters"):
        World().create("job", documentParameters={"command": "x"})


def test_a_template_made_of_such_a_job_has_the_finished_document(world):
    create(world, "AWS-Run-Command", {"command": "x"})
    world.create_template("t", document=None, jobArn=job_arn("job"))
    world.create_from(job_template_arn("t"), "again")
    action = json.loads(world.describe("again")["jobDocument"])["steps"][0]["action"]
    assert action["input"] == {"command": "x"}
    assert "documentParameters" not in world.job("again")
