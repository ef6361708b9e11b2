"""An application that uses the agent's link: it publishes, it connects, its callback fails."""

import json

from afterwards import replaced
from agent_bench import Bench, idle, quiet
from https_bench import FakeServer, ok
from iotjobs.agent import session
from iotjobs.agent.agent import JobsAgent
from iotjobs.links import mqtt
from iotjobs.links.https import HTTPSLink
from iotjobs.links.link import LinkError
from iotjobs.links.mqtt import MQTTLink
from longest import Longest
from support import Clock, FakeStream, equal, publish, raises

LOST = LinkError("lost", "the peer closed the connection")
JOBS = b"$aws/things/MyThing/jobs/"
JOB = b'{"execution":{"jobId":"j1","status":"QUEUED","versionNumber":1}}'


class Broker(FakeStream):
    """One that answers: it accepts, unless `refuses`, and has no job. At a message about
    `forbidden` it closes the connection. What it takes only after `blocks` ms is late.
    """

    refuses = False
    session = False  # it has kept one
    slow = False  # it does not answer questions by itself
    forbidden = b"forbidden"
    blocks = 0

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.begun = []  # when
        self.late = 0

    def open(self):
        self.begun.append(self.clock.now)
        self.read_error = self.write_error = None
        self.written = []
        super().open()

    def write(self, buf, start, end):
        if self.late < self.blocks:
            self.late += 100
            self.clock.now += 100
            return start
        self.late = 0
        super().write(buf, start, end)
        packet = self.written[-1]
        if packet[0] == 0x10:
            self.inbox += b"\x20\x02" + bytes((self.session, 5 if self.refuses else 0))
        elif packet[0] == 0xC0:
            self.inbox += b"\xd0\x00"
        elif packet[0] == 0x82:
            self.inbox += b"\x90\x04" + packet[2:4] + b"\x01\x01"
        elif self.forbidden in packet:
            self.read_error = LOST
        elif b"start-next" in packet and not self.slow:
            self.inbox += self.answer()
        return end

    def answer(self):
        """That there is no job, to the last question."""
        packet = self.written[-1]
        token = json.loads(packet[packet.find(b"{") :])["clientToken"]
        answer = json.dumps({"timestamp": 1, "clientToken": token})
        return publish(JOBS + b"start-next/accepted", answer.encode())

    def kinds(self):
        """What was written on this connection: the type of each packet."""
        return [packet[0] & 0xF0 for packet in self.written]


class Breaking:
    """`error` comes where the link of `shared` makes a SUBSCRIBE, or in CONNACK, once."""

    def __init__(self, shared, where, error):
        self.shared, self.where, self.error = shared, where, error

    def __enter__(self):
        def packet(first, *parts):
            if first == self.where:
                self.__exit__()
                raise self.error()
            return self.packet(first, *parts)

        def proved():
            self.__exit__()
            raise self.error()

        self.packet = mqtt.packets.packet
        if self.where == 0x82:
            mqtt.packets.packet = packet
        else:
            self.shared.broker.address.proved = proved

    def __exit__(self, *reason):
        mqtt.packets.packet = self.packet
        self.shared.broker.address.proved = lambda: None


class Shared:
    """An agent over an MQTTLink to this broker."""

    def __init__(self, **settings):
        self.clock = Clock()
        self.link = MQTTLink("host", "MyThing", tls=False, ticks_ms=self.clock)
        self.broker = self.link.sock = Broker(self.clock)
        self.agent = JobsAgent(self.link, "MyThing", ticks_ms=self.clock, **quiet(settings))

    def poll(self, times=1, step=100):
        for _ in range(times):
            self.agent.poll()
            self.clock.now += step

    def idle(self):
        self.poll(20)
        equal(self.agent.state, "IDLE")
        return self

    def publish(self, topic="mine", qos=0):
        """As an application does that does not care."""
        try:
            self.link.publish(topic, "1", qos=qos)
        except LinkError:
            pass


def test_where_the_application_meets_the_end_of_each_connection_the_waits_grow():
    for refuses, topic, qos in (
        (False, "forbidden", 0),
        (False, "forbidden", 1),
        (True, "mine", 0),
        (True, "mine", 1),
    ):
        shared = Shared()
        shared.broker.refuses = refuses
        while shared.clock.now < 600_000:
            shared.poll()
            if shared.clock.now % 1_000 == 0 or refuses:
                shared.publish(topic, qos)
        begun = len(shared.broker.begun)
        errors = shared.agent.stats["link_errors"]
        equal((14 < begun < 50, errors >= begun - 1), (True, True), begun)
        equal(shared.agent.last_error.stage, "connack" if refuses else "lost")


