"""Jobs that start and stop parts of the application: {"operation": "start", "services": "a b"}.

The operation may be "stop" or "restart" too. AWS's managed templates AWS-Start-Application and so
on are done as well.
"""

from ..outcomes import JobFailed, JobRejected


class Services:
    """The handlers. `services`: a dict of name (str, without spaces and commas) to anything with
    `start()` and `stop()`. Both may be called when that is done already: a job that a reset has
    interrupted runs again. If one returns a generator, it is driven a step a poll.

    Names are a text, separated by spaces or commas, or a list. One that is not there rejects the
    job before anything is done. What `start` or `stop` raises ends it as FAILED, at that service.
    """

    def __init__(self, services):
        for name in services:
            if name.replace(",", " ").split() != [name]:
                raise ValueError("service %r: a name without spaces and commas" % name)
        self._services = services

    def handler(self, done, *actions):
        """The handler that calls the methods `actions` (str) of each service that is named, and
        reports these names as `done` (str).
        """
        return _Action(self, done, actions)

    def named(self, given):
        """The names that a job gives, a list of str."""
        if isinstance(given, str):
            given = given.replace(",", " ").split()
        if not isinstance(given, list) or not given:
            raise JobRejected("services: not names, separated by spaces")
        for name in given:
            if name not in self._services:
                known = " ".join(sorted(self._services)) or "none"
                raise JobRejected("no service %r; there are: %s" % (name, known))
        return given


class _Action:
    parameters = ("*services",)

    def __init__(self, services, done, actions):
        self._services = services
        self._done = done
        self._actions = actions

    def __call__(self, job):
        services = self._services
        done = ""
        for name in services.named(job.get("services")):
            for action in self._actions:
                try:
                    steps = getattr(services._services[name], action)()
                    if hasattr(steps, "send"):
                        yield from steps
                except Exception as error:
                    what = type(error).__name__
                    raise JobFailed("%s %s: %s: %s" % (action, name, what, error))
            done = (done + " " + name).strip()
            yield {self._done: done}
        return {self._done: done}


def register(agent, services):
    """Let `agent` start, stop and restart what `services`, a dict as a Services has it, names."""
    made = Services(services)
    for operation, done, actions in (
        ("start", "started", ("start",)),
        ("stop", "stopped", ("stop",)),
        ("restart", "restarted", ("stop", "start")),
    ):
        handler = made.handler(done, *actions)
        agent.handler(operation)(handler)
        agent.handler(operation + "-services.sh")(handler)
    return made
