"""Signed URLs, beside those that botocore signs."""

import datetime
import urllib.parse

import botocore.auth
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from iotjobs_emulator.s3.errors import S3Error
from iotjobs_emulator.s3.signing import Signer, is_signed

NOW = 1_700_000_000
REGION = "eu-west-1"
HOST = "localhost:8444"
PATHS = ("/bucket/a.bin", "/bucket/a%20b/%C3%A9%2B~%281%29", "/")


@pytest.fixture
def signer():
    return Signer(b"secret", REGION)


def refused(signer, query, path="/bucket/a", now=NOW, method="GET", **headers):
    """The error that a request is refused with."""
    with pytest.raises(S3Error) as caught:
        signer.verify(method, path, query, {"host": HOST, **headers}, now)
    return caught.value


def changed(query, name, value):
    """The query with another value of a parameter; None: without it."""
    pairs = dict(urllib.parse.parse_qsl(query))
    pairs[name] = value
    return urllib.parse.urlencode({n: v for n, v in pairs.items() if v is not None})


@pytest.mark.parametrize("path", PATHS)
def test_what_is_signed_here_is_what_botocore_signs(signer, path, monkeypatch):
    query = signer.query(HOST, path, NOW, 900)
    token = dict(urllib.parse.parse_qsl(query))["X-Amz-Security-Token"]
    credentials = Credentials(signer._key_id, signer._secret.decode(), token)
    moment = datetime.datetime(2023, 11, 14, 22, 13, 20)  # NOW
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    request = AWSRequest("GET", f"https://{HOST}{path}")
    S3SigV4QueryAuth(credentials, "s3", REGION, expires=900).add_auth(request)
    theirs = urllib.parse.urlsplit(request.url)
    assert sorted(urllib.parse.parse_qsl(theirs.query)) == sorted(urllib.parse.parse_qsl(query))
    signer.verify("GET", path, theirs.query, {"host": HOST}, NOW)


@pytest.mark.parametrize("path", PATHS)
def test_a_url_is_valid_until_it_expires_and_any_number_of_times(signer, path):
    query = signer.query(HOST, path, NOW + 0.9, 60)
    for now in (NOW, NOW + 0.9, NOW + 60, NOW + 60):
        signer.verify("GET", path, query, {"host": HOST}, now)
    error = refused(signer, query, path, NOW + 60.5)
    assert (error.status, error.code) == (403, "AccessDenied")
    assert error.message == "Request has expired"
    assert error.details == {
        "X_Amz_Expires": 60,
        "Expires": "2023-11-14T22:14:20Z",
        "ServerTime": "2023-11-14T22:14:20Z",
    }


def test_a_url_of_the_future_is_not_valid_yet(signer):
    query = signer.query(HOST, "/bucket/a", NOW + 15 * 60, 60)
    signer.verify("GET", "/bucket/a", query, {"host": HOST}, NOW)
    error = refused(signer, query, now=NOW - 1)
    assert (error.status, error.message) == (403, "Request is not yet valid")


def test_the_same_path_written_otherwise_is_the_same(signer):
    query = signer.query(HOST, "/bucket/a~b", NOW, 60)
    for path in ("/bucket/a~b", "/bucket/%61%7Eb", "/bucket/%61%7eb"):
        signer.verify("GET", path, query, {"host": HOST}, NOW)


def test_a_signature_is_for_the_key_that_the_path_is_read_as(signer):
    query = signer.query(HOST, "/bucket/a%20b", NOW, 60)
    signer.verify("GET", "/bucket/a+b", query, {"host": HOST}, NOW)
    query = signer.query(HOST, "/bucket/a%2Bb", NOW, 60)
    with pytest.raises(S3Error, match="does not match"):
        signer.verify("GET", "/bucket/a+b", query, {"host": HOST}, NOW)


