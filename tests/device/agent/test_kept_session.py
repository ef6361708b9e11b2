"""What a session that the broker keeps does not hide: questions that were not written, and
subscriptions that are not there.
"""

import json

from agent_bench import Bench, begun, flash, idle
from iotjobs.links.link import LinkError
from support import equal

MINUTE = 60_000
JOB = {"execution": {"jobId": "j1", "status": "QUEUED", "versionNumber": 1}}


def breaks_at_next_write(bench):
    """The next publish fails, as an MQTTLink's does: the link is closed then."""
    link = bench.link

    def fails(*arguments):
        del link.publish_from
        link.close()
        raise LinkError("lost", "no data taken for 5000 ms")

    link.publish_from = fails


def keep(bench):
    bench.link.clean_session = False
    bench.link.session_present = True
    return bench


def test_a_question_whose_write_failed_is_asked_in_a_kept_session():
    bench = keep(idle())
    breaks_at_next_write(bench)
    bench.link.deliver("notify-next", json.dumps(JOB).encode())
    bench.poll(3)
    equal(bench.agent.last_error.reason, "no data taken for 5000 ms")
    bench.later(MINUTE, 6)
    equal((bench.agent.state, bench.asked()), ("SYNCING", ["start-next"] * 2))


def test_the_first_question_is_too():
    bench = keep(Bench())
    breaks_at_next_write(bench)
    bench.poll(4)
    bench.later(MINUTE, 6)
    equal((bench.agent.state, bench.asked()), ("SYNCING", ["start-next"]))


def test_progress_whose_write_failed_is_sent_in_a_kept_session():
    def says(job):
        yield
        yield
        yield {"n": "1"}
        while True:
            yield

    bench = keep(begun({"operation": "says"}, says))
    breaks_at_next_write(bench)
    bench.poll(4)
    equal(bench.agent.last_error.reason, "no data taken for 5000 ms")
    bench.later(MINUTE, 6)
    equal(bench.asked()[1:], ["j1/get"])


def test_so_are_the_details_of_a_reset():
    resets = []

    def says(job):
        yield
        yield
        job.reset({"n": "1"})

    bench = keep(
        begun({"operation": "says"}, says, state_path=flash(), reset=lambda: resets.append(1))
    )
    breaks_at_next_write(bench)
    bench.poll(4)
    equal(bench.agent.last_error.reason, "no data taken for 5000 ms")
    bench.later(5000, 6)
    equal((bench.asked()[1:], resets), (["j1/get"], []))


def test_a_new_session_whose_subscribe_was_lost_is_subscribed_to():
    bench = keep(idle())
    bench.link.session_present = False  # it expired
    bench.lose()
    bench.clock.now += MINUTE
    while bench.link.subscriptions < 2:
        bench.poll()
    bench.link.awaited = 1
    bench.poll(2)
    bench.link.awaited = 0
    bench.lose()  # before SUBACK
    bench.link.session_present = True  # the one of the last connection
    bench.later(MINUTE, 6)
    equal(bench.link.subscriptions, 3)


def test_a_refused_subscription_is_not_taken_for_one():
    bench = keep(idle())
    bench.link.session_present = False
    bench.lose()
    bench.clock.now += MINUTE
    while bench.link.subscriptions < 2:
        bench.poll()
    bench.link.fail = LinkError("protocol", "filter 0 was refused")
    bench.poll()
    bench.link.session_present = True
    bench.later(MINUTE, 6)
    equal(bench.link.subscriptions, 3)


def test_nothing_is_asked_after_an_outage_of_twenty_minutes_in_a_kept_session():
    bench = keep(idle())
    bench.agent.fleet_size = 90_000
    bench.lose()
    bench.later(20 * MINUTE, 6)
    equal((bench.link.opened, bench.asked()), (2, ["start-next"]))


def test_a_write_that_blocks_loses_no_question_on_a_real_link():
    from iotjobs.agent.agent import JobsAgent
    from iotjobs.links.mqtt import MQTTLink
    from support import Clock, FakeStream, publish

    clock = Clock()
    link = MQTTLink("host", "dev", tls=False, ticks_ms=clock, clean_session=False)
    link.sock = FakeStream()
    agent = JobsAgent(link, "dev", state_path=None, ticks_ms=clock)

    def tops(n=3):
        for _ in range(n):
            agent.poll()

    tops(2)
    link.sock.inbox = b"\x20\x02\x00\x00"
    tops(2)
    link.sock.inbox = b"\x90\x04" + link.pid.to_bytes(2, "big") + b"\x01\x01"
    tops(3)
    equal(agent.state, "SYNCING")
    token = link.sock.written[-1].split(b'"clientToken":"')[1].split(b'"')[0]
    link.sock.inbox = publish(
        b"$aws/things/dev/jobs/start-next/accepted",
        b'{"timestamp":1,"clientToken":"' + token + b'"}',
    )
    tops(2)
    equal(agent.state, "IDLE")

    def full(buf, start, end):
        clock.now += 1000
        return start

    link.sock.inbox = publish(
        b"$aws/things/dev/jobs/notify-next",
        b'{"timestamp":2,"execution":{"jobId":"j1","status":"QUEUED","versionNumber":1}}',
    )
    write = link.sock.write
    link.sock.write = full
    tops(2)
    equal((agent.state, agent.last_error.reason), ("OFFLINE", "no data taken for 5000 ms"))
    link.sock.write = write
    clock.now += 60_000
    tops(2)
    link.sock.written = []
    link.sock.inbox = b"\x20\x02\x01\x00"
    tops(5)
    equal((agent.state, [b"start-next" in p for p in link.sock.written]), ("SYNCING", [True]))
