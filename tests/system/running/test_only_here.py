"""The emulator is reached directly, whatever this machine has set for AWS, or for the web."""

import pytest
from iotjobs_emulator import provision
from iotjobs_emulator.in_thread import EmulatorThread
from running import service

NOBODY = "http://127.0.0.1:9"
CONFIGURATION = "[default]\nuse_fips_endpoint = true\nretry_mode = nonsense\n"


@pytest.fixture
def url(monkeypatch):
    """That of an emulator, asked by a session that is new."""
    provision._session.cache_clear()
    with EmulatorThread() as emulator:
        yield emulator.control_url
    monkeypatch.undo()
    provision._session.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("http_proxy", NOBODY),
        ("AWS_PROFILE", "nope"),
        ("AWS_ENDPOINT_URL", NOBODY),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_CONFIG_FILE", CONFIGURATION),
    ],
)
def test_no_setting_leads_elsewhere(url, tmp_path, monkeypatch, name, value):
    if value is CONFIGURATION:
        (tmp_path / "config").write_text(value)
        value = str(tmp_path / "config")
    monkeypatch.setenv(name, value)
    with service.running(url) as found:
        assert found.iot.list_things()["things"] == []
