"""The files of a running emulator, over HTTP and HTTPS, as S3 answers for them."""

import hashlib
import http.client
import json
import os
import random
import re
import socket
import ssl
from contextlib import closing
from urllib.parse import urlsplit

import botocore.session
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.emulator import Ports
from iotjobs_emulator.in_thread import EmulatorThread
from iotjobs_emulator.s3.folder import OpenFile
from iotjobs_emulator.s3.names import Named
from jobs_world import START
from testing import ports

CONTENT = bytes(range(256)) * 40
ETAG = f'"{hashlib.md5(CONTENT).hexdigest()}"'
CHANGED = START - 100
DATE = "Tue, 14 Nov 2023 22:11:40 GMT"
REGIONAL = "bucket.s3.eu-west-1.amazonaws.com"
HOST_STYLE = (REGIONAL, "bucket.s3.amazonaws.com", "bucket.s3.localhost")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def error(self):
        """Its code and message."""
        assert self.headers["Content-Type"] == "application/xml"
        return re.search(rb"<Code>(.*)</Code><Message>(.*)</Message>", self.body).groups()

    @property
    def code(self):
        return self.error[0].decode()


class S3:
    """The emulator: of its folder, anyone may read the bucket `bucket`; `private` needs URLs."""

    def __init__(self, running, folder):
        self.running = running
        self.folder = folder
        authority = running.emulator.authority.certificate.public_bytes(Encoding.PEM)
        self.context = ssl.create_default_context(cadata=authority.decode())
        self.files = running.emulator.engine._files

    def ask(self, target, method="GET", host=None, secure=False, **headers):
        """One exchange; `host` is the name that is asked for, localhost if none."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if host is not None:
            headers["Host"] = host
        ports = self.running.ports
        if secure:
            connection = http.client.HTTPSConnection(
                "localhost", ports.files_https, timeout=60, context=self.context
            )
            if host is not None:  # the name that is verified, without asking any DNS
                connection.sock = self.tls(host)
        else:
            connection = http.client.HTTPConnection("localhost", ports.files, timeout=60)
        with closing(connection):
            connection.request(method, target, headers=headers)
            return Answer(connection.getresponse())

    def tls(self, name):
        plain = socket.create_connection(("localhost", self.running.ports.files_https), 60)
        return self.context.wrap_socket(plain, server_hostname=name.split(":")[0])

    def signed(self, key="a.bin", seconds=60, bucket="private"):
        """The target of a URL that is signed now, as a device asks for it."""
        url = self.files.presigned(Named(bucket, key), self.now(), seconds)
        parts = urlsplit(url)
        assert parts.netloc == f"localhost:{self.running.ports.files_https}"
        return f"{parts.path}?{parts.query}"

    def now(self):
        return self.running.emulator.clock.time()


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    folder = tmp_path_factory.mktemp("s3") / "files"
    for bucket in ("bucket", "private"):
        for key in ("a.bin", "a b/é.json"):
            path = folder / bucket / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CONTENT)
            os.utime(path, (CHANGED, CHANGED))
    (folder / "bucket" / "empty").write_bytes(b"")
    (folder.parent / "secret").write_bytes(b"for nobody")
    (folder / "bucket" / "link").symlink_to("../../secret")
    settings = {"clock": VirtualClock(START), "files": folder, "public": ["bucket"]}
    with EmulatorThread(**settings) as running:
        yield S3(running, folder)


@pytest.mark.parametrize("secure", [False, True])
def test_an_object_is_served_by_path_and_by_host(s3, secure):
    answers = [s3.ask("/bucket/a.bin", secure=secure)]
    answers += [s3.ask("/a.bin", host=host, secure=secure) for host in HOST_STYLE]
    hosts = ("s3.localhost", "s3.eu-west-1.amazonaws.com", "s3.amazonaws.com")
    answers += [s3.ask("/bucket/a.bin", host=host, secure=secure) for host in hosts]
    for answer in answers:
        assert (answer.status, answer.body) == (200, CONTENT)


def test_an_answer_says_of_the_object_what_s3_says(s3):
    headers = s3.ask("/bucket/a.bin").headers
    assert headers["ETag"] == ETAG
    assert headers["Last-Modified"] == DATE
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["Server"] == "AmazonS3"
    assert headers.get_all("Date") == ["Tue, 14 Nov 2023 22:13:20 GMT"]
    assert re.fullmatch("[0-9A-F]{16}", headers["x-amz-request-id"])
    assert headers["x-amz-id-2"]


@pytest.mark.parametrize(
    ("key", "kind"),
    [("a.bin", "application/octet-stream|binary/octet-stream"), ("empty", "binary/octet-stream"),
     ("a%20b/%C3%A9.json", "application/json")],
)  # fmt: skip
def test_the_type_follows_from_the_name(s3, key, kind):
    assert re.fullmatch(kind, s3.ask(f"/bucket/{key}").headers["Content-Type"])


def test_head_has_all_but_the_body(s3):
    whole, head = (s3.ask("/bucket/a.bin", method) for method in ("GET", "HEAD"))
    varying = {"x-amz-request-id", "x-amz-id-2", "date"}
    facts = [
        {n.lower(): v for n, v in answer.headers.items() if n.lower() not in varying}
        for answer in (whole, head)
    ]
    assert facts[0] == facts[1]
    assert (head.status, head.body) == (200, b"")
    missing = s3.ask("/bucket/nothing", "HEAD")
    assert (missing.status, missing.body) == (404, b"")


@pytest.mark.parametrize(
    ("asked", "begin", "end"), [("bytes=5-", 5, 10240), ("bytes=-3", 10237, 10240)]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_range_is_a_part(s3, method, asked, begin, end):
    answer = s3.ask("/bucket/a.bin", method, Range=asked)
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["Content-Length"] == str(end - begin)
    assert answer.headers["ETag"] == ETAG
    assert answer.body == (CONTENT[begin:end] if method == "GET" else b"")


def test_a_range_that_is_not_there_is_an_error_with_the_size(s3):
    answer = s3.ask("/bucket/a.bin", Range="bytes=10240-")
    assert (answer.status, answer.code) == (416, "InvalidRange")
    assert b"<ActualObjectSize>10240</ActualObjectSize>" in answer.body
    assert "Content-Range" not in answer.headers
    assert s3.ask("/bucket/empty", Range="bytes=0-").status == 416
    assert s3.ask("/bucket/empty").body == b""


def test_a_range_of_another_content_is_all_of_it(s3):
    for if_range, status in ((ETAG, 206), (DATE, 206), ('"x"', 200)):
        answer = s3.ask("/bucket/a.bin", Range="bytes=5-", If_Range=if_range)
        assert (answer.status, answer.body) == (status, CONTENT[5 if status == 206 else 0 :])


def test_what_the_client_has_is_not_sent_again(s3):
    for headers in ({"If_None_Match": ETAG}, {"If_Modified_Since": DATE}):
        answer = s3.ask("/bucket/a.bin", Range="bytes=99999-", **headers)
        assert (answer.status, answer.body) == (304, b"")
        assert (answer.headers["ETag"], answer.headers["Last-Modified"]) == (ETAG, DATE)
    refused = s3.ask("/bucket/a.bin", If_Match='"x"')
    assert (refused.status, refused.code) == (412, "PreconditionFailed")


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/bucket/nothing", 404, "NoSuchKey"),
        ("/nothing/a.bin", 404, "NoSuchBucket"),
        ("/private/a.bin", 403, "AccessDenied"),
        ("/private/nothing", 403, "AccessDenied"),
        ("/", 400, "InvalidBucketName"),
        ("/bucket", 403, "AccessDenied"),
        ("/bucket/", 403, "AccessDenied"),
        ("/bucket?list-type=2", 403, "AccessDenied"),
        ("/bucket/link", 403, "AccessDenied"),
        ("/bucket/../secret", 404, "NoSuchKey"),
        ("/bucket/../../secret", 404, "NoSuchKey"),
        ("/bucket/../private/a.bin", 404, "NoSuchKey"),
        ("/bucket/%2e%2e/private/a.bin", 404, "NoSuchKey"),
        ("/bucket/..%2fprivate%2fa.bin", 404, "NoSuchKey"),
        ("/bucket/%2e%2e%2f%2e%2e%2fsecret", 404, "NoSuchKey"),
        ("/bucket/..%5c..%5csecret", 404, "NoSuchKey"),
        ("/bucket/%252e%252e/secret", 404, "NoSuchKey"),
        ("/bucket//etc/passwd", 404, "NoSuchKey"),
        ("/bucket/%2fetc%2fpasswd", 404, "NoSuchKey"),
        ("/bucket/a.bin%00", 404, "NoSuchKey"),
        ("/bucket/a.bin/", 404, "NoSuchKey"),
        ("/../secret", 400, "InvalidBucketName"),
        ("/..%2fsecret", 400, "InvalidBucketName"),
        ("/bucket%2f..%2fprivate/a.bin", 400, "InvalidBucketName"),
        ("/bucket/%zz", 400, "InvalidURI"),
        ("/bucket/%ff", 400, "InvalidURI"),
        ("/bucket/" + "x" * 1025, 400, "KeyTooLongError"),
        ("/bucket/a.bin?versionId=1", 501, "NotImplemented"),
        ("/bucket/a.bin?acl", 501, "NotImplemented"),
    ],
)
def test_what_is_not_served_is_an_error_of_s3(s3, target, status, code):
    answer = s3.ask(target)
    assert (answer.status, answer.code) == (status, code)
    assert b"for nobody" not in answer.body
    request_id = answer.headers["x-amz-request-id"].encode()
    assert b"<RequestId>" + request_id + b"</RequestId><HostId>" in answer.body


def queries_of_other_requests():
    """What botocore's model has behind the path of an object that is asked for."""
    model = botocore.session.get_session().get_service_model("s3")
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        if operation.http["method"] in ("GET", "HEAD") and path == "/{Bucket}/{Key+}":
            yield from filter(None, [query])
            if name in ("GetObject", "HeadObject"):
                members = operation.input_shape.members.values()
                shown = (member.serialization for member in members)
                yield from (s["name"] for s in shown if s.get("location") == "querystring")


