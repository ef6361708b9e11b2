"""`tools/fleet`: its model does as real agents do, and meets its goals; the page says the same."""

import math
import xml.etree.ElementTree

import environment
import figures
import forked_tools
import pytest
import real_fleet
from fleet_simulation import picture, result, stories, table
from fleet_simulation.conduct import BEFORE, SettingError, conduct
from fleet_simulation.service import LevelError
from fleet_simulation.wheel import TICK_MS, Wheel

PAGE = environment.ROOT / "boards" / "FLEET.md"
WHOLE, SAMPLE = 1_000, 100
MORE = {"an outage of a large fleet": 300}  # else chance alone makes 10 %
QUOTAS = {"connects": 500, "filters": 500, "writes": 200}
LIKE_LIBRARY = 0.10
A_MILLION = pytest.param(1_000_000, marks=pytest.mark.exhaustive)
SIZES = (1_000, 10_000, 100_000, A_MILLION)
# Of the sample this would take as long as all of the others.
LONG = pytest.param("an outage without a fleet's size", marks=pytest.mark.exhaustive)
# A story, and the settings that matter in it. Each story meets the quotas.
CASES = {
    "an outage without a fleet's size": ("outage", {}, {}),
    "all at once without a fleet's size": ("power", {}, {}),
    "all at once in a fleet": ("power", {"fleet_size": 1_000}, {}),
    "an outage of a large fleet": ("outage", {"fleet_size": 60_000, "clean_session": False}, {}),
    "a job with progress": ("job-12", {}, {"rollout": 20_000}),
}


