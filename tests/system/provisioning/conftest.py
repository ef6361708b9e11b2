"""An emulator's registry, in which devices are made."""

import pytest
from iotjobs_emulator.in_thread import EmulatorThread
from made_devices import Registry


@pytest.fixture
def registry(tmp_path, monkeypatch):
    (tmp_path / "things").mkdir()
    with EmulatorThread() as emulator:
        yield Registry(emulator, tmp_path / "things", monkeypatch)
