"""tools/bench, in its short mode: each table is there, and has the rows that it must have."""

import itertools
import json
import os
import pathlib
import sys
import zlib

import environment
import forked_tools
import pytest
from benches import (
    bisection,
    compiled,
    firmware,
    imports,
    interpreters,
    job_bench,
    messages,
    pico,
    polls,
    smallest_heap,
    streams,
)
from benches.interpreters import DEVICE, BenchError
from building import micropython_source
from building.making import BuildError
from commands import finished
from debian_packages import micropythons
from emulated_pico import starter
from environment import UnusableError
from iotjobs_wire.needed import needed_files


def at_hand(kind):
    return os.environ.get(kind.variable, micropythons.NONE) != micropythons.NONE


NATIVE = {"64 bits", "32 bits"} if at_hand(micropythons.I386) else {"64 bits"}
MACHINES = NATIVE | ({"ARM (qemu)"} if at_hand(micropythons.ARM) else set())

# For each table that is asked for: the tables that come, their rows for one machine, and the
# columns that say by how much iotjobs is faster than which.
BOTH = [208, 1007]
WRITTEN = ["get", "start-next", "{job}/get", "{job}/update"]
TOPICS = ["build start-next", "build {job}/update"]
TOPICS += ["match {job}/update/accepted", "match notify-next"]
TABLES = {
    "json": ({"json": BOTH, "json-fields": BOTH}, {"times faster": "json µs"}),
    "unquote": (
        {"unquote": [4059]},
        {"unescape / iotjobs": "unescape µs", "json / iotjobs": "json µs"},
    ),
    "write": ({"write": WRITTEN}, {"dumps / iotjobs": "dumps µs", "stock / iotjobs": "stock µs"}),
    "topics": ({"topics": TOPICS}, {"times faster": "stock µs"}),
}
WITH_DOCUMENT = ["{job}/get/accepted", "{job}/update/accepted", "notify-next"]
REJECTIONS = ["get/rejected", "start-next/rejected", "{job}/get/rejected", "{job}/update/rejected"]


