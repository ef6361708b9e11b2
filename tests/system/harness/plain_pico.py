"""An emulated Pico whose firmware has no iotjobs, which would come before what is installed."""

import contextlib

from building import builds
from emulated_pico.pico import EmulatedPico


@contextlib.contextmanager
def plain_pico():
    """An EmulatedPico with an empty file system."""
    firmware = builds.build_without("RPI_PICO")
    with EmulatedPico(firmware.path) as pico:
        yield pico
