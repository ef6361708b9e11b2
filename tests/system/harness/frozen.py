"""MicroPython's own reader of manifests, from its source tree, and what it finds in ours."""

import functools
import importlib.util
import re

import environment
import pytest
from building import micropython_source
from commands import write_files

ROOT = environment.ROOT
LIB = environment.LIB / "iotjobs"
EVERY_FILE = {f"iotjobs/{path.relative_to(LIB).as_posix()}" for path in LIB.rglob("*.py")}
UMQTT_SIMPLE = "umqtt/simple.py"


@functools.cache
def manifestfile():
    """The module tools/manifestfile.py of the tree."""
    path = micropython_source.tree() / "tools" / "manifestfile.py"
    spec = importlib.util.spec_from_file_location("manifestfile", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lib(tmp_path_factory):
    """A folder with a stand-in for micropython-lib: the real umqtt.simple, and of whatever else
    the tree's manifests require, a module that says its name.
    """
    folder = tmp_path_factory.mktemp("micropython-lib")
    tree = micropython_source.tree()
    manifests = [*tree.glob("ports/*/boards/**/manifest.py"), *tree.glob("ports/unix/**/*.py")]
    found = {"umqtt.simple"}
    for manifest in manifests:
        found.update(re.findall(r'require\(\s*"([^"]+)"', manifest.read_text()))
    for name in found:
        module = name.replace(".", "_").replace("-", "_") + ".py"
        text, files = f'module("{module}")', {module: f"name = {name!r}\n"}
        if name == "umqtt.simple":
            source = (environment.UMQTT / UMQTT_SIMPLE).read_bytes()
            text, files = 'package("umqtt")', {UMQTT_SIMPLE: source}
        files["manifest.py"] = f'metadata(version="1.0.0")\n{text}\n'
        write_files(folder / "micropython" / name, files)
    return folder


def resolved(manifest, *, port="rp2", board=None, lib=None):
    """What a manifest, a path or a text, freezes: a dictionary of target paths and entries.
    Raises what the tree's manifestfile raises.
    """
    module = manifestfile()
    tree = micropython_source.tree()
    variables = {
        "MPY_DIR": str(tree),
        "MPY_LIB_DIR": str(lib or tree / "lib" / "micropython-lib"),
        "PORT_DIR": str(tree / "ports" / port),
        "BOARD_DIR": str(board or tree),
    }
    reader = module.ManifestFile(module.MODE_FREEZE, variables)
    reader.execute(str(manifest))
    entries = reader.files()
    found = {entry.target_path: entry for entry in entries}
    assert len(found) == len(entries), "a file is frozen twice"
    return found
