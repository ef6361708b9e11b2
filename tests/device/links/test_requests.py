"""The requests of HTTP, as a JobsClient's methods and a link make them: the whole text of each."""

from iotjobs.client import JobsClient
from iotjobs.links.https import HTTPSLink
from iotjobs.links.link import LinkError
from support import FakeStream, equal, raises

HOST = b" HTTP/1.1\r\nHost: a.example:8443\r\n"
LONGEST_THING = "T:_-" * 32
LONGEST_JOB = "j_-9" * 16
DETAILS = {"a": "b", "c:d": 'say "é"'}
DETAILS_JSON = '"statusDetails":{"a":"b","c:d":"say \\"é\\""}'
BIGGEST = 0x7FFFFFFFFFFFFFFF


def sent(thing_name, method, *arguments, **named):
    """The writes of one request."""
    link = HTTPSLink("a.example", tls=False)
    stream = link.sock = FakeStream()
    client = JobsClient(link, thing_name)
    link.open()
    getattr(client, method)(*arguments, **named)
    equal(stream.written, [])  # only a poll writes
    link.poll()
    return stream.written


def get(path):
    return [b"GET " + path.encode() + HOST + b"\r\n"]


def put(method, path, members):
    body = ("{" + ",".join(members) + "}").encode()
    head = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return [method + path.encode() + HOST + head + body]


def choices(members):
    """Every choice of these members, in their order."""
    for bits in range(1 << len(members)):
        yield [member for n, member in enumerate(members) if bits >> n & 1]


def test_get_pending_job_executions():
    for thing in ("MyThing", "jobs", "a:b", "get", "T", LONGEST_THING):
        wanted = get("/things/%s/jobs" % thing)
        equal(sent(thing, "get_pending_job_executions"), wanted, thing)


def test_start_next_pending_job_execution():
    for thing in ("MyThing", "jobs", LONGEST_THING):
        for chosen in choices(
            (
                ("step_timeout_in_minutes", 10080, '"stepTimeoutInMinutes":10080'),
                ("status_details", DETAILS, DETAILS_JSON),
            )
        ):
            named = {name: value for name, value, _ in chosen}
            wanted = put(b"PUT ", "/things/%s/jobs/$next" % thing, [m[2] for m in chosen])
            equal(sent(thing, "start_next_pending_job_execution", **named), wanted, named)


def test_describe_job_execution():
    for thing in ("MyThing", "jobs", LONGEST_THING):
        for job in (
            "$next",
            "j1",
            "get",
            "update",
            "start-next",
            "jobs",
            "next",
            "x",
            LONGEST_JOB,
        ):
            for number in (0, 1, 0x3FFFFFFF, 0x40000000, BIGGEST):
                for document in (True, False):
                    for chosen in choices(
                        (
                            ("execution_number", number, "executionNumber=%d" % number),
                            (
                                "include_job_document",
                                document,
                                "includeJobDocument=" + ("true" if document else "false"),
                            ),
                        )
                    ):
                        named = {name: value for name, value, _ in chosen}
                        query = "&".join([member[2] for member in chosen])
                        path = "/things/%s/jobs/%s" % (thing, job)
                        wanted = get(path + "?" * bool(query) + query)
                        equal(sent(thing, "describe_job_execution", job, **named), wanted, named)
    equal(sent("T", "describe_job_execution"), get("/things/T/jobs/$next"))


MEMBERS = (
    ("step_timeout_in_minutes", -1, '"stepTimeoutInMinutes":-1'),
    ("expected_version", 0, '"expectedVersion":0'),
    ("execution_number", BIGGEST, '"executionNumber":%d' % BIGGEST),
    ("include_job_execution_state", True, '"includeJobExecutionState":true'),
    ("include_job_document", False, '"includeJobDocument":false'),
    ("status", "SUCCEEDED", '"status":"SUCCEEDED"'),  # always
    ("status_details", DETAILS, DETAILS_JSON),
)


def test_update_job_execution():
    for thing, job in (("MyThing", "j1"), ("jobs", "update"), (LONGEST_THING, LONGEST_JOB)):
        for chosen in choices(MEMBERS[:5] + MEMBERS[6:]):
            named = {name: value for name, value, _ in chosen}
            texts = [text for _, _, text in chosen if text != DETAILS_JSON] + [MEMBERS[5][2]]
            texts += [DETAILS_JSON] * ("status_details" in named)
            wanted = put(b"POST ", "/things/%s/jobs/%s" % (thing, job), texts)
            equal(sent(thing, "update_job_execution", job, "SUCCEEDED", **named), wanted, named)
    for job in ("get", "start-next", "jobs", "x"):
        wanted = put(b"POST ", "/things/T/jobs/" + job, ['"status":"FAILED"'])
        equal(sent("T", "update_job_execution", job, "FAILED"), wanted, job)


