"""A device whose clock is wrong sees certificates out of their time, and says that it is that."""

import contextlib
import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hostile_server import HostileServer

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def signed(subject, key, begin, end, issuer, issuer_key, extension):
    builder = x509.CertificateBuilder(
        name(issuer), name(subject), key.public_key(), x509.random_serial_number(), begin, end
    )
    return builder.add_extension(extension, critical=True).sign(issuer_key, hashes.SHA256())


@pytest.fixture
def serve(tmp_path):
    """Serve TLS with a certificate of that time; the port. Its CA is ca.der in `tmp_path`."""

    def start(begin, end):
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        ca = signed("CA", ca_key, NOW - 99 * DAY, NOW + 99 * DAY, "CA", ca_key, constraints)
        (tmp_path / "ca.der").write_bytes(ca.public_bytes(DER))
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        own = signed("localhost", key, begin, end, "CA", ca_key, names)
        private = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (tmp_path / "server.pem").write_bytes(own.public_bytes(PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "server.pem")
        return servers.enter_context(HostileServer(context)).port

    with contextlib.ExitStack() as servers:
        yield start


@pytest.mark.parametrize(
    "begin, end, stage, reason",
    [
        (NOW + DAY, NOW + 9 * DAY, "clock", "validity starts in the future"),
        (NOW - 9 * DAY, NOW - DAY, "certificate", "validity has expired"),
    ],
)
def test_the_device_says_what_its_clock_says(
    begin, end, stage, reason, serve, start_device, tmp_path
):
    days = [today()]
    device = start_device(folder=tmp_path, port=serve(begin, end), cert="")
    found = device.wait_for(r"^error (\w+) (.*)")
    days.append(today())  # the next one, at midnight
    assert found[1] == stage
    assert reason in found[2] and any(day in found[2] for day in days)


def today():
    return datetime.datetime.now().strftime("on %Y-%m-%d by this clock")
