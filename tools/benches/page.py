"""The page of the figures: each table has its place there, into which it is written with what was
measured, when, and on what.
"""

import datetime
import os
import pathlib
import platform

import figures
from mip_packages import layout

from .interpreters import Interpreter
from .table import Table

PAGE = pathlib.Path(__file__).parent / "FIGURES.md"


def check(names: list[str], page: pathlib.Path = PAGE) -> None:
    """Raise figures.PageError unless the page has a place for each of these tables."""
    for name in names:
        figures.check(page, _of(name))


def write(
    tables: list[Table], interpreters: list[Interpreter], page: pathlib.Path = PAGE
) -> list[str]:
    """Put those of the tables that have a place into the page; their names. Raises
    figures.PageError.
    """
    placed = [table for table in tables if figures.has(page, _of(table.name))]
    for table in placed:
        figures.write(page, _of(table.name), f"{_stamp(interpreters)}\n\n{table.body()}")
    return [table.name for table in placed]


def _of(name: str) -> str:
    return f"tools/bench {name}"


def _stamp(interpreters: list[Interpreter]) -> str:
    day = datetime.date.today()
    where = [f"{one.version} on {one.machine}" for one in interpreters]
    with_them = f", MicroPython {', '.join(where)}" if where else ""
    machine = f"Python {platform.python_version()}, {os.cpu_count()} x {_processor()}"
    return f"Measured on {day}: iotjobs {layout.version()}{with_them}, {machine}."


def _processor() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