def bench(tmp_path, *names, printed=None, run=forked_tools.run):
    """The tables by name; what came on standard error is appended to `printed`."""
    figures = tmp_path / "figures.json"
    done = run("bench", *names, "--short", "--json", figures, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    if printed is not None:
        printed.append(done.stderr)
    tables = {table["name"]: table for table in json.loads(figures.read_text())}
    for table in tables.values():
        assert table["title"] in done.stdout
    return tables


def run_by_itself(tool, *arguments, **options):
    """As forked_tools.run, in a process that has nothing imported yet."""
    return finished([sys.executable, environment.TOOLS / tool, *arguments], **options)


def timed(code):
    """The finished process of MicroPython with this code, which measures on its own."""
    variables = environment.micropython_path(DEVICE)
    return finished([environment.micropython(), "-c", code], env=variables)


def rows_of(table):
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


@pytest.mark.parametrize("name", TABLES)
def test_calls_are_measured_on_every_machine(tmp_path, name):
    expected, ratios = TABLES[name]
    tables = bench(tmp_path, name)
    if name == "json":
        others_are_measured(tables.pop("json-others"))
    assert set(tables) == set(expected)
    for key, firsts in expected.items():
        rows = rows_of(tables[key])
        assert {row["machine"] for row in rows} == MACHINES
        for machine in MACHINES:
            own = [row for row in rows if row["machine"] == machine]
            assert [next(iter(row.values())) for row in own] == firsts
        for row in rows:
            assert key == "json-fields" or row["iotjobs heap"] == 0
            for ratio, other in ratios.items():
                assert row[ratio] == pytest.approx(row[other] / row["iotjobs µs"])


def others_are_measured(table):
    """In the short mode: each message that can be short."""
    rows = rows_of(table)
    twice = [name for name in REJECTIONS for _ in range(2)]
    assert [row["message"] for row in rows] == [*WITH_DOCUMENT, "get/accepted", "notify", *twice]
    for row in rows:
        assert row["iotjobs heap"] == 0
        for machine in MACHINES:
            assert row[f"{machine} µs"] > 0
            assert row[f"{machine} x"] > 0


def test_what_is_missing_is_said_and_left_out(tmp_path, monkeypatch):
    for kind in micropythons.KINDS:
        monkeypatch.setenv(kind.variable, micropythons.NONE)
    printed = []
    tables = bench(tmp_path, "topics", printed=printed)
    assert {row["machine"] for row in rows_of(tables["topics"])} == {"64 bits"}
    assert "32-bit is left out: MICROPYTHON32 is none" in printed[0]
    assert "ARM is left out: MICROPYTHON_ARM is none" in printed[0]


def test_each_message_is_made_at_every_size_that_it_can_have():
    sizes = (208, 1024, 4096, 16384, 30720)
    made = {}
    for name, text in messages.the_others(sizes):
        json.loads(text)
        made.setdefault(name, []).append(text)
    assert list(made) == [*WITH_DOCUMENT, "get/accepted", "notify", *REJECTIONS]
    for name in WITH_DOCUMENT:
        assert tuple(len(text) for text in made[name]) == sizes
    for size, text in zip(sizes, made["get/accepted"], strict=True):
        assert size - 120 < len(text) <= size
    listed = [len(json.loads(text)["jobs"]["QUEUED"]) for text in made["notify"]]
    assert listed == sorted(set(listed)) and listed[-1] == 15
    for name in REJECTIONS:
        short, long = (json.loads(text) for text in made[name])
        assert "executionState" not in short
        assert long["executionState"]["statusDetails"]
        assert 200 <= len(made[name][1]) <= 208
    for size in (208, 1007, 7097, 25297):
        assert len(messages.start_next(size)) == size


def test_the_rounds_of_what_is_compared_alternate():
    code = (
        "import timing, time; called = ''\n"
        "def one(letter):\n"
        "    global called; time.sleep_us(300)\n"
        "    called += letter if called[-1:] != letter else ''\n"
        "functions = [lambda: one('a'), lambda: one('b'), lambda: one('c')]\n"
        "times = timing.microseconds(1, functions)\n"
        "print(called, min(times) >= 300, len(times))"
    )
    done = timed(code)
    assert done.stdout.split() == ["abc" * 16, "True", "3"], done.stderr


def test_a_request_is_one_write_and_one_record(tmp_path):
    # Beside a table of every machine: still on those only whose times are their own.
    rows = rows_of(bench(tmp_path, "topics", "request")["request"])
    clients = ("iotjobs", "iotjobs, HTTPS", "iotjobs, HTTPS, connecting")
    clients += ("umqtt.simple", "umqtt.simple, TCP_NODELAY")
    assert {(row["over"], row["machine"], row["request"], row["client"]) for row in rows} == {
        (over, machine, request, client)
        for over in ("mutual TLS", "TCP")
        for machine in NATIVE
        for request in ("start-next", "update")
        for client in clients
    }
    for row in rows:
        stock = row["client"].startswith("umqtt")
        assert row["writes"] == (4 if stock else 1)
        records = row["TLS records"]
        if row["over"] == "TCP":
            assert records is None
        elif row["client"].endswith("connecting"):
            assert records > row["writes"]  # those of the handshake
        else:
            assert records == row["writes"]
        assert 0 < row["median ms"] <= row["p95 ms"]


def test_each_kind_of_poll_is_measured(tmp_path):
    rows = rows_of(bench(tmp_path, "poll")["poll"])
    for machine in NATIVE:
        own = [row for row in rows if row["machine"] == machine]
        assert [(row["state"], row["the poll"]) for row in own] == list(polls.KINDS.values())
        by_kind = dict(zip(polls.KINDS, own, strict=True))
        for row in own:
            assert 0 < row["median µs"] <= row["longest µs"]
        for kind in ("no network", "IDLE", "RUNNING", "HTTPS IDLE"):
            assert by_kind[kind]["heap"] == 0, kind
        assert by_kind["sent"]["heap"] <= 2048  # the handler's details, as text
        for kind in ("SYNCING", "REPORTING", "HTTPS SYNCING"):
            # On a busy machine the answer is there at once: most of the polls send, or receive.
            few = by_kind[kind]["polls"] < 8 * by_kind["begins"]["polls"]
            assert few or by_kind[kind]["heap"] == 0, kind
        for kind, rest in (
            ("EC", "CONNECTING"),
            ("RSA", "CONNECTING"),
            ("HTTPS EC", "HTTPS SYNCING"),
        ):
            assert by_kind[kind]["median µs"] > by_kind[rest]["median µs"]
        for kind in ("update", "publish"):
            # Its clock counts in ms: what is a part of one may be missing.
            assert by_kind[kind]["median µs"] > (polls.TIMEOUT_MS - 2) * 1000
        for kind in ("begins", "ends"):
            assert by_kind[kind]["polls"] == 4


TIMED_WHILE_OTHERS_WORK = """
import timing

class Clock:
    # Another program has the processor while the first call is timed.
    now = 0

    def ticks_us(self):
        return int(self.now)

    def ticks_diff(self, end, start):
        return end - start

timing.time = clock = Clock()
calls = 0

def work():
    global calls
    calls += 1
    clock.now += 0.4 + (10_000 if calls == 2 else 0)

[best] = timing.microseconds(2, [work])
assert 0.39 < best < 0.41, best
"""


def test_a_call_is_timed_in_full_rounds_beside_other_work():
    done = timed(TIMED_WHILE_OTHERS_WORK)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_timed_on_a_pico_runs_on_the_agent_as_it_is(tmp_path):
    message = tmp_path / "message.json"
    message.write_bytes(messages.start_next(1024))
    code = f"import pico_times; pico_times.calls({str(message)!r})"
    done = timed(code)
    assert done.returncode == 0, done.stdout + done.stderr
    told = [json.loads(line)["call"] for line in done.stdout.splitlines()]
    assert told == [name for name in pico.CALLS if name != "verify"]


def test_the_smallest_heap_is_found(tmp_path):
    tables = bench(tmp_path, "heap")
    rows = rows_of(tables["heap"])
    assert [list(row.values())[:-1] for row in rows] == [
        [handlers, 4, over, machine]
        for machine in sorted(NATIVE, reverse=True)
        for handlers, over in itertools.product(smallest_heap.PROGRAMS, ("MQTT", "HTTPS"))
        if (handlers, over) != ("and all of the library's", "HTTPS")
    ]
    for row in rows:
        held = [
            one
            for one in rows_of(tables["heap-held"])
            if (one["over"], one["machine"]) == (row["over"], row["machine"])
        ]
        assert "iotjobs.links." + row["over"].lower() in [one["after"] for one in held]
        assert [one["after"] for one in held][-2:] == ["the handler", "the end"]
        assert max(one["held"] for one in held) < (row["heap KiB"] + 4) * 1024  # to count it, too


# Over MQTT: CONNECT, SUBSCRIBE, three requests, two notifications acknowledged, DISCONNECT.
WRITES = {("a job", "MQTT"): 8, ("a job", "HTTPS"): 3, ("no job", "MQTT"): 4}
WRITES["no job", "HTTPS"] = 1


def test_what_a_device_that_sleeps_sends_over_mqtt_and_https(tmp_path):
    rows = rows_of(bench(tmp_path, "sleep")["sleep"])
    assert {(row["session"], row["over"], row["machine"]): row["writes"] for row in rows} == {
        (*which, machine): writes for which, writes in WRITES.items() for machine in NATIVE
    }
    for row in rows:
        assert row["TLS"] in ("1.2", "1.3")
        assert 0 < row["handshake"] < row["bytes sent"] + row["bytes received"]
        assert row["median ms"] > 0
        if row["session"] == "no job":
            assert row["heap KiB"] is None
        else:
            assert 4 * 1024 < row["bytes received"] < row["heap KiB"] * 1024


def test_a_download_is_measured_beside_requests(tmp_path):
    rows = rows_of(bench(tmp_path, "download")["download"])
    clients = ("Fetcher", "Fetcher, SHA-256", "requests", "a device's job")
    assert {(row["over"], row["machine"], row["client"]) for row in rows} == {
        (over, machine, client)
        for over in ("TCP", "TLS")
        for machine in NATIVE
        for client in clients
    }
    for row in rows:
        assert 0 < row["heap KiB"] <= 192
        if row["client"] == "a device's job":
            assert row["KiB/s"] is None
        else:
            assert row["KiB/s"] > 0


def test_a_stream_is_measured_beside_https(tmp_path):
    tables = bench(tmp_path, "stream")
    ways = [(row["the file comes over"], row["block"]) for row in rows_of(tables["stream-heap"])]
    assert ways == [("HTTPS, offline", None), ("HTTPS", None), ("MQTT", streams.BLOCKS[0])]
    for row in rows_of(tables["stream-heap"]):
        sessions = 2 if row["the file comes over"] == "HTTPS" else 1
        more = sessions * sum(starter.SESSION) / 1024
        assert streams.APPLICATION_KIB < row["heap KiB"] <= 256
        assert row["KiB with TLS"] == round(row["heap KiB"] + more)
    (row,) = rows_of(tables["stream"])
    assert (row["block"], row["window"]) == (streams.BLOCKS[0], streams.WINDOWS[0])
    assert row["KiB/s"] > 0
    assert row["heap a block"] == 0
    requests = streams.SHORT // row["block"]
    assert 60 * requests < row["bytes sent"] < 200 * requests
    assert streams.SHORT < row["bytes received"] < 1.25 * streams.SHORT


def test_a_session_finds_nothing_that_a_failed_one_has_kept():
    record = {"job": "gone", "number": 1, "queued": 1, "state": None, "again": False}
    record |= {"outcome": "SUCCEEDED", "details": None, "thing": "MyThing"}
    data = json.dumps(record).encode()
    native = interpreters.at_hand(emulated=False)[0]
    with job_bench.job_bench(native) as bench:
        (bench.folder / "iotjobs.json").write_bytes(b"%08x" % zlib.crc32(data) + data)
        told = bench.run("HTTPS", 4, job_bench.MOST_KIB, "sleep_device")
    assert told and told[0]["more"] == 0


def test_the_size_of_each_room_and_of_the_core(tmp_path):
    rows = {row["room"]: row for row in rows_of(bench(tmp_path, "size")["size"])}
    by_file = compiled.compile_library(tmp_path, "armv6m")
    sums = ["the core", "all", "with HTTPS instead of MQTT", "HTTPS besides MQTT"]
    assert list(rows) == [*compiled.ROOMS, *sums]
    for room in compiled.ROOMS:
        files = [file for file in by_file if room in (compiled.room_of(file), file.split("/")[0])]
        assert rows[room]["armv6m"] == sum(by_file[file] for file in files)
        assert rows[room]["files"] == len(files)
    assert sum(rows[room]["files"] for room in compiled.ROOMS) == len(by_file)
    by_file |= {name: rows[name]["armv6m"] for name in sums}
    named = [*compiled.CORE, "codec/viper"]
    rest = ["border", "document", "job", "keeper", "once", "output", "report", "session", "step"]
    rest = [f"agent/{name}" for name in rest]
    rest += ["files/folders", "files/records", "files/replace", "outcomes"]
    rest += [f"links/{name}" for name in ("dns", "link", "memory", "packets", "stream")]
    https = [f"links/{name}" for name in ("answers", "https", "requests", "responses")]
    https += ["codec/unquote"]
    assert by_file["the core"] == sum(by_file[file] for file in named)
    assert by_file["all"] == sum(by_file[file] for file in named + rest)
    besides = sum(by_file[file] for file in https)
    assert by_file["HTTPS besides MQTT"] == besides
    only_mqtt = by_file["links/mqtt"] + by_file["links/packets"]
    assert by_file["with HTTPS instead of MQTT"] == by_file["all"] + besides - only_mqtt
    assert by_file["the core"] <= compiled.CORE_GOAL
    assert set(compiled.CORE) < set(needed_files(compiled.PACKAGE, compiled.CORE))


def test_what_is_needed_is_what_the_modules_import(tmp_path):
    for name, source in {
        "__init__": "",
        "codec/scan": "from .viper import *\nfrom .plain import *",
        "codec/viper": "",
        "codec/plain": "",
        "agent/agent": "import time\nfrom .. import topics, CONSTANT\nfrom ..job import Job",
        "topics": "",
        "job": "def late():\n    from .parts.one import NAME",
        "parts/__init__": "from .two import NAME",
        "parts/one": "from ..common import NAME",
        "parts/two": "",
        "common": "",
        "links/https": "from ..client import JobsClient\nfrom .requests import write",
        "links/requests": "",
    }.items():
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(source)
    core = ["agent/agent", "codec/scan", "codec/viper", "common", "job"]
    core += ["parts/__init__", "parts/one", "parts/two", "topics"]
    assert needed_files(tmp_path, compiled.CORE) == core
    over_https = sorted([*core, "links/https", "links/requests"])
    assert needed_files(tmp_path, compiled.OVER_HTTPS) == over_https


def test_what_is_imported_in_any_block_is_needed(tmp_path):
    (tmp_path / "agent.py").write_text("""
class Agent:
    def poll(self):
        try:
            from .a import NAME
        except ImportError:
            from .b import NAME
        else:
            from .c import NAME
        finally:
            from .d import NAME
        if NAME:
            from .e import NAME
        elif not NAME:
            from .f import NAME
        else:
            from .g import NAME
        with NAME:
            while NAME:
                from .h import NAME
        for NAME in NAME:
            match NAME:
                case 1:
                    from .i import NAME
""")
    for name in "abcdefghi":
        (tmp_path / f"{name}.py").write_text("")
    assert needed_files(tmp_path, ("agent",)) == sorted([*"abcdefghi", "agent"])


def test_the_emulator_carries_its_devices(tmp_path):
    tables = bench(tmp_path, "--emulator")
    requests = tables["emulator requests"]
    assert len(requests["rows"]) == 5
    assert all(row[2] > 0 for row in requests["rows"])
    scale = {row[0]: row[1] for row in tables["emulator scale"]["rows"]}
    assert scale["devices that have the job pending"] == 20
    assert scale["memory of an idle TLS connection"] > 0
    assert scale["memory of the emulator then"] > scale["memory of an idle TLS connection"]
    assert scale["until the last notify-next was received"] > 0


def test_the_table_of_a_signature_has_all_machines(tmp_path):
    rows = bench(tmp_path, "verify")["verify"]["rows"]
    assert {(row[0], row[1]) for row in rows} == {
        (call, machine) for call in ("verify", "public_key") for machine in MACHINES
    }
    assert all(figure > 0 for row in rows for figure in row[2:])


def test_without_a_source_of_micropython_no_firmware_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv(micropython_source.VARIABLE, micropython_source.NONE)
    printed = []
    assert bench(tmp_path, "import", "pico", printed=printed, run=run_by_itself) == {}
    for name in ("import", "pico"):
        assert f"{name} is left out: MICROPYTHON_SOURCE is none" in printed[0]


MPY = pathlib.Path("/folder")
FILES = {
    "frozen": "iotjobs/agent/agent.py",
    ".mpy": "/folder/iotjobs/agent/agent.mpy",
    "source": str(environment.LIB / "iotjobs" / "agent" / "agent.py"),
}


@pytest.mark.parametrize("place", FILES)
def test_a_module_from_elsewhere_is_not_measured(place):
    imports.check_files(place, [FILES[place]], MPY)
    elsewhere = [file for other, file in FILES.items() if other != place]
    for file in (*elsewhere, "/else/iotjobs/agent/agent.mpy", "/else/iotjobs/agent/agent.py", ""):
        with pytest.raises(BenchError, match="is not from there"):
            imports.check_files(place, [FILES[place], file], MPY)
    with pytest.raises(BenchError, match="nothing was imported"):
        imports.check_files(place, [], MPY)


def test_the_smallest_heap_is_bisected():
    for kib in (1, 2, 37, 1023, 1024):
        assert bisection.smallest(lambda heap, least=kib: heap >= least, 1024) == kib
        found = bisection.smallest(lambda heap, least=kib: heap >= least, 1024, 16)
        assert kib <= found < kib + 16
    assert bisection.smallest(lambda heap: heap > 1024, 1024) is None


def test_a_firmware_that_cannot_be_built_is_left_out_and_one_whose_build_fails_is_an_error(capsys):
    def without(kind):
        raise kind("for this reason")

    assert firmware.built("import", lambda: "first", lambda: "second") == ["first", "second"]
    assert firmware.built("import", lambda: "first", lambda: without(UnusableError)) == []
    assert "import is left out: for this reason" in capsys.readouterr().err
    with pytest.raises(BenchError, match="import: for this reason"):
        firmware.built("import", lambda: without(BuildError))


class Imported:
    """A console on which a module comes from where it is told."""

    def __init__(self, files):
        self.files = files

    def ask(self, code, timeout_s):
        return json.dumps({"free": 1000, "us": 1, "files": self.files})


@pytest.mark.parametrize(
    "files", ["/lib/iotjobs/agent/agent.mpy", "iotjobs/agent/job.py /lib/iotjobs/x", ""]
)
def test_a_module_from_elsewhere_is_not_measured_on_a_pico(files):
    pico.imported(Imported("iotjobs/agent/job.py iotjobs/agent/agent.py"), "iotjobs/")
    with pytest.raises(BenchError, match="is imported, not iotjobs/"):
        pico.imported(Imported(files), "iotjobs/")
