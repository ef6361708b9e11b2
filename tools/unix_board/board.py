"""A board on this machine: its power, its resets, and what it tells."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from iotjobs_inputs import board_json

from . import kinds, pin_names
from .clock import RealClock
from .kinds import KINDS, NOWHERE, PICO_W, Leads
from .life import INTERRUPT, OFF, Life
from .wires import Wires

_START = Path(__file__).with_name("device") / "start.py"
_BETWEEN_STARTS_S = 0.02  # a board that only resets leaves its host some time
_LOOK_S = 0.1  # at a board that may have gone off meanwhile


class Board:
    """It is off at first. `root` is its file system, `control` a folder of this machine for what
    it keeps besides. `kind`: of KINDS. `program`: a file that runs in place of its main.py.

    `interpreter`, `path`: the command of MicroPython, and the folders in which it finds the
    library. `is_watched`: `cut_after` is possible, and the library is imported at each start.
    `clock`: the time that it lives in; None: that of this machine.
    `on_output` is called with the bytes that the board prints, `on_event` with what happens: a
    dict with `start` (the cause), `pin` and `value`, `pwm`, `pixels`, `wifi`, `slot`, `reset` (by
    what), `cut` (after which call), `end` (None, or the exception that ended the program) or
    `died` (how MicroPython did).
    Both are called in the board's own thread: what they raise ends that, and is raised by `wait`.

    Methods may be called from any other thread.
    """

    def __init__(
        self,
        root: Path,
        control: Path,
        *,
        kind: str = PICO_W,
        program: Path | None = None,
        interpreter: str | tuple[str, ...],
        is_watched: bool = False,
        path: tuple[Path, ...],
        leads: Leads = NOWHERE,
        clock: RealClock | None = None,
        on_output: Callable[[bytes], None] = lambda data: None,
        on_event: Callable[[dict], None] = lambda event: None,
    ):
        self.root = root
        self.pins: dict[str, float] = {}  # the level of each that has had one since the start
        self.calls: tuple[str, ...] = ()  # after which it can be cut, since a start has told them
        self.wifi = True
        self._control = control
        self._kind_name, self._kind = kind, KINDS[kind]
        self._program = program
        self._interpreter = (interpreter,) if isinstance(interpreter, str) else interpreter
        self._is_watched = is_watched
        self._cut: str | None = None
        self._path, self._leads = path, leads
        self._clock = clock or RealClock()
        self._on_output, self._on_event = on_output, on_event
        self._from_outside: dict[str, float] = {}
        self._memory = ""
        self._cause = ""
        self._orders: list[str | threading.Event] = []
        # What waits may be interrupted by a signal. Up to Python 3.12 a Thread whose `join` is
        # interrupted counts as ended from then on.
        self._is_off = threading.Event()
        self._is_off.set()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._is_closed = False
        (control / "flash").mkdir(parents=True, exist_ok=True)
        self._wires = Wires(control)

    def power_on(self) -> None:
        """Start it. Nothing happens if it is on. Raises ValueError after `close`."""
        if self.is_on():
            return
        if self._is_closed:
            raise ValueError("this board is closed")
        self._orders.clear()
        self._is_off.clear()
        self._thread = threading.Thread(target=self._run, name="board", daemon=True)
        self._thread.start()

    def power_off(self) -> None:
        """At once, as when the power is cut. What it has written is there."""
        self._order(OFF)
        self.wait()

    def cut_after(self, call: str) -> None:
        """Have the power go when the next call of this name has ended, as in "job.keep": of the
        program's job or agent, in this life or a later one.
        """
        self._cut = call
        self._wires.send({"cut": call})

    def press_reset(self) -> None:
        """The button: it starts anew."""
        self._order(kinds.BUTTON)

    def interrupt(self) -> bool:
        """Ctrl-C: the program gets a KeyboardInterrupt, by whose traceback it ends as a rule.
        True: it is pressed.
        """
        self._order(INTERRUPT)
        return True

    def put(self, pin: str, level: float) -> None:
        """Set the level of a pin from outside, or what an ADC or a sensor measures there. Raises
        ValueError if the board has no such pin.
        """
        pin_names.check(self._kind_name, pin)
        self._from_outside[pin] = level
        self.pins[pin] = level
        self._wires.send({"pin": pin, "value": level})

    def set_wifi(self, is_there: bool) -> None:
        """Have the access point there, or take it away. Connections that are open stay so."""
        self.wifi = is_there
        self._wires.send({"wifi": is_there})

    def look(self) -> None:
        """What its clock says of the passing of time has changed."""
        self._wires.wake()

    def catch_up(self) -> None:
        """Wait until what it has printed and told before this call was heard. In the board's own
        thread, where that cannot be, nothing happens.
        """
        if threading.current_thread() is self._thread or not self.is_on():
            return
        heard = threading.Event()
        self._order(heard)
        while self.is_on() and not heard.wait(_LOOK_S):
            pass

    def is_on(self) -> bool:
        """False once nothing will happen any more: it is off, or its program has ended and no
        watchdog waits.
        """
        return not self._is_off.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Until it is no longer on; False if the time is over before."""
        is_off = self._is_off.wait(seconds)
        if is_off and self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return not self.is_on()

    def close(self) -> None:
        """Switch it off for good. Nothing happens if it was."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self.power_off()
        finally:
            self._wires.close()

    def _order(self, order: str | threading.Event) -> None:
        self._orders.append(order)
        self._wires.wake()

    def _run(self) -> None:
        why: str | None = kinds.POWER
        watchdog = None
        self._memory = ""
        try:
            while why is not None:
                self._cause = self._kind.causes.get(why, self._cause)
                self.pins = dict(self._from_outside)
                self._wires.empty()
                self._write_facts()
                self._on_event({"start": self._cause})
                life = Life(
                    [*self._interpreter, str(_START), str(self._facts_path())],
                    str(self._control),
                    self._wires,
                    self._orders,
                    watchdog,
                    self._clock,
                    self._on_output,
                    self._hear,
                )
                why, watchdog = life.live()
                if why is not None:
                    time.sleep(_BETWEEN_STARTS_S)
        except BaseException as error:
            self._failure = error
        finally:
            self._is_off.set()

    def _hear(self, event: dict) -> None:
        if "pin" in event:
            self.pins[event["pin"]] = event["value"]
        if "memory" in event:
            self._memory = event["memory"]
            return
        if "calls" in event:
            self.calls = tuple(event["calls"])
            return
        if "cut" in event:
            self._cut = None
        self._on_event(event)

    def _facts_path(self) -> Path:
        return self._control / "facts.json"

    def _write_facts(self) -> None:
        kind = self._kind
        facts = {
            "root": str(self.root),
            "program": self._program and str(self._program),
            "path": [str(folder) for folder in self._path],
            "board": kind.folder,
            "platform": kind.platform,
            "machine": kind.machine,
            "id": kind.id,
            "pin_count": kind.pins,
            "cause": self._cause,
            "flash": str(self._control / "flash"),
            "memory": self._memory,
            "wifi": self.wifi,
            "is_watched": self._is_watched,
            "skipped": self._clock.skipped_us if self._clock.is_virtual else None,
            "wall": round(self._clock.wall() * 1e6),
            "cut": self._cut,
            "pins": self._from_outside,
            "out": str(self._wires.out_path),
            "in": str(self._wires.in_path),
            "host": self._leads.host,
            "endpoints": list(self._leads.endpoints),
            "ports": {"iot": dict(self._leads.iot), "s3": dict(self._leads.s3)},
        }
        self._facts_path().write_bytes(board_json.written(facts))
