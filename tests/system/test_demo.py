"""The two commands' first one."""

import subprocess
import sys

import environment


def demo(*arguments):
    command = [sys.executable, str(environment.TOOLS / "demo"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_demo_ends_well_and_shows_each_job():
    done = demo()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all five jobs ended as they must" in done.stdout
    for job_id, status in (
        ("queued-while-away", "SUCCEEDED"),
        ("blink", "SUCCEEDED"),
        ("measure", "FAILED"),
        ("make-coffee", "REJECTED"),
        ("blink-long", "CANCELED"),
    ):
        assert any(
            line.split()[:3] == ["ok", job_id, status] for line in done.stdout.splitlines()
        ), job_id


def test_with_trace_it_shows_the_messages():
    done = demo("--trace")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "-> $aws/things/MyThing/jobs/start-next {" in done.stdout
    assert "<- $aws/things/MyThing/jobs/start-next/accepted {" in done.stdout
    assert "PRIVATE KEY" not in done.stdout


def test_an_argument_it_does_not_know_is_refused():
    done = demo("--fast")
    assert done.returncode == 2
    assert "--fast" in done.stderr
