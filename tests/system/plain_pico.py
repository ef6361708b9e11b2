"""An emulated Pico whose firmware has no iotjobs, which would come before what is installed."""

import contextlib

import firmware_builds
from emulated_pico import EmulatedPico


@contextlib.contextmanager
def plain_pico():
    """An EmulatedPico with an empty file system."""
    folder = firmware_builds.BUILDS / "RPI_PICO-plain"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.py"
    manifest.write_text('freeze("$(PORT_DIR)/modules")\n')
    firmware = firmware_builds.build("RPI_PICO", manifest=manifest, folder=folder)
    with EmulatedPico(firmware.path) as pico:
        yield pico
