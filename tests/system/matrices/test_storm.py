"""Random schedules of everything that can go wrong, any number by `tools/storm`."""

import contextlib
import os
import pathlib
import subprocess
import sys

import environment
import pytest
from commands import finished
from lockstep import sample, storm, storming
from waiting import until

SEEDS = 500


def test_nothing_is_lost_in_storms_of_every_kind(all_hold):
    """Of the storms few that have in them whatever is in any."""
    counts = all_hold(sample.fewest(storming.seeds(0, SEEDS)[0]))
    assert counts.schedules > 20
    assert counts.faults > 3 * counts.schedules
    assert counts.lives > 2 * counts.schedules


@pytest.mark.exhaustive
def test_nothing_is_lost_in_a_storm(all_hold):
    schedules, _ = storming.seeds(0, SEEDS)
    counts = all_hold(schedules)
    assert counts.schedules == SEEDS
    assert counts.faults > 3 * SEEDS
    assert counts.lives > 2 * SEEDS


def test_a_seed_says_what_happens():
    assert storm.schedule(5) == storm.schedule(5) != storm.schedule(6)


def test_a_seed_replays_exactly(interpreter):
    seeds = [seed for seed in range(100) if len(storm.schedule(seed).faults) > 4][:3]
    traces = []
    for order in (seeds, seeds[::-1]):
        runner = storming.Runner(interpreter)
        found = {seed: runner.run(storm.schedule(seed), keep_trace=True) for seed in order}
        runner.close()
        traces.append({seed: verdict.events for seed, verdict in found.items()})
    assert traces[0] == traces[1]
    assert all(len(events) > 50 for events in traces[0].values())


def run(*options):
    command = [sys.executable, environment.TOOLS / "storm", *options]
    return finished(command)


def test_the_command_says_how_many_it_ran():
    done = run("--seeds", "10", "--from", "7")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("all is well: 10 schedules, ")


def test_the_command_shows_one_schedule():
    done = run("--seed", "3", "--trace")
    assert done.returncode == 0, done.stderr
    for line in ("boot 1", "-> CONNECT", "<- CONNACK", "** create_job", "no more faults"):
        assert line in done.stdout


def test_its_help_has_examples():
    assert "tools/storm --seeds 10000" in run("--help").stdout


def test_what_is_killed_leaves_neither_processes_nor_devices(tmp_path):
    command = [sys.executable, environment.TOOLS / "storm", "--seeds", "1000000", "--trace"]
    mine = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=mine) as storm_process:
        assert storm_process.stdout.readline()
        assert len(processes_of(tmp_path)) >= 3  # the command, a process of its own, a device
        storm_process.terminate()
    until(lambda: not processes_of(tmp_path))


def processes_of(folder):
    """The numbers of the processes that began with this folder in their environment."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if os.fsencode(folder) in path.read_bytes():
                found.append(path.parent.name)
    return found
