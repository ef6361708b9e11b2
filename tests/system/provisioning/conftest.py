"""An emulator's registry, in which devices are made."""

import pytest
from iotjobs_emulator.in_thread import EmulatorThread
from made_devices import CA, Registry
from provisioning import account, session
from provisioning.command import parser


@pytest.fixture
def registry(tmp_path, monkeypatch):
    (tmp_path / "things").mkdir()
    with EmulatorThread() as emulator:
        yield Registry(emulator, tmp_path / "things", monkeypatch)


@pytest.fixture
def elsewhere(registry, monkeypatch):
    """The registry of another region, for devices in the same folder."""
    with EmulatorThread(endpoint="b-ats.iot.us-east-1.amazonaws.com") as emulator:
        yield Registry(emulator, registry.folder, monkeypatch)


@pytest.fixture
def run(registry, monkeypatch):
    """tools/provision with these arguments, in this process; its exit code."""
    monkeypatch.setattr(account, "client", lambda *_, **__: registry.iot)
    monkeypatch.setattr(session, "_ca", lambda *_: CA)

    def run(*arguments):
        return session.run(parser().parse_args([*arguments, "--to", str(registry.folder)]))

    return run
