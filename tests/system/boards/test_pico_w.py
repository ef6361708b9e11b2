"""An emulated Pico W: Wi-Fi, mutual TLS and a job. Collected where PICO_W_FIRMWARE names a
firmware, MicroPython's RPI_PICO_W as .uf2, which no package index has.
"""

import datetime
import json
import os
import pathlib
import socket

from benches.compiled import compile_library
from building.mpy import compile_file
from emulated_pico.console import PicoConsole
from emulated_pico.pico import EmulatedPico
from iotjobs_emulator import provision
from processes import PROGRAMS

VARIABLE = "PICO_W_FIRMWARE"
SSID = "RP2040PY-GUEST"  # of the emulated access point


def own_address():
    """An address of this machine that is not its loopback's, which a Pico W could not reach."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent
        return probe.getsockname()[0]


def files(emulator, folder, host):
    """What is on the board's file system."""
    now = datetime.datetime.now(datetime.timezone.utc)
    settings = {
        "ssid": SSID,
        "host": host,
        "port": emulator.mqtts,
        "time": [now.year, now.month, now.day, 0, now.hour, now.minute, now.second, 0],
    }
    compile_library(folder / "lib", "armv6m")
    compile_file(PROGRAMS / "pico_w_device.py", folder / "lib" / "pico_w_device.mpy", "armv6m")
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.mpy")}
    found["settings.json"] = json.dumps(settings).encode()
    made = emulator.device_folder("MyThing")
    for name in (provision.CERTIFICATE, provision.KEY, provision.CA):
        found[name] = (made / name).read_bytes()
    return found


if os.environ.get(VARIABLE):

    def test_a_job_over_wifi_and_tls(start_emulator, tmp_path):
        host = own_address()
        emulator = start_emulator("--host", "0.0.0.0", "--name", host)
        board = tmp_path / "board"
        contents = files(emulator, board, host)
        document = json.dumps({"operation": "blink", "times": 2})
        thing = emulator.iot.describe_thing(thingName="MyThing")["thingArn"]
        emulator.iot.create_job(jobId="j1", targets=[thing], document=document)
        firmware = pathlib.Path(os.environ[VARIABLE])
        with EmulatedPico(firmware, "pico_w", contents) as pico, PicoConsole(pico.port) as console:
            console.reset()
            printed = console.ask("import pico_w_device", 1800)
        assert "wifi True" in printed
        assert "done j1 " in printed
        assert emulator.wait_for_status("j1", "SUCCEEDED") == {"blinks": "2"}
