"""The local CA: what it issues verifies, and nothing else does."""

import os
import socket
import ssl
import stat
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat
from iotjobs_emulator.authority import NOT_AFTER, NOT_BEFORE, Authority
from iotjobs_emulator.database import Database
from iotjobs_emulator.errors import InvalidRequestError
from people_have import PEM_FILES
from registry_bench import csr_of

DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


@pytest.fixture(scope="module")
def authority():
    return Authority(Database())


def device_files(authority, folder):
    certificate, keys = authority.issue_device()
    pem = folder / "device.pem"
    pem.write_bytes(keys.private_pem.encode() + certificate.public_bytes(PEM))
    return pem, certificate.public_bytes(DER)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str):
    """Both ends over a socket pair: the client's certificate as the server got it (DER), and the
    protocol version. Raises what the client sees, or else what the server sees.
    """
    ours, theirs = socket.socketpair()
    got = {}

    def serve():
        try:
            with server.wrap_socket(theirs, server_side=True) as tls:
                got["der"] = tls.getpeercert(binary_form=True)
                got["version"] = tls.version()
                tls.sendall(b"!")
        except OSError as error:
            got["error"] = error
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as tls:
            greeting = tls.recv(1)
    finally:
        ours.close()
        thread.join()
    if greeting != b"!":
        raise got["error"]
    return got["der"], got["version"]


def client_context(authority, device_pem=None) -> ssl.SSLContext:
    context = ssl.create_default_context(
        cadata=authority.certificate.public_bytes(PEM).decode("ascii")
    )
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if device_pem:
        context.load_cert_chain(device_pem)
    return context


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "::1", "bench.example", "192.168.7.9", "fd00::9"]
)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_device_and_the_server_verify_each_other(authority, tmp_path, name, version):
    pem, der = device_files(authority, tmp_path)
    server = authority.server_context(["bench.example", "192.168.7.9", "fd00::9", "localhost"])
    client = client_context(authority, pem)
    client.minimum_version = client.maximum_version = version
    assert handshake(server, client, name) == (der, version.name.replace("_", "."))


@pytest.mark.parametrize(
    ("trusts", "presents", "name", "error"),
    [
        ("own", "own", "bench.example", pytest.raises(ssl.SSLError, match="Hostname mismatch")),
        ("other", "own", "localhost", pytest.raises(ssl.SSLCertVerificationError)),
        ("own", None, "localhost", pytest.raises(ssl.SSLError, match=r"(?i)certificate")),
        ("own", "other", "localhost", pytest.raises(ssl.SSLError)),
    ],
    ids=["another name", "a server of another CA", "no certificate", "a client of another CA"],
)
def test_who_is_not_verified_is_refused(authority, tmp_path, trusts, presents, name, error):
    authorities = {"own": authority, "other": Authority(Database())}
    pem = presents and device_files(authorities[presents], tmp_path)[0]
    with error:
        handshake(authority.server_context(), client_context(authorities[trusts], pem), name)


def test_tls_before_1_2_is_not_spoken(authority):
    context = authority.server_context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_certificates_are_valid_for_a_board_whose_clock_is_wrong(authority):
    device, _ = authority.issue_device()
    for certificate in (authority.certificate, device):
        assert certificate.not_valid_before_utc == NOT_BEFORE
        assert certificate.not_valid_after_utc == NOT_AFTER
    assert (NOT_BEFORE.year, NOT_AFTER.year) == (2000, 2049)


def test_a_device_key_is_p256_in_sec1_form(authority):
    certificate, keys = authority.issue_device()
    assert keys.private_pem.startswith("-----BEGIN EC PRIVATE KEY-----\n")
    key = serialization.load_pem_private_key(keys.private_pem.encode(), password=None)
    assert isinstance(key.curve, ec.SECP256R1)
    public = serialization.load_pem_public_key(keys.public_pem.encode())
    assert public == key.public_key() == certificate.public_key()
    certificate.verify_directly_issued_by(authority.certificate)


def test_the_ca_is_the_same_after_a_restart_and_its_file_is_private(tmp_path):
    path = str(tmp_path / "state.db")
    database = Database(path)
    first = Authority(database).certificate
    database.close()
    database = Database(path)
    second = Authority(database)
    assert second.certificate == first
    second.issue_device()[0].verify_directly_issued_by(first)
    database.close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_device_key_is_kept_nowhere(tmp_path):
    database = Database(str(tmp_path / "state.db"))
    _, keys = Authority(database).issue_device()
    database.close()
    body = "".join(keys.private_pem.splitlines()[1:-1])
    assert body[:40].encode() not in (tmp_path / "state.db").read_bytes()


