"""The board that runs a program, and what of it is shown."""

import threading

import environment
from environment.places import LIB, UMQTT
from iotjobs_desk import words
from iotjobs_desk.program import Program
from iotjobs_desk.repeats import Repeats
from iotjobs_desk.service import Service
from unix_board.board import Board

from .screen import Screen

_ENDS_S = 2.0  # so long a program may take to end by Ctrl-C


class ShownBoard:
    """`board` runs `program` beside `service`. `has_failed` says whether the program has ended by
    an exception, or MicroPython has died; `repeats` whether it does so at each start.
    """

    def __init__(self, program: Program, service: Service, kind: str, screen: Screen):
        self.has_failed = False
        self.repeats = Repeats()
        self._screen = screen
        self._is_interrupted = False
        self._has_ended = threading.Event()
        self.board = Board(
            program.root,
            program.control,
            kind=kind,
            program=program.file,
            interpreter=environment.micropython(),
            path=(LIB, UMQTT),
            leads=service.leads(program.endpoint()),
            on_output=screen.output,
            on_event=self._show,
        )

    def show_where_it_stands(self) -> None:
        """Stop the program by Ctrl-C, whose traceback says where it was. It may be that it does
        not stop.
        """
        self._screen.line("Ctrl-C shows where the program is:")
        self._is_interrupted = True
        self.board.interrupt()
        self._has_ended.wait(_ENDS_S)

    def _show(self, event: dict) -> None:
        screen = self._screen
        self.repeats.hear(event)
        if self._is_interrupted:
            if "end" in event or "died" in event:
                self._has_ended.set()
            return
        if "start" in event:
            self.has_failed = False
            screen.clear_pins()
            for name, level in self.board.pins.items():
                screen.pin(name, level)
        elif "pin" in event:
            screen.pin(event["pin"], event["value"])
        elif "pwm" in event:
            screen.pin(event["pwm"], f"{event['duty_u16'] * 100 // 65_535}%")
        elif "pixels" in event:
            screen.pin(event["pixels"], " ".join(map(_colour, event["values"])))
        elif "wifi" in event:
            screen.line(f"the board joins the Wi-Fi {event['wifi']}")
        elif event.get("slot", "ota_0") != "ota_0":
            screen.line(f"the firmware in the slot {event['slot']} starts")
        elif "reset" in event:
            screen.line(words.of_reset(event))
        elif "died" in event:
            self.has_failed = True
            screen.line(event["died"])
        elif "end" in event:
            self.has_failed = event["end"] is not None
            screen.line(words.of_end(event["end"]))


def _colour(value: list[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in value)
