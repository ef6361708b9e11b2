"""Which board tools/deploy takes, what it puts onto it, and which it refuses."""

import dataclasses

import environment
import pytest
from benches.compiled import PACKAGE, handler_names
from deploying import application, facts, library, ports
from deploying.errors import DeployError, UsageError

PICO = facts.Facts(
    "micropython",
    (1, 26, 1),
    "Raspberry Pi Pico W with RP2040",
    "RPI_PICO_W",
    4870,
    "rp2",
    (4096, 300),
    False,
    False,
)


def check(wanted=None, source=False, **changes):
    facts.check(dataclasses.replace(PICO, **changes), wanted, source)


def refused(why, *arguments, **changes):
    with pytest.raises(DeployError) as caught:
        check(*arguments, **changes)
    assert why in str(caught.value)


@pytest.mark.parametrize("name", ["RPI_PICO_W", "rpi_pico_w", "Raspberry Pi Pico W"])
def test_the_board_of_that_name(name):
    check(name)


def test_a_variant_of_the_board():
    check("ESP32_GENERIC", build="ESP32_GENERIC-OTA")
    check("ESP32_GENERIC-OTA", build="ESP32_GENERIC-OTA")
    refused("this is no ESP32_GENERIC-SPIRAM", "ESP32_GENERIC-SPIRAM", build="ESP32_GENERIC")


@pytest.mark.parametrize("name", ["RPI_PICO", "Raspberry Pi Pico", "", "RPI_PICO2_W"])
def test_another_board(name):
    refused(
        f"this is no {name}: Raspberry Pi Pico W with RP2040, MicroPython 1.26.1, firmware"
        " RPI_PICO_W",
        name,
    )


def test_what_a_firmware_does_not_tell_is_no_name():
    refused("this is no : ", "", build="", machine="")


def test_no_micropython():
    refused(
        "this is no MicroPython: Raspberry Pi Pico W with RP2040, circuitpython",
        name="circuitpython",
    )


def test_too_old():
    refused("MicroPython 1.23.0 is too old: 1.24 or newer is needed", version=(1, 23, 0))
    check(version=(1, 24, 0))
    check(version=(2, 0, 0))


def test_another_version_of_mpy():
    refused("of version 6, and it is version 7; --source", mpy=4871)
    refused("and it loads none; --source", mpy=0)
    check(source=True, mpy=0)


def test_no_file_system():
    refused("has no file system", room=None)


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
    files = library.files("/lib", parts, march, False, lambda done, of: None)
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
    handlers = [f"handlers/{name}" for name in handler_names()]
    found = library.names([*library.PARTS, *handlers], "armv6m", True)
    files = [file.relative_to(environment.LIB) for file in PACKAGE.rglob("*.py")]
    assert sorted(found) == sorted(str(file.with_suffix("")) for file in files)


def test_the_least():
    found = library.names([], "armv6m", False)
    assert "iotjobs/agent/agent" in found
    left_out = {f"iotjobs/{place}" for place in library.PARTS.values()} | {"iotjobs/handlers"}
    assert not [name for name in found if name in left_out or name.rpartition("/")[0] in left_out]


def test_packages_come_last():
    found = library.names(["handlers/reboot"], "armv6m", False)
    assert found[-2:] == ["iotjobs/__init__", "iotjobs/handlers/__init__"]


def test_names_that_are_chosen():
    known = ["a", "b", "c"]
    assert library.chosen("--x", "all", known) == known
    assert library.chosen("--x", "none", known) == []
    assert library.chosen("--x", "c, a,,c", known) == ["a", "c"]
    with pytest.raises(UsageError, match="--x: no 'd': there are a, b, c"):
        library.chosen("--x", "a,d", known)


class Port:
    def __init__(self, device, vid=1, product=None, serial_number=None):
        self.device = device
        self.vid = vid
        self.manufacturer = "Maker"
        self.product = product
        self.serial_number = serial_number


@pytest.fixture
def plugged(monkeypatch):
    found = []
    monkeypatch.setattr(ports.list_ports, "comports", lambda: found)
    return found


def test_the_port_that_is_given(plugged):
    plugged += [Port("/dev/a"), Port("/dev/b")]
    assert ports.find("/dev/x") == "/dev/x"


def test_the_only_port_of_a_board(plugged):
    plugged += [Port("/dev/ttyS0", vid=None), Port("/dev/ttyACM0")]
    assert ports.find(None) == "/dev/ttyACM0"


def test_no_port(plugged):
    plugged.append(Port("/dev/ttyS0", vid=None))
    with pytest.raises(DeployError, match="no board found") as caught:
        ports.find(None)
    assert "--port" in str(caught.value)


def test_several_ports(plugged):
    plugged += [Port("/dev/b", product="Board", serial_number="e66"), Port("/dev/a")]
    with pytest.raises(DeployError) as caught:
        ports.find(None)
    assert str(caught.value) == (
        "2 boards may be meant: name one by --port\n  /dev/a  Maker\n  /dev/b  Maker Board (e66)"
    )


def test_a_port_without_permission(tmp_path, monkeypatch):
    monkeypatch.setattr(ports.os, "access", lambda path, mode: False)
    assert "no permission" in ports.why_closed(str(tmp_path))
    monkeypatch.setattr(ports.os, "access", lambda path, mode: True)
    assert "another program" in ports.why_closed(str(tmp_path))


def test_an_application_that_is_none(tmp_path):
    with pytest.raises(DeployError, match=r"--app: .* has no files"):
        application.files(tmp_path)
    with pytest.raises(DeployError, match=r"--app: .*x is no folder"):
        application.files(tmp_path / "x")


def test_the_application_starts_last(tmp_path):
    for name in ("boot.py", "main.py", "zoo.py", "a.py"):
        (tmp_path / name).touch()
    found = [file.path for file in application.files(tmp_path)]
    assert found == ["/a.py", "/zoo.py", "/boot.py", "/main.py"]


def test_hidden_files_and_folders_are_left_out_of_the_application(tmp_path):
    for folder in (".git", "__pycache__", "a/.idea"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x").touch()
    for name in (".env", "a/b.py"):
        (tmp_path / name).touch()
    assert [file.path for file in application.files(tmp_path)] == ["/a/b.py"]
