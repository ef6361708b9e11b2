"""Every error that AWS's model has for what tools/provision calls, in a person's words."""

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError
from botocore.session import Session
from provisioning import account, words
from provisioning.errors import ProvisionError, RefusedError

OPERATIONS = sorted(
    {
        action.removeprefix("iot:")
        for action in (*account.PERMISSIONS, *account.TO_REMOVE, *account.TO_ROTATE)
    }
)
# Each says one of these: what to do.
MENDS = ("run it again", "`", "Ask for a policy", "log in", "correct the options", "--rate")


def modelled():
    model = Session().get_service_model("iot")
    for operation in OPERATIONS:
        for shape in model.operation_model(operation).error_shapes:
            yield operation, shape.name


CASES = list(modelled())


def test_all_that_the_model_has_is_said_with_what_mends_it():
    assert len(CASES) > 100
    for operation, code in CASES:
        answer = {"Error": {"Code": code, "Message": "so it is"}}
        said = str(words.of(exceptions.ClientError(answer, operation)))
        assert not said.startswith(operation), said
        assert "the service refuses" not in said, said
        assert any(mend in said for mend in (*MENDS, "Service Quotas")), said
        assert code == "UnauthorizedException" or code not in said, said


def test_what_the_model_has_not_is_said_as_the_service_does():
    answer = {"Error": {"Code": "Teapot", "Message": "so it is"}}
    said = words.of(exceptions.ClientError(answer, "CreateJob"))
    assert str(said) == "the service refuses CreateJob, by Teapot: so it is"


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            RefusedError,
            "the credentials cannot be had: ",
        ),
        (
            exceptions.CredentialRetrievalError(provider="process", error_msg="it ended"),
            RefusedError,
            "the credentials cannot be had: ",
        ),
        (
            exceptions.UnauthorizedSSOTokenError(),
            RefusedError,
            "you are not logged in any more: `aws sso login` does it ",
        ),
        (
            exceptions.TokenRetrievalError(provider="sso", error_msg="it has expired"),
            RefusedError,
            "you are not logged in any more: ",
        ),
        (
            exceptions.SSLError(endpoint_url="https://a", error="self-signed"),
            RefusedError,
            "the service's own certificate cannot be verified: ",
        ),
        (
            exceptions.ProxyConnectionError(proxy_url="http://proxy", error="refused"),
            RefusedError,
            "the proxy cannot be reached: ",
        ),
        (
            exceptions.ReadTimeoutError(endpoint_url="https://a", error="late"),
            RefusedError,
            "the service cannot be reached: ",
        ),
        (
            exceptions.ConnectTimeoutError(endpoint_url="https://a", error="late"),
            RefusedError,
            "the service cannot be reached: ",
        ),
        (ResponseParserError("no JSON"), RefusedError, "what answers there is not AWS IoT, nor "),
        (
            exceptions.ParamValidationError(report="Invalid length\nfor policyName"),
            ProvisionError,
            "a request cannot be made: Parameter validation failed: Invalid length for policyName",
        ),
    ],
)
def test_what_is_in_the_way_to_the_service(error, kind, said):
    found = words.of(error)
    assert isinstance(error, words.ERRORS)
    assert (type(found), str(found)[: len(said)]) == (kind, said)
    assert "\n" not in str(found)


def test_a_policy_too_many_is_one_devices():
    answer = {"Error": {"Code": "LimitExceededException", "Message": "You have 10."}}
    assert type(words.of(exceptions.ClientError(answer, "AttachPolicy"))) is ProvisionError
    assert type(words.of(exceptions.ClientError(answer, "CreateThing"))) is RefusedError