def test_what_else_the_model_can_ask_of_an_object_is_refused_by_name(s3):
    queries = sorted(set(queries_of_other_requests()))
    assert {"acl", "versionId", "response-content-type"} <= set(queries)
    for query in queries:
        answer = s3.ask(f"/bucket/a.bin?{query}=x")
        assert (answer.status, answer.code) == (501, "NotImplemented"), query
        assert query.encode() in answer.body


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_can_be_changed(s3, method):
    answer = s3.ask("/bucket/a.bin", method)
    assert (answer.status, answer.code) == (405, "MethodNotAllowed")


def test_a_client_that_waits_to_be_asked_for_a_body_has_the_answer_at_once(s3):
    answer = s3.ask("/bucket/a.bin", "PUT", Expect="100-continue", Content_Length="5")
    assert (answer.status, answer.code) == (405, "MethodNotAllowed")


def test_a_signed_header_is_refused_by_name(s3):
    answer = s3.ask("/bucket/a.bin", Authorization="AWS4-HMAC-SHA256 Credential=x")
    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert b"Authorization" in answer.error[1]


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("x.s3.localhost", "InvalidBucketName"),
        ("other.s3.localhost", "NoSuchBucket"),
        ("..s3.localhost", "InvalidBucketName"),
    ],
)
def test_another_bucket_of_a_host_is_none(s3, host, code):
    assert s3.ask("/a.bin", host=host).code == code