@pytest.mark.parametrize("name", [name if name != LONG.values[0] else LONG for name in CASES])
def test_the_model_serves_a_fleet_as_real_agents_are(name, exhaustive, record_property):
    story, settings, more = CASES[name]
    count = WHOLE if exhaustive else MORE.get(name, SAMPLE)
    quotas = {quota: rate * count / WHOLE for quota, rate in QUOTAS.items()}
    more = {key: value * count // WHOLE for key, value in more.items()}
    settings = real_fleet.settings(**settings)
    real = real_fleet.by_agents(story, count, settings, quotas, **more)
    model = real_fleet.by_model(story, count, settings, quotas, **more)
    times = list(
        zip(*(real_fleet.at_shares(each["served"]) for each in (real, model)), strict=True)
    )
    record_property("told", f"{count} agents at half, 90 % and 99 %: {times} ms")
    assert len(model["served"]) == count
    for agents, modelled in times:
        assert agents == pytest.approx(modelled, rel=LIKE_LIBRARY)
    assert real["handshakes"] == pytest.approx(model["handshakes"], rel=LIKE_LIBRARY)


@pytest.mark.parametrize("size", SIZES)
def test_a_fleet_is_up_as_soon_as_the_quotas_allow_and_connects_once(size):
    found = table.row("power", size, table.advised(size))
    assert found.served == found.wanted
    assert found.ratio() <= 1.1
    assert found.connections <= 1.1


@pytest.mark.parametrize("size", SIZES[2:])
def test_a_large_fleet_is_back_after_an_outage_as_soon_as_the_quotas_allow(size):
    # The whole fleet: a tenth of a bucket refuses by chance what a whole one lets pass.
    settings = table.advised(size)
    run = stories.run("outage", size, settings, table.raised(size, settings))
    found = result.of(run)
    assert found.served == found.wanted
    assert found.ratio() <= 1.1
    assert found.connections <= 1.5


def test_without_a_size_a_fleet_connects_in_vain():
    found = table.row("power", 10_000, BEFORE)
    assert found.connections > 4
    assert found.refused["connects"] > 0


def test_a_connection_that_is_lost_alone_is_soon_back_in_a_fleet_of_any_size():
    settings = table.advised(1_000_000)
    found = result.of(stories.run("churn", 1_000, settings, {}))
    assert found.times_s[1] < 5
    assert found.connections == pytest.approx(1, abs=0.01)


def test_more_than_the_account_may_connect_are_never_served():
    run = stories.run("power", 50, BEFORE, {"connections": 30})
    found = result.of(run)
    assert (found.served, found.times_s[1], found.ratio()) == (30, math.inf, math.inf)
    assert found.refused["connections"] > 0


@pytest.mark.parametrize("story", [name for name in stories.STORIES if name != "power"])
def test_a_story_in_which_more_are_connected_than_may_be_is_refused(story):
    exact = {"connections": 50, "subscriptions": 100}
    assert stories.run(story, 50, BEFORE, exact).boards.service.used == exact
    for name, number in exact.items():
        with pytest.raises(LevelError, match=f"--quota {name}={number}$"):
            stories.run(story, 50, BEFORE, {**exact, name: number - 1})


def test_throttled_progress_is_left_out_and_results_arrive():
    served = {}
    for drops in (True, False):
        settings = real_fleet.settings(drops_progress=drops)
        run = stories.run("job-12", 500, settings, {"writes": 20}, rollout=30_000)
        served[drops] = result.of(run)
        assert served[drops].served == 500
    assert served[True].requests < served[False].requests


def test_the_page_has_what_the_simulation_says():
    lines = figures.written(PAGE, table.NAME).splitlines()
    for when, settings in (("before", BEFORE), ("now", table.advised(1_000))):
        found = table.row("power", 1_000, settings)
        assert table._line("power", 1_000, when, found) in lines


def test_the_page_has_each_story_at_each_size():
    rows = [line.split(" | ")[:3] for line in figures.written(PAGE, table.NAME).splitlines()[2:]]
    assert rows == [
        [f"| {story}", f"{size:,}", when]
        for story in stories.STORIES
        for size in table.SIZES
        for when in ("before", "now")
    ]


def test_the_page_has_what_an_idle_day_costs():
    page = PAGE.read_text()
    for name, settings in (
        ("without these settings", BEFORE),
        ("with them", conduct(["keepalive=600"], table.advised(1_000))),
        ("with them, in a fleet of a million", conduct(["keepalive=600"], table.advised(10**6))),
    ):
        requests, size = result.idle_day(settings)
        assert f"| {name} | {requests:.1f} | {size / 1e3:.0f} kB |" in page


def test_settings_are_the_librarys_and_may_be_changed():
    settings = conduct(["retry_ms=5", "clean_session=0"], table.advised(7))
    assert (settings.retry_ms, settings.clean_session, settings.fleet_size) == (5, False, 7)
    assert (settings.max_retry_ms, settings.keepalive) == (60_000, 60)
    for text in ("bogus=1", "retry_ms", "retry_ms=-1", "retry_ms=x"):
        with pytest.raises(SettingError, match=text.partition("=")[0]):
            conduct([text], BEFORE)


def test_the_wheel_turns_in_the_order_of_time():
    wheel = Wheel()
    seen = []

    def handler(batch):
        seen.append((wheel.now_ms, list(batch)))
        if wheel.now_ms < 50:
            wheel.at(0, handler, 9)

    wheel.at(100, handler, 1)
    wheel.at(20, handler, 2)
    wheel.at(100, handler, 3)
    while wheel.step(1_000):
        pass
    assert seen[0] == (20, [2])
    assert seen[1] == (20 + TICK_MS, [9])
    assert seen[-1] == (100, [1, 3])


def test_the_picture_shows_what_passed_and_what_was_refused():
    run = stories.run("power", 3_000, BEFORE, {})
    root = xml.etree.ElementTree.fromstring(picture.svg(run.boards.service))
    bars = [each.get("fill") for each in root if each.tag.endswith("rect")]
    assert {"#2b6ca3", "#e8a33d"} <= set(bars)


def test_the_command(tmp_path):
    drawn = tmp_path / "fleet.svg"
    done = forked_tools.run("fleet", "--devices", "300", "--svg", str(drawn))
    assert done.returncode == 0
    assert "power, 300 boards:" in done.stdout
    assert drawn.read_text().startswith("<svg")
    wrong = forked_tools.run("fleet", "--quota", "speed=1")
    assert wrong.returncode == 2
    assert "'speed' is no quota" in wrong.stderr
    much = forked_tools.run("fleet", "--story", "churn", "--devices", "600000")
    assert much.returncode == 2
    assert much.stderr == (
        "fleet: all are connected when the story begins, which needs "
        "--quota connections=600000,subscriptions=1200000\n"
    )
