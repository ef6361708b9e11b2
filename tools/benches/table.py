"""A table of figures: Markdown for people, a dict for programs."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Table:
    """`rows`: a value for each column; a float is shown with what digits it is worth, None as -.
    `notes`: what a reader must know to understand the figures, a sentence or two each.
    """

    name: str
    title: str
    columns: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """Title, table and notes."""
        return f"### {self.title}\n\n{self.body()}"

    def body(self) -> str:
        """Table and notes, in columns that line up in a terminal too."""
        cells = [self.columns, *([_shown(value) for value in row] for row in self.rows)]
        widths = [max(2, *(len(row[at]) for row in cells)) for at in range(len(self.columns))]
        right = [
            all(isinstance(row[at], int | float | None) for row in self.rows)
            for at in range(len(self.columns))
        ]
        lines = [_line(row, widths, right) for row in cells]
        rule = [
            "-" * (width - 1) + "-:"[to_right]
            for width, to_right in zip(widths, right, strict=True)
        ]
        lines.insert(1, _line(rule, widths, right))
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes)]).rstrip() + "\n"

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "columns": self.columns,
            "rows": self.rows,
            "notes": self.notes,
        }


def _line(row: list[str], widths: list[int], right: list[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(row, widths, right, strict=True)
    ]
    return "| " + " | ".join(padded) + " |"


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
