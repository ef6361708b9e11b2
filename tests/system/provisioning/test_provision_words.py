"""What a person is told of AWS's own refusals, and when it is of no use to go on."""

import threading
from pathlib import Path

import pytest
from botocore import exceptions
from botocore.session import Session
from botocore.stub import Stubber
from provisioning import account, crowd, session, words
from provisioning.certificates import Certificates
from provisioning.command import parser
from provisioning.errors import ProvisionError, RefusedError
from provisioning.policies import Policies
from provisioning.removing import Removing
from provisioning.wanted import Wanted

USER = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: "
THING = "arn:aws:iot:eu-west-1:123456789012:thing/lamp"
ENDPOINT = {"endpointAddress": "a1b2c3-ats.iot.eu-west-1.amazonaws.com"}


@pytest.fixture
def aws():
    """A client of AWS that is answered by what a test says."""
    iot = Session().create_client(
        "iot", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(iot) as stub:
        yield stub


@pytest.fixture
def run(aws, tmp_path, monkeypatch):
    """tools/provision with these arguments; its exit code."""
    monkeypatch.setattr(account, "client", lambda *_, **__: aws.client)
    monkeypatch.setattr(crowd, "AT_ONCE", 1)

    def run(*arguments):
        return session.run(parser().parse_args([*arguments, "--to", str(tmp_path / "things")]))

    return run


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        (
            "AccessDeniedException",
            f"{USER}iot:CreateThing on resource: {THING}",
            f"your credentials do not allow iot:CreateThing on {THING}. Ask for a policy of IAM ",
        ),
        ("UnauthorizedException", "", "your credentials do not allow iot:DescribeEndpoint. Ask "),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "the service does not know these credentials, or they have expired ",
        ),
        ("ExpiredTokenException", "", "the service does not know these credentials, or they "),
        ("LimitExceededException", "You have 1.", "a limit of the account, at DescribeEndpoint: "),
    ],
)
def test_what_is_refused_to_all_ends_it_before_the_first(run, aws, code, message, said):
    aws.add_client_error("describe_endpoint", code, message)
    with pytest.raises(RefusedError) as refused:
        run("lamp-1", "lamp-2")
    assert str(refused.value).startswith(said)


def test_what_is_refused_to_all_ends_it_at_the_first(run, aws, capsys):
    aws.add_response("describe_endpoint", ENDPOINT)
    denied = f"{USER}iot:ListThingPrincipals"
    aws.add_client_error("list_thing_principals", "AccessDeniedException", denied)
    with pytest.raises(RefusedError, match="iot:ListThingPrincipals"):
        run("lamp-1", "lamp-2", "lamp-3")
    assert "3 devices: 3 not begun, in " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ThrottlingException", "the account takes no more, after 10 tries: run it again, with"),
        (
            "InternalFailureException",
            "the service is out of order just now, after 10 tries: run it again later (List",
        ),
    ],
)
def test_what_is_refused_to_one_is_said_of_it_and_the_others_go_on(run, aws, capsys, code, said):
    aws.add_response("describe_endpoint", ENDPOINT)
    for _ in range(2):
        aws.add_client_error("list_thing_principals", code, "so it is")
    assert run("lamp-1", "lamp-2") == 1
    printed = capsys.readouterr()
    assert [line for line in printed.err.splitlines() if said in line] == [
        line for line in printed.err.splitlines() if line.startswith("provision: lamp-")
    ]
    assert "2 devices: 2 failed, in " in printed.out


def test_a_type_that_is_not_there_is_named_with_the_way_to_make_it(run, aws, capsys, monkeypatch):
    monkeypatch.setattr(Certificates, "have", lambda *_: "arn:aws:iot:eu-west-1:1:cert/1")
    aws.add_response("describe_endpoint", ENDPOINT)
    aws.add_client_error("list_thing_principals", "ResourceNotFoundException")
    aws.add_client_error("get_policy", "ResourceNotFoundException")
    aws.add_client_error("create_thing", "ResourceNotFoundException", "Thing type lamp")
    assert run("lamp-1", "--type", "lamp") == 1
    assert "`aws iot create-thing-type --thing-type-name lamp` makes it" in capsys.readouterr().err


def test_without_credentials_or_a_region_it_says_where_they_come_from():
    said = str(words.of(exceptions.NoCredentialsError()))
    assert said.startswith("no credentials are known: `aws configure` keeps them")
    unreachable = exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    assert str(words.of(unreachable)).startswith("the service cannot be reached: ")


def test_no_region(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RefusedError, match="no region is known: --region, or"):
        account.client(account.session(None), None, None, 1)
    with pytest.raises(RefusedError, match="nobody"):
        account.session("nobody")


