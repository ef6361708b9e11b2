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


def opened(host="a.example", **settings):
    link = HTTPSLink(host, tls=False, **settings)
    stream = link.sock = FakeStream()
    link.open()
    return link, stream


def sent(thing_name, method, *arguments, **named):
    """The writes of one request."""
    link, stream = opened()
    client = JobsClient(link, thing_name)
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
        for job in "$next j1 get update start-next jobs next x".split() + [LONGEST_JOB]:
            path = "/things/%s/jobs/%s" % (thing, job)
            for number in (0, 1, 0x3FFFFFFF, 0x40000000, BIGGEST):
                for document, shown in ((True, "true"), (False, "false")):
                    members = (
                        ("execution_number", number, "executionNumber=%d" % number),
                        ("include_job_document", document, "includeJobDocument=" + shown),
                    )
                    for chosen in choices(members):
                        named = {name: value for name, value, _ in chosen}
                        query = "&".join([member[2] for member in chosen])
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
        link, stream = opened(server, request_size=size, buffer_size=1)
        members = b'"a":"%s"' % (b"x" * (size - len(token) - 8))
        buf = topic + token + b"," + members[:-1] + b'x"}'
        error = raises(ValueError, link.publish_from, buf, 0, len(topic), len(buf))
        equal("request_size is %d" % size in str(error), True)
        buf = topic + token + b"," + members + b"}"
        link.publish_from(buf, 0, len(topic), len(buf))
        link.poll()
        wanted = put(b"POST ", topic[4:-7].decode(), [members.decode()])[0]
        equal(stream.written, [wanted.replace(b"a.example", server.encode())])
    error = raises(ValueError, requests_made, topic, b'{"clientToken":"%s"}' % (b"t" * 24))
    equal(str(error), "a clientToken of 24 bytes")


def requests_made(topic, payload):
    link, stream = opened()
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


OTHERS = """
get $aws/things/ $aws/things//jobs/get $aws/things/T $aws/things/T/jobs $aws/things/T/jobsx/get
$aws/things/T/jobsxx/get $aws/things/T/jobz/get $aws/things/T/jobs1/x/get $aws/things/T/job/x/get
$aws/things/T/x/jobs/get $aws/things/T%2f/jobs/get $aws/thing_/T/jobs/get $awt/things/T/jobs/get
app/things/T/jobs/get
"""
TAILS = """
x foo $/get $nex/get /get /update update notify notify-next start-nexx x/start-next start-next/x
$next/update $nexx/get a/b/get a.b/get a?b/get get/accepted x/get/rejected
"""


def test_what_is_no_topic_of_a_request_is_refused():
    topics = OTHERS.split() + [
        "",
        "$aws/things/T\n/jobs/get",
        "$aws/things/%s/jobs/get" % ("T" * 206),
    ]
    for tail in TAILS.split() + ["", "a b/get", "a\r\nX: y/update"]:
        topics.append("$aws/things/T/jobs/" + tail)
    for topic in topics:
        error = raises(ValueError, requests_made, topic.encode(), TOKEN)
        equal(str(error), "not a request of the Jobs API: " + topic)
    longest = "T" * 205  # of 226 bytes, as long as a topic may be
    made = requests_made(b"$aws/things/%s/jobs/get" % longest.encode(), TOKEN)
    equal(made, get("/things/%s/jobs" % longest))


def test_a_payload_without_token_is_refused():
    payloads = b"""
        {} {"clientToken":1} {"clientToken":1,"a":"b"} {"clientToken":" {"clientToken":"t
        {"clienttoken":"t"} {"status":"FAILED","clientToken":"t"}
    """.split()
    for payload in payloads + [b"", b'{ "clientToken":"t"}']:
        error = raises(ValueError, requests_made, b"$aws/things/T/jobs/get", payload)
        equal(str(error), "a request without clientToken", payload)


def test_a_closed_link_takes_no_request():
    link = HTTPSLink("a.example", tls=False)
    client = JobsClient(link, "T")
    error = raises(LinkError, client.get_pending_job_executions)
    equal((error.stage, error.reason), ("lost", "not connected"))
