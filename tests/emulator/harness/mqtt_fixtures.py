"""What the rooms of MQTT begin with: a broker, over TCP or TLS."""

import pytest
from mqtt_bench import open_bench
from mqtt_certificates import Certificates


@pytest.fixture
def bench():
    return open_bench()


@pytest.fixture
def tls_bench(certificates):
    return open_bench(certificates)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """`lamp` and `pump` belong to things, `nobody` to none, `stranger` is of another authority."""
    folder = tmp_path_factory.mktemp("certificates")
    certificates = Certificates(folder)
    certificates.other = Certificates(folder)
    for name, thing in (("lamp", "lamp"), ("pump", "pump"), ("nobody", None)):
        certificates.issue(name, thing)
    certificates.other.issue("stranger")
    return certificates
