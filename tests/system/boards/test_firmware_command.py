"""`tools/firmware` on trees that are built at once: what it asks of `make`, what it tells, and
when it builds again.
"""

import os

import environment
import pytest
from building import builds, making, micropython_source, slots
from commands import output, write_files, write_script
from forked_tools import run
from partition_tables import OTADATA, table, two_slots

MPCONFIG = """
#define MICROPY_VERSION_MAJOR 1
#define MICROPY_VERSION_MINOR {minor}
#define MICROPY_VERSION_MICRO 2
"""
MPY_CROSS = "all:\n\tmkdir -p build && touch build/mpy-cross\n"
PORT = """
all:
\t@echo "$(BOARD) $(BOARD_DIR) $(VARIANT_DIR) $(FROZEN_MANIFEST) $(CFLAGS_EXTRA)" >> $(BUILD)/asked
\t@echo "$(CMAKE_ARGS) CXXFLAGS $(CXXFLAGS)" > $(BUILD)/configured
\t@test -f "$(MICROPY_MPYCROSS)" && echo "[ 50%] Building" && {end}
"""
BUILT = {
    "unix": "echo firmware > $(BUILD)/micropython",
    "rp2": "echo raw > $(BUILD)/firmware.bin && cp CMakeCache.txt $(BUILD)/",
    "esp32": "echo all > $(BUILD)/firmware.bin && cp -r image/. $(BUILD)/",
}
UF2CONV = "import sys\nopen(sys.argv[sys.argv.index('-o') + 1], 'w').write(' '.join(sys.argv))\n"
SUBMODULES = {
    "unix": ["micropython-lib", "mbedtls", "berkeley-db-1.xx"],
    "RPI_PICO": ["micropython-lib", "pico-sdk", "mbedtls", "tinyusb"],
    "esp32": ["micropython-lib", "berkeley-db-1.xx", "tinyusb"],
}
SUBMODULES["RPI_PICO_W"] = [*SUBMODULES["RPI_PICO"], "cyw43-driver", "lwip", "btstack"]
ALL = sorted({name for names in SUBMODULES.values() for name in names})
PICOTOOL = "-DPICO_NO_PICOTOOL=1"
CXX = "-DPICO_CXX_DISABLE_ALLOCATION_OVERRIDES=1"


