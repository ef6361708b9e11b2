"""Whether a program ends in the same way at each start, from what its board tells."""

import pytest
from iotjobs_desk.repeats import Repeats

ENDS = ({"start": "WDT_RESET"}, {"end": "KeyError: a"}, {"reset": "the watchdog"})
DIES = ({"died": "MicroPython was ended by SIGSEGV"}, {"reset": "the watchdog"})
OTHER = ({"end": "KeyError: b"}, {"reset": "the watchdog"})


@pytest.mark.parametrize(
    ("events", "error"),
    [
        (ENDS * 2, None),
        (ENDS * 3, "KeyError: a"),
        (ENDS * 9, "KeyError: a"),
        (DIES * 3, "MicroPython was ended by SIGSEGV"),
        ((*ENDS, *OTHER, *ENDS, *OTHER, *ENDS), None),
        ((*ENDS * 2, {"reset": "machine.reset()"}, *ENDS), None),
        ((*ENDS * 2, {"start": "PWRON_RESET"}, *ENDS), None),
        ((*ENDS * 3, {"end": None}), None),
        (({"end": None}, {"reset": "the watchdog"}) * 9, None),
    ],
)
def test_three_times_in_a_row_is_enough(events, error):
    repeats = Repeats()
    for event in events:
        repeats.hear(event)
    assert repeats.error == error


def test_another_program_begins_anew():
    repeats = Repeats()
    for event in ENDS * 3:
        repeats.hear(event)
    repeats.forget()
    assert repeats.error is None
