"""The signature of a job document, and the keys for it, on the curve P-256."""

import base64
import os
import pathlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from iotjobs_inputs import pem

from .errors import PackError


def signed_text(document: dict) -> bytes:
    """What a signature is over: what is to be on the device, and not where it comes from."""
    name = document["operation"]
    files = document.get("files") or [document | {"path": "firmware"}]
    lines = [f"iotjobs {name} 1", f"version {document['version']}"]
    lines += [f"{file['sha256']} {file['size']} {file['path']}" for file in files]
    return "".join(line + "\n" for line in lines).encode()


def sign(document: dict, key: pathlib.Path) -> dict:
    """The document with a signature by the private key in the PEM file `key`."""
    try:
        found = pem.found(key.read_bytes(), pem.PRIVATE_KEY)[0]
        if found.is_encrypted:
            raise ValueError("the key is encrypted: one without a password is needed")
        private = serialization.load_der_private_key(found.der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PackError(f"{key}: no private key without a password: {error}") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise PackError(f"{key}: not a key on the curve P-256")
    signature = private.sign(signed_text(document), ec.ECDSA(hashes.SHA256()))
    return document | {"signature": base64.b64encode(signature).decode()}


def new_key(path: pathlib.Path) -> pathlib.Path:
    """Make a key pair: the private key in the PEM file `path`, which only its owner may read.

    The public key lies beside it in a DER file, as the device takes it. Returns that file's path.
    """
    public_path = path.with_suffix(".der")
    if path.suffix == ".der":
        raise PackError(f"{path}: that is the public key's name; give one in .pem")
    private = ec.generate_private_key(ec.SECP256R1())
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if public_path.exists():
        raise PackError(f"{public_path} is there already")
    _write_new(path, secret, 0o600)
    _write_new(public_path, public, 0o644)
    return public_path


def _write_new(path: pathlib.Path, data: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise PackError(f"{path} is there already") from None
    with open(descriptor, "wb") as file:
        file.write(data)