def test_each_failure_that_the_application_meets_is_told_once():
    def not_written(shared):
        shared.broker.write_error = LOST
        shared.publish()

    def not_acknowledged(shared):
        shared.publish("forbidden", 1)

    def polled(shared):
        shared.broker.read_error = LOST
        raises(LinkError, shared.link.check_msg)

    def in_a_callback(shared):
        def callback(topic, payload):
            shared.broker.write_error = LOST
            shared.publish()

        shared.link.set_callback(callback)
        shared.broker.inbox = publish(b"t", b"1")

    for meets in (not_written, not_acknowledged, polled, in_a_callback):
        shared = Shared().idle()
        told = []
        shared.agent.on_event = lambda event, value, told=told: told.append((event, value))
        meets(shared)
        shared.poll(1, 0)
        equal((told, len(shared.broker.begun)), ([("error", LOST), ("state", "OFFLINE")], 1))
        shared.idle()
        equal(shared.agent.stats["link_errors"], 1, meets)
        equal([value for event, value in told if event == "error"], [LOST])


def test_a_connection_that_the_application_finds_lost_has_held_as_for_the_agent():
    replaced(session, "random", Longest)
    waits = []
    for by_application in (False, True):
        bench = idle(fleet_size=100)
        bench.agent.fleet_size = 100_000
        bench.later(60_000)
        if by_application:
            bench.link.close()
            bench.link.failed = LOST
            bench.poll()
        else:
            bench.lose()
        waits.append([bench.agent._wait])
        for _ in range(2):
            bench.clock.now += bench.agent._wait
            bench.poll()
            bench.link.fail = LinkError("tcp", "nobody answers")
            bench.poll()
            waits[-1].append(bench.agent._wait)
    equal(waits, [[1_000, 499_000, 499_000]] * 2)


def test_on_a_connection_that_the_application_has_made_the_agent_subscribes_and_asks():
    for clean_session in (True, False):
        shared = Shared()
        shared.link.clean_session = clean_session
        shared.idle()
        shared.broker.write_error = LOST
        raises(LinkError, shared.link.publish, "t", "x")
        shared.link.connect()  # as with umqtt
        shared.poll(1)
        equal((shared.agent.state, shared.link.connected), ("CONNECTING", True))
        shared.poll(20)
        equal((shared.agent.state, shared.broker.kinds()), ("IDLE", [0x10, 0x80, 0x30]))
        equal(shared.agent.stats["connections"], 2)
        shared.link.disconnect()  # and where nothing had failed
        shared.link.connect()
        shared.poll(20)
        equal((shared.agent.state, shared.broker.kinds()), ("IDLE", [0x10, 0x80, 0x30]))
        equal((len(shared.broker.begun), shared.agent.stats["link_errors"]), (3, 1))


def test_a_session_that_the_application_may_have_begun_is_not_taken_for_the_agents():
    bench = idle()
    bench.link.clean_session = False
    bench.link.session_present = True
    for made, subscriptions in ((0, 1), (1, 2), (2, 3)):
        bench.lose()
        for _ in range(made):
            bench.link.open()
        bench.later(60_000, 5)
        equal(bench.link.subscriptions, subscriptions)


def test_what_waits_for_its_answer_is_asked_again_on_a_connection_of_the_applications():
    bench = Bench()
    bench.online()
    bench.link.close()
    bench.link.open()
    bench.later(10_000, 3)  # when it would have been late
    equal((bench.link.subscriptions, bench.asked()), (2, ["start-next"] * 2))


def test_a_callback_that_fails_costs_no_connection_and_its_message_is_acknowledged():
    elsewhere = MQTTLink("192.168.1.9", "bridge", tls=False)

    def fails(topic, payload):
        raise KeyError(payload)

    def has_a_link_of_its_own(topic, payload):
        elsewhere.publish(topic, payload)

    for callback, error in ((fails, KeyError), (has_a_link_of_its_own, LinkError)):
        for qos in range(2):
            shared = Shared().idle()
            shared.link.set_callback(callback)
            for pid in range(7, 10):
                shared.broker.inbox = publish(b"t", b"1", qos, pid) + publish(b"t", b"2")
                raises(error, shared.poll)
                raises(error, shared.poll)
                shared.poll(20)
            equal((len(shared.broker.begun), shared.agent.last_error), (1, None))
            acknowledged = [packet[3] for packet in shared.broker.written if packet[0] == 0x40]
            equal(acknowledged, [7, 8, 9] if qos else [])


def test_a_callback_that_meets_the_end_of_the_agents_link_ends_it_for_the_agent():
    shared = Shared().idle()
    shared.link.set_callback(lambda topic, payload: shared.link.publish("forbidden", "1", qos=1))
    shared.broker.inbox = publish(b"t", b"1")
    shared.idle()
    equal((len(shared.broker.begun), shared.agent.last_error), (2, LOST))


