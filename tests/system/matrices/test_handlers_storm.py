"""Random schedules in which the handlers misbehave, crossed with all else that can go wrong; any
number by `tools/storm --handlers`.
"""

import ast

import environment
import pytest
from lockstep import conducts, misconduct, sample, storming, trace
from lockstep.schedule import HOOKS, HTTPS

SEEDS = 500
HTTPS_SEEDS = 100


def of_seeds(count=SEEDS, link="mqtt"):
    return storming.seeds(0, count, link, handlers=True)[0]


def test_every_job_ends_and_no_poll_raises_in_storms_of_every_kind(all_hold):
    """Of the storms few that have in them whatever is in any."""
    counts = all_hold(sample.fewest(of_seeds()))
    assert counts.schedules >= 20
    assert counts.lives > 3 * counts.schedules


def test_it_is_so_over_https(all_hold):
    counts = all_hold(sample.fewest(of_seeds(HTTPS_SEEDS, HTTPS)))
    assert counts.schedules > 15


@pytest.mark.exhaustive
def test_every_job_ends_and_no_poll_raises_in_a_storm(all_hold):
    counts = all_hold(of_seeds())
    assert counts.schedules == SEEDS
    assert counts.lives > 4 * SEEDS


@pytest.mark.exhaustive
def test_it_is_so_in_a_storm_over_https(all_hold):
    counts = all_hold(of_seeds(HTTPS_SEEDS, HTTPS))
    assert counts.lives > 4 * HTTPS_SEEDS


def inputs(schedules):
    """Of each handler that misbehaves in them, what its document gives it."""
    for schedule in schedules:
        for document in schedule.documents().values():
            if "version" in document:
                yield from (step["action"]["input"] for step in document["steps"])
            else:
                yield document


def test_the_seeds_have_every_value_at_every_place():
    tried = {(one["place"], one["value"]) for one in inputs(of_seeds()) if "place" in one}
    assert len(tried) == misconduct.PAIRS == len(conducts.PLACES) * conducts.VALUES > 1_500


def test_the_sample_has_every_place_and_conduct_and_all_that_they_are_crossed_with():
    tried = set()
    for schedule in sample.fewest(of_seeds()):
        tried.update(schedule.tries)
    wanted = {
        *(("place", place, ended) for place in conducts.PLACES for ended in (True, False)),
        *(("value", value) for value in range(conducts.VALUES)),
        *(("conduct", name) for name in (*conducts.CONDUCTS, *conducts.TASK_CONDUCTS)),
        *(("hook", hook, True) for hook in HOOKS),
        *(("act", act) for act in ("cancel_job_execution", "cancel_job", "delete_job")),
        *(("flash", how) for how in ("full", "broken")),
        *(("cut", kind) for kind in ("flash", "unsent", "sent", "received", "handled", "time")),
        *(("rate", rate) for rate in (None, 500, 1_000, 2_000, 5_000)),
        *(("rival", ms) for ms in (None, 200, 1_000, 5_000, 20_000)),
        *(("max_starts", starts) for starts in (1, 2, 3, 10)),
        *((name, does) for name in ("restarts", "tasks") for does in (True, False)),
        *(("fault", action) for action in ("drop", "delay", "cut", "silent", "reject", "refuse")),
        ("offline", True),
        ("in steps",),
        ("operation", "odd_once", False),
    }
    assert wanted <= tried


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [
        ("conducts.py", ast.FunctionDef, conducts.CONDUCTS),
        ("task_conducts.py", ast.AsyncFunctionDef, conducts.TASK_CONDUCTS),
    ],
)
def test_each_conduct_that_has_a_name_is_a_handler(name, kind, wanted):
    text = (environment.TOOLS / "lockstep" / "device" / name).read_text()
    found = [node.name for node in ast.parse(text).body if isinstance(node, kind)]
    assert [name for name in found if not name.startswith("_")] == [*wanted]


def lines(verdict):
    return [event.what for event in verdict.events if isinstance(event.what, str)]


def create_odd(job_id, at_ms=0, **document):
    return misconduct.create(
        at_ms, job_id, **{"operation": "odd", "ms": 300, "pad": "", **document}
    )


def of_acts(*acts, **changes):
    """A schedule of these acts, and of nothing else that the seeds have."""
    agent = {"max_starts": 2, "job_timeout_minutes": 1}
    return storming.Schedule(
        "alone", acts, agent=agent, watchdog_ms=8_000, limit_ms=600_000, **changes
    )


def alone(document, **changes):
    """A schedule with one misbehaving job, and one that behaves."""
    good = misconduct.create(0, "good0", "plain")
    return of_acts(create_odd("bad0", **document), good, **changes)