def test_a_signed_url_gets_what_is_private_until_it_expires(s3):
    target = s3.signed("a b/é.json", 60)
    for advance in (0, 60):
        s3.running.call(s3.running.emulator.advance, advance)
        answer = s3.ask(target, secure=True, Range="bytes=5-")
        assert (answer.status, answer.body) == (206, CONTENT[5:])
    s3.running.call(s3.running.emulator.advance, 1)
    answer = s3.ask(target, secure=True)
    assert answer.status == 403
    assert answer.error == (b"AccessDenied", b"Request has expired")
    assert b"<X-Amz-Expires>60</X-Amz-Expires><Expires>" in answer.body


@pytest.mark.parametrize("public", [False, True])
def test_a_signed_url_that_was_changed_is_refused(s3, public):
    target = s3.signed(bucket="bucket" if public else "private")
    for changed in (
        target.replace("a.bin", "a.bin2"),
        target.replace("a.bin", "nothing"),
        target.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        target + "&x=1",
        target.replace("/bucket/", "/private/")
        if public
        else target.replace("/private/", "/bucket/"),
    ):
        answer = s3.ask(changed, secure=True)
        assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert s3.ask(target, "HEAD", secure=True).status == 403
    assert s3.ask(target, secure=False).code == "SignatureDoesNotMatch"  # its host is another
    assert s3.ask(target, secure=True).status == 200


