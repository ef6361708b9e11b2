"""The figures of tools/bench in their page: written into their places, with what was measured."""

import datetime
import re

import figures
import pytest
from benches import command, emulator, page
from benches.interpreters import Interpreter
from benches.table import Table
from forked_tools import run

PLACE = re.compile(r"<!-- figures of tools/bench (.+): begin -->")
PAGE = """# Figures

<!-- figures of tools/bench topics: begin -->
old
<!-- figures of tools/bench topics: end -->

After it.
"""
TABLE = Table("topics", "Topics", ["topic", "µs"], [["build", 0.67]], notes=["A note."])
BESIDE = Table("topics-others", "Others", ["topic"], [["none"]])


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "FIGURES.md"
    path.write_text(PAGE)
    return path


def test_a_table_is_written_into_its_place_with_when_and_on_what(written):
    micropython = Interpreter("32 bits", 32, "/micropython", "1.26.1")
    assert page.write([TABLE, BESIDE], [micropython], written) == ["topics"]
    text = written.read_text()
    head, tail = PAGE.split("old\n")
    assert text.startswith(head) and text.endswith(tail)
    stamp, table = text.removeprefix(head).removesuffix(tail).split("\n\n", 1)
    today = datetime.date.today()
    assert stamp.startswith(f"Measured on {today}: iotjobs 0.")
    assert "MicroPython 1.26.1 on 32 bits, Python 3." in stamp
    assert table == "| topic |   µs |\n| ----- | ---: |\n| build | 0.67 |\n\n- A note.\n"
    assert figures.written(written, "tools/bench topics") == f"{stamp}\n\n{table}"


@pytest.mark.parametrize(
    "spoilt",
    [
        PAGE.replace(": begin", ": start"),
        PAGE.replace(": end", ": stop"),
        PAGE + PAGE,
        PAGE.replace(": begin", ": x").replace(": end", ": begin").replace(": x", ": end"),
    ],
    ids=["no begin", "no end", "twice", "the wrong way round"],
)
def test_a_page_without_one_place_for_it_is_refused_and_stays(written, spoilt):
    written.write_text(spoilt)
    for action in (
        lambda: page.check(["topics"], written),
        lambda: page.write([TABLE], [], written),
    ):
        with pytest.raises(figures.PageError, match="must have these two lines"):
            action()
    assert written.read_text() == spoilt


def test_each_table_has_its_place_and_each_place_a_table():
    text = page.PAGE.read_text()
    places = PLACE.findall(text)
    page.check([*command.NAMES, *emulator.NAMES])
    made = {f'"{name}"' for name in places}
    sources = "".join(file.read_text() for file in page.PAGE.parent.glob("*.py"))
    assert not [name for name in made if name not in sources]


def test_every_figure_was_written_by_the_bench():
    for name in PLACE.findall(page.PAGE.read_text()):
        stamp = figures.written(page.PAGE, f"tools/bench {name}").splitlines()[0]
        assert re.match(r"Measured on 20\d\d-\d\d-\d\d: iotjobs \d", stamp), name


def test_figures_that_are_none_are_not_written():
    before = page.PAGE.read_text()
    done = run("bench", "topics", "--short", "--write")
    assert (done.returncode, page.PAGE.read_text()) == (2, before)
    assert "those of --short are none" in done.stderr
