"""A device and its lives: what runs on it, from one loss of power to the next."""

import gc
import os
import random
import time

import handlers
from flash import PowerCut
from framing import Answers, Packets
from iotjobs import HTTPSLink, JobsAgent, MQTTLink, client
from iotjobs.agent import agent, job, session
from iotjobs.agent.keeper import Keeper
from iotjobs.links import https, mqtt
from lockstep_stream import LockstepStream
from power import PATH, Power

STATE = PATH + "/iotjobs.json"
_BOOT_MS = 1_500
_AFTERWARDS_MS = 20_000  # how long it is watched when everything is over
_LONGEST_STEP_MS = 4_000  # of the clock, while nothing happens
_LONGEST_JOB_STEP_MS = 200


class DeviceReset(BaseException):
    """The device resets itself: `machine.reset` does not return either."""


class _Time:
    # In place of the module time in the library's modules.
    ticks_diff = time.ticks_diff
    ticks_add = time.ticks_add

    def __init__(self, net):
        self.ticks_ms = net.ticks_ms
        self.sleep_ms = net.sleep_ms


class _Os:
    # In place of the module os in iotjobs.client: a schedule's random bytes are always the same.
    @staticmethod
    def urandom(size):
        return bytes([random.getrandbits(8) for _ in range(size)])


def take_time(net):
    """Let the library live in the time of `net`."""
    for module in (agent, https, job, mqtt, session):
        module.time = _Time(net)
    client.os = _Os


class Device:
    """Runs one schedule (lockstep/schedule.py); `life` counts its lives from 1."""

    def __init__(self, net, schedule):
        self.net = net
        self.log = net.log
        self.life = 0
        self._schedule = schedule
        self._power = Power(net, schedule["cuts"])
        self._agent = None
        self._link = None
        self._polls = 0
        random.seed(schedule["seed"])

    def run(self):
        """What came of it, a dict for JSON."""
        raised = None
        try:
            while not self._lived():
                self._agent = self._link = None
                self.net.inbox = b""
                self.net.ended = None
                gc.collect()
                self.net.sleep_ms(_BOOT_MS)
        except Exception as error:
            raised = "%s: %s" % (type(error).__name__, error)
        jobs = self._agent
        counts = self._power.counts
        return {
            "raised": raised,
            "state": jobs and jobs.state,
            "job": jobs and jobs.job and jobs.job.job_id,
            "error": jobs and repr(jobs.last_error),
            "files": self._power.files(),
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
        try:
            self._power.on()
            self._live()
            return True
        except PowerCut:
            self._power.off(True)
            self.log("power cut")
        except DeviceReset:
            self._power.off(False)
            self.log("reset")
        return False

    def _live(self):
        net = self.net
        schedule = self._schedule
        self._link = link = self._new_link()
        self._agent = jobs = JobsAgent(
            link,
            schedule["thing"],
            state_path=STATE,
            network=self._has_network,
            reset=self._reset,
            ticks_ms=net.ticks_ms,
            **schedule["agent"],
        )
        jobs.on_event = self._tell
        handlers.register(jobs, self)
        self._tell_kept(schedule["thing"])
        step = 1
        quiet_since = None
        # Over HTTPS nobody tells it of anything: that it asks does not mean that all is not over.
        quiet = ("IDLE", "SYNCING") if schedule["link"] == "https" else ("IDLE",)
        while net.now < schedule["limit_ms"]:
            net.active = False
            asked = jobs.stats["requests"]
            jobs.poll()
            self._polls += 1
            self._power.handled()
            if net.active or asked != jobs.stats["requests"]:
                step = 1
            else:
                longest = _LONGEST_JOB_STEP_MS if jobs.job else _LONGEST_STEP_MS
                step = min(2 * step, longest)
            net.pass_time(step)
            if not (net.done and jobs.state in quiet and jobs.job is None):
                quiet_since = None
            elif quiet_since is None:
                quiet_since = net.now
            elif net.now - quiet_since >= _AFTERWARDS_MS and not link.awaited:
                if jobs.state == "IDLE":
                    break

    def _new_link(self):
        settings = {"tls": False, "ticks_ms": self.net.ticks_ms}
        settings.update(self._schedule["link_settings"])
        if self._schedule["link"] == "https":
            link = HTTPSLink("lockstep", **settings)
            framing = Answers()
        else:
            link = MQTTLink("lockstep", self._schedule["thing"], **settings)
            framing = Packets()
        link.sock = LockstepStream(self.net, self._power, framing)
        return link

    def _has_network(self):
        for start, end in self._schedule["offline"]:
            if start <= self.net.now < end:
                return False
        return True

    def _reset(self):
        raise DeviceReset()

    def _tell(self, event, value):
        if event == "error":
            value = repr(value)
        elif event in ("job", "reset"):
            value = "%s %d" % (value.job_id, value.execution_number)
        self.log("%s %s" % (event, value))

    def _tell_kept(self, thing):
        # What a restart finds, as another Keeper has it: the agent's own may be wrong.
        try:
            os.stat(STATE)
        except OSError:
            return
        record = Keeper(STATE, thing).record
        if record:
            outcome = record["outcome"]
            self.log("found %s %d %s" % (record["job"], record["number"], outcome))
        else:
            self.log("found nothing")