def test_who_has_a_signed_url_is_told_what_is_missing(s3):
    assert s3.ask(s3.signed("nothing"), secure=True).code == "NoSuchKey"
    assert s3.ask(s3.signed(bucket="nothing"), secure=True).code == "NoSuchBucket"


def test_the_trace_shows_each_request_without_its_signature(s3):
    target = s3.signed()
    s3.ask(target, secure=True)
    s3.ask("/bucket/nothing")
    log = s3.running.emulator.console.trace
    entries = s3.running.call(lambda: log.read(log.last - 4, 4)).entries
    details = [entry.detail for entry in entries]
    assert details[1].startswith("GET /private/a.bin?X-Amz-Algorithm=")
    assert details[1].endswith("X-Amz-Signature=(withheld) 200")
    assert details[3] == "GET /bucket/nothing 404"
    assert b"NoSuchKey" in entries[3].payload


PIECES = (
    "/", "//", "bucket", "private", "a.bin", "a b", "%2e", "%2E%2e", "..", ".", "%2f", "%5c", "%",
    "%zz", "%00", "%ff", "%c3%a9", "secret", "link", "empty", "?", "&", "=", "x", "~", "+", "#",
    "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires", "9" * 30, "k" * 300, ";", "%26", "[", "@",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_asked_for_nothing_fails_and_nothing_leaves_its_bucket(s3, seed):
    chance = random.Random(seed)
    hosts = (None, "bucket.s3.localhost", "private.s3.localhost", "..s3.localhost", "[", "x:y:z")
    for _ in range(200):
        signed = s3.signed() if chance.random() < 0.3 else ""
        target = "/" + "".join(chance.choices(PIECES, k=chance.randrange(12)))
        at = chance.randrange(len(signed) + 1)
        target = (signed[:at] + target + signed[at + chance.randrange(9) :]).replace(" ", "%20")
        answer = s3.ask(target, chance.choice(("GET", "HEAD")), host=chance.choice(hosts))
        assert answer.status in (200, 206, 400, 403, 404, 501), target
        if answer.status == 200:
            assert answer.body in (CONTENT, b"")
        assert b"for nobody" not in answer.body


def test_a_file_that_becomes_shorter_ends_the_connection(s3, monkeypatch):
    path = s3.folder / "bucket" / "shrinks"
    path.write_bytes(bytes(1000))

    def read(file, begin, end):
        yield bytes(end - begin - 1)

    monkeypatch.setattr(OpenFile, "read", read)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        s3.ask("/bucket/shrinks")


def test_without_files_nothing_listens():
    with EmulatorThread() as running:
        assert (running.ports.files, running.ports.files_https) == (0, 0)


def test_a_url_outlives_a_restart_and_needs_no_certificate(tmp_path):
    (tmp_path / "files" / "private").mkdir(parents=True)
    (tmp_path / "files" / "private" / "a.bin").write_bytes(b"x")
    state, clock = str(tmp_path / "state"), VirtualClock(START)
    settings = {"state": state, "clock": clock, "files": tmp_path / "files"}
    chosen = Ports(*ports.take(len(Ports._fields)))
    with EmulatorThread(chosen, **settings) as running:
        target = S3(running, tmp_path).signed()
    with EmulatorThread(chosen, **settings) as running:
        assert S3(running, tmp_path).ask(target, secure=True).body == b"x"


def test_a_job_hands_out_a_url_that_the_emulator_serves(s3):
    """Over HTTP, with a document out of the folder."""
    url = "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/private/a.bin}"
    (s3.folder / "private" / "job.json").write_text(json.dumps({"url": url}))
    engine = s3.running.emulator.engine
    s3.running.call(s3.running.emulator.registry.create_thing, {"thingName": "lamp"})
    role = "arn:aws:iam::123456789012:role/files"
    params = {
        "jobId": "job",
        "targets": ["arn:aws:iot:eu-west-1:123456789012:thing/lamp"],
        "documentSource": "https://private.s3.eu-west-1.amazonaws.com/job.json",
        "presignedUrlConfig": {"roleArn": role, "expiresInSec": 60},
    }
    s3.running.call(engine.control.create_job, params)
    start_next = engine.data.start_next_pending_job_execution
    execution = s3.running.call(start_next, {"thingName": "lamp"})["execution"]
    parts = urlsplit(json.loads(execution["jobDocument"])["url"])
    assert s3.ask(f"{parts.path}?{parts.query}", secure=True).body == CONTENT
