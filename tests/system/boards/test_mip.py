"""mip installs the library from a server, on the unix port."""

import json
import os

import environment
import forked_tools
import pytest
from commands import output, write_files
from mip_packages import layout
from mip_packages.architectures import ARCHITECTURES, NO_ARCHITECTURE
from package_index import PackageIndex

ROOT = environment.ROOT
LIB = environment.LIB
EVERY_MODULE = {path.relative_to(LIB).with_suffix("").as_posix() for path in LIB.rglob("*.py")}
NATIVE = {"iotjobs/codec/viper", "iotjobs/codec/unquote"}

# The numbers that sys.implementation has for what native code the interpreter loads.
NUMBERS = {1: "x86", 2: "x64"}

USED = """
from iotjobs.codec import scan
assert scan.skip(b'{"a": [1, 2]} ', 0, 13) == 13
try:
    import iotjobs.codec.viper as loops
except ImportError:  # it is not there
    import iotjobs.codec.plain as loops
except ValueError:  # it is for another architecture
    import iotjobs.codec.plain as loops
assert scan.read is loops.read
import iotjobs
print(iotjobs.__version__, iotjobs.__file__, loops.__name__)
"""


@pytest.fixture
def index():
    served = PackageIndex()
    source = (environment.UMQTT / "umqtt" / "simple.py").read_text()
    served.add("umqtt.simple", "1.6.0", {"umqtt/simple.py": source})
    yield served
    served.close()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The folder with the package of each architecture."""
    folder = tmp_path_factory.mktemp("compiled")
    for architecture in ARCHITECTURES:
        layout.write_compiled(architecture, folder / architecture)
    return folder


def serve(index, folder, files=()):
    """Have `index` serve these files of a folder too, or all of it; the URL of the folder."""
    for path in files or folder.rglob("*.*"):
        name = path.relative_to(folder).as_posix()
        index.pages[f"/pi/v2/folder/{name}"] = path.read_bytes()
    return f"{index.url}/folder"


def micropython(home, code):
    """What the unix port prints that has `home` as its home folder, into which mip installs."""
    places = {"HOME": str(home), "MICROPYPATH": f".frozen:{home}/.micropython/lib"}
    return output([environment.micropython(), "-c", code], env={**os.environ, **places}, cwd=home)


def install(home, url, index):
    printed = micropython(home, f"import mip; mip.install({url!r}, index={index.url!r})")
    assert printed.rstrip().endswith("Done"), printed
    return set(contents(home / ".micropython" / "lib"))


def contents(folder):
    """Of the files in a folder, by their paths in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def architecture_here():
    code = "import sys; print(sys.implementation._mpy >> 10 & 15)"
    return NUMBERS.get(int(output([environment.micropython(), "-c", code])), NO_ARCHITECTURE)


def test_package_json_lists_the_source_and_all_of_it():
    text = layout.SOURCE.read_text()
    assert text == layout.of_source(), "tools/package --source writes it anew"
    document = json.loads(text)
    listed = dict(document["urls"])
    assert listed == {f"{name}.py": f"lib/{name}.py" for name in EVERY_MODULE}
    assert len(document["urls"]) == len(listed)
    assert document["deps"] == [["umqtt.simple", "latest"]]
    source = (LIB / "iotjobs" / "__init__.py").read_text()
    assert f'__version__ = "{document["version"]}"' in source


def test_mip_installs_the_source_and_what_it_needs(tmp_path, index):
    url = serve(index, ROOT, [ROOT / "package.json", *LIB.rglob("*.py")])
    files = install(tmp_path, url + "/package.json", index)
    assert files == {f"{name}.py" for name in EVERY_MODULE} | {"umqtt/simple.py"}
    assert "iotjobs/__init__.py" in micropython(tmp_path, USED)
    assert micropython(tmp_path, "from iotjobs import MQTTLink; print(MQTTLink.__name__)")


@pytest.mark.parametrize("architecture", [architecture_here(), NO_ARCHITECTURE, "armv6m"])
def test_mip_installs_what_is_compiled_for_an_architecture(
    tmp_path, index, compiled, architecture
):
    url = serve(index, compiled / architecture)
    files = install(tmp_path, url + "/", index)
    modules = EVERY_MODULE - (NATIVE if architecture == NO_ARCHITECTURE else set())
    assert files == {f"{name}.mpy" for name in modules} | {"umqtt/simple.py"}
    loops = "viper" if architecture == architecture_here() != NO_ARCHITECTURE else "plain"
    place = f"{tmp_path}/.micropython/lib/iotjobs/__init__.mpy"
    used = micropython(tmp_path, USED).split()
    assert used == [layout.version(), place, f"iotjobs.codec.{loops}"]


def test_mip_installs_again_over_what_is_there(tmp_path, index, compiled):
    url = serve(index, compiled / NO_ARCHITECTURE)
    assert install(tmp_path, url, index) == install(tmp_path, url, index)


def test_only_the_viper_code_differs_between_architectures(compiled):
    with_native_code = [each for each in ARCHITECTURES if each != NO_ARCHITECTURE]
    for name in EVERY_MODULE:
        those = with_native_code if name in NATIVE else ARCHITECTURES
        kinds = {(compiled / each / f"{name}.mpy").read_bytes() for each in those}
        assert len(kinds) == (len(those) if name in NATIVE else 1), name


def test_the_same_source_makes_the_same_bytes_and_leaves_nothing_old(tmp_path, compiled):
    write_files(tmp_path, {"iotjobs/old.mpy": "M"})
    layout.write_compiled("armv6m", tmp_path)
    assert contents(tmp_path) == contents(compiled / "armv6m")


def test_the_tool_writes_a_folder_for_each_architecture_and_shows_its_size(tmp_path):
    run = forked_tools.run("package", "none", "armv6m", "none", "--out", tmp_path)
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["armv6m", "none"]
    lines = run.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["architecture", "none", "armv6m", "iotjobs"]
    for line in lines[1:3]:
        name, files, size, native = line.split()
        paths = list((tmp_path / name).rglob("*.mpy"))
        assert int(files) == len(paths)
        assert int(size.replace(",", "")) == sum(path.stat().st_size for path in paths)
        assert (native == "-") == (name == "none")
    assert lines[-1].endswith(f"mpremote mip install {tmp_path}/armv6m/package.json")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["arm"], "no architecture arm: there are armv6m, armv7emsp, xtensawin,"),
        (["--source", "armv6m"], "--source is the same for every architecture"),
        (["armv6m", "--out", "/dev/null"], "/dev/null/armv6m/iotjobs: Not a directory"),
    ],
)
def test_the_tool_says_what_is_wrong(arguments, message):
    run = forked_tools.run("package", *arguments)
    assert run.returncode != 0
    assert message in run.stderr
    assert "Traceback" not in run.stderr
