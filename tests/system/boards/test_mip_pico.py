"""mpremote's mip installs what tools/package compiles onto an emulated Pico."""

import re

import environment
import pytest
from commands import output
from mip_packages import layout
from plain_pico import plain_pico
from test_mip import USED
from test_mip import index as index

pytestmark = pytest.mark.exhaustive


def test_mpremote_installs_what_is_compiled_onto_a_pico(tmp_path, index):
    # A part of the package: the other files are no different.
    names = ["__init__", "codec/scan", "codec/viper", "handlers/__init__"]
    files = [f"iotjobs/{name}.mpy" for name in names]
    compiled = tmp_path / "compiled"
    layout.write_compiled("armv6m", compiled)
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).symlink_to(compiled / file)
    path = tmp_path / "package.json"
    path.write_text(layout.document(zip(files, files, strict=True)))
    with plain_pico() as pico:

        def mpremote(*arguments):
            command = [environment.VENV / "bin" / "mpremote", "connect", pico.port, *arguments]
            return output(command, timeout=300)

        printed = mpremote("mip", "install", "--index", index.url, path)
        installed = re.findall(r"Installing: (\S+)", printed)
        assert installed == [f"/lib/{file}" for file in [*files, "umqtt/simple.py"]]
        used = mpremote("exec", USED).split()
        assert used == [layout.version(), "/lib/iotjobs/__init__.mpy", "iotjobs.codec.viper"]
