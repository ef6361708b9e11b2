"""Which board tools/deploy takes, what it puts onto it, and which it refuses."""

import dataclasses

import environment
import pytest
from benches.compiled import PACKAGE
from commands import write_files
from deploying import application
from iotjobs_wire import facts, library, ports
from iotjobs_wire.errors import DeployError, UsageError
from iotjobs_wire.needed import handler_names
from people_have import BOM

SOURCES = library.Sources(environment.LIB, environment.UMQTT)
PICO_W = "Raspberry Pi Pico W with RP2040"
VERSION, MPY, ROOM = (1, 26, 1), 4870, (4096, 300)
PICO = facts.Facts("micropython", VERSION, PICO_W, "RPI_PICO_W", MPY, "rp2", ROOM, False, False)
OLDEST = environment.OLDEST_MICROPYTHON
OTA = {"build": "ESP32_GENERIC-OTA"}


@pytest.mark.parametrize(
    ("wanted", "source", "changes"),
    [
        *((name, False, {}) for name in ("RPI_PICO_W", "rpi_pico_w", "Raspberry Pi Pico W")),
        ("ESP32_GENERIC", False, OTA),
        ("ESP32_GENERIC-OTA", False, OTA),
        (None, False, {"version": (1, 25, 0)}),
        (None, False, {"version": (2, 0, 0)}),
        (None, True, {"mpy": 0}),
    ],
)
def test_a_board_that_is_the_wanted_one_and_does_is_taken(wanted, source, changes):
    facts.check(dataclasses.replace(PICO, **changes), OLDEST, wanted, source)


@pytest.mark.parametrize(
    ("wanted", "changes", "why"),
    [
        *(
            (name, {}, f"this is no {name}: {PICO_W}, MicroPython 1.26.1, firmware RPI_PICO_W")
            for name in ("RPI_PICO", "Raspberry Pi Pico", "", "RPI_PICO2_W")
        ),
        ("ESP32_GENERIC-SPIRAM", {"build": "ESP32_GENERIC"}, "this is no ESP32_GENERIC-SPIRAM"),
        ("", {"build": "", "machine": ""}, "this is no : "),  # what it does not tell is no name
        (None, {"name": "circuitpython"}, f"this is no MicroPython: {PICO_W}, circuitpython"),
        (None, {"version": (1, 24, 1)}, "MicroPython 1.24.1 is too old: 1.25 or newer is needed"),
        (None, {"mpy": 4871}, "of version 6, and it is version 7; --source"),
        (None, {"mpy": 0}, "and it loads none; --source"),
        (None, {"room": None}, "has no file system"),
    ],
)
def test_another_board_and_one_that_does_not_do_are_refused_with_the_reason(wanted, changes, why):
    with pytest.raises(DeployError) as caught:
        facts.check(dataclasses.replace(PICO, **changes), OLDEST, wanted, False)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("mpy", "march"),
    [
        (4870, "armv6m"),
        (0x1F06, "armv7emsp"),
        (0x2B06, "xtensawin"),
        (0x2F06, "rv32imc"),
        (0x12F06, "rv32imc"),  # with flags of extensions
        (0x0306, None),
        (0x2A06, None),  # 6.2: it loads bytecode, and no native code of 6.3
        (0x3F06, None),
    ],
)
def test_the_architecture(mpy, march):
    assert dataclasses.replace(PICO, mpy=mpy).march == march


def compiled(parts, march):
    files = library.files(SOURCES, "/lib", parts, march, False, lambda done, of: None)
    return {file.path: file.content for file in files}


@pytest.mark.parametrize("march", [name for name in facts.ARCHITECTURES.values() if name])
def test_every_architecture_compiles(march):
    files = compiled(library.PARTS, march)
    number = {name: number for number, name in facts.ARCHITECTURES.items()}[march]
    viper = files["/lib/iotjobs/codec/viper.mpy"]
    assert viper[1] == facts.MPY_VERSION
    assert viper[2] == number << 2 | facts.MPY_NATIVE_VERSION
    assert "/lib/iotjobs/codec/plain.mpy" not in files


def test_without_native_code_there_is_the_plain_twin_and_bytecode_only():
    files = compiled(library.PARTS, None)
    assert "/lib/iotjobs/codec/plain.mpy" in files
    assert "/lib/iotjobs/codec/viper.mpy" not in files
    assert "/lib/iotjobs/codec/unquote.mpy" not in files
    assert {content[2] for content in files.values()} == {0}


def test_all_parts_and_handlers_are_the_whole_library():
    handlers = [f"handlers/{name}" for name in handler_names(PACKAGE)]
    found = library.names(PACKAGE, [*library.PARTS, *handlers], "armv6m", True)
    files = [file.relative_to(environment.LIB) for file in PACKAGE.rglob("*.py")]
    assert sorted(found) == sorted(str(file.with_suffix("")) for file in files)


def test_the_least():
    found = library.names(PACKAGE, [], "armv6m", False)
    assert "iotjobs/agent/agent" in found
    left_out = {f"iotjobs/{place}" for place in library.PARTS.values()} | {"iotjobs/handlers"}
    assert not [name for name in found if name in left_out or name.rpartition("/")[0] in left_out]


