"""Real agents, many in one process of MicroPython, and the model of `tools/fleet` beside them."""

import dataclasses
import json
import subprocess

import environment
from fleet_simulation import boards, jobs, stories
from fleet_simulation.conduct import Conduct, defaults

_PROGRAM = environment.ROOT / "tests" / "system" / "programs" / "fleet_of_agents.py"
_HARNESS = environment.ROOT / "tests" / "device" / "harness"
_AGENTS = ("retry_ms", "max_retry_ms", "resync_ms", "request_timeout_ms", "progress_ms")
SHARES = (0.5, 0.9, 0.99)


def by_agents(story, count, conduct, quotas, rollout=stories.ROLLOUT, seed=1):
    """What comes of a story with real agents: `served` in ms, `handshakes`, `requests`."""
    asked = {
        "story": story.partition("-")[0],
        "count": count,
        "settings": {name: getattr(conduct, name) for name in (*_AGENTS, "fleet_size")},
        "clean_session": conduct.clean_session,
        "quotas": quotas,
        "updates": stories.STORIES[story],
        "rollout": rollout,
        "seed": seed,
        "outage_ms": stories.OUTAGE_MS,
        "work_ms": jobs.WORK_MS,
        "handshake_ms": boards.HANDSHAKE_MS,
        "round_trip_ms": boards.ROUND_TRIP_MS,
        "nobody_ms": boards.NOBODY_MS,
    }
    done = subprocess.run(
        [environment.micropython(), "-X", "heapsize=64m", str(_PROGRAM)],
        input=json.dumps(asked).encode() + b"\n",
        env=environment.micropython_path(_HARNESS),
        stdout=subprocess.PIPE,
        check=False,
    )
    assert not done.returncode, done.stdout.decode()
    return json.loads(done.stdout)


def by_model(story, count, conduct, quotas, rollout=stories.ROLLOUT, seed=1):
    """What the simulation says of the same."""
    run = stories.run(story, count, conduct, quotas, rollout, seed)
    return {
        "served": [at - run.from_ms for at in sorted(run.boards.served)],
        "handshakes": run.boards.handshakes,
        "requests": run.boards.requests,
    }


def at_shares(served):
    """When these shares of all were served, in ms."""
    return [served[int(share * len(served)) - 1] for share in SHARES]


def settings(**changed):
    """The library's defaults, but for these."""
    return dataclasses.replace(Conduct(**defaults()), **changed)
