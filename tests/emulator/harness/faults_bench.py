"""For the tests of faults: time that a test moves, and short ways to add rules."""

from iotjobs_emulator.faults import parse_text


class Timers:
    """Instead of the loop's call_later: fires when the test says so."""

    def __init__(self):
        self.now = 0.0
        self._timers = []

    def __call__(self, seconds, function, *arguments):
        timer = _Timer(self, self.now + seconds, function, arguments)
        self._timers.append(timer)
        return timer

    def __len__(self):
        return len(self._timers)

    def pass_time(self, seconds):
        end = self.now + seconds
        while due := [timer for timer in self._timers if timer.at <= end]:
            timer = min(due, key=lambda timer: timer.at)
            self.now = timer.at
            timer.cancel()
            timer.function(*timer.arguments)
        self.now = end


class _Timer:
    def __init__(self, timers, at, function, arguments):
        self._timers, self.at, self.function, self.arguments = timers, at, function, arguments

    def cancel(self):
        self._timers._timers.remove(self)


def add(bench, *rules):
    """Add rules as text; the Timers that move their delays."""
    timers = Timers()
    bench.faults.call_later = timers
    for rule in rules:
        bench.faults.add(parse_text(rule))
    return timers


def done(bench):
    """What the faults did: (rule, match, detail)."""
    return [(event.rule, event.match, event.detail) for event in bench.faults.log]