def test_a_detachment_that_takes_a_while_is_waited_for(aws, tmp_path):
    identifier = "0" * 64
    arn = f"arn:aws:iot:eu-west-1:1:cert/{identifier}"
    waits = []
    removing = Removing(aws.client, Certificates(aws.client, aws.client, set), sleep=waits.append)
    folder = session.Folder(tmp_path / "lamp")
    folder.write(certificateArn=arn, endpoint="a")
    aws.add_response("list_thing_principals", {"principals": [arn]})
    aws.add_response("list_thing_principals", {"principals": [arn]})
    aws.add_response("detach_thing_principal", {})
    aws.add_response("list_attached_policies", {"policies": []})
    aws.add_response("update_certificate", {})
    for _ in range(3):
        aws.add_client_error("delete_certificate", "DeleteConflictException")
    aws.add_response("delete_certificate", {})
    aws.add_client_error("get_policy", "ResourceNotFoundException")
    aws.add_client_error("delete_thing", "InvalidRequestException", "is still attached")
    aws.add_response("delete_thing", {})
    assert removing.remove("lamp", folder, Policies(aws.client), "a") == "iotjobs-device"
    assert len(waits) == 4
    folder.write(certificateArn=arn, endpoint="a")
    for _ in range(2):
        aws.add_client_error("list_thing_principals", "ResourceNotFoundException")
    for operation in ("list_attached_policies", "update_certificate", "delete_certificate"):
        aws.add_client_error(operation, "ResourceNotFoundException")
    aws.add_client_error("get_policy", "ResourceNotFoundException")
    aws.add_client_error("delete_thing", "ResourceNotFoundException")
    assert removing.remove("lamp", folder, Policies(aws.client), "a") == "iotjobs-device"
    aws.assert_no_pending_responses()


def test_of_aws_the_root_is_amazons_and_of_others_the_one_that_is_given(run, aws, tmp_path):
    aws.add_client_error("describe_endpoint", "ServiceUnavailableException")
    with pytest.raises(ProvisionError, match="is out of order just now"):
        run("lamp")
    broken = tmp_path / "ca.pem"
    broken.write_text("none")
    with pytest.raises(ProvisionError, match="holds no certificate in PEM or DER"):
        session._ca(broken, None, None)
    with pytest.raises(ProvisionError, match="No such file"):
        session._ca(Path(tmp_path / "away"), None, None)


REGIONS = ["eu-west-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1"]


def test_aws_is_where_nothing_says_another_endpoint(monkeypatch):
    aws = account.session(None)
    for region in REGIONS:
        for variable in ("AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"):
            monkeypatch.setenv(variable, "true")
            iot = account.client(aws, region, None, 1)
            assert account.is_aws(aws, iot), iot.meta.endpoint_url
            monkeypatch.delenv(variable)
    iot = account.client(aws, "eu-west-1", None, 1)
    assert session._ca(None, aws, iot).count(b"Amazon Root CA 1")
    given = account.client(aws, "eu-west-1", "http://iot.amazonaws.com", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_IOT", "http://127.0.0.1:8080")
    for iot in (given, account.client(aws, "eu-west-1", None, 1)):
        with pytest.raises(ProvisionError, match="is not AWS's own: give the CA of its devices"):
            session._ca(None, aws, iot)


def test_no_more_than_so_many_begin_in_a_second():
    pace = crowd._Pace(20, threading.Event())
    began = [crowd.time.monotonic()]
    for _ in range(5):
        pace.wait()
        began.append(crowd.time.monotonic())
    assert began[-1] - began[0] >= 4 / 20


@pytest.mark.parametrize(("rate", "at_most"), [(1_000, 199), (0.5, 1)])
def test_an_end_from_outside_leaves_no_device_half_done_and_begins_no_other(rate, at_most):
    begun, done = [], []

    def do(device):
        begun.append(device.thing)
        crowd.time.sleep(0.05)
        done.append(device.thing)

    devices = [Wanted(str(number), {}, None, ()) for number in range(200)]
    with pytest.raises(KeyboardInterrupt):
        for _ in crowd.each(devices, do, rate):
            raise KeyboardInterrupt
    assert sorted(begun) == sorted(done)
    assert 0 < len(begun) <= at_most


def test_the_next_step_is_with_a_device_that_was_made(run, aws, capsys, monkeypatch, tmp_path):
    def make(making, device, folder, again):
        if device.thing == "lamp-1":
            raise ProvisionError("no")
        return device.thing != "lamp-2"

    monkeypatch.setattr(session.Making, "make", make)
    aws.add_response("describe_endpoint", ENDPOINT)
    assert run("lamp-1", "lamp-2", "lamp-3", "lamp-4") == 1
    *_, folder, following = capsys.readouterr().out.splitlines()
    assert folder.endswith("things/lamp-3")
    things = f"--things {tmp_path}/things"
    assert following == (
        f"provision: next: tools/deploy --app board --thing lamp-3 {things} --reset --monitor"
    )
