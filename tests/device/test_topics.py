"""From an operation to its topic, and from a topic to what a message on it means."""

from iotjobs import topics
from iotjobs.topics import (
    ACCEPTED,
    DESCRIBE,
    GET_PENDING,
    NOTIFY,
    NOTIFY_NEXT,
    REJECTED,
    START_NEXT,
    UPDATE,
    Topics,
)
from support import equal, raises

PREFIX = b"$aws/things/MyThing/jobs/"


def test_each_operation_has_its_topic():
    thing = Topics("MyThing")
    for operation, job_id, tail in (
        (GET_PENDING, None, b"get"),
        (START_NEXT, None, b"start-next"),
        (DESCRIBE, "022", b"022/get"),
        (DESCRIBE, "$next", b"$next/get"),
        (UPDATE, "022", b"022/update"),
        (NOTIFY, None, b"notify"),
        (NOTIFY_NEXT, None, b"notify-next"),
    ):
        equal(thing.topic(operation, job_id), PREFIX + tail)


# Requests, which a subscriber to all of it may see, and topics that are none.
OTHERS = b"""
get start-next 022/get 022/update accepted /accepted /get/accepted notify/accepted
notify-next/accepted update/accepted $next/update/accepted a/b/get/accepted a.b/get/accepted
get/accepted/ get/Accepted notify-nex 022xget/accepted 022/start-next/accepted 022/notify
022/notify-next notify-namespace-a notify-next-namespace-a 022/namespace-a/get/accepted
022/namespace-a/update/rejected $next/namespace-a/get/accepted
""".split()


def test_a_topic_is_told_by_its_levels():
    thing = Topics("MyThing")
    for tail, kind, job_id in (
        (b"get/accepted", GET_PENDING | ACCEPTED, b""),
        (b"get/rejected", GET_PENDING | REJECTED, b""),
        (b"start-next/accepted", START_NEXT | ACCEPTED, b""),
        (b"start-next/rejected", START_NEXT | REJECTED, b""),
        (b"$next/get/accepted", DESCRIBE | ACCEPTED, b"$next"),
        (b"022/get/rejected", DESCRIBE | REJECTED, b"022"),
        (b"022/update/accepted", UPDATE | ACCEPTED, b"022"),
        (b"022/update/rejected", UPDATE | REJECTED, b"022"),
        (b"notify", NOTIFY, b""),
        (b"notify-next", NOTIFY_NEXT, b""),
        # jobs that are called like a level
        (b"get/get/accepted", DESCRIBE | ACCEPTED, b"get"),
        (b"update/update/rejected", UPDATE | REJECTED, b"update"),
        (b"accepted/get/accepted", DESCRIBE | ACCEPTED, b"accepted"),
        (b"notify/get/accepted", DESCRIBE | ACCEPTED, b"notify"),
        (b"start-next/update/accepted", UPDATE | ACCEPTED, b"start-next"),
        (b"x" * 64 + b"/get/accepted", DESCRIBE | ACCEPTED, b"x" * 64),
    ):
        topic = b"##" + PREFIX + tail + b"#"  # it lies somewhere in a buffer
        equal(thing.match(topic, 2, len(topic) - 1), kind, tail)
        equal(topic[2 + len(PREFIX) : thing.job_id_end], job_id, tail)
        equal(thing.job_id_end == 0, job_id == b"", tail)
    for tail in OTHERS + [b"", b"x" * 65 + b"/get/accepted"]:
        topic = b"##" + PREFIX + tail + b"#"
        equal(thing.match(topic, 2, len(topic) - 1), 0, tail)


def test_a_message_of_another_thing_is_not_ours():
    thing = Topics("MyThing")
    for topic in (
        b"$aws/things/MyThing2/jobs/notify",
        b"$aws/things/myThing/jobs/notify",
        b"$aws/things/MyThin/jobs/notify",
        b"aws/things/MyThing/jobs/notify",
        b"$aws/things/MyThing/shadow/get/accepted",
        b"$aws/things/MyThing/jobs",
        b"$aws",
        b"",
    ):
        equal(thing.match(topic, 0, len(topic)), 0, topic)


def test_names_beyond_the_limits_are_refused():
    for name in ("", "x" * 129, "a b", "a/b", "é", "a+", "a#", "$next"):
        raises(ValueError, Topics, name)
    Topics("x" * 128)
    Topics("x")
    Topics("a:b_c-D9")
    thing = Topics("MyThing")
    buf = bytearray(thing.max_size)
    for job_id in ("", "x" * 65, "a:b", "a/b", "é" * 64, "$nex"):
        raises(ValueError, thing.write, DESCRIBE, job_id, buf, 25)
        raises(ValueError, thing.write, UPDATE, job_id, buf, 25)
    raises(ValueError, thing.write, UPDATE, "$next", buf, 25)
    for job_id in (None, 5, b"j"):
        for operation in (DESCRIBE, UPDATE):
            error = raises(ValueError, thing.write, operation, job_id, buf, 25)
            equal(repr(job_id) in str(error), True, job_id)
    for job_id in ("j1", "$next", "j1"):  # what was valid once does not make another one so
        thing.write(DESCRIBE, job_id, buf, 25)
        for other in ("$next", "a/b"):
            raises(ValueError, thing.write, UPDATE, other, buf, 25)
    equal(topics.NEXT, "$next")


def test_the_longest_topic_fits_the_size_that_is_told():
    thing = Topics("t" * 128)
    topic = thing.topic(UPDATE, "j" * 64)
    equal(len(topic) + len(b"/accepted"), thing.max_size)
