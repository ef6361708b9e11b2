"""One job, and then sleep: an agent is driven until it has nothing more to say."""

import time

from ..links.link import LinkError


def run_once(agent, patience_ms):
    """See `JobsAgent.run_once`."""
    since = agent.ticks_ms()
    known = agent.last_error
    resets = agent.stats["resets"]
    agent._ask = True
    agent._chooses = True
    if not agent._waiting:
        agent._wait = 0
    try:
        while True:
            agent.poll()
            job = agent.job
            if job:
                agent._more = None  # it is not to be followed by another one
                # Until `reset` is called, and then as long as anything else may take.
                if job.is_running() or job.is_resetting() and agent.stats["resets"] == resets:
                    since = agent.ticks_ms()
            elif agent.state == "IDLE":
                more = agent._more
                if not more:
                    agent.link.disconnect()
                return more
            if time.ticks_diff(agent.ticks_ms(), since) >= patience_ms:
                error = agent.last_error
                why = "" if error is known else ": %s %s" % (type(error).__name__, error)
                raise LinkError("lost", "no end within %d ms%s" % (patience_ms, why))
            time.sleep_ms(1)
    finally:
        agent._more = False
        agent._ask = True
