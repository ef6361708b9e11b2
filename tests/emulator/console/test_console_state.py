"""The state that the page shows, read from the tables of a whole emulator."""

from itertools import chain

import pytest
from iotjobs_emulator.arns import Arns
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.console.reader import JOBS_PAGE, PAGE, SHOWN_CLIENTS, StateReader
from iotjobs_emulator.emulator import ACCOUNT, REGION, Emulator
from iotjobs_emulator.mqtt.broker import Client
from jobs_world import START, World, retries

ARNS = Arns(REGION, ACCOUNT)


class State(World):
    """An emulator that listens nowhere, connections that are made up, and the reader of both."""

    def __init__(self, *things):
        self.emulator = Emulator(clock=VirtualClock(START))
        self.clock, self.engine = self.emulator.clock, self.emulator.engine
        self.data, self.control = self.engine.data, self.engine.control
        self.database, self.clients = self.emulator._database, []
        registry = self.emulator.registry
        self.whereabouts = self.emulator.console.whereabouts
        self.reader = StateReader(
            self.database,
            ARNS,
            lambda: self.clients,
            self.whereabouts,
            registry.list_thing_groups,
        )
        for name in things:
            registry.create_thing({"thingName": name})

    def connect(self, client_id, thing=None, since=START):
        self.clients.append(Client(client_id, thing, since, "MQTT"))

    def shown(self, job_id):
        return next(job for job in self.reader.jobs()["jobs"] if job["jobId"] == job_id)


def pages(ask, members, name):
    """All pages of a list, one after the other."""
    found, place = [], {}
    while True:
        page = ask(**place)
        found.append([item[members] for item in page[name]])
        if page["next"] is None:
            return found
        place = {"before" if name == "jobs" else "after": page["next"]}


def test_nothing_yet():
    state = State()
    assert state.reader.totals() == {
        "things": 0,
        "connectedThings": 0,
        "connections": 0,
        "jobs": 0,
    }
    assert state.reader.things() == {"things": [], "next": None}
    assert state.reader.jobs() == {"jobs": [], "next": None}
    assert state.reader.strangers() == state.reader.groups() == []


def test_a_thing_shows_its_connections_and_what_is_pending():
    state = State("lamp", "pump")
    state.connect("lamp", "lamp", since=START + 1)
    state.connect("lamp-debug", "lamp", since=START + 2)
    state.create("one", "lamp")
    state.create("two", "lamp")
    state.update("one", "IN_PROGRESS", "lamp")
    lamp, pump = state.reader.things()["things"]
    assert lamp.pop("device")["connectionCount"] == 2
    assert lamp == {
        "thingName": "lamp",
        "thingArn": ARNS.thing("lamp"),
        "connections": [
            {"clientId": "lamp", "since": START + 1, "protocol": "MQTT"},
            {"clientId": "lamp-debug", "since": START + 2, "protocol": "MQTT"},
        ],
        "pending": {"IN_PROGRESS": 1, "QUEUED": 1},
    }
    assert (pump["connections"], pump["pending"]) == ([], {})
    assert state.reader.totals() == {
        "things": 2,
        "connectedThings": 1,
        "connections": 2,
        "jobs": 2,
    }


def test_connections_are_bounded_and_counted():
    state = State("lamp")
    for number in range(30):
        state.connect(f"lamp-{number:02}", "lamp")
        state.connect(f"app-{number:02}")
    (lamp,) = state.reader.things()["things"]
    assert (lamp["device"]["connectionCount"], len(lamp["connections"])) == (30, SHOWN_CLIENTS)
    strangers = [client["clientId"] for client in state.reader.strangers()]
    assert strangers == [f"app-{number:02}" for number in range(SHOWN_CLIENTS)]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"text": "amp"}, ["Lamp", "lamp2"]),
        ({"text": "LAMP"}, ["Lamp", "lamp2"]),
        ({"text": "%"}, []),
        ({"text": "_"}, ["a_b"]),
        ({"connected": True}, ["lamp2", "valve"]),
        ({"connected": True, "text": "v"}, ["valve"]),
        ({"after": "a_b"}, ["lamp2", "valve"]),
    ],
)
def test_things_are_found_by_name_and_by_connection(options, found):
    state = State("Lamp", "lamp2", "a_b", "valve")
    state.connect("x", "valve")
    state.connect("y", "lamp2")
    state.connect("z", "gone")  # connected, and deleted meanwhile
    things = state.reader.things(**options)["things"]
    assert [thing["thingName"] for thing in things] == found


def test_things_come_in_pages_each_once():
    names = [f"t{number:03}" for number in range(2 * PAGE + 1)]
    found = pages(State(*names).reader.things, "thingName", "things")
    assert [len(page) for page in found] == [PAGE, PAGE, 1]
    assert list(chain(*found)) == names


def test_a_full_last_page_has_no_next_one():
    state = State(*[f"t{number:03}" for number in range(PAGE)])
    assert state.reader.things()["next"] is None


def test_jobs_come_in_pages_the_newest_first():
    state = State("lamp")
    ids = [f"job-{number}" for number in range(JOBS_PAGE + 2)]
    for job_id in ids:
        state.create(job_id, "lamp")
    found = pages(state.reader.jobs, "jobId", "jobs")
    assert [len(page) for page in found] == [JOBS_PAGE, 2]
    assert list(chain(*found)) == ids[::-1]


