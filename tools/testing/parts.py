"""The parts of the exhaustive tests: what each runs, what it depends on, and what it needs."""

import environment
from building import arm_toolchain, micropython_source
from debian_packages import micropythons
from debian_packages.micropythons import ARM, I386

from . import external
from .part import Part

_LIBRARY = ("lib/**/*.py", "tools/requirements/service.txt")
_DEVICE_TOOLS = (
    "tools/iotjobs_inputs/*.py",
    "tools/jobs_cli/*.py",
    "tools/lockstep/device/*.py",
    "tools/testing/device_process.py",
)
_DEVICE = (*_LIBRARY, "tests/device/**/*.py", *_DEVICE_TOOLS)
_EMULATOR = (
    "tools/iotjobs_inputs/*.py",
    "tools/iotjobs_emulator/**/*.py",
    "tools/requirements/service.txt",
)
_LOCKSTEP = (*_LIBRARY, *_EMULATOR, "tools/lockstep/**/*.py", "tests/system/harness/schedules.py")
_PROVISION = "tools/iotjobs_emulator/provision.py"
_SYSTEM = (
    "tests/system/conftest.py",
    "tests/system/harness/processes.py",
    "tests/system/harness/fork*.py",
    _PROVISION,
)
_SOURCE = ("tools/debian_packages/apt.py", "tools/building/micropython_source.py")
_DEBIAN = ("tools/debian_packages/*.py", "tools/environment/interpreter.py")
_BOARDS = ("boards/esp32/**/*", "boards/rp2/**/*", "boards/unix/**/*")
_COMPILED = (
    "tools/benches/compiled.py",
    "tools/building/mpy.py",
    "tools/iotjobs_wire/mpy.py",
    "tools/iotjobs_wire/needed.py",
)
_COMMANDS = ("tests/system/harness/commands.py",)
_DEVICE_TESTS = (*_COMMANDS, "tests/system/harness/device_tests.py")
_FIRMWARE = (
    *_LIBRARY,
    *_SOURCE,
    *_BOARDS,
    *_COMPILED,
    *_DEVICE_TESTS,
    "manifest.py",
    "tools/building/*.py",
    "tools/requirements/boards.txt",
    "tools/requirements/firmware.txt",
)
_EMULATED_PICO = (
    "tools/emulated_pico/*.py",
    "tools/emulated_pico/core/*",
    "tools/requirements/pico.txt",
)
_PICO = (
    *_FIRMWARE,
    *_EMULATED_PICO,
    "tests/system/harness/pico_tests.py",
    "tests/system/harness/plain_pico.py",
)
_STARTER = (
    "boards/starter/**/*",
    "tools/iotjobs_desk/*.py",
    "tools/iotjobs_inputs/*.py",
    "tools/packing/*.py",
)
_BENCH = (
    *_EMULATOR,
    *_COMPILED,
    "tests/system/harness/fork*.py",
    "tests/system/tools/test_bench.py",
    "tools/bench",
    "tools/benches/**/*.py",
)
_DEPLOY = (
    "tests/system/harness/deploy_tool.py",
    "tests/system/harness/fork*.py",
    "tests/system/harness/listening.py",
    "tests/system/harness/repl_board.py",
    "tests/system/programs/repl_device.py",
    "tools/deploy",
    "tools/deploying/*.py",
    "tools/iotjobs_wire/*.py",
    "tools/iotjobs_inputs/*.py",
)


_KIT = (
    *_LIBRARY,
    *_EMULATOR,
    *_STARTER,
    *_COMMANDS,
    "tools/testing/kit_venv.py",
    "tests/system/kit/conftest.py",
    "tools/iotjobs_wire/*.py",
    "tools/kit/pyproject.toml",
    "tools/kit/**/*.py",
    "tools/unix_board/**/*.py",
)

_CHECKLIST = (
    "boards/checklist/**/*.py",
    "boards/CHECKLIST.md",
    "tests/system/harness/listening.py",
    "tests/system/harness/repl_board.py",
    "tests/system/programs/power_switch.py",
    "tests/system/programs/repl_device.py",
    "tools/packing/*.py",
)


def _system(*tests):
    rooms_and_names = (test.split("/") for test in tests)
    return tuple(f"tests/system/{room}/test_{name}.py" for room, name in rooms_and_names)


