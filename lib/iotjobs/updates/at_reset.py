"""`AtReset`: what is done at the moment of the reset that a job has called for."""


class AtReset:
    """Takes the place of `agent.reset`, and calls what was there, which is `reset`.

    The reset is the last moment at which a job may still turn out to be canceled. So what an
    update changes for good, which is what the next start runs, it changes then.
    """

    _plan = None  # (the agent's job, do, undo)
    beside = None  # what comes with it: its `put` is called after `do`, its `back` after `undo`

    def __init__(self, agent):
        self._agent = agent
        self.reset = agent.reset
        agent.reset = self._run

    def plan(self, do, undo):
        """Call `do()` at the reset, if that is the one of the agent's present job. Where the reset
        then fails, call `undo()`. What they raise passes, and ends the job as FAILED.
        """
        self._plan = self._agent.job, do, undo

    def forget(self):
        """Plan nothing."""
        self._plan = None

    def _run(self):
        plan = self._plan
        self._plan = None
        if not (plan and plan[0] is self._agent.job):
            return self.reset()
        plan[1]()
        beside = self.beside
        try:
            if beside:
                beside.put()
            self.reset()
        except Exception:
            plan[2]()
            if beside:
                beside.back()
            raise
