"""The device MyThing at the emulator: fixtures of tests that are about this one."""

import pytest


@pytest.fixture
def folder(emulator):
    """The folder with its files; its certificate may have other client ids of its own, too."""
    return emulator.device_folder("MyThing", "MyThing-*")


@pytest.fixture
def start(emulator, folder, start_device):
    """Start its program, over MQTT; `settings` replace the usual ones, or are more."""

    def start(program="device.py", **settings):
        return start_device(program, **{"folder": folder, "port": emulator.mqtts, **settings})

    return start
