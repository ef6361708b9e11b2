"""A board that is started again when it has reset itself."""

import threading
import time

from waiting import LIMIT_S

TIMER_S = 120  # after which the board's timer ends a trial that hangs
RESET = 3  # its exit code then


class Board(threading.Thread):
    """Starts main.py again when it has ended as a reset does, and is the timer of its trials.

    `start` returns a new life, a Process. `lives` has all of them.
    """

    def __init__(self, start):
        super().__init__(daemon=True)
        self.start_main = start
        self.timer_s = TIMER_S
        self.lives = []
        self.stopping = threading.Event()
        self.is_on = threading.Event()
        self.is_on.set()
        self.is_off = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.is_on.wait()
                self.is_off.clear()
                self.lives.append(self.start_main())
                self.live(self.lives[-1])
        except Exception as error:  # told by `stop`
            self.failure = error

    def live(self, process):
        since = time.monotonic()
        while process.running():
            time.sleep(0.01)
            lines = list(process.lines)
            on_trial = "confirmed" not in lines and any(line.startswith("armed") for line in lines)
            late = time.monotonic() - since > self.timer_s
            if not self.is_on.is_set() or self.stopping.is_set() or (on_trial and late):
                process.kill()
                self.is_off.set()
                return
        code = process.wait()
        assert code == RESET, process.lines

    def power_off(self):
        """Returns when it has none."""
        self.is_on.clear()
        assert self.is_off.wait(LIMIT_S), self.failure

    def power_on(self):
        self.is_on.set()

    def stop(self):
        self.stopping.set()
        self.is_on.set()
        self.join(LIMIT_S)
        assert self.failure is None, self.failure

    def ran(self):
        """The versions that came so far as to run, one for each start."""
        lines = (line for process in self.lives for line in process.lines)
        return [line.split()[1] for line in lines if line.startswith("runs")]