@pytest.fixture
def checkout(tmp_path):
    """Makes a tree that looks like a checkout of MicroPython; its builds end as `end` says, and
    `platform` is what the SDK of a Pico finds.
    """

    def checkout(end=None, minor=26, submodules=ALL, platform="rp2040", image=None):
        config = MPCONFIG.format(minor=minor)
        files = {"py/mpconfig.h": config, "mpy-cross/Makefile": MPY_CROSS}
        for port, built in BUILT.items():
            files[f"ports/{port}/Makefile"] = PORT.format(end=end or built)
        files["tools/uf2conv.py"] = UF2CONV
        files["ports/rp2/CMakeCache.txt"] = f"PICO_PLATFORM:STRING={platform}\n"
        for name in submodules:
            files[f"lib/{name}/micropython/README.md"] = ""
        tree = write_files(tmp_path / "micropython", files)
        for name, content in (image or {}).items():
            path = tree / "ports" / "esp32" / "image" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tree

    return checkout


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder that comes first on PATH, with a compiler for ARM and an idf.py that do nothing;
    packages of PyPI are not needed.
    """
    for name in ("arm-none-eabi-gcc", "idf.py"):
        write_script(tmp_path / "bin" / name, "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(environment, "need", lambda *names: None)
    return tmp_path / "bin"


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
    done = firmware("PYBV11")
    assert done.returncode == 2
    assert "no board PYBV11: there are RPI_PICO, " in done.stderr


def test_a_folder_that_is_no_checkout_is_named(tmp_path):
    said = fails("RPI_PICO_W", "--micropython", tmp_path)
    assert f"firmware: {tmp_path} is no checkout of MicroPython: " in said


def test_a_checkout_that_is_too_old_is_refused(checkout):
    said = fails("unix", "--micropython", checkout(minor=23))
    assert "is MicroPython 1.23.2: 1.25 or newer is needed" in said


def test_a_tree_without_submodules_does_for_two_boards_only(checkout):
    said = fails("RPI_PICO_W", "--micropython", checkout(submodules=["mbedtls", "tinyusb"]))
    assert "RPI_PICO_W needs a checkout of MicroPython with its submodules" in said
    assert "has no micropython-lib, pico-sdk, cyw43-driver, lwip, btstack " in said


def test_a_board_that_debian_has_no_source_for_has_none_fetched(monkeypatch):
    monkeypatch.delenv(micropython_source.VARIABLE, raising=False)
    monkeypatch.setattr(micropython_source, "tree", lambda: pytest.fail("something is fetched"))
    with pytest.raises(environment.UnusableError, match="RPI_PICO_W needs a checkout"):
        builds.build("RPI_PICO_W")


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
    checkout, tools, tmp_path, monkeypatch
):
    output = tmp_path / "output"
    needed = []
    monkeypatch.setattr(environment, "need", needed.append)
    built = builds.build("RPI_PICO_W", tree=checkout(), folder=output)
    assert built[:3] == (output / "firmware.uf2", "1.26.2", 4)
    assert needed == ["firmware"]
    asked = (output / "asked").read_text().split()
    assert asked == ["RPI_PICO_W", str(environment.ROOT / "boards" / "rp2" / "RPI_PICO_W")]


@pytest.mark.parametrize("board", ["RPI_PICO", "RPI_PICO_W", "RPI_PICO2_W"])
def test_a_pico_is_built_without_picotool_and_without_headers_of_cxx(
    checkout, tools, tmp_path, monkeypatch, board
):
    monkeypatch.setenv("CMAKE_ARGS", "-DMINE=1")
    monkeypatch.setenv("CXXFLAGS", "-g")
    builds.build(board, tree=checkout(), folder=tmp_path / "output")
    given = (tmp_path / "output" / "configured").read_text().split()
    # CMAKE_CXX_FLAGS would take the place of the SDK's own, without which no RP2350 is linked.
    assert given == [PICOTOOL, "-DMINE=1", "CXXFLAGS", CXX, "-g"]


@pytest.mark.parametrize(
    ("platform", "family"), [("rp2040", "0xe48bff56"), ("rp2350-arm-s", "0xe48bff59")]
)
def test_a_picos_uf2_is_made_by_micropythons_uf2conv(checkout, tools, tmp_path, platform, family):
    tree, output = checkout(platform=platform), tmp_path / "output"
    builds.build("RPI_PICO_W", tree=tree, folder=output)
    asked = (output / "firmware.uf2").read_text()
    converts = f"{tree}/tools/uf2conv.py -f {family} -b 0x10000000 -c -o {output}/firmware.uf2"
    assert asked == f"{converts} {output}/firmware.bin"


def test_no_uf2_is_made_for_another_platform(checkout, tools, tmp_path):
    tree = checkout(platform="rp2350-riscv")
    with pytest.raises(making.BuildError, match="no UF2 is made for the platform rp2350-riscv"):
        builds.build("RPI_PICO_W", tree=tree, folder=tmp_path / "output")


def test_what_this_machine_lacks_is_told_at_once_and_nothing_is_begun(
    checkout, tmp_path, monkeypatch
):
    tree = checkout(submodules=[])
    (tree / ".git").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(environment, "need", lambda *names: pytest.fail("something is fetched"))
    monkeypatch.setattr(environment, "is_made", lambda folder, mark: False)

    def told(board):
        with pytest.raises(environment.UnusableError) as raised:
            builds.build(board, tree=tree, folder=tmp_path / "output")
        first, *lacking = str(raised.value).splitlines()
        assert first == f"{board} cannot be built here without"
        return [line.partition(":")[0] for line in lacking]

    compiler = "arm-none-eabi-gcc with newlib"
    assert told("RPI_PICO_W") == ["make", "gcc", "g++", "git", compiler]
    assert told("ESP32_GENERIC") == ["make", "gcc", "git", "ESP-IDF's idf.py"]
    assert told("unix") == ["make", "gcc", "git"]
    assert not (tmp_path / "output").exists()
    assert not (tree / "lib").exists()


def test_git_fetches_what_a_checkout_lacks_and_leaves_what_is_there(
    checkout, tools, tmp_path, monkeypatch, capfd
):
    def git(*arguments):
        return output(["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments])

    here = tmp_path / "submodule"
    write_files(here, {"micropython/README.md": "from its repository"})
    write_files(here, {"README.md": ""})
    tree = checkout(submodules=[])
    # Which git refuses by default, of folders of this machine.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "always")
    for folder in (here, tree):
        git("init", "-q", folder)
        git("-C", folder, "add", ".")
        git("-C", folder, "commit", "-qm", "x")
    for name in SUBMODULES["RPI_PICO_W"]:
        git("-C", tree, "submodule", "--quiet", "add", here, f"lib/{name}")
    git("-C", tree, "commit", "-qm", "submodules")
    clone = tmp_path / "clone"
    git("clone", "-q", tree, clone)
    write_files(clone, {"lib/lwip/mine": "changed by hand"})
    builds.build("RPI_PICO_W", tree=clone, folder=tmp_path / "output")
    for name in SUBMODULES["RPI_PICO_W"]:
        assert any((clone / "lib" / name).iterdir()), name
    assert [path.name for path in (clone / "lib" / "lwip").iterdir()] == ["mine"]
    told = "micropython-lib, pico-sdk, mbedtls, tinyusb, cyw43-driver, btstack"
    assert f"git fetches into {clone}/lib, from the network: {told}\n" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("size", "told", "warned"),
    [(90, "90 bytes, 90.0% of a slot of 100", False), (91, "91 bytes, 91.0% of a slot", True)],
)
def test_it_tells_how_much_of_its_slot_an_esp32s_image_fills(
    checkout, tools, tmp_path, size, told, warned
):
    image = {"micropython.bin": b"i" * size, slots.TABLE: table(OTADATA, *two_slots(100))}
    tree = checkout(image=image)
    done = firmware("ESP32_GENERIC", "--micropython", tree, "--output", tmp_path / "output")
    assert done.returncode == 0, done.stderr
    assert told in done.stdout
    assert "ESP-IDF fetches components that it lacks, from the network" in done.stderr
    assert ("less than 10% of the slot is left" in done.stderr) == warned


def test_an_esp32s_image_that_no_job_could_replace_is_refused(checkout, tools, tmp_path):
    image = {"micropython.bin": b"i" * 101, slots.TABLE: table(OTADATA, *two_slots(100))}
    output = tmp_path / "output"
    said = fails("ESP32_GENERIC", "--micropython", checkout(image=image), "--output", output)
    assert "no job can update this firmware: its image has 101 bytes, a slot 100" in said


def test_the_progress_of_a_tool_that_is_made_in_between_is_not_shown(checkout, tmp_path):
    tree = checkout(end='echo "[100%] Built target pioasm" && echo x > $(BUILD)/micropython')
    done = firmware("unix", "--micropython", tree, "--output", tmp_path / "output")
    assert done.returncode == 0, done.stderr
    assert "firmware: unix 50%" in done.stderr
    assert "100%" not in done.stderr


def test_another_manifest_is_frozen_if_one_is_given(checkout, tmp_path):
    output = tmp_path / "output"
    manifest = tmp_path / "manifest.py"
    manifest.touch()
    places = ("--micropython", checkout(), "--output", output, "--manifest", manifest)
    done = firmware("unix", *places)
    assert done.returncode == 0, done.stderr
    asked = (output / "asked").read_text().split()
    assert asked == [str(environment.ROOT / "boards" / "unix" / "iotjobs"), str(manifest)]


@pytest.mark.parametrize(
    "said",
    [
        "main.c:7:1: error: no semicolon",
        "make: strip: No such file or directory",
        "/bin/sh: 1: sed: not found",
        "whatever else came last",
    ],
)
def test_a_build_that_fails_says_what_the_compiler_said(checkout, tmp_path, said):
    tree = checkout(end=f'echo "{said}" && exit 3')
    done = firmware("unix", "--micropython", tree, "--output", tmp_path / "output")
    assert done.returncode == 1
    assert done.stdout == ""
    log = tmp_path / "output" / "build.log"
    told = f"firmware: the build failed, {log} has all of it:\n"
    assert told in done.stderr
    assert said in done.stderr.split(told)[1].splitlines()
    assert "***" not in done.stderr


def test_a_build_that_leaves_nothing_is_a_failure(checkout, tmp_path):
    tree = checkout(end="true")
    said = fails("unix", "--micropython", tree, "--output", tmp_path / "output")
    assert "the build of unix left no micropython in" in said


def test_without_submodules_it_builds_again_only_when_something_has_changed(
    checkout, tmp_path, monkeypatch
):
    monkeypatch.setattr(environment, "LIB", tmp_path / "lib")
    tree = checkout(submodules=["mbedtls"])
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


@pytest.mark.parametrize(
    ("board", "before", "after"),
    [
        ("unix", {"flags": ["-g"]}, {}),
        ("unix", {}, {"manifest": environment.ROOT / "manifest.py"}),
        ("RPI_PICO_W", {}, {"cmake": "-DMINE=1"}),
    ],
)
def test_what_was_built_with_other_arguments_is_made_anew(
    checkout, tools, tmp_path, monkeypatch, board, before, after
):
    tree, output = checkout(), tmp_path / "output"

    def build(cmake="", **named):
        monkeypatch.setenv("CMAKE_ARGS", cmake)
        builds.build(board, tree=tree, folder=output, **named)

    build(**before)
    (output / "left").touch()
    build(**before)
    assert (output / "left").exists()
    build(**after)
    assert not (output / "left").exists()


def test_a_folder_that_holds_something_else_is_left_as_it_is(checkout, tmp_path):
    write_files(tmp_path / "output", {"letters.txt": "mine"})
    said = fails("unix", "--micropython", checkout(), "--output", tmp_path / "output")
    assert f"{tmp_path / 'output'} holds what this tool did not make" in said
    assert os.listdir(tmp_path / "output") == ["letters.txt"]