def test_the_longest_request_fits_and_one_byte_more_is_refused():
    topic = b"$aws/things/%s/jobs/%s/update" % (LONGEST_THING.encode(), LONGEST_JOB.encode())
    token = b'{"clientToken":"%s"' % (b"t" * 23)
    for size in (256, 1024, 5000):
        server = "a" * 250
        link = HTTPSLink(server, tls=False, request_size=size, buffer_size=1)
        stream = link.sock = FakeStream()
        link.open()
        for more, part in ((1, "request_size is %d" % size), (0, None)):
            body = b',"a":"%s"}' % (b"x" * (size + more - len(token) - 8))
            buf = topic + token + body
            call = link.publish_from, buf, 0, len(topic), len(buf)
            if part:
                equal(part in str(raises(ValueError, *call)), True)
                continue
            call[0](*call[1:])
            link.poll()
            members = [body[1:-1].decode()]
            path = topic[4:-7].decode()
            wanted = put(b"POST ", path, members)[0].replace(b"a.example", server.encode())
            equal(stream.written, [wanted])
    error = raises(ValueError, requests_made, topic, b'{"clientToken":"%s"}' % (b"t" * 24))
    equal(str(error), "a clientToken of 24 bytes")


def requests_made(topic, payload):
    link = HTTPSLink("a.example", tls=False)
    stream = link.sock = FakeStream()
    link.open()
    buf = b"##" + topic + payload + b"/get"
    end = 2 + len(topic) + len(payload)
    try:
        link.publish_from(buf, 2, 2 + len(topic), end)
    except ValueError:
        link.poll()
        equal((stream.written, stream.closed), ([], 1))  # by open
        raise
    link.poll()
    return stream.written


TOKEN = b'{"clientToken":"t"}'


def test_a_request_lies_anywhere_in_its_buffer():
    topic = b"$aws/things/T/jobs/"
    equal(requests_made(topic + b"get", TOKEN), get("/things/T/jobs"))
    equal(requests_made(topic + b"start-next", TOKEN), put(b"PUT ", "/things/T/jobs/$next", []))
    equal(requests_made(topic + b"get/get", TOKEN), get("/things/T/jobs/get"))
    wanted = put(b"POST ", "/things/T/jobs/get", ['"a":1'])
    equal(requests_made(topic + b"get/update", TOKEN[:-1] + b',"a":1}'), wanted)


def test_what_is_no_topic_of_a_request_is_refused():
    for topic in (
        b"",
        b"get",
        b"$aws/things/",
        b"$aws/things//jobs/get",
        b"$aws/things/T",
        b"$aws/things/T/jobs",
        b"$aws/things/T/jobs/",
        b"$aws/things/T/jobs/x",
        b"$aws/things/T/jobs/foo",
        b"$aws/things/T/jobs/$/get",
        b"$aws/things/T/jobs/$nex/get",
        b"$aws/things/T/jobs//get",
        b"$aws/things/T/jobs//update",
        b"$aws/things/T/jobs/update",
        b"$aws/things/T/jobs/notify",
        b"$aws/things/T/jobs/notify-next",
        b"$aws/things/T/jobs/start-nexx",
        b"$aws/things/T/jobs/x/start-next",
        b"$aws/things/T/jobs/start-next/x",
        b"$aws/things/T/jobs/$next/update",
        b"$aws/things/T/jobs/$nexx/get",
        b"$aws/things/T/jobs/a/b/get",
        b"$aws/things/T/jobs/a.b/get",
        b"$aws/things/T/jobs/a?b/get",
        b"$aws/things/T/jobs/a b/get",
        b"$aws/things/T/jobs/a\r\nX: y/update",
        b"$aws/things/T/jobs/get/accepted",
        b"$aws/things/T/jobs/x/get/rejected",
        b"$aws/things/T/jobsx/get",
        b"$aws/things/T/jobsxx/get",
        b"$aws/things/T/jobz/get",
        b"$aws/things/T/jobs1/x/get",
        b"$aws/things/T/job/x/get",
        b"$aws/things/T/x/jobs/get",
        b"$aws/things/T%2f/jobs/get",
        b"$aws/things/T\n/jobs/get",
        b"$aws/thing_/T/jobs/get",
        b"$awt/things/T/jobs/get",
        b"app/things/T/jobs/get",
        b"$aws/things/%s/jobs/get" % (b"T" * 206),
    ):
        error = raises(ValueError, requests_made, topic, TOKEN)
        equal(str(error), "not a request of the Jobs API: " + topic.decode())
    longest = "T" * 205  # of 226 bytes, as long as a topic may be
    made = requests_made(b"$aws/things/%s/jobs/get" % longest.encode(), TOKEN)
    equal(made, get("/things/%s/jobs" % longest))


def test_a_payload_without_token_is_refused():
    for payload in (
        b"",
        b"{}",
        b'{"clientToken":1}',
        b'{"clientToken":1,"a":"b"}',
        b'{"clientToken":"',
        b'{"clientToken":"t',
        b'{ "clientToken":"t"}',
        b'{"clienttoken":"t"}',
        b'{"status":"FAILED","clientToken":"t"}',
    ):
        error = raises(ValueError, requests_made, b"$aws/things/T/jobs/get", payload)
        equal(str(error), "a request without clientToken", payload)


def test_a_closed_link_takes_no_request():
    link = HTTPSLink("a.example", tls=False)
    client = JobsClient(link, "T")
    error = raises(LinkError, client.get_pending_job_executions)
    equal((error.stage, error.reason), ("lost", "not connected"))