_OTHER_ROOMS = ("aio", "codec", "fetch", "files", "jobs_cli", "updates")
_OTHERS = ("test_*.py", *(f"{room}/test_*.py" for room in _OTHER_ROOMS))


def _below_device(*patterns):
    """The files of the device's tests that these patterns name, and on what they depend."""
    folder = environment.ROOT / "tests" / "device"
    files = sorted(path for pattern in patterns for path in folder.glob(pattern))
    depends = (
        *(*_LIBRARY, *_DEVICE_TOOLS),
        *("tests/device/conftest.py", "tests/device/harness/*.py"),
        *(f"tests/device/{pattern}" for pattern in patterns),
    )
    return files, depends


def _seeds(name, *patterns):
    """The tests of these files below tests/device, under 200 seeds each."""
    files, depends = _below_device(*patterns)
    (program,) = _system("testing/seeds")
    tests = tuple(f"{program}::test_no_test_needs_luck[{file.stem}]" for file in files)
    return Part(name, tests, (*depends, *_DEVICE_TESTS, program))


def _on_32_bits(name, *patterns):
    """These files below tests/device, on the 32-bit interpreter."""
    files, depends = _below_device(*patterns)
    tests = tuple(file.relative_to(environment.ROOT).as_posix() for file in files)
    return Part(
        name, tests, (*depends, *_DEBIAN), lambda: {"MICROPYTHON": micropythons.path(I386)}
    )


def _beside(*kinds):
    return lambda: {kind.variable: micropythons.path(kind) for kind in kinds}


def _with_source():
    environment.need("firmware")
    return {micropython_source.VARIABLE: str(micropython_source.tree())}


def _with_toolchain():
    arm_toolchain.folder()
    return _with_source()


def _with_boards():
    return {**_with_toolchain(), **_beside(I386)()}


def _with_node():
    external.prepare_javascript()
    return {}


def _with_browser():
    external.chromium()
    environment.need("page")
    return {}


