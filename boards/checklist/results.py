"""What came of each item of CHECKLIST.md, as a table in a file."""

import datetime
import re
from pathlib import Path
from typing import NamedTuple

import pytest

_GROUP = re.compile(r"^## (.+)$")
_ROW = re.compile(r"^\| (\d+[a-z]?) \| (.+?) \| (.+) \|$")


class Item(NamedTuple):
    """Of a group of the list: what is to be done, and what must be seen."""

    group: str
    number: str
    do: str
    seen: str


def items_of(page: str) -> list[Item]:
    """The items of CHECKLIST.md, in their order."""
    found, group = [], ""
    for line in page.splitlines():
        heading, row = _GROUP.match(line), _ROW.match(line)
        if heading:
            group = heading[1].partition(",")[0]
        elif row:
            found.append(Item(group, *row.groups()))
    return found


class Results:
    """`page`: the path of CHECKLIST.md. `board`: what the board is, None if none was reached."""

    def __init__(self, page: Path):
        self.board: str | None = None
        self.build = ""
        self._items = items_of(page.read_text(encoding="utf-8"))
        self._judged: set[tuple[str, str]] = set()
        self._outcomes: dict[tuple[str, str], list[str]] = {}
        self._measured: dict[tuple[str, str], list[str]] = {}

    def check(self, group: str, number: str) -> None:
        """There is a test of this item. Raises UsageError for what is none."""
        self._judged.add((group, number))
        if (group, number) not in {(item.group, item.number) for item in self._items}:
            raise pytest.UsageError(f"CHECKLIST.md has no item {group}, {number}")

    def add(self, report: pytest.TestReport) -> None:
        """What came of one step of a test."""
        if report.passed and report.when != "call":
            return
        properties = report.user_properties
        texts = [value for name, value in properties if name == "measured"]
        for place in (value for name, value in properties if name == "item"):
            self._outcomes.setdefault(place, []).append(_outcome(report))
            if report.when == "call":
                self._measured.setdefault(place, []).extend(texts)

    def write(self, path: Path | None) -> Path:
        """Write the table. Returns its path, by default a new one in the current folder."""
        now = datetime.datetime.now().astimezone()
        if path is None:
            kind = re.sub(r"[^A-Za-z0-9]+", "-", self.build or "board").strip("-")
            path = Path(f"checklist-{kind}-{now:%Y-%m-%d-%H%M}.md")
        lines = [
            f"# The checklist, on {now:%Y-%m-%d}",
            "",
            f"Board: {self.board}. Firmware: {self.build or 'not told'}.",
        ]
        group = None
        for item in self._items:
            if item.group != group:
                group = item.group
                lines += ["", f"## {group}", "", "| item | do | result |", "|---|---|---|"]
            lines.append(f"| {item.number} | {item.do} | {self._result(item)} |")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path.resolve()

    def _result(self, item: Item) -> str:
        place = item.group, item.number
        otherwise = "left out" if place in self._judged else "by hand"
        outcomes = self._outcomes.get(place, [otherwise])
        worst = next((text for text in outcomes if text.startswith("**")), None)
        told = [worst or outcomes[0], *self._measured.get(place, [])]
        return "; ".join(text.replace("|", "/").replace("\n", " ") for text in told)


def _outcome(report: pytest.TestReport) -> str:
    if report.passed:
        return "passed"
    if report.skipped:
        return f"not tried: {report.longrepr[2].removeprefix('Skipped: ')}"
    crash = getattr(report.longrepr, "reprcrash", None)
    why = crash.message if crash else str(report.longrepr)
    return f"**failed**: {why.splitlines()[0]}"