def test_whatever_is_changed_does_not_match(signer):
    path = "/bucket/a"
    query = signer.query(HOST, path, NOW, 60)
    cases = [
        {"query": query, "path": "/bucket/b"},
        {"query": query, "path": "/bucket/A"},
        {"query": query, "path": "/bucket/a/"},
        {"query": query, "method": "HEAD"},
        {"query": query, "host": "localhost:8445"},
        {"query": query + "&x=1"},
        {"query": query + "&x"},
        {"query": "X-Amz-Expires=3600&" + query},
        {"query": query + "&X-Amz-Expires=60"},
        {"query": changed(query, "X-Amz-Expires", "61")},
        {"query": changed(query, "X-Amz-Expires", "060")},
        {"query": changed(query, "X-Amz-Date", "20231114T221321Z")},
        {"query": changed(query, "X-Amz-SignedHeaders", "host;range")},
        {"query": changed(query, "X-Amz-Signature", "0" * 64)},
        {"query": changed(query, "X-Amz-Signature", "é")},
        {"query": changed(query, "X-Amz-Signature", "")},
    ]
    for case in cases:
        error = refused(signer, **case)
        assert (error.status, error.code) == (403, "SignatureDoesNotMatch"), case


def test_a_signed_header_that_is_no_text_does_not_match(signer):
    query = signer.query(HOST, "/bucket/a", NOW, 60)
    query = changed(query, "X-Amz-SignedHeaders", "host;range")
    assert refused(signer, query, range="\udcff").code == "SignatureDoesNotMatch"


def test_an_expired_url_is_not_made_valid_by_another_expiry(signer):
    query = changed(signer.query(HOST, "/bucket/a", NOW, 60), "X-Amz-Expires", "3600")
    assert refused(signer, query, now=NOW + 61).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("name", "value", "status", "code"),
    [
        *((f"X-Amz-{name}", None, 400, "AuthorizationQueryParametersError") for name in
          ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")),
        ("X-Amz-Algorithm", "AWS4-ECDSA", 400, "AuthorizationQueryParametersError"),
        *(("X-Amz-Date", value, 400, "AuthorizationQueryParametersError")
          for value in ("", "x", "2023-11-14T22:13:20Z", "20231314T221320Z")),
        *(("X-Amz-Expires", value, 400, "AuthorizationQueryParametersError")
          for value in ("", "x", "1.5", "-1", "604801", "9" * 30, "\u0661")),
        *(("X-Amz-Credential", value, 400, "AuthorizationQueryParametersError")
          for value in ("", "x", "x/20231114/us-east-1/s3/aws4_request",
                        "x/20231113/eu-west-1/s3/aws4_request",
                        "x/20231114/eu-west-1/iot/aws4_request")),
        ("X-Amz-Credential", "x/20231114/eu-west-1/s3/aws4_request", 403, "InvalidAccessKeyId"),
        ("X-Amz-Security-Token", None, 400, "InvalidToken"),
        ("X-Amz-Security-Token", "x", 400, "InvalidToken"),
        ("X-Amz-SignedHeaders", "range", 400, "AuthorizationQueryParametersError"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_wrong_is_an_error_of_s3(signer, name, value, status, code):
    query = changed(signer.query(HOST, "/bucket/a", NOW, 60), name, value)
    error = refused(signer, query)
    assert (error.status, error.code) == (status, code)


def test_the_same_secret_makes_the_same_key_and_another_one_another(signer):
    query = signer.query(HOST, "/bucket/a", NOW, 60)
    Signer(b"secret", REGION).verify("GET", "/bucket/a", query, {"host": HOST}, NOW)
    assert refused(Signer(b"another", REGION), query).code == "InvalidAccessKeyId"


def test_a_url_is_about_as_long_as_those_of_a_role(signer):
    assert 1_200 < len(signer.query(HOST, "/bucket/a", NOW, 60)) < 1_600


def test_a_part_of_a_signature_is_one(signer):
    assert is_signed(signer.query(HOST, "/", NOW, 60))
    assert is_signed("X-Amz-Signature=") and is_signed("X-Amz-Algorithm")
    assert not is_signed("") and not is_signed("a=X-Amz-Signature")
