"""Storms within the service's quotas; any number by `tools/storm --quota`."""

import itertools

import pytest
from lockstep import quota_judge, sample, storm, storming, throttled, trace
from lockstep.schedule import HTTPS, Schedule
from lockstep.stories import HTTPS_STORIES, STORIES
from lockstep.trace import Event

SEEDS = 500
HTTPS_SEEDS = 100
SECONDS = (0, 1, 3, 7, 15, 31)  # as long waits as there may be


def of_seeds(count=SEEDS, link="mqtt"):
    return storming.all_within(storming.seeds(0, count, link)[0], None)


def test_every_job_ends_within_each_quota(all_hold):
    """Of the storms few that have each quota, and each number of it."""
    counts = all_hold(sample.fewest(of_seeds()))
    assert counts.schedules > 8
    assert counts.throttled > 5 * counts.schedules


@pytest.mark.exhaustive
def test_every_job_ends_within_quotas(all_hold):
    counts = all_hold(of_seeds())
    assert counts.schedules == SEEDS
    assert counts.throttled > 5 * SEEDS


@pytest.mark.exhaustive
def test_every_job_ends_within_quotas_over_https(all_hold):
    counts = all_hold(of_seeds(HTTPS_SEEDS, HTTPS))
    assert counts.throttled > 2 * HTTPS_SEEDS


def ends(verdict):
    """How the device was told that each job is over. That it is canceled is told it by
    notify-next, or by the rejection of its own report.
    """
    told = [e.what for e in verdict.events if e.kind == trace.LOG and e.what.startswith("end ")]
    return [what.replace("TerminalStateReached", "CANCELED") for what in told]


def test_every_story_ends_as_without_quotas(runner, exhaustive):
    """Each with each quota at its least; in the sample each once, and each quota once."""
    of_mqtt = {**throttled._REQUESTS, **throttled._OF_MQTT}
    times = 0
    for stories, limits in ((STORIES, of_mqtt), (HTTPS_STORIES, throttled._REQUESTS)):
        pairs = itertools.product(stories.values(), limits)
        if not exhaustive:
            pairs = zip(stories.values(), itertools.cycle(limits), strict=False)
        for story, name in pairs:
            expected = ends(runner.without_faults(story))
            verdict = runner.run(throttled.within(story, {name: limits[name][0]}), True)
            assert verdict.wrong == [], verdict
            assert (story.name, name, ends(verdict)) == (story.name, name, expected)
            times += verdict.throttled
    assert times > 30


def test_the_seeds_have_each_quota_with_each_number():
    tried = {pair for one in of_seeds() for pair in one.tries}
    there_are = {**throttled._REQUESTS, **throttled._OF_MQTT}
    assert tried == {(name, limit) for name, limits in there_are.items() for limit in limits}


def test_a_seed_says_which_quotas():
    one = storm.schedule(5)
    assert throttled.within_some(one) == throttled.within_some(one)
    assert throttled.within_some(one).with_(quotas={}) != one  # it has time to live with them


def test_the_schedule_s_quotas_count_by_its_time(runner):
    story = throttled.within(STORIES["progress"], {"writes": 0.1})
    verdict = runner.run(story, keep_trace=True)
    assert verdict.wrong == []
    assert verdict.throttled == sum(event.kind == trace.QUOTA for event in verdict.events) > 0
    served = [e.ms for e in verdict.events if e.kind == trace.RECEIVED and b"accepted" in e.what]
    assert len(served) > 3
    assert all(after - before >= 10_000 for before, after in itertools.pairwise(served))


@pytest.mark.parametrize(
    ("text", "limits"),
    [("reads=2,writes=0.5", {"reads": 2, "writes": 0.5}), ("any", None)],
)
def test_the_option_is_that_of_the_emulator(text, limits):
    assert storming.quotas_of(text) == limits


# --- the judge of times


def throttled_at(seconds, name="writes", between=()):
    """What is wrong with a device that was throttled at these times."""
    events = [Event(round(s * 1000), trace.QUOTA, f"the quota {name}=1 is used") for s in seconds]
    events += between
    events.sort(key=lambda event: event.ms)
    return [*quota_judge.wrong(Schedule("one", ()), events)]


@pytest.mark.parametrize("name", ["reads", "writes", "connects", "client-connects", "filters"])
def test_what_waits_longer_and_longer_is_well(name):
    assert throttled_at(SECONDS, name) == []
    assert throttled_at([s / 10 for s in SECONDS], name) == []
    (told,) = throttled_at([s / 20 for s in SECONDS], name)
    assert told == (
        "it was throttled 6 times in a row from 0 to 1550 ms: its back-off allows 31000 ms for "
        "that, and 1937.5 at the least"
    )


def test_the_longest_wait_is_the_agent_s():
    assert throttled_at([10 * n for n in range(40)]) == []
    assert throttled_at([3 * n for n in range(40)]) != []


def test_a_few_short_waits_are_chance():
    assert throttled_at([0, 0.001, 0.002, 0.003]) == []


@pytest.mark.parametrize(
    "event",
    [
        Event(2, trace.RECEIVED, b"0\x20\0\x18$aws/things/lamp/jobs/get/accepted{}"),
        Event(2, trace.RECEIVED, b"HTTP/1.1 200 OK\r\n\r\n"),
        Event(2, trace.LOG, "boot 2"),
    ],
)
def test_what_comes_between_begins_a_new_row(event):
    seconds = [0, 0.001, 0.002, 0.003, 0.004, 0.005]
    assert throttled_at(seconds) != []
    assert throttled_at(seconds, between=[event]) == []


def test_what_the_service_drops_by_itself_is_no_try():
    assert throttled_at([0.001] * 40, "deliveries") == []
    assert throttled_at([0.001] * 40, "queued") == []
