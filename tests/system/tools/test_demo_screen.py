"""The demo's table on terminals of every size, which may change while it is shown."""

import re
import sys

import environment
import pytest
from demonstration.screen import fitting
from terminal import COLOUR, UP, Terminal

REASON = "the sensor does not answer, and nobody knows when it will do so again"
MEASURE = f"  measure            FAILED      reason: {REASON}"
# Shows another state of the second job for each line that it reads.
PROGRAM = f"""
from demonstration.screen import Screen
screen = Screen(["measure", "blink"], plain=False)
screen.show("measure", "FAILED", {{"reason": {REASON!r}}}, "IDLE")
number = 0
while input() == "go on":
    number += 1
    screen.show("blink", "IN_PROGRESS", {{"blinks": str(number)}}, "RUNNING blink")
screen.line("one more line")
screen.end()
print("the end")
"""


def on_terminal(columns, rows=24, **variables):
    command = [sys.executable, "-c", PROGRAM]
    return Terminal(command, columns, rows, PYTHONPATH=str(environment.TOOLS), **variables)


def seen(terminal):
    """The rows that it has written, without colours and movements."""
    return re.sub(r"\x1b\[\d*[mAJ]", "", terminal.shown).splitlines()


def go_on(terminal, columns, rows=24):
    """What the next state writes, on a terminal of this size."""
    terminal.resize(columns, rows)
    before = len(terminal.shown)
    terminal.press(b"go on\n")
    terminal.read_until("device: RUNNING blink\n", before)
    return terminal.shown[before:]


def end(terminal):
    terminal.press(b"end\n")
    assert terminal.ended() == 0, terminal.shown


def ended(columns, rows=24, **variables):
    """A terminal of this size on which it was shown, once."""
    with on_terminal(columns, rows, **variables) as terminal:
        end(terminal)
    return terminal


@pytest.mark.parametrize(
    ("columns", "width"),
    [(120, 119), (len(MEASURE) + 1, len(MEASURE)), (80, 79), (20, 19), (1, 1)],
)
def test_what_does_not_fit_ends_in_an_ellipsis(columns, width):
    terminal = ended(columns)
    assert fitting(MEASURE, width) in seen(terminal)
    assert max(map(len, seen(terminal)[:4])) <= width
    assert fitting(MEASURE, width).endswith("…") == (width < len(MEASURE))


def test_a_terminal_without_a_size_is_taken_for_one_of_80_columns():
    terminal = ended(0, 0)
    assert fitting(MEASURE, 79) in seen(terminal)
    assert set(UP.findall(terminal.shown)) == {"4"}


def test_the_size_is_the_terminals_and_not_that_of_the_environment():
    assert fitting(MEASURE, 39) in seen(ended(40, COLUMNS="200"))


def test_a_terminal_that_becomes_wider_shows_more_and_the_table_is_drawn_over():
    with on_terminal(40) as terminal:
        terminal.read_until("device: IDLE\n")
        shown = go_on(terminal, 60)
        end(terminal)
    assert UP.match(shown)[1] == "4"
    assert fitting(MEASURE, 59) in seen(terminal)


def test_in_a_terminal_that_becomes_narrower_the_table_is_drawn_anew_below_and_then_over():
    with on_terminal(60) as terminal:
        terminal.read_until("device: IDLE\n")
        narrower = go_on(terminal, 30)
        again = go_on(terminal, 30)
        end(terminal)
    assert not UP.search(narrower)  # its old rows may be broken: nobody knows how many they are
    assert UP.match(again)[1] == "4"
    assert fitting(MEASURE, 29) in seen(terminal)


def test_on_a_terminal_lower_than_the_table_the_last_rows_are_shown():
    with on_terminal(80, rows=3) as terminal:
        terminal.read_until("device: IDLE\n")
        shown = go_on(terminal, 80, rows=3)
        end(terminal)
    assert UP.match(shown)[1] == "2"
    assert "measure" not in terminal.shown


def test_a_line_that_stays_is_above_the_table():
    rows = seen(ended(80))
    at = rows.index("one more line")
    assert rows[at + 1 :] == ["", *rows[at + 2 : at + 5], "the end"]
    assert rows[at + 4] == "  device: IDLE"


@pytest.mark.parametrize(
    ("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_colours_are_not_for_no_color(variables, coloured):
    terminal = ended(80, **variables)
    assert (COLOUR in terminal.shown) is coloured
    assert UP.search(terminal.shown)


def test_a_dumb_terminal_has_lines():
    with on_terminal(80, TERM="dumb") as terminal:
        terminal.read_until("FAILED")
        end(terminal)
    assert "\x1b" not in terminal.shown
    assert re.match(r" +\d+\.\d s  measure            FAILED      reason: ", terminal.shown)
