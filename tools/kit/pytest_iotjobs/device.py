"""`device`: a board, for one test: on MicroPython's unix port, or a real one."""

import os
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from iotjobs_desk import needs as program_needs
from iotjobs_desk import thing as things
from iotjobs_desk import words
from iotjobs_desk.program import Program
from iotjobs_desk.repeats import Repeats
from unix_board.kinds import KINDS, NOWHERE

from . import limits, virtual
from .bench import Bench, Board, Heard
from .errors import DeviceError
from .output import Output
from .service import Service

_EVENTS = 1_000  # of what it told, the last ones
_ENDS_S = 2.0  # so long a program may take to end by Ctrl-C
_TRACEBACK = "Traceback (most recent call last):"
_WATCHED = ("job.", "agent.")


class Device:
    """It is without a program until `start`. `thing` is the name that it has at the service then.

    `service`: None where the board has no network. `timeout`: seconds that it is waited for.
    `folders`: where its program is looked for. `work`: the folder that the bench is for.
    """

    def __init__(
        self,
        service: Service | None,
        timeout: float,
        folders: Iterable[Path],
        work: Path,
        bench: Bench,
    ):
        self.thing: str | None = None
        self.files, self.pins = bench.files, bench.pins
        self.is_virtual = False  # whether its time is
        self.repeats = Repeats()
        self._service, self._timeout = service, timeout
        self._bench = bench
        self._folders = tuple(dict.fromkeys(folders))
        self._work = work
        self._output = Output()
        self._events: deque[dict] = deque(maxlen=_EVENTS)
        self._board: Board | None = None
        self._is_wifi_there = True
        self._starts = 0
        self._last: dict = {}  # the event by which it came to its end
        self._awaited: str | None = None  # the call after which the power is to go

    @property
    def output(self) -> str:
        """What it has printed so far; of very much the last part. What a job has led to is in it
        when the job has ended.
        """
        self._catch_up()
        return self._output.text()

    @property
    def events(self) -> list[dict]:
        """What it has told so far, as Board says; the last 1,000."""
        self._catch_up()
        return list(self._events)

    @property
    def is_started(self) -> bool:
        """Whether it has a program."""
        return self._board is not None

    @property
    def is_on(self) -> bool:
        """False when nothing will happen any more: it is off, or its program has ended."""
        return self._board is not None and self._board.is_on()

    def start(
        self,
        program: str | Path,
        *,
        thing: str | None = None,
        settings: dict | None = None,
        board: str | None = None,
        time: str = virtual.REAL,
        **places: str,
    ) -> None:
        """Put a program onto the board, with what it needs to connect, and switch it on.

        `program`: a file, or a folder that is the board's root, with a main.py. It is looked for
        in the folder of the test's file, then in pytest's rootdir. What is in `files` already is
        on the board too.
        `thing`: that it connects as, also if its settings.json names another; by default "thing"
        there, or else MyThing.
        `settings`: what is changed in settings.json. `board`: "pico-w" or "esp32": what stands for
        it, or what a real one must be. `cert`, `key`, `ca`: where the program looks for them.
        `time`: "real", or "virtual": then what the program waits for is skipped, on the board and
        at the service, as long as the test waits too.

        Raises RunError for what is no program, DeviceError for a second call.
        """
        if self._board is not None:
            raise DeviceError("device.start was called already: one test has one board")
        unknown = [place for place in places if place not in program_needs.PLACES]
        if unknown:
            raise TypeError(f"device.start takes no {', '.join(unknown)}")
        if board is not None and board not in KINDS:
            raise DeviceError(f"no board is called {board!r}: there are {', '.join(KINDS)}")
        clock = self._clock(time)
        before = dict(self.files)
        own = Program(
            self._found(program),
            self._work,
            in_place=False,
            changes=settings or {},
            thing=thing,
        )
        own.refresh()
        for name, content in before.items():
            self.files[name] = content
        self.thing = thing or own.setting("thing") or things.NAME
        leads = NOWHERE
        if self._service is not None:
            reach = self._service.reach
            things.make(reach, self.thing, self._work / "made")
            program_needs.put(own, self._work / "made", {**program_needs.PLACES, **places})
            leads = reach.leads(own.endpoint())
        heard = Heard(self._output.add, self._hear)
        self._board = self._bench.insert(own, board, leads, heard, clock)
        self._board.set_wifi(self._is_wifi_there)
        if self._awaited:
            self._board.cut_after(self._awaited)
        if self.is_virtual:
            self._service.clock.begin()
        self._switch_on(self._board)

    def power_cut(self, after: str | None = None) -> None:
        """Cut the power: at once, or when the program's next call of that name has ended, as in
        `after="job.keep"`. It may be a method of the job or of the agent, by "job.…" and
        "agent.…". Then `power_on` waits for the cut.
        """
        if after is None:
            self._needed().power_off()
            return
        if not after.startswith(_WATCHED):
            raise ValueError(f'{after}: neither "job.…" nor "agent.…"')
        self._awaited = after
        if self._board is not None:
            self._check_call()
            self._board.cut_after(after)

    def power_on(self, timeout: float | None = None) -> None:
        """Switch it on. A cut that is still to come is waited for; raises DeviceError if it does
        not come.
        """
        board = self._needed()
        seconds = self._timeout if timeout is None else timeout
        if self._awaited:
            self._waits(lambda: not board.is_on() or self._has_no_such_call(), seconds)
            self._check_call()
            if board.is_on():
                why = f"no call of {self._awaited} has ended after {seconds:g} s"
                raise DeviceError(why, is_late=True)
            if self._awaited:
                raise DeviceError(f"before any call of {self._awaited}: {self.why_off()}")
        self._switch_on(board)

    def reset(self) -> None:
        """Press its reset button, and wait for the start of its program."""
        board = self._needed()
        before = self._starts
        if board.is_on():
            board.press_reset()
        if not self._waits(lambda: self._starts > before or not self.is_on):
            raise DeviceError("the board has not begun anew")
        if self._starts == before:  # its program had ended meanwhile
            self._switch_on(board)

    def wifi(self, is_there: bool) -> None:
        """Have the access point there, or take it away. Connections that are open stay so."""
        self._is_wifi_there = is_there
        if self._board is not None:
            self._board.set_wifi(is_there)

    def wait_for(self, text: str, timeout: float | None = None) -> None:
        """Until this is in `output`, with the rest of its line. Raises DeviceError if it does not
        come. A line that does not end is waited for as long as the timeout is.
        """
        seconds = self._timeout if timeout is None else timeout
        self._waits(lambda: not self.is_on or self._has_line_of(text), seconds)
        if text not in self.output:
            why = f"after {seconds:g} s" if self.is_on else f"and {self.why_off()}"
            raise DeviceError(f"the board has not printed {text!r}, {why}", self.is_on)

    def _has_line_of(self, text: str) -> bool:
        # MicroPython prints a line in pieces.
        _, found, rest = self._output.text().partition(text)
        return bool(found) and (found.endswith("\n") or "\n" in rest)

    def look(self) -> None:
        """The test waits now: virtual time passes."""
        if self._board is not None:
            self._board.look()

    def close(self) -> None:
        """Nothing of it goes on."""
        if self._board is not None:
            self._board.close()
            if self._service is not None:
                self._service.clock.end()

    def why_off(self) -> str:
        """Why nothing will happen any more, in a line."""
        last = self._last
        if self.is_on and self.repeats.error:
            return words.of_repeats(self.repeats.error)
        if "end" in last:
            return words.of_end(last["end"])
        if "died" in last:
            return last["died"]
        if "cut" in last:
            return f"the power went after {last['cut']}, and device.power_on() was not called"
        return "the board is off"

    def where(self) -> str:
        """Stop the program by Ctrl-C; the traceback that says where it was. Empty if it does not
        stop so, or has stopped before.
        """
        if not self.is_on or self._last or not self._needed().interrupt():
            return ""
        limits.waits(_ENDS_S, self._traceback)
        return self._traceback()

    def _traceback(self) -> str:
        _, found, rest = self._output.text().rpartition(_TRACEBACK)
        return found + rest if "\nKeyboardInterrupt" in rest else ""

    def doubts(self) -> list[str]:
        """What may keep its program from asking for a job."""
        return [
            f"the program connects as {name!r}: device.start(…, thing={name!r}) makes that thing"
            for name in list(self._service.connected if self._service else ())
            if name != self.thing
        ] + self._bench.doubts()

    def _clock(self, time: str) -> virtual.VirtualClock | None:
        if time not in virtual.KINDS:
            raise ValueError(f'device.start(…, time={time!r}): neither "real" nor "virtual"')
        self.is_virtual = time == virtual.VIRTUAL
        if not self.is_virtual:
            return None
        if self._service is None:
            raise DeviceError(
                'device.start(…, time="virtual"): it is the time of `service`, which this test '
                "has not: def test_…(service, device)"
            )
        return self._service.clock

    def _waits(self, is_so: Callable[[], object], seconds: float | None = None) -> bool:
        # Virtual time passes meanwhile.
        seconds = self._timeout if seconds is None else seconds
        if self._service is None:
            return limits.waits(seconds, is_so)
        return self._service.waits(seconds, is_so)

    def _catch_up(self) -> None:
        # What was printed before a job's end may be read after it.
        if self._board is not None:
            self._board.catch_up()

    def _switch_on(self, board: Board) -> None:
        before = self._starts
        if not board.is_on():
            board.power_on()
            self._waits(lambda: self._starts > before or not board.is_on())

    def _hear(self, event: dict) -> None:
        self._events.append(event)
        self.repeats.hear(event)
        if "start" in event:
            self._starts += 1
            self._last = {}
        elif not self._last and not event.keys().isdisjoint(("end", "died", "cut")):
            self._last = event
        if "cut" in event:
            self._awaited = None

    def _needed(self) -> Board:
        if self._board is None:
            raise DeviceError("the board has no program: device.start(PROGRAM) comes first")
        return self._board

    def _has_no_such_call(self) -> bool:
        calls = self._needed().calls
        return bool(calls and self._awaited and self._awaited not in calls)

    def _check_call(self) -> None:
        if self._has_no_such_call():
            raise DeviceError(
                f"no method is called {self._awaited}. There are {', '.join(self._board.calls)}"
            )

    def _found(self, program: str | Path) -> Path:
        for folder in self._folders:
            path = folder / program
            if path.exists():
                return path
        raise DeviceError(f"{program}: not in {' nor in '.join(map(os.fspath, self._folders))}")
