"""Scheduled jobs: start, end and its three behaviors, maintenance windows (SERVICE.md, Schedules).

All of it in the virtual clock.
"""

from datetime import datetime, timedelta, timezone

import pytest
from iotjobs_emulator.clock import VirtualClock
from iotjobs_emulator.errors import InvalidRequestError, InvalidStateTransitionError
from jobs_world import (
    MINUTE,
    START,
    World,
    abort,
    group_arn,
    job_arn,
    job_template_arn,
    per_minute,
    retries,
)

HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
MONDAY = 1_699_833_600  # 2023-11-13 00:00
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def after(seconds, start=START):
    """A time as schedulingConfig has it."""
    return datetime.fromtimestamp(start + seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def window(expression, minutes):
    return {"startTime": f"cron({expression})", "durationInMinutes": minutes}


def scheduled(world, job_id="job", *things, groups=(), config=None, **scheduling):
    return world.create(
        job_id, *things, groups=groups, schedulingConfig=scheduling, **config or {}
    )


def continuous(world, *things, config=None, groups=(), **scheduling):
    config = {"targetSelection": "CONTINUOUS", **(config or {})}
    return scheduled(world, "job", *things, groups=groups, config=config, **scheduling)


def statuses(world, thing="lamp", job_id="job"):
    params = {"thingName": thing, "jobId": job_id}
    summaries = world.control.list_job_executions_for_thing(params)["executionSummaries"]
    return [summary["jobExecutionSummary"]["status"] for summary in reversed(summaries)]


@pytest.fixture
def week():
    """A world in which a week begins, with a group of five things."""
    world = World(clock=VirtualClock(MONDAY))
    world.things.update("abcdef")
    world.join("all", *"abcde")
    world.told()
    return world


# --- the week


def test_a_job_with_maintenance_windows_over_a_week(week):
    """Windows of an hour on Tuesday, Thursday and Saturday at 02:00; two things a minute, so that
    the first window takes all; b starts and fails late, c not at all; another thing joins.
    """
    continuous(
        week,
        groups=["all"],
        config={
            "jobExecutionsRolloutConfig": per_minute(2),
            "jobExecutionsRetryConfig": retries(FAILED=1),
        },
        maintenanceWindows=[window("0 2 ? * TUE,THU,SAT *", 60)],
    )
    assert week.job("job")["status"] == "SCHEDULED"
    assert week.told() == []
    things_to_do = {
        "Tue 02:05": lambda: (week.start("a"), week.update("job", "SUCCEEDED", "a")),
        "Tue 02:50": lambda: (week.start("b"), week.start("d"), week.start("e")),
        "Tue 02:55": lambda: week.update("job", "SUCCEEDED", "d"),
        "Tue 20:00": lambda: week.update("job", "FAILED", "b"),  # its retry waits for Thursday
        "Wed 12:00": lambda: week.join("all", "f"),
        "Thu 02:30": lambda: [week.start(t) and week.update("job", "SUCCEEDED", t) for t in "bf"],
        "Fri 00:00": lambda: week.update("job", "SUCCEEDED", "e"),
        "Sat 02:10": lambda: week.start("c") and week.update("job", "SUCCEEDED", "c"),
        "Sun 24:00": lambda: None,
    }
    seen = []

    def look():
        """Time, status, and who sees the job, whenever one of these has changed."""
        moment = datetime.fromtimestamp(week.clock.time(), timezone.utc)
        pending = "".join(thing for thing in "abcdef" if week.pending(thing))
        now = week.job("job")["status"], pending
        if not seen or seen[-1][1:] != now:
            seen.append((f"{WEEKDAYS[moment.weekday()]} {moment:%H:%M}", *now))

    look()
    for text, act in things_to_do.items():
        day, hour, minute = WEEKDAYS.index(text[:3]), int(text[4:6]), int(text[7:])
        instant = MONDAY + day * DAY + hour * HOUR + minute * MINUTE
        while (deadline := week.engine.next_deadline()) <= instant:
            week.wait(deadline - week.clock.time())
            look()
        week.wait(instant - week.clock.time())
        act()
        look()
    assert seen == [
        ("Mon 00:00", "SCHEDULED", ""),
        ("Tue 02:00", "IN_PROGRESS", "ab"),
        ("Tue 02:01", "IN_PROGRESS", "abcd"),
        ("Tue 02:02", "IN_PROGRESS", "abcde"),
        ("Tue 02:05", "IN_PROGRESS", "bcde"),
        ("Tue 02:55", "IN_PROGRESS", "bce"),
        ("Tue 03:00", "SCHEDULED", "be"),  # what is queued waits unseen, what runs goes on
        ("Tue 20:00", "SCHEDULED", "e"),
        ("Thu 02:00", "IN_PROGRESS", "bcef"),
        ("Thu 02:30", "IN_PROGRESS", "ce"),
        ("Thu 03:00", "SCHEDULED", "e"),
        ("Fri 00:00", "SCHEDULED", ""),
        ("Sat 02:00", "IN_PROGRESS", "c"),
        ("Sat 02:10", "IN_PROGRESS", ""),
        ("Sat 03:00", "SCHEDULED", ""),
    ]
    assert statuses(week, "b") == ["FAILED", "SUCCEEDED"]
    assert week.counts() == {"numberOfSucceededThings": 6}


# --- start and end


def test_a_job_waits_for_its_start_and_then_rolls_out(world):
    world.things.update("abc")
    scheduled(
        world,
        "job",
        *"abc",
        startTime=after(HOUR),
        config={"jobExecutionsRolloutConfig": per_minute(2)},
    )
    job = world.job("job")
    assert (job["status"], job["isConcurrent"]) == ("SCHEDULED", False)
    assert "processingTargets" not in job["jobProcessDetails"]
    assert "scheduledJobRollouts" not in job
    world.wait(HOUR - 1)
    assert world.told() == []
    assert world.start("a") is None
    world.wait(1)
    job = world.job("job")
    assert (job["status"], job["isConcurrent"]) == ("IN_PROGRESS", True)
    assert job["lastUpdatedAt"] == START + HOUR
    assert [told[:2] for told in world.told() if told[1] == "notify"] == [
        ("a", "notify"),
        ("b", "notify"),
    ]
    assert world.execution("job", "a")["queuedAt"] == START + HOUR
    world.wait(MINUTE)
    assert world.pending("c") == ["job"]


def test_a_scheduled_snapshot_job_is_completed_as_any_other(world):
    scheduled(world, startTime=after(HOUR), endTime=after(3 * HOUR), endBehavior="CANCEL")
    world.wait(HOUR)
    world.update("job", "SUCCEEDED")
    assert world.job("job")["status"] == "COMPLETED"
    assert world.engine.next_deadline() is None


def test_a_scheduled_job_for_nobody_is_completed_at_its_start(world):
    world.groups["none"] = []
    targets = {"targets": [group_arn("none")]}
    scheduled(world, config=targets, startTime=after(HOUR))
    assert world.job("job")["status"] == "SCHEDULED"
    world.wait(HOUR)
    assert world.job("job")["status"] == "COMPLETED"


# what is QUEUED, what is IN_PROGRESS, what has not been rolled out, and the job; then its end
ENDS = [
    (None, "QUEUED", "IN_PROGRESS", "IN_PROGRESS"),
    ("STOP_ROLLOUT", "QUEUED", "IN_PROGRESS", "IN_PROGRESS"),
    ("CANCEL", "CANCELED", "IN_PROGRESS", "IN_PROGRESS"),
    ("FORCE_CANCEL", "CANCELED", "CANCELED", "COMPLETED"),
]


@pytest.mark.parametrize("selection", ["SNAPSHOT", "CONTINUOUS"])
@pytest.mark.parametrize(("behavior", "queued", "running", "status"), ENDS)
def test_the_end_stops_the_roll_out_and_treats_executions_as_it_says(
    world, behavior, queued, running, status, selection
):
    world.things.update("abc")
    scheduling = {"endTime": after(30 * MINUTE), "endBehavior": behavior}
    config = {
        "jobExecutionsRolloutConfig": per_minute(2),
        "targetSelection": selection,
        "jobExecutionsRetryConfig": retries(ALL=5),
    }
    world.create("job", *"ab", schedulingConfig=scheduling, **config)
    assert world.job("job")["status"] == "IN_PROGRESS"
    world.start("a")
    world.control.update_job(
        {"jobId": "job", "jobExecutionsRolloutConfig": {"maximumPerMinute": 1}}
    )
    world.wait(30 * MINUTE - 1)
    assert (statuses(world, "a"), statuses(world, "b")) == (["IN_PROGRESS"], ["QUEUED"])
    world.wait(1)
    assert (statuses(world, "a"), statuses(world, "b")) == ([running], [queued])
    job = world.job("job")
    assert job["status"] == status
    assert job.get("completedAt") == (START + 30 * MINUTE if status == "COMPLETED" else None)
    for thing, state in (("a", running), ("b", queued)):
        if state in ("QUEUED", "IN_PROGRESS"):
            assert world.pending(thing) == ["job"]
            world.update("job", "FAILED", thing)  # and no retry follows
        else:
            with pytest.raises(InvalidStateTransitionError):
                world.update("job", "SUCCEEDED", thing)
    assert world.job("job")["status"] == "COMPLETED"
    assert world.engine.next_deadline() is None


def test_who_is_not_reached_by_the_end_never_is(world):
    world.things.update("abc")
    continuous(
        world,
        *"abc",
        config={"jobExecutionsRolloutConfig": per_minute(1)},
        endTime=after(DAY),
        maintenanceWindows=[window("14 22 * * ? *", 1)],
    )
    world.wait(3 * DAY)
    assert [statuses(world, thing) for thing in "abc"] == [["QUEUED"], [], []]
    assert world.counts() == {"numberOfQueuedThings": 1}
    assert world.job("job")["status"] == "IN_PROGRESS"
    world.update("job", "SUCCEEDED", "a")
    assert world.job("job")["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("behavior", "told"),
    [
        ("STOP_ROLLOUT", [("lamp", "notify", ["job"]), ("lamp", "notify-next", "job")]),
        ("CANCEL", []),
        ("FORCE_CANCEL", []),
    ],
)
def test_an_end_between_two_windows(behavior, told):
    """What waits unseen is seen again where it goes on; of what is canceled nobody is told."""
    world = World(clock=VirtualClock(MONDAY))
    continuous(
        world,
        endTime=after(36 * HOUR, MONDAY),
        endBehavior=behavior,
        maintenanceWindows=[window("0 2 * * ? *", 60)],
    )
    world.wait(30 * HOUR)
    assert world.told()[-2:] == [("lamp", "notify", []), ("lamp", "notify-next", None)]
    world.wait(6 * HOUR)
    assert world.told() == told
    goes_on = behavior == "STOP_ROLLOUT"
    assert statuses(world) == ["QUEUED" if goes_on else "CANCELED"]
    assert world.job("job")["status"] == ("IN_PROGRESS" if goes_on else "COMPLETED")
    assert "scheduledJobRollouts" not in world.job("job")


def test_nobody_joins_after_the_end_and_who_leaves_loses_what_is_queued(world):
    world.join("lights", "lamp")
    continuous(world, groups=["lights"], endTime=after(HOUR))
    world.wait(HOUR)
    world.join("lights", "pump")
    assert world.pending("pump") == []
    world.leave("lights", "lamp")
    assert statuses(world) == ["REMOVED"]
    assert world.job("job")["status"] == "COMPLETED"


# --- maintenance windows


def test_the_next_seven_windows_are_shown_and_none_after_the_end():
    world = World(clock=VirtualClock(MONDAY))
    windows = [window("0 2 ? * TUE *", 60), window("0 2 1 * ? *", 30)]
    continuous(
        world,
        startTime=after(DAY + 3 * HOUR, MONDAY),
        endTime=after(50 * DAY, MONDAY),
        maintenanceWindows=windows,
    )
    days = ["2023-11-21", "2023-11-28", "2023-12-01", "2023-12-05", "2023-12-12", "2023-12-19"]
    shown = [{"startTime": f"{day}T02:00:00Z"} for day in [*days, "2023-12-26"]]
    assert world.job("job")["scheduledJobRollouts"] == shown
    world.wait(8 * DAY + 2 * HOUR)
    shown = [*shown[1:], {"startTime": "2024-01-01T02:00:00Z"}]
    assert world.job("job")["status"] == "IN_PROGRESS"
    assert world.job("job")["scheduledJobRollouts"] == shown
    world.wait(30 * DAY)
    assert world.job("job")["scheduledJobRollouts"] == shown[-2:]
    assert world.job("job")["schedulingConfig"]["maintenanceWindows"] == windows


def test_a_window_that_is_open_at_the_beginning_is_not_waited_for_but_the_next_one(world):
    continuous(world, maintenanceWindows=[window("0 22 * * ? *", 60)])  # it is 22:13
    assert world.job("job")["status"] == "SCHEDULED"
    world.wait(DAY)
    assert world.job("job")["status"] == "IN_PROGRESS"


def test_windows_that_overlap_are_one(world):
    continuous(world, maintenanceWindows=[window("0 0 * * ? *", 60), window("30 0 * * ? *", 60)])
    world.wait(2 * HOUR)
    assert world.pending() == ["job"]
    world.told()
    world.wait(HOUR)
    assert world.told() == []
    world.wait(HOUR)
    assert world.job("job")["status"] == "SCHEDULED"


@pytest.fixture
def closed():
    """The first window of the lamp's job has closed; it has not been started."""
    world = World(clock=VirtualClock(MONDAY))
    world.join("lights", "lamp")
    config = {
        "jobExecutionsRetryConfig": retries(ALL=1),
        "abortConfig": abort("FAILED", 100, 2),
    }
    continuous(
        world, groups=["lights"], config=config, maintenanceWindows=[window("0 2 * * ? *", 60)]
    )
    world.wait(3 * HOUR)
    world.told()
    return world


def test_what_is_queued_between_two_windows_is_in_no_list(closed):
    assert closed.start() is None
    assert closed.data.describe_job_execution({"thingName": "lamp", "jobId": "$next"}) == {}
    closed.create("other")
    assert closed.pending() == ["other"]
    assert closed.told() == [("lamp", "notify", ["other"]), ("lamp", "notify-next", "other")]
    # But it is there for whoever knows it by name.
    assert closed.describe("job")["status"] == "QUEUED"
    closed.wait(DAY - HOUR)
    assert closed.pending() == ["job", "other"]
    assert closed.told() == [
        ("lamp", "notify", ["job", "other"]),
        ("lamp", "notify-next", "job"),
    ]


def test_what_is_begun_by_its_name_between_two_windows_is_seen(closed):
    closed.update("job", "IN_PROGRESS")
    assert closed.told() == [("lamp", "notify", ["job"]), ("lamp", "notify-next", "job")]


def test_who_leaves_between_two_windows_is_removed_without_a_word(closed):
    closed.leave("lights", "lamp")
    assert statuses(closed) == ["REMOVED"]
    assert closed.told() == []
    closed.join("lights", "lamp")
    assert statuses(closed) == ["REMOVED"]
    closed.wait(DAY)
    assert statuses(closed) == ["REMOVED", "QUEUED"]


def test_a_thing_that_is_deleted_between_two_windows_is_removed(closed):
    closed.engine.thing_deleted("lamp")
    assert statuses(closed) == ["REMOVED"]


def test_executions_that_fail_between_two_windows_abort_the_job(closed):
    closed.update("job", "FAILED")
    assert statuses(closed) == ["FAILED", "QUEUED"]
    assert closed.pending() == []
    closed.update("job", "FAILED")
    assert closed.job("job")["status"] == "CANCELED"
    assert closed.engine.next_deadline() is None


def test_a_job_is_canceled_between_two_windows_without_a_word(closed):
    closed.cancel()
    assert statuses(closed) == ["CANCELED"]
    assert closed.told() == []
    closed.wait(2 * DAY)
    assert closed.job("job")["status"] == "CANCELED"


def test_only_force_deletes_a_scheduled_job(closed):
    with pytest.raises(InvalidStateTransitionError, match="SCHEDULED"):
        closed.delete()
    closed.delete(force=True)
    assert closed.told() == []
    assert closed.engine.next_deadline() is None


def test_a_scheduled_job_is_updated(closed):
    closed.control.update_job({"jobId": "job", "description": "Later."})
    assert closed.job("job")["description"] == "Later."


def test_a_scheduled_job_is_listed_as_such(closed):
    closed.create("other")
    [listed] = closed.control.list_jobs({"status": "SCHEDULED"})["jobs"]
    assert (listed["jobId"], listed["isConcurrent"]) == ("job", False)


def test_a_time_out_of_what_runs_between_two_windows_queues_its_retry_unseen(closed):
    closed.update("job", "IN_PROGRESS", stepTimeoutInMinutes=5)
    closed.told()
    closed.wait(5 * MINUTE)
    assert statuses(closed) == ["TIMED_OUT", "QUEUED"]
    assert closed.told() == [("lamp", "notify", []), ("lamp", "notify-next", None)]


def test_while_windows_follow_each_other_without_a_gap_nothing_is_looked_at(week):
    continuous(week, "a", maintenanceWindows=[window("* * * * ? *", 1430)])
    week.wait(30)
    assert week.job("job")["status"] == "IN_PROGRESS"
    assert week.engine.next_deadline() == MONDAY + 1430 * MINUTE
    week.wait(7 * DAY)
    assert week.job("job")["status"] == "IN_PROGRESS"
    assert week.engine.next_deadline() == MONDAY + 8 * 1430 * MINUTE


def test_a_schedule_outlives_its_process(tmp_path):
    first = World(str(tmp_path / "state"), clock=VirtualClock(MONDAY))
    continuous(
        first, endTime=after(3 * DAY, MONDAY), maintenanceWindows=[window("0 2 * * ? *", 60)]
    )
    first.clock.advance(2.5 * HOUR)
    second = first.restarted()
    second.engine.run_timers()
    assert second.pending() == ["job"]
    third = second.restarted()
    third.wait(HOUR)
    assert third.job("job")["status"] == "SCHEDULED"
    third.wait(4 * DAY)
    assert third.job("job")["status"] == "IN_PROGRESS"
    third.update("job", "SUCCEEDED")
    assert third.job("job")["status"] == "COMPLETED"


def test_a_late_look_does_all_that_has_been_due_each_at_its_instant():
    world = World(clock=VirtualClock(MONDAY))
    world.things.update("ab")
    continuous(
        world,
        *"ab",
        config={"jobExecutionsRolloutConfig": per_minute(1)},
        endTime=after(3 * DAY, MONDAY),
        endBehavior="FORCE_CANCEL",
        maintenanceWindows=[window("0 2 * * ? *", 1)],
    )
    world.wait(30 * DAY)
    queued = [world.execution("job", thing)["queuedAt"] for thing in "ab"]
    assert queued == [MONDAY + 2 * HOUR, MONDAY + DAY + 2 * HOUR]
    assert world.job("job")["completedAt"] == MONDAY + 3 * DAY


# --- templates


WINDOWS = [window("0 2 * * ? *", 60)]


def test_the_windows_of_a_template_are_those_of_its_jobs(world):
    world.create_template("t", maintenanceWindows=WINDOWS)
    described = world.control.describe_job_template({"jobTemplateId": "t"})
    assert described["maintenanceWindows"] == WINDOWS
    end = {"endTime": after(DAY)}
    for job_id, given, config in (
        ("a", {}, {"maintenanceWindows": WINDOWS}),
        ("b", {"schedulingConfig": end}, {"maintenanceWindows": WINDOWS, **end}),
        ("c", {"schedulingConfig": {"maintenanceWindows": []}}, {}),
    ):
        given = {"targetSelection": "CONTINUOUS", **given}
        world.create_from(job_template_arn("t"), job_id, **given)
        assert world.job(job_id)["schedulingConfig"] == config
    with pytest.raises(InvalidRequestError, match="CONTINUOUS"):
        world.create_from(job_template_arn("t"), "d")


def test_a_template_takes_the_windows_of_the_job_that_is_its_basis(world):
    continuous(world, endTime=after(DAY), maintenanceWindows=WINDOWS)
    world.create_template("t", document=None, jobArn=job_arn("job"))
    described = world.control.describe_job_template({"jobTemplateId": "t"})
    assert described["maintenanceWindows"] == WINDOWS
    assert "schedulingConfig" not in described


# --- what is accepted


YEAR = timedelta(days=366).total_seconds()  # from 2023-11-14 on: 2024 has a 29th of February
ONE = {"startTime": "cron(0 2 * * ? *)", "durationInMinutes": 1}


@pytest.mark.parametrize(
    "config",
    [
        {"startTime": after(30 * MINUTE)},
        {"startTime": after(YEAR)},
        {"startTime": "2023-11-15 18:00"},
        {"startTime": "2023-11-15T18:00"},
        {"startTime": "2023-11-15T18:00:59.5Z"},
        {"startTime": "2023-11-15T01:00+0200"},
        {"startTime": "2023-11-14T20:00:00-08:00"},
        {"endTime": after(30 * MINUTE)},
        {"endTime": after(YEAR + 365 * DAY)},
        {"startTime": after(30 * MINUTE), "endTime": after(60 * MINUTE)},
        {"endTime": after(DAY), "endBehavior": "STOP_ROLLOUT"},
        {"maintenanceWindows": [ONE, {**ONE, "durationInMinutes": 1430}]},
        {"maintenanceWindows": [{**ONE, "startTime": "cron(0 2 ? JAN MON#1 2024/2)"}]},
    ],
)
def test_a_schedule_within_the_limits_is_kept_and_shown_as_it_was_given(world, config):
    continuous(world, **config)
    assert world.job("job")["schedulingConfig"] == config


@pytest.mark.parametrize("config", [{}, {"startTime": None}, {"maintenanceWindows": []}])
def test_a_schedule_that_says_nothing_is_none(world, config):
    continuous(world, **config)
    assert world.job("job")["status"] == "IN_PROGRESS"
    assert world.job("job")["schedulingConfig"] == {}
    assert world.engine.next_deadline() is None


@pytest.mark.parametrize(
    ("named", "config"),
    [
        ("startTime", {"startTime": after(30 * MINUTE - 1)}),
        ("startTime", {"startTime": after(-DAY)}),
        ("startTime", {"startTime": after(YEAR + 1)}),
        ("endTime", {"endTime": after(30 * MINUTE - 1)}),
        ("endTime", {"endTime": after(YEAR + 365 * DAY + 1)}),
        ("endTime", {"startTime": after(HOUR), "endTime": after(HOUR + 30 * MINUTE - 1)}),
        ("endTime", {"startTime": after(2 * HOUR), "endTime": after(HOUR)}),
        ("endTime", {"endTime": "9999-12-31T23:59-12:00"}),
        *(
            ("startTime", {"startTime": text})
            for text in (
                *("", "x", "2023-11-15", "18:00", "2023-11-31T18:00", "2023-11-15T24:00", 5, []),
                *("1700090000", "2023-11-15T18:00:00 Z", "2023-W46-3T18:00", "20231115T180000"),
                *("0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"),  # in UTC no year of Python
            )
        ),
        ("endBehavior", {"endBehavior": "CANCEL"}),
        ("endBehavior", {"startTime": after(HOUR), "endBehavior": "CANCEL"}),
        ("endBehavior", {"endTime": after(HOUR), "endBehavior": "STOP"}),
        ("maintenanceWindows", {"maintenanceWindows": "x"}),
        ("maintenanceWindows", {"maintenanceWindows": ["x"]}),
        ("startTime", {"maintenanceWindows": [{"durationInMinutes": 1}]}),
        ("durationInMinutes", {"maintenanceWindows": [{"startTime": "cron(0 2 * * ? *)"}]}),
        *(
            ("durationInMinutes", {"maintenanceWindows": [{**ONE, "durationInMinutes": n}]})
            for n in (0, 1431, "5", 1.5, True)
        ),
        *(
            ("maintenanceWindows.startTime", {"maintenanceWindows": [{**ONE, "startTime": text}]})
            for text in ("daily", "0 2 * * ? *", "cron(0 2 * * * *)", "cron(0 0 30 2 ? *)")
        ),
        ("startTime", {"maintenanceWindows": [{**ONE, "startTime": "x" * 257}]}),
    ],
)
def test_a_schedule_beyond_the_limits_is_refused_by_the_name_of_a_member(world, named, config):
    with pytest.raises(InvalidRequestError, match=named) as caught:
        continuous(world, **config)
    assert caught.value.message.isascii()
    assert world.control.list_jobs({}) == {"jobs": []}


def test_windows_are_for_continuous_jobs(world):
    with pytest.raises(InvalidRequestError, match="CONTINUOUS"):
        scheduled(world, maintenanceWindows=[ONE])


def test_a_year_ahead_of_a_29th_of_february_is_the_1st_of_march():
    leap = VirtualClock(datetime(2024, 2, 29, 12, tzinfo=timezone.utc).timestamp())
    world = World(clock=leap)
    scheduled(world, startTime="2025-03-01T12:00:00Z")
    with pytest.raises(InvalidRequestError, match="startTime"):
        scheduled(world, "other", startTime="2025-03-01T12:00:01Z")
