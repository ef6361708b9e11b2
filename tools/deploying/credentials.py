"""A device's certificate, its key and the CAs: checked, and as the DER files that a board reads.

Nothing of a key is in what an error says.
"""

import datetime
import pathlib
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from iotjobs_inputs import pem
from iotjobs_wire.errors import DeployError
from iotjobs_wire.plan import File

CERT = "/device.der"
KEY = "/key.der"
CA = "/ca.der"
_NEXT_CA = "/ca-%d.der"

_CURVES = ("secp256r1", "secp384r1", "secp521r1")  # of the service, and of MicroPython's mbedtls
_OLDEST_RSA = 2048  # bits
_SLOW_CHIP = "RP2040"  # 5.4 s for RSA-2048 on an emulated one; its flash may make it slower


def files(
    cert: pathlib.Path | None,
    key: pathlib.Path | None,
    cas: list[pathlib.Path],
    password: Callable[[], bytes],
    now: datetime.datetime,
) -> list[File]:
    """The files for the board. `password` is called if the key is encrypted; `now` has a time
    zone.

    Raises DeployError for what would not work. That is another's key, a certificate that is not
    valid now, or a kind of key that MicroPython or the service does not take.
    """
    made = []
    if cert is not None and key is not None:
        certificate = _certificate(cert, "--cert", now)
        private = _private_key(key, password)
        if _public(private.public_key()) != _public(certificate.public_key()):
            raise DeployError(f"--key: {key} is not the key of {cert}")
        made.append(File(CERT, _der(certificate)))
        made.append(File(KEY, _key_der(private)))
    number = 0
    for ca in cas:
        for certificate in _authorities(ca, now):
            number += 1
            made.append(File(CA if number == 1 else _NEXT_CA % number, _der(certificate)))
    return made


def check_chip(made: list[File], machine: str):
    """Raise DeployError for a device's key that is too slow for the chip of this `machine`, as
    MicroPython describes it.
    """
    for file in made:
        if file.path == KEY and _SLOW_CHIP in machine:
            private = serialization.load_der_private_key(file.content, None)
            if isinstance(private, rsa.RSAPrivateKey):
                raise DeployError(
                    f"--key: an RSA key: with it an {_SLOW_CHIP} computes for more than 5 s for"
                    " each connection, and a watchdog of 8 s is near. Make a key on P-256, and a"
                    " certificate for it: boards/README.md shows how"
                )


def ca_argument(made: list[File]) -> str:
    """What a program gives as `ca`, as its source has it."""
    paths = [f'"{file.path}"' for file in made if file.path not in (CERT, KEY)]
    return paths[0] if len(paths) == 1 else f"({', '.join(paths)})"


def _certificate(path: pathlib.Path, option: str, now) -> x509.Certificate:
    found = _certificates(path, option)
    # A file of a chain begins with the certificate that it is for.
    certificate = found[0]
    _check_dates(certificate, path, option, now)
    _check_key(certificate.public_key(), f"{option}: {path}")
    return certificate


def _authorities(path: pathlib.Path, now) -> list[x509.Certificate]:
    found = _certificates(path, "--ca")
    for certificate in found:
        _check_dates(certificate, path, "--ca", now)
        try:
            is_ca = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (x509.ExtensionNotFound, ValueError):
            is_ca = certificate.issuer == certificate.subject  # a root of version 1
        if not is_ca:
            subject = certificate.subject.rfc4514_string()
            raise DeployError(f"--ca: {path}: {subject} is no certificate of an authority")
    return found


def _certificates(path: pathlib.Path, option: str) -> list[x509.Certificate]:
    found = _found(path, option, pem.CERTIFICATE)
    try:
        return [x509.load_der_x509_certificate(each.der) for each in found]
    except ValueError:
        raise DeployError(f"{option}: {path} holds no certificate in PEM or DER") from None


def _check_dates(certificate, path, option, now):
    subject = certificate.subject.rfc4514_string()
    if now > certificate.not_valid_after_utc:
        ended = certificate.not_valid_after_utc.date()
        raise DeployError(f"{option}: {path}: {subject} has expired, on {ended}")
    if now < certificate.not_valid_before_utc:
        begins = certificate.not_valid_before_utc
        raise DeployError(
            f"{option}: {path}: {subject} is not valid before {begins}: is this clock right?"
        )


def _private_key(path: pathlib.Path, password: Callable[[], bytes]):
    found = _found(path, "--key", pem.PRIVATE_KEY)[0]
    load, data = serialization.load_der_private_key, found.der
    if found.pem:
        load, data = serialization.load_pem_private_key, found.pem
    encrypted = found.is_encrypted
    try:
        try:
            private = load(data, None)
        except TypeError:
            encrypted = True  # of DER this is known only now
            private = load(data, password())
    except DeployError:
        raise
    except Exception:  # whatever it says may have the key in it
        told = "does not open with this password" if encrypted else "holds no private key"
        raise DeployError(f"--key: {path} {told} (PEM or DER)") from None
    _check_key(private.public_key(), f"--key: {path}")
    return private


def _check_key(public, where: str):
    if isinstance(public, ec.EllipticCurvePublicKey):
        if public.curve.name not in _CURVES:
            raise DeployError(
                f"{where}: a key on the curve {public.curve.name}: P-256, P-384 or P-521 is needed"
            )
    elif isinstance(public, rsa.RSAPublicKey):
        if public.key_size < _OLDEST_RSA:
            raise DeployError(
                f"{where}: an RSA key of {public.key_size} bits: {_OLDEST_RSA} are needed"
            )
    else:
        raise DeployError(f"{where}: neither an EC key nor an RSA key")


def _key_der(private) -> bytes:
    # As openssl ec and openssl rsa write it; every version of mbedtls reads that.
    return private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _public(key) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _found(path: pathlib.Path, option: str, kind: str) -> list[pem.Found]:
    try:
        return pem.found(path.read_bytes(), kind)
    except OSError as error:
        raise DeployError(f"{option}: {path}: {error.strerror}") from None
    except ValueError as error:
        raise DeployError(f"{option}: {path}: {error}") from None
