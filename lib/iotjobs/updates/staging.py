"""`Staging`: a new application is put into the slot that does not run, started on trial by a
reset, and the job says how the trial ended. See `slots` and `marks` for how that is kept.
"""

from time import ticks_diff

from micropython import const

from ..files.folders import discard
from ..outcomes import JobFailed, JobRejected
from . import slots
from .at_reset import AtReset

SPARE = const(4)  # blocks that stay free, for the mark, the agent's file, and their folders
_RESETS = const(8)


def named(job, what):
    """What a mark says of the execution that put an application in (str): which one it is, and
    `what` (str) it has.
    """
    queued_at = getattr(job, "queued_at", None)
    return "%s %d %s %s" % (job.job_id, job.execution_number, queued_at, what)


class Staging:
    """`agent`: the JobsAgent whose jobs these are. `root` (str): of the slots. `ticks_ms`: the
    clock.
    """

    def __init__(self, agent, root, ticks_ms):
        self.root = root
        self._ticks_ms = ticks_ms
        self.at_reset = AtReset(agent)

    def look(self):
        """The Slots of the application that runs; JobRejected if they are not these."""
        self.at_reset.forget()
        place = slots.running
        if not place or place.root != self.root:
            raise JobRejected("this application was not started by slots.run(%r)" % self.root)
        return place

    def after(self, job, name):
        """A generator that waits until the application that runs is on trial no more. Returns the
        mark, a dict, of what this execution, of this `name`, has put in; None if there is none.

        JobFailed with the reason, if that was rolled back.
        """
        place = slots.running
        # It has reached the service only now: how long it lacked the network is not its fault.
        since = self._ticks_ms()
        while place.on_trial:
            if ticks_diff(self._ticks_ms(), since) >= place.confirm_ms:
                place.roll_back("not confirmed within %d s" % (place.confirm_ms // 1000))
                job.reset(resume=True)
            yield
        mark = place.mark_of(name)
        if mark and mark["why"] is not None:
            version = place.version
            raise JobFailed(
                "rolled back to %s: %s" % (version or "slot " + place.slot, mark["why"]),
                {"version": version} if version else None,
            )
        return mark

    def start(self, job, mark, state, details):
        """Reset the board, report `details` (dict), and start the other slot's application on
        trial. `mark`: version, name and what was fetched, as `Slots.activate` takes them. `state`:
        a dict that the job keeps, and has with "resets" after a reset which did not start it.
        """
        # A reset after which it is still not current may be a cut; many are a reset that does
        # something else, because `agent.reset` was replaced.
        place = slots.running
        resets = state.get("resets", 0)
        if resets == _RESETS:
            discard(place.other)
            raise JobFailed("%d resets, and it did not become current" % resets)
        job.keep(dict(state, resets=resets + 1))
        self.at_reset.plan(lambda: place.activate(*mark), place.clear)
        job.reset(details, resume=True)
