"""What tools/deploy makes of certificates and keys, and which it refuses."""

import datetime
import functools
import pathlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from deploying import credentials
from iotjobs_wire.errors import DeployError
from iotjobs_wire.plan import File
from people_have import PEM_FILES

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
EC = ec.generate_private_key(ec.SECP256R1())
PASSWORD = b"correct horse"
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8 = serialization.PrivateFormat.PKCS8
TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL
NO_ENCRYPTION = serialization.NoEncryption()
ENCRYPTED = serialization.BestAvailableEncryption(PASSWORD)


@functools.cache
def rsa_key(bits):
    """Made when a test needs it: that takes a while."""
    return rsa.generate_private_key(65537, bits)


# Each kind that the service and MicroPython take; the handshakes are in test_jobs_connection.py.
KEYS = (
    lambda: EC,
    lambda: ec.generate_private_key(ec.SECP384R1()),
    lambda: ec.generate_private_key(ec.SECP521R1()),
    lambda: rsa_key(2048),
)


def called(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(key=EC, is_ca=False, begins=NOW - DAY, ends=NOW + DAY, name="x"):
    made = (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called("issuer"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    if is_ca is not None:
        made = made.add_extension(x509.BasicConstraints(is_ca, None), critical=True)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return made.sign(key, algorithm)


def key_bytes(key=EC, encoding=PEM, form=PKCS8, encryption=NO_ENCRYPTION):
    return key.private_bytes(encoding, form, encryption)


@pytest.fixture
def made(tmp_path):
    """made(cert=…, key=…, ca=[…]) of bytes or certificates: the files for the board, by path."""

    def make(cert=None, key=None, ca=(), password=lambda: pytest.fail("nothing is encrypted")):
        def file(name, content):
            if content is None:
                return None
            if isinstance(content, x509.Certificate):
                content = content.public_bytes(PEM)
            (tmp_path / name).write_bytes(content)
            return tmp_path / name

        cas = [file(f"ca{number}.pem", content) for number, content in enumerate(ca)]
        files = credentials.files(
            file("device.pem", cert), file("key.pem", key), cas, password, NOW
        )
        return {file.path: file.content for file in files}

    return make


def refused(made, why, **given):
    with pytest.raises(DeployError) as caught:
        made(**given)
    assert why in str(caught.value)
    assert PASSWORD.decode() not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("key", KEYS, ids=["P-256", "P-384", "P-521", "RSA"])
@pytest.mark.parametrize("form", [PKCS8, TRADITIONAL])
@pytest.mark.parametrize("encoding", [PEM, DER])
def test_pem_and_der_become_der(made, key, form, encoding):
    key = key()
    cert = certificate(key)
    files = made(cert=cert.public_bytes(encoding), key=key_bytes(key, encoding, form))
    der = {"/device.der": cert.public_bytes(DER), "/key.der": key_bytes(key, DER, TRADITIONAL)}
    assert files == der


def test_a_chain_begins_with_the_device(made):
    cert, above = certificate(), certificate(rsa_key(2048), is_ca=True)
    chain = cert.public_bytes(PEM) + above.public_bytes(PEM)
    assert made(cert=chain, key=key_bytes())["/device.der"] == cert.public_bytes(DER)


@pytest.mark.parametrize("encoding", [PEM, DER])
def test_an_encrypted_key_is_opened_by_its_password(made, encoding):
    encrypted = key_bytes(encoding=encoding, encryption=ENCRYPTED)
    files = made(cert=certificate(), key=encrypted, password=lambda: PASSWORD)
    assert files["/key.der"] == key_bytes(EC, DER, TRADITIONAL)


def test_a_wrong_password_is_refused(made):
    encrypted = key_bytes(encryption=ENCRYPTED)
    why = "key.pem does not open with this password"
    refused(made, why, cert=certificate(), key=encrypted, password=lambda: b"other")


@pytest.mark.parametrize(
    "other",
    [lambda: rsa_key(2048), lambda: ec.generate_private_key(ec.SECP256R1())],
    ids=["rsa", "ec"],
)
def test_another_key_is_refused(made, other):
    refused(made, "key.pem is not the key of ", cert=certificate(), key=key_bytes(other()))


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (
            lambda: ec.generate_private_key(ec.SECP256K1()),
            "a key on the curve secp256k1: P-256, P-384 or P-521 is needed",
        ),
        (lambda: rsa_key(1024), "an RSA key of 1024 bits: 2048 are needed"),
        (ed25519.Ed25519PrivateKey.generate, "neither an EC key"),
    ],
    ids=["secp256k1", "rsa1024", "ed25519"],
)
def test_kinds_of_keys_that_are_refused(made, key, why):
    key = key()
    refused(made, f"device.pem: {why}", cert=certificate(key), key=key_bytes(key))
    refused(made, f"key.pem: {why}", cert=certificate(), key=key_bytes(key))


@pytest.mark.parametrize(
    ("key", "machine", "why"),
    [
        (lambda: EC, "Raspberry Pi Pico W with RP2040", None),
        (lambda: rsa_key(2048), "Raspberry Pi Pico 2 W with RP2350", None),
        (lambda: rsa_key(2048), "Generic ESP32 module with ESP32", None),
        (lambda: rsa_key(2048), "Raspberry Pi Pico W with RP2040", "Make a key on P-256"),
    ],
    ids=["ec", "rsa rp2350", "rsa esp32", "rsa rp2040"],
)
def test_an_rsa_key_is_refused_for_an_rp2040_which_is_too_slow(made, key, machine, why):
    found = made(cert=certificate(key()), key=key_bytes(key()), ca=[certificate(is_ca=True)])
    files = [File(path, content) for path, content in found.items()]
    credentials.check_chip([], machine)
    if why is None:
        credentials.check_chip(files, machine)
    else:
        with pytest.raises(DeployError, match=why):
            credentials.check_chip(files, machine)


def test_dates_are_checked(made):
    old = certificate(ends=NOW - DAY / 2)
    refused(made, "CN=x has expired, on 2029-12-31", cert=old, key=key_bytes())
    new = certificate(begins=NOW + DAY, ends=NOW + 2 * DAY)
    refused(made, "is not valid before 2030-01-02", cert=new, key=key_bytes())
    refused(made, "--ca: ", ca=[certificate(is_ca=True, ends=NOW - DAY / 2)])


def test_authorities_are_numbered(made):
    one, two, three = (certificate(is_ca=True, name=name) for name in "123")
    both = b"Amazon Root CA 1\n" + one.public_bytes(PEM) + b"\n" + two.public_bytes(PEM)
    assert made(ca=[both, three.public_bytes(DER)]) == {
        "/ca.der": one.public_bytes(DER),
        "/ca-2.der": two.public_bytes(DER),
        "/ca-3.der": three.public_bytes(DER),
    }


def test_what_a_program_gives_as_ca(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_bytes(certificate(is_ca=True).public_bytes(PEM))

    def argument(count):
        return credentials.ca_argument(credentials.files(None, None, [path] * count, None, NOW))

    assert argument(1) == '"/ca.der"'
    assert argument(2) == '("/ca.der", "/ca-2.der")'


@pytest.mark.parametrize("is_ca", [False, None])
def test_what_is_no_authority_is_refused(made, is_ca):
    refused(made, "CN=x is no certificate of an authority", ca=[certificate(is_ca=is_ca)])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", ": no CERTIFICATE in it: neither DER nor PEM"),
        (b"\x30\x00", " holds no certificate in PEM or DER"),
        (b"-----BEGIN CERTIFICATE-----\nAA==", ": the block CERTIFICATE does not end"),
    ],
)
def test_what_is_no_certificate_is_refused(made, content, why):
    refused(made, f"device.pem{why}", cert=content, key=key_bytes())
    refused(made, f"ca0.pem{why}", ca=[content])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", ": no PRIVATE KEY in it: neither DER nor PEM"),
        (b"\x30\x00", " holds no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAA==", ": the block PRIVATE KEY does not end"),
    ],
)
def test_what_is_no_key_is_refused(made, content, why):
    refused(made, f"key.pem{why}", cert=certificate(), key=content)


@pytest.mark.parametrize("form", PEM_FILES)
def test_files_are_read_in_each_form_that_people_have(made, form):
    certificates = [certificate(is_ca=True, name=name) for name in "12"]
    cert = certificate()
    files = made(
        cert=PEM_FILES[form](cert.public_bytes(PEM), certificates[0].public_bytes(PEM)),
        key=PEM_FILES[form](key_bytes()),
        ca=[PEM_FILES[form](*(each.public_bytes(PEM) for each in certificates))],
    )
    assert files == {
        "/device.der": cert.public_bytes(DER),
        "/key.der": key_bytes(EC, DER, TRADITIONAL),
        "/ca.der": certificates[0].public_bytes(DER),
        "/ca-2.der": certificates[1].public_bytes(DER),
    }


def test_files_that_are_not_there():
    missing = pathlib.Path("missing.pem")
    with pytest.raises(DeployError, match=r"--ca: missing.pem: No such file"):
        credentials.files(None, None, [missing], None, NOW)
