"""Jobs with a namespaceId: topics of their own, and nothing for a plain device (SERVICE.md,
Namespaces)."""

import pytest
from iotjobs_emulator.errors import ResourceNotFoundError
from jobs_world import World

SPACE = {"namespaceId": "aws-gg-deployment"}
NOTIFY = "notify-namespace-aws-gg-deployment"


@pytest.fixture
def world():
    """A plain job, and before and behind it one of a namespace."""
    world = World()
    for job_id, members in (("first", SPACE), ("plain", {}), ("second", SPACE)):
        world.create(job_id, **members)
    return world


def spaced(job_id, operation):
    return f"{job_id}/namespace-aws-gg-deployment/{operation}"


def test_a_plain_device_sees_nothing_of_it(world):
    assert world.pending() == ["plain"]
    assert world.start()["jobId"] == "plain"
    for operation in ("get", "update"):
        levels, answer = world.ask(f"first/{operation}", {"status": "SUCCEEDED"})
        assert (levels, answer["code"]) == ("rejected", "ResourceNotFound")
    world.update("plain", "SUCCEEDED")
    assert world.start() is None
    assert world.execution("first")["status"] == "QUEUED"


def test_what_joins_and_leaves_is_told_on_a_topic_of_the_namespace(world):
    assert world.told() == [
        ("lamp", NOTIFY, ["first"]),
        ("lamp", "notify", ["plain"]),
        ("lamp", "notify-next", "plain"),
        ("lamp", NOTIFY, ["first", "second"]),
    ]
    world.ask(spaced("first", "update"), {"status": "SUCCEEDED"})
    assert world.told() == [("lamp", NOTIFY, ["second"])]
    world.cancel("second")
    assert world.told() == [("lamp", NOTIFY, [])]


def test_a_client_of_the_namespace_describes_and_updates_it(world):
    levels, answer = world.ask(spaced("$next", "get"))
    assert levels == "accepted"
    assert answer["execution"]["jobId"] == "first"
    members = {"status": "IN_PROGRESS", "clientToken": "t", "includeJobExecutionState": True}
    levels, answer = world.ask(spaced("second", "update"), members)
    assert (levels, answer["clientToken"]) == ("accepted", "t")
    assert answer["executionState"]["versionNumber"] == 2
    _, answer = world.ask(spaced("$next", "get"))
    assert answer["execution"]["jobId"] == "second"
    assert world.ask(spaced("second", "get"))[1]["execution"]["status"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        (spaced("plain", "get"), "ResourceNotFound"),
        (spaced("ghost", "get"), "ResourceNotFound"),
        ("first/namespace-other/get", "ResourceNotFound"),
        ("first/namespace-/get", "InvalidRequest"),
        ("first/namespace-a b/get", "InvalidRequest"),
        (spaced("first", "start"), "InvalidTopic"),
        ("first/aws-gg-deployment/get", "InvalidTopic"),
        (spaced("first", "get/more"), "InvalidTopic"),
    ],
)
def test_what_is_no_operation_on_it_is_rejected(world, rest, code):
    levels, answer = world.ask(rest)
    assert (levels, answer["code"]) == ("rejected", code)


def test_a_payload_chooses_no_namespace(world):
    assert world.ask("first/get", SPACE)[1]["code"] == "ResourceNotFound"
    levels, answer = world.ask(spaced("first", "get"), {"namespaceId": "other"})
    assert (levels, answer["execution"]["jobId"]) == ("accepted", "first")


def test_the_control_plane_shows_the_namespace_and_selects_by_it(world):
    assert world.job("first")["namespaceId"] == "aws-gg-deployment"
    assert "namespaceId" not in world.job("plain")

    def listed(**members):
        jobs = world.control.list_jobs(members)["jobs"]
        params = {"thingName": "lamp", **members}
        executions = world.control.list_job_executions_for_thing(params)["executionSummaries"]
        assert [job["jobId"] for job in jobs] == [e["jobId"] for e in executions]
        return [job["jobId"] for job in jobs]

    assert listed() == ["second", "plain", "first"]
    assert listed(**SPACE) == ["second", "first"]
    assert listed(namespaceId="other") == []


@pytest.mark.parametrize(
    ("call", "members"),
    [
        ("update_job", {"description": "x"}),
        ("delete_job", {"force": True}),
        ("delete_job_execution", {"thingName": "lamp", "executionNumber": 1, "force": True}),
    ],
)
def test_an_operator_names_the_namespace_of_what_is_changed(world, call, members):
    operation = getattr(world.control, call)
    for wrong in ({}, {"namespaceId": "other"}):
        with pytest.raises(ResourceNotFoundError, match="namespace"):
            operation({"jobId": "first", **members, **wrong})
    with pytest.raises(ResourceNotFoundError, match="namespace"):
        operation({"jobId": "plain", **members, **SPACE})
    operation({"jobId": "first", **members, **SPACE})


def test_what_is_pending_in_any_namespace_ends_with_the_thing(world):
    world.engine.thing_deleted("lamp")
    for job_id in ("first", "plain", "second"):
        assert world.execution(job_id)["status"] == "REMOVED"


def test_a_namespace_outlives_its_process(tmp_path):
    first = World(str(tmp_path / "state"))
    first.create("job", **SPACE)
    second = first.restarted()
    assert second.pending() == []
    assert second.ask(spaced("$next", "get"))[1]["execution"]["jobId"] == "job"