PARTS = (
    Part("faults", _system("matrices/fault_matrix"), _LOCKSTEP),
    Part("power", _system("matrices/power_matrix"), _LOCKSTEP),
    Part("streams", _system("matrices/stream_matrix"), _LOCKSTEP),
    Part("https", _system("matrices/https_matrix"), _LOCKSTEP),
    Part("board-troubles", _system("matrices/board_matrix"), _LOCKSTEP),
    Part(
        "storms",
        _system("matrices/storm", "matrices/quota_storm"),
        (*_LOCKSTEP, "tools/storm"),
    ),
    Part("handlers", _system("matrices/handlers_storm"), _LOCKSTEP),
    Part("kit", _system("kit/kit_examples"), _KIT),
    Part("fuzz", _system("tools/fuzz"), (*_LIBRARY, "tools/fuzz", "tools/fuzzing/*.py")),
    Part(
        "fleet",
        _system("tools/fleet"),
        (
            *_LIBRARY,
            "tools/fleet",
            "tools/fleet_simulation/*.py",
            "tools/iotjobs_emulator/quotas/*.py",
            "tests/device/harness/support.py",
            "tests/system/harness/real_fleet.py",
            "tests/system/programs/fleet_of_agents.py",
        ),
    ),
    Part(
        "kills",
        _system("service/killed"),
        (*_EMULATOR, *_SYSTEM),
    ),
    Part(
        "requests",
        (
            "tests/emulator/device_api/test_device_api_generated.py",
            "tests/emulator/rest/test_rest_generated.py",
        ),
        (*_EMULATOR, "tests/emulator/harness/*.py"),
    ),
    Part(
        "packets",
        ("tests/emulator/mqtt/test_mqtt_generated.py",),
        (
            "tests/emulator/harness/mqtt*.py",
            "tools/iotjobs_emulator/faults/*.py",
            "tools/iotjobs_emulator/mqtt/**/*.py",
        ),
    ),
    Part("device", ("tests/device",), _DEVICE),
    _seeds("seeds-agent", "agent/test_*.py"),
    _seeds("seeds-handlers", "handlers/test_*.py"),
    _seeds("seeds-links", "links/test_*.py"),
    _seeds("seeds-others", *_OTHERS),
    _on_32_bits("32-bit-agent", "agent/test_*.py"),
    _on_32_bits("32-bit-handlers", "handlers/test_[!o]*.py"),
    _on_32_bits("32-bit-ota", "handlers/test_o*.py"),
    _on_32_bits("32-bit-others", "links/test_*.py", *_OTHERS),
    Part(
        "32-bit-system",
        _system("agent/no_allocation", "agent/ten_thousand_jobs", "handlers/signatures"),
        (
            *_LIBRARY,
            *_COMPILED,
            *_DEBIAN,
            *_SYSTEM,
            "tests/system/harness/device_programs.py",
            "tests/system/harness/listening.py",
            "tests/system/harness/scripted_service.py",
            "tests/system/programs/*_device.py",
        ),
        _beside(I386),
    ),
    Part(
        "arm",
        _system("boards/arm"),
        (*_DEVICE, *_COMPILED, *_DEBIAN, *_DEVICE_TESTS),
        _beside(ARM),
    ),
    Part(
        "bench",
        _system("tools/bench"),
        (*_LIBRARY, *_DEBIAN, *_BENCH),
        _beside(I386, ARM),
    ),
    Part(
        "boards",
        _system("boards/boards", "boards/frozen_manifest"),
        (
            *_LIBRARY,
            *_SOURCE,
            *_BOARDS,
            *_COMPILED,
            *_COMMANDS,
            "boards/README.md",
            "manifest.py",
            "tests/system/harness/frozen.py",
            "tests/system/harness/imports.py",
        ),
        _with_source,
    ),
    Part(
        "frozen",
        _system("boards/frozen"),
        (
            *_FIRMWARE,
            *_DEVICE,
            "tests/system/tools/test_demo.py",
            "tools/demo",
            "tools/demonstration/*.py",
        ),
        _with_toolchain,
    ),
    Part(
        "deploy-frozen",
        _system("deploying/deploy_frozen"),
        (*_FIRMWARE, *_DEPLOY),
        _with_toolchain,
    ),
    Part("pico", _system("boards/emulated_pico"), (*_PICO, *_DEVICE, *_STARTER), _with_toolchain),
    # Its firmware is without the library.
    Part(
        "pico-core",
        (
            *_system("emulated_pico/instructions", "emulated_pico/boots"),
            *_system("emulated_pico/exceptions", "emulated_pico/divider"),
        ),
        (
            *_EMULATED_PICO,
            *_SOURCE,
            "boards/rp2/**/*",
            "tests/system/harness/boots.py",
            "tests/system/harness/cores.py",
            "tests/system/harness/thumb.py",
            "tests/system/harness/two_cores.py",
            "tools/building/*.py",
            "tools/requirements/firmware.txt",
        ),
        _with_toolchain,
    ),
    Part(
        "kit-boards",
        _system("kit/kit_boards", "kit/checklist"),
        (*_KIT, *_PICO, *_DEBIAN, *_CHECKLIST),
        _with_boards,
    ),
    Part("deploy-pico", _system("deploying/deploy_pico"), (*_PICO, *_DEPLOY), _with_toolchain),
    Part(
        "mip-pico",
        _system("boards/mip_pico"),
        (*_PICO, "package.json", "tools/mip_packages/*.py", "tools/package"),
        _with_toolchain,
    ),
    Part(
        "bench-pico",
        _system("tools/bench_pico"),
        (*_PICO, *_BENCH, *_STARTER),
        _with_toolchain,
    ),
    Part(
        "javascript",
        _system("service/javascript", "service/javascript_device"),
        (
            *_EMULATOR,
            *_SYSTEM,
            "tests/system/harness/data_plane.py",
            "tests/system/harness/device_sdk.py",
            "tests/system/harness/sdk_process.py",
            "tests/system/programs/*.cjs",
            "tools/javascript/*",
            "tools/testing/external.py",
        ),
        _with_node,
    ),
    Part(
        "pages",
        _system("service/page", "service/browser"),
        (
            *_EMULATOR,
            *_SYSTEM,
            "tests/emulator/harness/rest_client.py",
            "tests/system/harness/pages.py",
            "tools/iotjobs_emulator/console/static/*",
            "tools/requirements/page.txt",
            "tools/testing/external.py",
        ),
        _with_browser,
    ),
    Part(
        "requirements",
        _system("tools/requirements"),
        (*_COMMANDS, "tools/environment/*.py", "tools/requirements/*.txt"),
    ),
)


def named(name):
    """The part of this name, or None."""
    return next((part for part in PARTS if part.name == name), None)
