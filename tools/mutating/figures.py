"""The figures of a run by area, as a table, and how they come into a page."""

import pathlib

from .trials import KILLED, Trial

BEGIN = "<!-- figures of tools/mutants: begin -->"
END = "<!-- figures of tools/mutants: end -->"


class PageError(Exception):
    """The page has not one pair of markers."""


def table(trials: list[Trial]) -> str:
    """A Markdown table: a row an area, and the sum."""
    rows = ["| area | mutations | killed | seconds |", "|---|---:|---:|---:|"]
    areas = sorted({trial.mutation.area for trial in trials})
    for area in areas:
        rows.append(_row(f"`{area}`", [t for t in trials if t.mutation.area == area]))
    rows.append(_row("all", trials))
    return "\n".join(rows) + "\n"


def _row(name: str, trials: list[Trial]) -> str:
    killed = sum(trial.verdict == KILLED for trial in trials)
    seconds = sum(trial.seconds for trial in trials)
    return f"| {name} | {len(trials)} | {killed} | {seconds:.0f} |"


def check(page: pathlib.Path) -> None:
    """Raise PageError unless the page has the two markers, each once and in their order."""
    _split(page)


def write(page: pathlib.Path, text: str) -> None:
    """Put the text between the markers. Raises PageError."""
    before, after = _split(page)
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


def _split(page: pathlib.Path) -> tuple[str, str]:
    try:
        content = page.read_text(encoding="utf-8")
    except OSError as error:
        raise PageError(str(error)) from None
    before, *between = content.split(BEGIN)
    if len(between) != 1 or between[0].count(END) != 1:
        raise PageError(f"{page} must have these two lines, each once:\n{BEGIN}\n{END}")
    return before, between[0].split(END)[1]
