"""The tests that take minutes, since they build firmware or run on an emulated Pico. They run when
a file that they depend on has changed since they passed: with what they did is in
`tests/system/long_tests.json`, which `tools/test --long` writes.
"""

import hashlib
import json

import environment

FOLDER = environment.ROOT / "tests" / "system"
RECORD = FOLDER / "long_tests.json"

# What the firmware, the Pico and the device's tests are made of, as paths or patterns.
ALL = (
    "boards/*/**/*",
    "lib/**/*.py",
    "manifest.py",
    "tests/device/*.py",
    "tests/system/pico/*.py",
    "tests/system/pico_tests.py",
    "tests/system/plain_pico.py",
    "tools/arm_toolchain.py",
    "tools/benches/compiled.py",
    "tools/debian.py",
    "tools/emulated_pico.py",
    "tools/environment.py",
    "tools/firmware_builds.py",
    "tools/lockstep/device/*.py",
    "tools/micropython_source.py",
    "tools/mpy.py",
    "tools/pico_console.py",
    "tools/requirements.txt",
)
# And each of them besides.
FILES = {
    "test_bench_pico": ("tools/bench", "tools/benches/**/*.py"),
    "test_deploy_frozen": (
        "tests/system/deploy_tool.py",
        "tests/system/repl_*.py",
        "tools/deploy",
        "tools/deploying/*.py",
    ),
    "test_deploy_pico": (
        "tests/system/deploy_tool.py",
        "tests/system/repl_board.py",
        "tools/deploy",
        "tools/deploying/*.py",
    ),
    "test_emulated_pico": (),
    "test_frozen": (
        "tests/system/device_tests.py",
        "tests/system/test_demo.py",
        "tools/demo*",
        "tools/iotjobs_emulator/*.py",
    ),
    "test_mip_pico": ("package.json", "tools/mip_packages.py", "tools/package"),
}


def path(name):
    """Where a file of these tests is, as pytest is told."""
    return f"tests/system/{name}.py"


def unchanged():
    """Those that need not run: their files are what they were when they passed."""
    passed = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    return [name for name in FILES if passed.get(name) == digest(name)]


def record(name):
    """Keep that one has passed."""
    passed = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    passed[name] = digest(name)
    RECORD.write_text(json.dumps(passed, indent=4, sort_keys=True) + "\n")


def digest(name):
    """Of all that one depends on, as hexadecimal digits."""
    found = set()
    for pattern in (*ALL, *FILES[name], path(name)):
        found.update(path for path in environment.ROOT.glob(pattern) if path.is_file())
    whole = hashlib.sha256()
    for file in sorted(found):
        if "__pycache__" in file.parts:
            continue
        content = file.read_bytes()
        whole.update(f"{file.relative_to(environment.ROOT)} {len(content)}\n".encode() + content)
    return whole.hexdigest()
