"""Each board's definition says to MicroPython's own build what it should, as far as a build goes
without its compiler: its manifest is resolved, its CMakeLists.txt run up to where the SDK begins.
"""

import os
import re
import shutil

import environment
import frozen
import pytest
from building import micropython_source
from commands import finished, output, write_script
from frozen import EVERY_FILE, ROOT, UMQTT_SIMPLE
from frozen import lib as lib

pytestmark = pytest.mark.exhaustive

BOARDS = ROOT / "boards"
ESP32 = ("ESP32_GENERIC", "ESP32_GENERIC_S3", "ESP32_GENERIC_C3")
PICO = ("RPI_PICO", "RPI_PICO_W", "RPI_PICO2_W")
PICO_W = PICO[1:]
SLOT = 0x1D0000
FILES = 0x50000  # behind the slots, of the smallest flash
FLASH = 4 << 20


@pytest.fixture(autouse=True)
def umqtt_from_the_library(monkeypatch):
    monkeypatch.delenv("IOTJOBS_UMQTT", raising=False)


def stock(port, board):
    """The folder of MicroPython's own board, and the manifest that it freezes."""
    folder = micropython_source.tree() / "ports" / port / "boards" / board
    manifest = folder / "manifest.py"
    return folder, manifest if manifest.is_file() else folder.parent / "manifest.py"


@pytest.fixture
def configure(firmware_packages):
    """Run a port's CMakeLists.txt for our board up to the SDK; return the variables there."""

    def configure(port, board, folder, *options, source=None):
        source = source or micropython_source.tree() / "ports" / port
        begin = {"rp2": "pico_sdk_init.cmake", "esp32": "tools/cmake/project.cmake"}
        stop = folder / "sdk" / begin[port]
        stop.parent.mkdir(parents=True)
        stop.write_text(
            "get_cmake_property(names VARIABLES)\n"
            "foreach(name ${names})\n"
            '    file(APPEND ${CMAKE_BINARY_DIR}/variables "${name}=${${name}}\\n")\n'
            "endforeach()\n"
            'message(FATAL_ERROR "as far as the test goes")\n'
        )
        command = [environment.VENV / "bin" / "cmake", "-S", source, "-B", folder / "build"]
        command += [f"-DMICROPY_BOARD={board}", f"-DMICROPY_BOARD_DIR={BOARDS / port / board}"]
        command += [f"-DPICO_SDK_PATH_OVERRIDE={folder / 'sdk'}", *options]
        run = finished(command, env={**os.environ, "IDF_PATH": str(folder / "sdk")})
        assert "as far as the test goes" in run.stderr, run.stderr
        assert run.stderr.count("CMake Error") == 1, run.stderr
        lines = (folder / "build" / "variables").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    return configure


def settings(folder):
    """What ESP-IDF is given: of two values the last one holds."""
    text = (folder / "build" / "sdkconfig.combined").read_text()
    return dict(re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE))


def partitions(found):
    """The table that the settings name: a dictionary of names and (subtype, offset, size)."""
    rows = {}
    with open(found["CONFIG_PARTITION_TABLE_CUSTOM_FILENAME"].strip('"')) as file:
        for line in file:
            cells = [cell.strip() for cell in line.split(",")]
            if not line.startswith("#"):
                rows[cells[0]] = (cells[2], int(cells[3], 0), int(cells[4], 0))
    return rows


@pytest.mark.parametrize("board", ESP32)
def test_an_esp32_has_two_slots_and_takes_back_what_does_not_confirm(configure, tmp_path, board):
    configure("esp32", board, tmp_path)
    found = settings(tmp_path)
    assert found["CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE"] == "y"
    assert found["CONFIG_PARTITION_TABLE_CUSTOM"] == "y"
    assert found["CONFIG_COMPILER_OPTIMIZATION_SIZE"] == "y"
    assert found["CONFIG_COMPILER_OPTIMIZATION_PERF"] == "n"
    table = partitions(found)
    assert table["ota_0"][2] == table["ota_1"][2] == SLOT
    assert table["otadata"][0::2] == ("ota", 0x2000)  # what IDF asks for
    assert "factory" not in table
    assert "vfs" not in table  # MicroPython makes one of the rest, whatever size the flash has


def test_the_table_of_partitions_is_without_gaps_and_fits_into_4_mib(configure, tmp_path):
    configure("esp32", ESP32[0], tmp_path)
    end = 0x9000  # behind the bootloader and the table
    for name, (subtype, offset, size) in partitions(settings(tmp_path)).items():
        assert offset == end, name
        assert not subtype.startswith("ota_") or offset % 0x10000 == 0, name
        end = offset + size
    assert end == FLASH - FILES


def test_a_micropython_that_makes_no_partition_for_files_gets_one_in_the_table(
    configure, tmp_path
):
    source = tmp_path / "ports" / "esp32"
    shutil.copytree(micropython_source.tree() / "ports" / "esp32", source)
    for newer in source.glob("partitions-*plus*.csv"):
        newer.unlink()
    configure("esp32", ESP32[0], tmp_path, source=source)
    assert partitions(settings(tmp_path))["vfs"] == ("fat", FLASH - FILES, FILES)


@pytest.mark.parametrize("board", ESP32)
def test_what_an_esp32_does_not_set_is_as_in_micropythons_own_board(configure, tmp_path, board):
    variables = configure("esp32", board, tmp_path)
    folder, _ = stock("esp32", board)
    assert variables["MICROPY_BOARD_DIR"] == str(folder)
    assert variables["MICROPY_FROZEN_MANIFEST"] == str(BOARDS / "esp32" / "manifest.py")
    target = re.search(r"IDF_TARGET (\w+)", (folder / "mpconfigboard.cmake").read_text())
    assert variables.get("IDF_TARGET") == (target and target[1])
    assert settings(tmp_path)["CONFIG_BT_NIMBLE_ENABLED"] == "y"


