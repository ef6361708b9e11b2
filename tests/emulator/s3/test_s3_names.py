"""Which bucket and key a URL, a placeholder or a request means."""

import pytest
from iotjobs_emulator.s3.errors import S3Error
from iotjobs_emulator.s3.names import (
    bucket_of_host,
    of_certificate,
    of_path,
    of_request,
    of_url,
    origin,
)

HOSTS = (
    "s3.eu-west-1.amazonaws.com",
    "s3.amazonaws.com",
    "s3-us-west-2.amazonaws.com",
    "s3.us-gov-west-1.amazonaws.com",
    "s3.dualstack.ap-southeast-2.amazonaws.com",
    "s3-fips.us-gov-east-1.amazonaws.com",
    "s3.cn-north-1.amazonaws.com.cn",
    "S3.EU-West-1.amazonaws.com",
)


@pytest.mark.parametrize("host", HOSTS)
def test_a_url_names_an_object_by_path_and_by_host(host):
    assert of_url(f"https://{host}/my-bucket/a/b.bin") == ("my-bucket", "a/b.bin")
    assert of_url(f"https://my.bucket.{host}/a/b.bin") == ("my.bucket", "a/b.bin")


@pytest.mark.parametrize(
    ("url", "encoded", "key"),
    [
        ("a%20b%2Bc%2Fd", True, "a b+c/d"),
        ("a+b", True, "a+b"),
        ("%C3%A9~", True, "é~"),
        ("a%20b", False, "a%20b"),
        ("a b+é", False, "a b+é"),
        ("../x", True, "../x"),  # a key like any other, which no folder has
    ],
)
def test_a_key_is_percent_encoded_or_not(url, encoded, key):
    assert of_url(f"https://s3.amazonaws.com/bucket/{url}", encoded) == ("bucket", key)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "https://"),
        ("bucket/key", "https://"),
        ("http://s3.amazonaws.com/bucket/key", "https://"),
        ("s3://bucket/key", "https://"),
        ("https://s3.amazonaws.com.example.com/bucket/key", "no endpoint"),
        ("https://example.com/s3.amazonaws.com/key", "no endpoint"),
        ("https://localhost/bucket/key", "no endpoint"),
        ("https://s3.amazonaws.com:443/bucket/key", "no endpoint"),
        ("https://me@s3.amazonaws.com/bucket/key", "no name of a bucket|no endpoint"),
        ("https://s3.amazonaws.com", "no name of a bucket"),
        ("https://s3.amazonaws.com/bucket", "no key"),
        ("https://s3.amazonaws.com/bucket/", "no key"),
        ("https://bucket.s3.amazonaws.com/", "no key"),
        ("https://s3.amazonaws.com/Bucket/key", "'Bucket' is no name"),
        ("https://s3.amazonaws.com/../key", r"'\.\.' is no name"),
        ("https://s3.amazonaws.com/b%2Fucket/key", "'b' is no name"),
        ("https://s3.amazonaws.com/ab/key", "'ab' is no name"),
        ("https://s3.amazonaws.com/bucket/a b", "not percent-encoded"),
        ("https://s3.amazonaws.com/bucket/a%2", "not percent-encoded"),
        ("https://s3.amazonaws.com/bucket/é", "not percent-encoded"),
        ("https://s3.amazonaws.com/bucket/a#b", "not percent-encoded"),
        ("https://s3.amazonaws.com/bucket/%ff", "not UTF-8"),
        ("https://s3.amazonaws.com/bucket/a?x=1", "query"),
        ("https://s3.amazonaws.com/bucket/a?versionId=1", "versionId is not supported"),
        ("https://s3.amazonaws.com/bucket/a%3FversionId%3D1", "versionId is not supported"),
        ("https://s3.amazonaws.com/bucket/" + "k" * 1025, "1024 bytes"),
    ],
)
def test_another_url_is_refused_with_the_reason(url, why):
    with pytest.raises(ValueError, match=why):
        of_url(url)


def test_an_unencoded_key_is_text_without_a_version():
    for key, why in (("\ud800", "UTF-8"), ("a?versionId=1", "versionId"), ("é" * 513, "1024")):
        with pytest.raises(ValueError, match=why):
            of_path(f"bucket/{key}")
    assert of_path("bucket/a?b") == ("bucket", "a?b")


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("bucket.s3.eu-west-1.amazonaws.com", "bucket"),
        ("my.bucket.s3.amazonaws.com:8444", "my.bucket"),
        ("BUCKET.s3.localhost:8444", "bucket"),
        ("bucket.s3.localhost.", "bucket"),
        ("s3.eu-west-1.amazonaws.com", None),
        ("localhost:8444", None),
        ("s3.localhost", None),
        ("bucket.localhost", None),
        ("127.0.0.1", None),
        ("[::1]:80", None),
        ("bench.example", None),
        ("s3.amazonaws.com.example", None),
        ("[", None),
        ("", None),
    ],
)
def test_a_host_names_a_bucket_or_none(host, bucket):
    assert bucket_of_host(host) == bucket


@pytest.mark.parametrize(
    ("host", "path", "named"),
    [
        ("localhost", "/bucket/a/b", ("bucket", "a/b")),
        ("localhost", "/bucket/a%2Fb", ("bucket", "a/b")),
        ("localhost", "/bucket%2Fa/b", ("bucket/a", "b")),  # no name of a bucket: refused later
        ("localhost", "/bucket/a+b", ("bucket", "a b")),  # as S3 reads it
        ("localhost", "/bucket/a%2Bb", ("bucket", "a+b")),
        ("localhost", "/bucket//b/", ("bucket", "/b/")),
        ("localhost", "/bucket/../b", ("bucket", "../b")),
        ("localhost", "/bucket/%2e%2e/b", ("bucket", "../b")),
        ("localhost", "/bucket", ("bucket", "")),
        ("localhost", "/", ("", "")),
        ("bucket.s3.localhost", "/a/b", ("bucket", "a/b")),
        ("bucket.s3.localhost", "/", ("bucket", "")),
    ],
)
def test_a_request_names_an_object(host, path, named):
    assert of_request(host, path) == named


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/bucket/%", "InvalidURI"),
        ("/bucket/%zz", "InvalidURI"),
        ("/bucket/%ff", "InvalidURI"),
        ("/%ff/a", "InvalidURI"),
        ("/bucket/\udcff", "InvalidURI"),
        ("/bucket/é", "InvalidURI"),
        ("http://x/bucket/a", "InvalidURI"),
        ("*", "InvalidURI"),
        ("/bucket/" + "k" * 1025, "KeyTooLongError"),
    ],
)
def test_a_path_that_cannot_be_read_is_an_error_of_s3(path, code):
    with pytest.raises(S3Error) as caught:
        of_request("localhost", path)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_the_certificate_is_for_each_name_by_which_a_bucket_is_called():
    assert set(of_certificate("eu-west-1")) == {
        "s3.localhost",
        "*.s3.localhost",
        "s3.amazonaws.com",
        "*.s3.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        "*.s3.eu-west-1.amazonaws.com",
    }


def test_an_origin_has_the_port_only_if_it_is_not_that_of_https():
    assert origin("localhost", 8444) == "localhost:8444"
    assert origin("bench.example", 443) == "bench.example"
    assert origin("fd00::9", 8444) == "[fd00::9]:8444"
