"""`tools/firmware` on trees that are built at once: what it asks of `make`, what it tells, and
when it builds again.
"""

import os

import environment
import pytest
from building import builds, micropython_source
from commands import write_files, write_script
from forked_tools import run

MPCONFIG = """
#define MICROPY_VERSION_MAJOR 1
#define MICROPY_VERSION_MINOR {minor}
#define MICROPY_VERSION_MICRO 2
"""
MPY_CROSS = "all:\n\tmkdir -p build && touch build/mpy-cross\n"
PORT = """
all:
\t@echo "$(BOARD) $(BOARD_DIR) $(VARIANT_DIR) $(FROZEN_MANIFEST) $(CFLAGS_EXTRA)" >> $(BUILD)/asked
\t@test -f "$(MICROPY_MPYCROSS)" && echo "[ 50%] Building" && {end}
"""
BUILT = "echo firmware > $(BUILD)/{result} && echo raw > $(BUILD)/firmware.bin"


@pytest.fixture
def checkout(tmp_path):
    """Makes a tree that looks like a checkout of MicroPython; its builds end as `end` says."""

    def checkout(end=BUILT, minor=26, library=True):
        config = MPCONFIG.format(minor=minor)
        files = {"py/mpconfig.h": config, "mpy-cross/Makefile": MPY_CROSS}
        for port, result in (("unix", "micropython"), ("rp2", "firmware.uf2")):
            files[f"ports/{port}/Makefile"] = PORT.format(end=end.replace("{result}", result))
        if library:
            files["lib/micropython-lib/micropython/README.md"] = ""
        return write_files(tmp_path / "micropython", files)

    return checkout


def firmware(*arguments, **variables):
    return run("firmware", *arguments, env={**os.environ, **variables})


def fails(*arguments, **variables):
    """What it says."""
    done = firmware(*arguments, **variables)
    assert done.returncode == 1
    return done.stderr


def test_every_definition_is_a_board():
    listed = dict(line.split() for line in firmware("--list").stdout.splitlines())
    folders = {path.parent for path in (environment.ROOT / "boards").glob("*/*/manifest.py")}
    folders |= {path.parent for path in (environment.ROOT / "boards").glob("*/*/*.cmake")}
    assert {environment.ROOT / folder for folder in listed.values()} == folders
    assert {"RPI_PICO", "RPI_PICO_W", "RPI_PICO2_W", "unix"} <= set(listed)
    assert {"ESP32_GENERIC", "ESP32_GENERIC_S3", "ESP32_GENERIC_C3"} <= set(listed)


def test_without_a_board_it_tells_its_usage():
    done = firmware()
    assert done.returncode == 2
    assert "name a board, or --list" in done.stderr


def test_a_board_that_is_not_there_is_told_which_are():
    said = fails("PYBV11")
    assert said.startswith("firmware: no board PYBV11: there are ")
    assert "RPI_PICO_W" in said


def test_a_folder_that_is_no_checkout_is_named(tmp_path):
    said = fails("RPI_PICO_W", "--micropython", tmp_path)
    assert f"firmware: {tmp_path} is no checkout of MicroPython: " in said


def test_a_checkout_that_is_too_old_is_refused(checkout):
    said = fails("unix", "--micropython", checkout(minor=23))
    assert "is MicroPython 1.23.2: 1.24 or newer is needed" in said


def test_a_checkout_without_submodules_does_for_two_boards_only(checkout):
    said = fails("RPI_PICO_W", "--micropython", checkout(library=False))
    assert "RPI_PICO_W needs a checkout of MicroPython with its submodules" in said


def test_where_no_source_is_wanted_none_is_fetched():
    said = fails("unix", **{micropython_source.VARIABLE: micropython_source.NONE})
    assert said == "firmware: MICROPYTHON_SOURCE is none\n"


def test_a_checkout_is_built_and_its_progress_is_shown(checkout, tmp_path):
    output = tmp_path / "output"
    done = firmware("unix", "--micropython", checkout(), "--output", output)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{output}/micropython: MicroPython 1.26.2, 9 bytes\n"
    assert "firmware: unix 50%\n" in done.stderr


def test_a_board_is_built_with_its_definition_and_with_pypis_cmake(
    checkout, tmp_path, monkeypatch
):
    output = tmp_path / "output"
    write_script(tmp_path / "bin" / "arm-none-eabi-gcc", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    needed = []
    monkeypatch.setattr(environment, "need", needed.append)
    built = builds.build("RPI_PICO_W", tree=checkout(), folder=output)
    assert built == (output / "firmware.uf2", "1.26.2", 4)
    assert needed == ["firmware"]
    asked = (output / "asked").read_text().split()
    assert asked == ["RPI_PICO_W", str(environment.ROOT / "boards" / "rp2" / "RPI_PICO_W")]


def test_another_manifest_is_frozen_if_one_is_given(checkout, tmp_path):
    output = tmp_path / "output"
    manifest = tmp_path / "manifest.py"
    manifest.touch()
    places = ("--micropython", checkout(), "--output", output, "--manifest", manifest)
    done = firmware("unix", *places)
    assert done.returncode == 0, done.stderr
    asked = (output / "asked").read_text().split()
    assert asked == [str(environment.ROOT / "boards" / "unix" / "iotjobs"), str(manifest)]


def test_a_build_that_fails_says_what_the_compiler_said(checkout, tmp_path):
    tree = checkout(end='echo "main.c:7:1: error: no semicolon" && exit 3')
    done = firmware("unix", "--micropython", tree, "--output", tmp_path / "output")
    assert done.returncode == 1
    assert done.stdout == ""
    log = tmp_path / "output" / "build.log"
    told = f"firmware: the build failed, {log} has all of it:\nmain.c:7:1: error: no"
    assert told in done.stderr
    assert "make:" not in done.stderr


def test_a_build_that_leaves_nothing_is_a_failure(checkout, tmp_path):
    tree = checkout(end="true")
    said = fails("unix", "--micropython", tree, "--output", tmp_path / "output")
    assert "the build of unix left no micropython in" in said


def test_without_submodules_it_builds_again_only_when_something_has_changed(
    checkout, tmp_path, monkeypatch
):
    monkeypatch.setattr(environment, "LIB", tmp_path / "lib")
    tree = checkout(library=False)
    folder = tmp_path / "output"
    manifest = tmp_path / "manifest.py"

    def asked():
        builds.build("unix", tree=tree, manifest=manifest, folder=folder)
        return len((folder / "asked").read_text().splitlines())

    manifest.write_text("one")
    assert [asked(), asked()] == [1, 1]
    manifest.write_text("two")
    assert [asked(), asked()] == [2, 2]
    write_files(tmp_path / "lib", {"iotjobs/agent.py": ""})
    assert [asked(), asked()] == [3, 3]
    write_files(tmp_path / "lib", {"iotjobs/agent.py": "pass"})
    assert [asked(), asked()] == [4, 4]


def test_with_submodules_make_decides_what_has_changed(checkout, tmp_path):
    tree = checkout()
    for _ in range(2):
        builds.build("unix", tree=tree, folder=tmp_path / "output")
    assert len((tmp_path / "output" / "asked").read_text().splitlines()) == 2
