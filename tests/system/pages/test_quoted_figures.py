"""A figure by which somebody decides is the one that its program wrote into its page."""

import re

import documentation
import figures
import pytest
from benches.page import PAGE

FIGURE = re.compile(r"[\d,.]+ (?:bytes|KiB|kB|MiB|MB)\b")
# What somebody reads who decides: the table at the top of README, and a section of the guide.
DECISION = {
    "README.md": documentation.text("README.md").partition("\n## ")[0],
    "boards/README.md": documentation.text("boards/README.md")
    .partition("\n## What a board needs\n")[2]
    .partition("\n## ")[0],
}
_CONNECTED = ("connected",)
_SMALL_JOB = ("one of its own", "4", "MQTT", "32 bits")
_ADDED = ("what iotjobs adds",)
# Where a figure is quoted, in which words, and from where: table, beginning of its row, column.
QUOTED = (
    ("README.md", "| flash | {} bytes, frozen", "pico-flash", _ADDED, "bytes"),
    ("README.md", "program leaves {} bytes free", "pico-memory", _CONNECTED, "frozen, free"),
    ("README.md", "it leaves {} bytes", "pico-memory", _CONNECTED, ".mpy, free"),
    ("README.md", ", and {} bytes of them", "pico-memory", _CONNECTED, ".mpy, in one piece"),
    ("README.md", "One small job runs in {} KiB, on 32", "heap", _SMALL_JOB, "heap KiB"),
    ("boards/README.md", "| flash, frozen | {} bytes with", "pico-flash", _ADDED, "bytes"),
    (
        "boards/README.md",
        "program leaves {} bytes while",
        "pico-memory",
        _CONNECTED,
        "frozen, free",
    ),
    ("boards/README.md", "it leaves {} bytes, the", "pico-memory", _CONNECTED, ".mpy, free"),
    ("boards/README.md", "piece has {} bytes", "pico-memory", _CONNECTED, ".mpy, in one piece"),
    ("boards/README.md", "a document of 4 KiB need [{} KiB]", "heap", _SMALL_JOB, "heap KiB"),
)
# What stands for a connection over TLS, and its longest piece: by the notes of that table.
TLS = "24,218", "16,717"
# What is no figure of a cell.
UNMEASURED = (
    f"{TLS[0]} bytes for a connection, {TLS[1]} bytes of them in one piece",
    "the 8 KiB of an RP2040",
)


def cell(table, row, column):
    """Of a table of the page of figures: in the only row that begins with these cells, that in the
    column of this title.
    """
    lines = figures.written(PAGE, f"tools/bench {table}").splitlines()
    titles, _, *rows = (
        [part.strip() for part in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    )
    (found,) = (cells for cells in rows if tuple(cells[: len(row)]) == row)
    return found[titles.index(column)]


@pytest.mark.parametrize(("name", "sentence", "table", "row", "column"), QUOTED)
def test_a_figure_of_a_decision_is_that_of_its_cell(name, sentence, table, row, column):
    assert DECISION[name].count(sentence.format(cell(table, row, column))) == 1


@pytest.mark.parametrize("name", DECISION)
def test_each_figure_of_a_decision_is_one_that_is_compared(name):
    text = DECISION[name]
    assert len(FIGURE.findall(text)) > 4
    for sentence in (*(quoted[1] for quoted in QUOTED if quoted[0] == name), *UNMEASURED):
        text = re.sub(re.escape(sentence).replace(r"\{\}", r"[\d,]+"), "", text)
    assert FIGURE.findall(text) == []


@pytest.mark.parametrize("sentence", UNMEASURED)
def test_what_is_not_compared_is_said_there(sentence):
    assert sum(text.count(sentence) for text in DECISION.values()) >= 1


def test_what_stands_for_tls_is_what_the_bench_held():
    notes = figures.written(PAGE, "tools/bench pico-memory")
    assert notes.count(f"over TLS, {TLS[0]} bytes, {TLS[1]} in one piece") == 1
