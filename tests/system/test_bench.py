"""tools/bench, in its short mode: each table is there, and has the rows that it must have."""

import json
import subprocess
import sys

import debian_interpreters
import environment
import pytest
from benches import compiled

def at_hand(kind):
    try:
        return bool(debian_interpreters.path(kind))
    except environment.UnusableError:
        return False


WORD_SIZES = {64, 32} if at_hand(debian_interpreters.I386) else {64}

# For each table that is asked for: the tables that come, and their rows for one word size.
TABLES = [
    (
        "json",
        {
            "json": [208, 1007],
            "json-others": [
                "get/accepted",
                "get/rejected",
                "start-next/rejected",
                "{job}/get/accepted",
                "{job}/get/rejected",
                "{job}/update/accepted",
                "{job}/update/rejected",
                "notify",
                "notify-next",
            ],
        },
    ),
    ("write", {"write": ["get", "start-next", "{job}/get", "{job}/update"]}),
    (
        "topics",
        {
            "topics": [
                "build start-next",
                "build {job}/update",
                "match {job}/update/accepted",
                "match notify-next",
            ]
        },
    ),
]


def bench(tmp_path, name):
    """The tables by name, and what was printed."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, environment.TOOLS / "bench", name, "--short", "--json", figures]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tables = {table["name"]: table for table in json.loads(figures.read_text())}
    for table in tables.values():
        assert table["title"] in done.stdout
    return tables


def rows_of(table):
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


@pytest.mark.parametrize(("name", "expected"), TABLES, ids=[name for name, _ in TABLES])
def test_calls_are_measured_on_every_word_size(tmp_path, name, expected):
    tables = bench(tmp_path, name)
    assert set(tables) == set(expected)
    for key, firsts in expected.items():
        rows = rows_of(tables[key])
        assert {row["bits"] for row in rows} == WORD_SIZES
        for bits in WORD_SIZES:
            own = [row for row in rows if row["bits"] == bits]
            assert [next(iter(row.values())) for row in own] == firsts
        for row in rows:
            assert row["iotjobs heap"] == 0
            assert row["iotjobs µs"] > 0


def test_a_request_is_one_write_and_one_record(tmp_path):
    rows = rows_of(bench(tmp_path, "request")["request"])
    clients = ("iotjobs", "umqtt.simple", "umqtt.simple, TCP_NODELAY")
    assert {(row["over"], row["bits"], row["request"], row["client"]) for row in rows} == {
        (over, bits, request, client)
        for over in ("mutual TLS", "TCP")
        for bits in WORD_SIZES
        for request in ("start-next", "update")
        for client in clients
    }
    for row in rows:
        stock = row["client"] != "iotjobs"
        assert row["writes"] == (4 if stock else 1)
        assert row["TLS records"] == (row["writes"] if row["over"] == "mutual TLS" else None)
        assert 0 < row["median ms"] <= row["p95 ms"]


def test_the_smallest_heap_is_found(tmp_path):
    tables = bench(tmp_path, "heap")
    rows = rows_of(tables["heap"])
    assert [(row["document KiB"], row["bits"]) for row in rows] == [
        (4, bits) for bits in sorted(WORD_SIZES, reverse=True)
    ]
    for row in rows:
        held = [one for one in rows_of(tables["heap-held"]) if one["bits"] == row["bits"]]
        assert [one["after"] for one in held][-2:] == ["the handler", "the end"]
        assert max(one["held"] for one in held) < row["heap KiB"] * 1024


def test_the_size_of_each_file_and_of_the_core(tmp_path):
    rows = rows_of(bench(tmp_path, "size")["size"])
    files = sorted(path.stem for path in (environment.LIB / "iotjobs").glob("*.py"))
    assert [row["file"] for row in rows] == [*files, "the core", "its goal", "over the goal"]
    *sizes, core, goal, over = [row["armv6m"] for row in rows]
    assert 0 < max(sizes) < core < sum(sizes)
    assert goal == 20 * 1024
    assert over == core - goal


def test_the_core_is_what_its_modules_import(tmp_path):
    for name, source in {
        "__init__": "",
        "scan": "from .scan_viper import *\nfrom .scan_plain import *",
        "scan_viper": "",
        "scan_plain": "",
        "agent": "import time\nfrom . import topics, CONSTANT\nfrom .job import Job",
        "topics": "",
        "job": "def late():\n    from .parts.one import NAME",
        "parts/__init__": "from .two import NAME",
        "parts/one": "from ..common import NAME",
        "parts/two": "",
        "common": "",
        "https": "from .client import JobsClient",
    }.items():
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(source)
    core = ["agent", "common", "job", "parts/__init__", "parts/one", "parts/two"]
    core += ["scan", "scan_viper", "topics"]
    assert compiled.core_files(tmp_path) == core


def test_an_unknown_table_is_refused_with_the_known_ones():
    done = subprocess.run(
        [sys.executable, environment.TOOLS / "bench", "jsn"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no table 'jsn': json, write, topics, request, heap, size" in done.stderr