def test_a_step_of_the_link_that_is_not_done_to_its_end_ends_the_connection():
    def asked(shared):
        return [packet for packet in shared.broker.written if packet[0] == 0x82][0][6:10]

    for error in (KeyboardInterrupt, MemoryError):
        for breaks in (0x82, 0x10):  # where it subscribes again; in CONNACK
            shared = Shared().idle()
            shared.link.subscribe("mine", 1)
            shared.link.clean_session = False
            shared.broker.read_error = LOST
            with Breaking(shared, breaks, error):
                shared.poll(1)
                try:
                    shared.poll(40)
                    equal(error, MemoryError)
                except KeyboardInterrupt:
                    equal(error, KeyboardInterrupt)
            shared.poll(40)
            equal((shared.agent.state, len(shared.broker.begun)), ("IDLE", 3))
            equal(asked(shared), b"mine")
            stages = {KeyboardInterrupt: "lost", MemoryError: "memory"}
            equal(shared.agent.last_error.stage, stages[error])
            shared.broker.inbox = publish(b"t", b"1", 1, 5)
            shared.poll()
            equal(shared.broker.written[-1], b"\x40\x02\x00\x05")


def test_what_the_application_sends_before_there_is_a_connection_fails_at_once():
    shared = Shared()
    shared.agent.poll()
    equal(shared.agent.state, "CONNECTING")
    before = shared.clock.now
    for calls in (
        lambda: shared.link.publish("mine", "1"),
        lambda: shared.link.publish("mine", "1", qos=1),
        lambda: shared.link.subscribe("mine"),
    ):
        equal(raises(LinkError, calls).reason, "not connected")
    equal((shared.clock.now, shared.link.closed), (before, False))


def test_a_message_that_the_policy_forbids_does_not_end_connections_for_ever():
    shared = Shared()
    shared.link.clean_session = False
    shared.idle()
    shared.broker.session = True
    raises(LinkError, lambda: shared.link.publish("forbidden", "1", qos=1))
    shared.poll(6_000)
    equal((shared.agent.state, len(shared.broker.begun)), ("IDLE", 7))


def test_bytes_that_the_application_reads_are_heard_by_the_agent_too():
    shared = Shared().idle()
    shared.broker.slow = True
    shared.broker.inbox = publish(JOBS + b"notify-next", JOB)
    shared.poll(2)  # it asks
    answer = shared.broker.answer()
    for at in range(0, len(answer), 2):
        shared.broker.inbox = answer[at : at + 2]
        shared.link.check_msg()
        shared.poll(1, 500)
    equal(len(answer) // 2 * 500 > 2 * shared.agent.request_timeout_ms, True)
    equal((shared.agent.stats["timeouts"], shared.agent.state), (0, "IDLE"))


def test_a_message_to_the_agent_that_the_application_reads_half_is_not_built_upon():
    shared = Shared().idle()
    shared.broker.inbox = publish(JOBS + b"notify-next", JOB)
    client = shared.agent.client

    def receive_from(*message):
        del client.receive_from
        raise KeyboardInterrupt

    client.receive_from = receive_from
    raises(KeyboardInterrupt, shared.link.check_msg)
    shared.idle()
    equal(shared.agent.last_error.reason, "the last step was not done to its end")
    equal((len(shared.broker.begun), shared.agent.stats["requests"]), (2, 2))


def test_all_that_one_poll_writes_waits_no_longer_than_five_seconds():
    for blocks, held in ((2_400, True), (4_900, False)):
        shared = Shared().idle()
        shared.broker.blocks = blocks  # the acknowledgement, and then the question
        shared.broker.inbox = publish(JOBS + b"notify-next", JOB, 1)
        before = shared.clock.now
        shared.poll(1, 0)
        equal(shared.clock.now - before, 2 * blocks if held else 5_000)
        equal(shared.link.connected, held)


def test_over_https_what_the_application_meets_is_the_agents_too():
    clock = Clock()
    link = HTTPSLink("host", tls=False, ticks_ms=clock)
    server = link.sock = FakeServer()
    agent = JobsAgent(link, "MyThing", ticks_ms=clock, **quiet({}))
    server.open_error = LinkError("tcp", "nobody listens")
    while clock.now < 600_000:
        agent.poll()
        try:
            link.poll()
        except LinkError:
            pass
        clock.now += 100
    equal((14 < server.opened < 50, agent.stats["link_errors"]), (True, server.opened))
    server.open_error = None
    server.answers = {0x50: ok()}
    for _ in range(700):
        agent.poll()
        clock.now += 100
    equal((agent.state, agent.last_error.stage), ("IDLE", "tcp"))
    agent._ask = True
    server.answers = {}
    agent.poll()
    link.open()  # by the application, which drops what waits for its answer
    server.answers = {0x50: ok()}
    for _ in range(110):
        agent.poll()
        clock.now += 100
    equal((agent.state, agent.stats["timeouts"]), ("IDLE", 0))
