"""A device and its lives: what runs on it, from one loss of power to the next."""

import gc
import random

import downloads
import handlers
from application import Application
from flash import PowerCut
from framing import Answers, Packets
from iotjobs import HTTPSLink, JobsAgent, MQTTLink
from lockstep_stream import LockstepStream
from power import PATH, Power
from sockets import Sockets
from telling import described, kept

STATE = PATH + "/iotjobs.json"
_BOOT_MS = 1_500
_AFTERWARDS_MS = 20_000  # how long it is watched when everything is over
_LONGEST_STEP_MS = 4_000  # of the clock, while nothing happens
_LONGEST_JOB_STEP_MS = 200
_MOST_LIVES = 500


class DeviceReset(BaseException):
    """The device resets itself, or is reset: `machine.reset` does not return either."""


class Device:
    """Runs one schedule (lockstep/schedule.py); `life` counts its lives from 1."""

    def __init__(self, net, schedule):
        self.net = net
        self.log = net.log
        self.life = 0
        self.agent = None
        self._schedule = schedule
        self._power = Power(net, schedule["cuts"], schedule["flash_blocks"])
        self._link = None
        self._polls = 0
        self._ended = None  # by what this life did, if the power was not cut
        self._leaves = False  # a handler ends the program
        self._unset = schedule["unset"]  # how often the board does not reset when it should
        self._filled = None  # what is wrong with the flash
        self._sockets = None  # of a link with TLS
        self.application = Application(net)
        net.power = self._power
        net.bite = self._bite
        random.seed(schedule["seed"])

    def run(self):
        """What came of it, a dict for JSON."""
        raised = None
        try:
            while not self._lived():
                if self.life == _MOST_LIVES:
                    raise RuntimeError("it lives %d times" % self.life)
                self.agent = self._link = None
                self.net.inbox = b""
                self.net.ended = None
                gc.collect()
                self.net.sleep_ms(_BOOT_MS)
        except BaseException as error:
            raised = described(error)
        if self._sockets:
            self._sockets.release()
        jobs = self.agent
        counts = self._power.counts
        return {
            "raised": raised,
            "state": jobs and jobs.state,
            "job": jobs and jobs.job and jobs.job.job_id,
            "error": jobs and described(jobs.last_error),
            "files": self._power.files(),
            "downloads": downloads.found(),
            "strange": self.application.strange,
            "unread": len(self.net.inbox),
            "now": self.net.now,
            "lives": self.life,
            "polls": self._polls,
            "sent": counts["sent"],
            "received": counts["received"],
            "operations": self._power.operations,
        }

    def _lived(self):
        # Live until the power goes or the schedule has ended; whether it has.
        self.life += 1
        self.log("boot %d" % self.life)
        self._ended = None
        self._leaves = False
        self._filled = ""  # nobody knows
        try:
            self._power.on()
            self.net.feed(self._schedule["watchdog_ms"])
            self._live()
            return True
        except (PowerCut, DeviceReset):
            # What goes on within a dead board meets its cut power, whatever it has died of.
            self.net.feed(0)
            self._power.off(not self._ended)
            self.log(self._ended or "power cut")
        return False

    def stop(self, why):
        """The board begins anew, as by machine.reset. Does not return."""
        self._power.check()
        self._ended = why
        self._power.stop()
        raise DeviceReset()

    def leave(self, error):
        """Raise what ends the program."""
        self._power.check()
        self._leaves = True
        raise error

    def go_on(self):
        """For a handler that takes no exception for an answer: a dead board does not go on."""
        self._power.check()

    def closes(self, job):
        """The handler of this job is told to end."""
        self.log("closed %s %d" % (job.job_id, job.execution_number))

    def pause(self, job):
        """A generator that waits as long as the document says."""
        until = self.net.now + (job.get("ms") or 0)
        while self.net.now < until:
            yield

    def _bite(self):
        self.stop("watchdog")

    def _live(self):
        net = self.net
        schedule = self._schedule
        self._link = link = self._new_link()
        self.agent = jobs = JobsAgent(
            link,
            schedule["thing"],
            state_path=STATE,
            network=self._has_network,
            reset=self._reset,
            ticks_ms=net.ticks_ms,
            **schedule["agent"],
        )
        jobs.on_event = self._tell
        self.application.begin(link, jobs, schedule["thing"], schedule["streams"])
        handlers.register(jobs, self)
        found = kept(STATE, schedule["thing"])
        if found:
            self.log(found)
        self._step = 1
        self._quiet_since = None
        if schedule["tasks"]:
            import tasks

            tasks.run(self)
            return
        while True:
            self.turn()
            if self.rest(0):
                break

    def turn(self):
        """One turn of the program's loop."""
        net = self.net
        jobs = self.agent
        net.active = False
        asked = jobs.stats["requests"]
        self._tend_flash()
        try:
            jobs.poll()
        except (KeyboardInterrupt, SystemExit) as error:
            self.left(error)
        self.application.poll()
        self._polls += 1
        self._power.handled()
        net.feed(self._schedule["watchdog_ms"])
        if net.active or asked != jobs.stats["requests"]:
            self._step = 1
        else:
            longest = _LONGEST_JOB_STEP_MS if jobs.job else _LONGEST_STEP_MS
            self._step = min(2 * self._step, longest)

    def rest(self, least_ms):
        """Let time pass between two turns, `least_ms` or more while nothing happens. Whether all
        is over.
        """
        net = self.net
        net.pass_time(max(self._step, least_ms))
        # What passes at once here is many turns of a board's loop, each of which feeds it.
        net.feed(self._schedule["watchdog_ms"])
        return net.now >= self._schedule["limit_ms"] or self._is_over()

    def left(self, error):
        """An exception has left the program's loop, which may have caught it."""
        if not self._leaves:
            raise error
        self._leaves = False
        name = type(error).__name__
        if self._schedule["restarts"]:
            self.stop("left by " + name)
        self.log("goes on after " + name)

    def _is_over(self):
        # Whether all has been quiet for long enough.
        net = self.net
        jobs = self.agent
        # Over HTTPS nobody tells it of anything: that it asks does not mean that all is not over.
        is_http = self._schedule["link"] == "https"
        quiet = ("IDLE", "SYNCING") if is_http else ("IDLE",)
        over = net.done and jobs.job is None and not self._lingers()
        if not (over and jobs.state in quiet):
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = net.now
        elif net.now - self._quiet_since >= _AFTERWARDS_MS and not self._link.awaited:
            return jobs.state == "IDLE"
        return False

    def _tend_flash(self):
        # What a schedule does to it: for a while it is full, or takes nothing.
        self._tend_sockets()
        if not self._schedule["full"]:
            return
        wanted = None
        for start, end, how in self._schedule["full"]:
            if start <= self.net.now < end:
                wanted = how
        if wanted == self._filled:
            return
        self._filled = wanted
        self.log("flash %s" % (wanted or "as before"))
        self._power.disturb(wanted)

    def _tend_sockets(self):
        if self._sockets:
            now = self.net.now
            found = [how for start, end, how in self._schedule["board"] if start <= now < end]
            self._sockets.tend(set(found))

    def _lingers(self):
        # Where the flash was full, what was not removed is as soon as the agent asks again.
        return self._schedule["full"] and (self._filled or self._power.files())

    def _new_link(self):
        schedule = self._schedule
        settings = {"tls": False, "ticks_ms": self.net.ticks_ms}
        settings.update(schedule["link_settings"])
        is_http = schedule["link"] == "https"
        wire = LockstepStream(self.net, self._power, Answers() if is_http else Packets())
        if schedule["tls"]:
            if self._sockets:  # of the last life: a reset leaves nothing in the heap
                self._sockets.release()
            self._sockets = Sockets(self.net, wire)
            for name in ("tls", "cert", "key", "ca"):
                settings[name] = b"0"  # as every DER begins
        if is_http:
            link = HTTPSLink("lockstep", **settings)
        else:
            link = MQTTLink("lockstep", schedule["thing"], **settings)
        if not schedule["tls"]:
            link.sock = wire
        return link

    def _has_network(self):
        if "network raises" in self._schedule["hooks"] and not random.getrandbits(3):
            raise OSError("no such interface")
        for start, end in self._schedule["offline"]:
            if start <= self.net.now < end:
                return False
        return True

    def _reset(self):
        if self._unset:
            self._unset -= 1
            if "reset raises" in self._schedule["hooks"]:
                raise OSError("not now")
            return  # it will be soon
        self.stop("reset")

    def _tell(self, event, value):
        if event == "error":
            value = described(value)
        elif event in ("job", "reset"):
            value = "%s %d" % (value.job_id, value.execution_number)
        self.log("%s %s" % (event, value))
        if "event raises" in self._schedule["hooks"]:
            raise ValueError(event)
        if "event polls" in self._schedule["hooks"]:
            self.agent.poll()
