"""What the rooms of MQTT begin with: a broker, over TCP or TLS."""

import pytest
from mqtt_bench import open_bench
from mqtt_certificates import Authority


@pytest.fixture
def bench():
    return open_bench()


@pytest.fixture
def tls_bench(certificates):
    return open_bench(certificates)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An authority: `lamp` and `pump` belong to things, `nobody` to none, `stranger` is of
    another authority."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    for name, thing in (("server", None), ("lamp", "lamp"), ("pump", "pump"), ("nobody", None)):
        authority.issue(name, thing)
    authority.other = Authority(folder, "other")
    authority.other.issue("stranger")
    return authority