def test_a_handler_that_hangs_is_ended_by_the_watchdog_and_not_started_for_ever(runner):
    verdict = runner.run(alone(document={"conduct": "hangs_later"}), keep_trace=True)
    assert verdict.wrong == []
    assert lines(verdict).count("watchdog") == 2
    assert verdict.device["lives"] == 3


def test_a_handler_that_is_deaf_to_its_end_costs_other_tasks_but_no_other_job(runner):
    deaf = create_odd("bad0", conduct="is_deaf_to_its_end")
    others = create_odd("bad1", conduct="fails_in_a_task"), misconduct.create(0, "good0", "plain")
    verdict = runner.run(of_acts(deaf, *others, tasks=True), keep_trace=True)
    assert verdict.wrong == []
    told = lines(verdict)
    ends = [line for line in told if line.startswith("end ")]
    assert ends == ["end FAILED", "end FAILED", "end SUCCEEDED"]
    assert "earlier job does not end" in trace.text(verdict.events)


def test_a_watchdog_that_bites_elsewhere_is_seen(runner):
    """Here the program does not feed it while all is well."""
    quick = alone(document={"conduct": "never_ends"}).with_(watchdog_ms=150)
    assert any("which does not hang" in told for told in runner.run(quick).wrong)


def test_a_loop_that_has_waited_has_fed_the_watchdog_before_a_handler_blocks(runner):
    """As in seed 5482: 4 s without anything to do, then a handler that blocks for 5 s."""
    for at_ms in range(11_000, 19_000, 1_000):
        late = create_odd("bad0", at_ms, conduct="swallows", ms=1_200)
        # Within the poll that is told of the job it is asked for, and begun.
        verdict = runner.run(of_acts(late, hooks=("event polls",)), keep_trace=True)
        assert verdict.wrong == []
        assert "watchdog" not in lines(verdict)


def test_all_that_happened_is_shown_where_it_is_asked_for(runner):
    verdict = runner.run(alone({"conduct": "resets_for_ever"}), keep_trace=True)
    assert "lines before" in str(verdict)
    assert len(verdict.told().splitlines()) == 1 + len(verdict.events)


def test_a_job_that_ends_otherwise_than_it_may_is_seen(runner, monkeypatch):
    monkeypatch.setitem(conducts.CONDUCTS, "leaves", conducts.Conduct())
    wrong = runner.run(alone(document={"conduct": "leaves"})).wrong
    assert len(wrong) == 1
    assert wrong[0].startswith("bad0 1: it is FAILED with 'SystemExit")


def test_what_goes_on_after_its_limit_is_seen(runner, monkeypatch):
    late = alone(document={"conduct": "never_ends"})
    assert runner.run(late).wrong == []
    monkeypatch.setattr(storming.Schedule, "job_timeout_ms", lambda self: 30_000)
    wrong = runner.run(late.with_(name="late")).wrong
    assert wrong and "30000 are the limit" in wrong[0]


def test_bytes_come_as_slowly_as_the_line_is(runner):
    document = {"conduct": "swallows", "pad": "x" * 2_500}
    taken = {}
    for rate in (None, 500, 5_000):
        verdict = runner.run(alone(document=document, rate=rate), keep_trace=True)
        assert verdict.wrong == []
        began = [event.ms for event in verdict.events if "begin bad0 1" in str(event.what)]
        taken[rate] = began[0] / 1000
    assert taken[500] - taken[None] > 6
    assert 0.6 < taken[5_000] - taken[None] < 2


def test_another_board_with_the_same_client_id_takes_the_connection(runner):
    verdict = runner.run(
        alone(document={"conduct": "never_ends"}, rival=(5_000, 60_000, 1_000)), keep_trace=True
    )
    assert verdict.wrong == []
    told = lines(verdict)
    fights = told.count("taken over by another connection of the same client id")
    # It waits longer from one time to the next.
    assert 4 < fights < 30


@pytest.mark.parametrize("tasks", [False, True])
def test_another_board_that_takes_the_jobs_and_ends_them_harms_no_other(runner, tasks):
    """Both run what the service gives to either of them."""
    ended = 0
    for name in (*conducts.CONDUCTS, *(conducts.TASK_CONDUCTS if tasks else ())):
        verdict = runner.run(
            alone({"conduct": name}, tasks=tasks, rival=(1_200, 60_000, 2_000), rival_works=True),
            keep_trace=True,
        )
        assert verdict.wrong == [], name
        ended += "another board has ended bad0" in lines(verdict)
    assert ended > 10


def test_a_seed_replays_exactly(interpreter):
    seeds = range(3)
    traces = []
    for order in (seeds, seeds[::-1]):
        another = storming.Runner(interpreter)
        found = {
            seed: another.run(misconduct.schedule(seed), keep_trace=True).events for seed in order
        }
        another.close()
        traces.append(found)
    assert traces[0] == traces[1]