def test_packages_come_last():
    found = library.names(PACKAGE, ["handlers/reboot"], "armv6m", False)
    assert found[-2:] == ["iotjobs/__init__", "iotjobs/handlers/__init__"]


def test_names_that_are_chosen():
    known = ["a", "b", "c"]
    assert library.chosen("--x", "all", known) == known
    assert library.chosen("--x", "none", known) == []
    assert library.chosen("--x", "c, a,,c", known) == ["a", "c"]
    with pytest.raises(UsageError, match="--x: no 'd': there are a, b, c"):
        library.chosen("--x", "a,d", known)


@dataclasses.dataclass
class Port:
    device: str
    vid: int | None = 1
    product: str | None = None
    serial_number: str | None = None
    manufacturer: str = "Maker"


SERIAL = Port("/dev/ttyS0", vid=None)  # of no board
A, B = Port("/dev/a"), Port("/dev/b", product="Board", serial_number="e66")


@pytest.fixture
def find(monkeypatch):
    def find(plugged, given=None):
        monkeypatch.setattr(ports.list_ports, "comports", lambda: plugged)
        return ports.find(given)

    return find


def test_the_port_is_the_one_that_is_given_or_the_only_one_of_a_board(find):
    assert find([A, B], "/dev/x") == "/dev/x"
    assert find([SERIAL, B]) == "/dev/b"


def test_no_port(find):
    with pytest.raises(DeployError, match=r"no board found[\s\S]*--port"):
        find([SERIAL])


def test_several_ports(find):
    with pytest.raises(DeployError) as caught:
        find([B, A])
    assert str(caught.value) == (
        "2 boards may be meant: name one by --port\n  /dev/a  Maker\n  /dev/b  Maker Board (e66)"
    )


def test_a_port_without_permission(tmp_path, monkeypatch):
    for permitted, why in ((False, "no permission"), (True, "another program")):
        monkeypatch.setattr(ports.os, "access", lambda path, mode, permitted=permitted: permitted)
        assert why in ports.why_closed(str(tmp_path))


def test_an_application_that_is_none(tmp_path):
    with pytest.raises(DeployError, match=r"--app: .* has no files"):
        application.files(tmp_path)
    with pytest.raises(DeployError, match=r"--app: .*x is no folder"):
        application.files(tmp_path / "x")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["boot.py", "main.py", "zoo.py", "a.py"], ["/a.py", "/zoo.py", "/boot.py", "/main.py"]),
        ([".git/x", "__pycache__/x", "a/.idea/x", ".env", "a/b.py"], ["/a/b.py"]),
        (["tests/test_a.py", "a/tests/b.py", "tests.py"], ["/a/tests/b.py", "/tests.py"]),
    ],
    ids=["in order", "hidden", "tests"],
)
def test_the_application_starts_last_and_what_is_hidden_is_left_out(tmp_path, names, expected):
    write_files(tmp_path, dict.fromkeys(names, ""))
    assert [file.path for file in application.files(tmp_path)[0]] == expected


def test_what_is_left_out_is_told(tmp_path):
    write_files(tmp_path, dict.fromkeys([".git/x", "a/.env", "a/__pycache__/x", "a/b"], ""))
    assert application.files(tmp_path)[1] == ["left out: .git, a/.env, a/__pycache__"]
    write_files(tmp_path, {"tests/test_a.py": ""})
    assert application.files(tmp_path)[1] == ["left out: .git, a/.env, a/__pycache__, tests"]


def test_linked_files_and_folders_are_the_applications_too(tmp_path):
    app = write_files(tmp_path / "app", {"main.py": "pass"})
    shared = write_files(tmp_path / "shared", {"lib/a.py": "a", ".x": "", "b.py": "b"})
    (app / "shared").symlink_to(shared)
    (app / "c.py").symlink_to(shared / "b.py")
    found, told = application.files(app)
    assert [(file.path, file.content) for file in found] == [
        ("/c.py", b"b"),
        ("/shared/b.py", b"b"),
        ("/shared/lib/a.py", b"a"),
        ("/main.py", b"pass"),
    ]
    assert told == ["left out: shared/.x"]


def test_what_of_an_application_cannot_be_read_is_refused_by_name(tmp_path):
    write_files(tmp_path, {"main.py": "pass"})
    (tmp_path / "x").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DeployError, match=r"--app: .*/x: a link that leads nowhere"):
        application.files(tmp_path)


def test_sources_and_json_lose_their_byte_order_mark_and_other_files_do_not(tmp_path):
    names = ["main.py", "settings.json", "table.csv"]
    write_files(tmp_path, dict.fromkeys(names, BOM + b"{}\r\n"))
    found, told = application.files(tmp_path)
    assert {file.path: file.content for file in found} == {
        "/main.py": b"{}\r\n",
        "/settings.json": b"{}\r\n",
        "/table.csv": BOM + b"{}\r\n",
    }
    assert told == ["without the byte order mark: main.py, settings.json"]
    write_files(tmp_path, {"a.py": "pass".encode("utf-16")})
    with pytest.raises(DeployError, match=r"--app: .*a\.py: it is text in UTF-16"):
        application.files(tmp_path)