@pytest.mark.parametrize(
    ("board", "variant"), [("ESP32_GENERIC", "SPIRAM"), ("ESP32_GENERIC_S3", "SPIRAM_OCT")]
)
def test_a_variant_adds_to_the_two_slots(configure, tmp_path, board, variant):
    variables = configure("esp32", board, tmp_path, f"-DMICROPY_BOARD_VARIANT={variant}")
    assert "SPIRAM" in variables["MICROPY_DEF_BOARD"]
    found = settings(tmp_path)
    assert found["CONFIG_SPIRAM"] == "y"
    assert partitions(found)["ota_1"][2] == SLOT
    assert found["CONFIG_COMPILER_OPTIMIZATION_SIZE"] == "y"


@pytest.mark.parametrize("board", PICO)
def test_a_pico_is_micropythons_own_but_for_its_manifest(configure, tmp_path, board):
    variables = configure("rp2", board, tmp_path)
    folder, _ = stock("rp2", board)
    text = "".join(path.read_text() for path in folder.glob("mpconfig*[dt].cmake"))
    for name in ("PICO_BOARD", "PICO_PLATFORM"):
        given = re.search(rf'set\({name} "?(\w+)', text)
        assert variables.get(name) == (given and given[1]), name
    assert variables["MICROPY_BOARD_DIR"] == str(folder)  # its header and its pins
    assert (folder / "pins.csv").is_file()
    assert variables["MICROPY_FROZEN_MANIFEST"] == str(BOARDS / "rp2" / board / "manifest.py")
    assert variables.get("MICROPY_PY_NETWORK_CYW43") == ("ON" if board in PICO_W else None)


@pytest.mark.parametrize(
    ("port", "board"), [*(("esp32", board) for board in ESP32), *(("rp2", b) for b in PICO_W)]
)
def test_a_board_freezes_what_micropythons_own_does_and_the_library(lib, port, board):
    folder, manifest = stock(port, board)
    own = BOARDS / port / board / "manifest.py"
    if not own.is_file():
        own = BOARDS / port / "manifest.py"
    before = frozen.resolved(manifest, port=port, board=folder, lib=lib)
    found = frozen.resolved(own, port=port, board=folder, lib=lib)
    assert found.keys() == before.keys() | EVERY_FILE | {UMQTT_SIMPLE}
    assert {found[path].opt for path in EVERY_FILE} == {3}
    assert all(os.path.isfile(entry.full_path) for entry in found.values())


@pytest.mark.parametrize(
    ("port", "board", "own"),
    [
        ("rp2", "RPI_PICO", {"_boot.py", "asyncio/core.py"}),
        ("unix", "iotjobs", {"asyncio/core.py"}),
    ],
)
def test_what_tests_run_on_needs_no_micropython_lib(tmp_path, monkeypatch, port, board, own):
    monkeypatch.setenv("IOTJOBS_UMQTT", str(environment.UMQTT))
    found = frozen.resolved(BOARDS / port / board / "manifest.py", port=port, lib=tmp_path)
    assert found.keys() >= EVERY_FILE | {UMQTT_SIMPLE} | own


def test_the_unix_variant_has_what_the_standard_one_has(lib):
    standard = micropython_source.tree() / "ports" / "unix" / "variants" / "standard"
    (lib / "unix-ffi").mkdir(exist_ok=True)
    before = frozen.resolved(standard / "manifest.py", port="unix", lib=lib)
    manifest = BOARDS / "unix" / "iotjobs" / "manifest.py"
    found = frozen.resolved(manifest, port="unix", lib=lib)
    assert found.keys() == before.keys() | EVERY_FILE | {UMQTT_SIMPLE}


@pytest.mark.parametrize(
    ("machine", "options", "flags"),
    [
        ("x86_64-linux-gnu", (), "-march=x64"),
        ("x86_64-linux-gnu", ("MICROPY_FORCE_32BIT=1",), "-march=x86"),
        ("i686-linux-gnu", (), "-march=x86"),
        ("aarch64-linux-gnu", (), ""),
        ("riscv64-linux-gnu", (), ""),
    ],
)
def test_the_unix_variant_names_the_architecture_where_there_is_native_code(
    tmp_path, machine, options, flags
):
    compiler = write_script(tmp_path / "cc", f"echo {machine}")
    variant = BOARDS / "unix" / "iotjobs"
    makefile = tmp_path / "Makefile"
    makefile.write_text(
        f"VARIANT_DIR = {variant}\nCC = {compiler}\ninclude {variant}/mpconfigvariant.mk\n"
        "all:\n\t@echo '[$(strip $(MPY_CROSS_FLAGS))] $(FROZEN_MANIFEST)'\n"
    )
    port = micropython_source.tree() / "ports" / "unix"
    printed = output(["make", "--no-print-directory", "-C", port, "-f", makefile, *options])
    assert printed.strip() == f"[{flags}] {variant}/manifest.py"


def test_the_readme_has_the_command_of_every_board():
    text = (BOARDS / "README.md").read_text()
    for port, names in {"esp32": ESP32, "rp2": PICO, "unix": ("iotjobs",)}.items():
        folders = [path.name for path in (BOARDS / port).iterdir() if path.is_dir()]
        assert sorted(folders) == sorted(names)
        option = "VARIANT_DIR" if port == "unix" else "BOARD_DIR"
        for name in names:
            command = f"make -C ports/{port} {option}=$IOTJOBS/boards/{port}/{name} submodules all"
            assert command in text