def test_a_job_counts_each_thing_by_its_latest_execution():
    state = State("a", "b", "c", "d")
    criteria = retries(FAILED=3)
    state.create("job", "a", "b", "c", "d", jobExecutionsRetryConfig=criteria, description="why")
    state.create("other", "a")
    state.update("job", "FAILED", "a")
    state.update("job", "SUCCEEDED", "b")
    state.update("job", "IN_PROGRESS", "c")
    job = state.shown("job")
    # What is done comes first; a's second execution counts, not its first.
    assert list(job["things"].items()) == [("SUCCEEDED", 1), ("IN_PROGRESS", 1), ("QUEUED", 2)]
    assert sum(job["things"].values()) == 4
    assert state.counts()["numberOfQueuedThings"] == 2
    assert {name: job[name] for name in job if name not in ("seq", "things")} == {
        "jobId": "job",
        "status": "IN_PROGRESS",
        "targetSelection": "SNAPSHOT",
        "description": "why",
        "createdAt": START,
        "lastUpdatedAt": START,
        "completedAt": None,
    }
    assert state.shown("other")["things"] == {"QUEUED": 1}


def test_what_a_former_thing_and_a_former_job_had_is_told_apart_by_its_seq():
    state = State("lamp")
    registry = state.emulator.registry
    registry.create_thing_group({"thingGroupName": "hall"})
    group = registry.describe_thing_group({"thingGroupName": "hall"})["thingGroupArn"]
    join = {"thingName": "lamp", "thingGroupName": "hall"}
    registry.add_thing_to_thing_group(join)
    members = {"jobId": "job", "document": "{}", "targets": [group]}
    state.control.create_job({**members, "targetSelection": "CONTINUOUS"})
    registry.delete_thing({"thingName": "lamp"})
    registry.create_thing({"thingName": "lamp"})
    registry.add_thing_to_thing_group(join)
    executions = state.reader.executions("job")["executions"]
    assert [(e["executionNumber"], e["status"]) for e in executions] == [
        (1, "REMOVED"),
        (1, "QUEUED"),
    ]
    seen = {e["seq"] for e in executions}
    assert len(seen) == 2
    before = state.shown("job")
    state.control.delete_job({"jobId": "job", "force": True})
    state.control.create_job(members)
    after = state.shown("job")
    assert after["createdAt"] == before["createdAt"]
    assert after["seq"] != before["seq"]
    (execution,) = state.reader.executions("job")["executions"]
    assert execution["seq"] not in seen


def test_executions_of_a_job_with_their_history():
    state = State("a", "b")
    state.create("job", "b", "a", timeoutConfig={"inProgressTimeoutInMinutes": 2})
    state.clock.advance(3)
    state.update("job", "IN_PROGRESS", "a")
    executions = state.reader.executions("job")
    assert executions["next"] is None
    b, a = executions["executions"]  # in the order of queueing
    assert (b["thingName"], b["status"], b["timesOutAt"]) == ("b", "QUEUED", None)
    assert {name: a[name] for name in a if name not in ("seq", "history", "device")} == {
        "thingName": "a",
        "executionNumber": 1,
        "status": "IN_PROGRESS",
        "versionNumber": 2,
        "queuedAt": START,
        "startedAt": START + 3,
        "lastUpdatedAt": START + 3,
        "timesOutAt": START + 3 + 120,
    }
    assert a["history"] == [
        {
            "versionNumber": version,
            "status": status,
            "time": time,
            "statusDetails": {},
            "statusDetailsCharacters": 2,
        }
        for version, status, time in ((1, "QUEUED", START), (2, "IN_PROGRESS", START + 3))
    ]


def test_executions_come_in_pages_and_by_status():
    names = [f"t{number:03}" for number in range(PAGE + 5)]
    state = State(*names)
    state.create("job", *names)
    state.create("other", *names)
    for name in names[-3:]:
        state.update("job", "FAILED", name)
    found = pages(
        lambda **place: state.reader.executions("job", **place), "thingName", "executions"
    )
    assert [len(page) for page in found] == [PAGE, 5]
    assert list(chain(*found)) == names
    failed = state.reader.executions("job", status="FAILED")["executions"]
    assert [execution["thingName"] for execution in failed] == names[-3:]


def test_groups_are_those_of_the_registry():
    state = State()
    arn = state.emulator.registry.create_thing_group({"thingGroupName": "hall"})["thingGroupArn"]
    assert state.reader.groups() == [{"groupName": "hall", "groupArn": arn}]


def test_a_registry_without_groups_is_none_at_all():
    state = State()
    reader = StateReader(state.database, ARNS, list, state.whereabouts)
    assert reader.groups() is None


def test_reading_changes_nothing_and_fires_no_timer():
    state = State("a")
    state.create("job", "a", timeoutConfig={"inProgressTimeoutInMinutes": 1})
    state.update("job", "IN_PROGRESS", "a")
    state.engine.take_notifications()
    state.clock.advance(3600)
    before = "\n".join(state.database._connection.iterdump())
    state.reader.things()
    state.reader.jobs()
    state.reader.executions("job")
    assert state.engine.take_notifications() == []
    assert "\n".join(state.database._connection.iterdump()) == before