def test_the_ca_certificate_is_written_as_pem_and_der(authority, tmp_path):
    pem, der = authority.write_ca(tmp_path / "new" / "folder")
    assert (pem.name, der.name) == ("ca.pem", "ca.der")
    assert x509.load_pem_x509_certificate(pem.read_bytes()) == authority.certificate
    assert x509.load_der_x509_certificate(der.read_bytes()) == authority.certificate
    assert b"PRIVATE" not in pem.read_bytes()


@pytest.mark.parametrize(
    "key",
    [
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-384", "P-521", "RSA 2048"],
)
def test_a_csr_gets_a_certificate_with_its_subject_and_key(authority, key):
    key = key()
    certificate = authority.issue_from_csr(csr_of(key))
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=my board"
    certificate.verify_directly_issued_by(authority.certificate)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.value.ca is False


@pytest.mark.parametrize("algorithm", [hashes.SHA256, hashes.SHA384, hashes.SHA512])
@pytest.mark.parametrize("form", PEM_FILES)
def test_a_csr_may_have_any_form_of_pem_and_any_hash_that_the_service_has(
    authority, form, algorithm
):
    key = ec.generate_private_key(ec.SECP256R1())
    text = PEM_FILES[form](csr_of(key, algorithm=algorithm).encode()).decode("latin-1")
    assert authority.issue_from_csr(text).public_key() == key.public_key()


def test_a_device_with_a_key_on_p521_and_the_server_verify_each_other(authority, tmp_path):
    key = ec.generate_private_key(ec.SECP521R1())
    certificate = authority.issue_from_csr(csr_of(key))
    pem = tmp_path / "device.pem"
    private = key.private_bytes(PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(PEM))
    der, _ = handshake(authority.server_context(), client_context(authority, pem), "localhost")
    assert der == certificate.public_bytes(DER)


# Which OpenSSL still makes, and `cryptography` does not.
SHA_1 = """\
-----BEGIN CERTIFICATE REQUEST-----
MIHLMHUCAQAwEzERMA8GA1UEAwwIbXkgYm9hcmQwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARo1rZSdz0ZH9EzTGmrcJvtoFdsgVsRuHTb9+sLuBfUnSyK327DxEVY
I6vLZyfS2oWaKccFKh4f2NREZvytSYsxoAAwCQYHKoZIzj0EAQNHADBEAiBMWnjB
nHToIs2yv9MQR4oeDfyBDWSilx0gPF3QOhZGpQIgM8bsbZXlBeaRpKDCSVfXiZ5O
km8cT7zbfbXfIZ5hJ20=
-----END CERTIFICATE REQUEST-----
"""


def tampered_csr() -> str:
    text = csr_of(ec.generate_private_key(ec.SECP256R1()))
    der = bytearray(x509.load_pem_x509_csr(text.encode()).public_bytes(DER))
    der[der.index(b"my board")] = ord("M")
    return x509.load_der_x509_csr(bytes(der)).public_bytes(PEM).decode()


@pytest.mark.parametrize(
    ("csr", "reason"),
    [
        (lambda: "", "no PEM CSR"),
        (lambda: "not a request", "no PEM CSR"),
        (
            lambda: "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
            "no PEM",
        ),
        (tampered_csr, "not signed by its own key"),
        (lambda: csr_of(rsa.generate_private_key(65537, 1024)), "RSA of at least 2048"),
        (lambda: csr_of(ec.generate_private_key(ec.SECP256K1())), "P-384 or P-521"),
        (lambda: csr_of(ed25519.Ed25519PrivateKey.generate(), algorithm=None), "P-384 or P-521"),
        (lambda: SHA_1, "is signed with sha1: the service takes sha256, sha384, sha512"),
    ],
    ids=["empty", "no request", "no DER", "tampered", "RSA 1024", "secp256k1", "Ed25519", "SHA-1"],
)
def test_a_csr_that_cannot_be_used_says_why(authority, csr, reason):
    with pytest.raises(InvalidRequestError, match=reason):
        authority.issue_from_csr(csr())
