"""The key pair by which updates are signed, on the curve P-256, and its files."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def new_key(path: Path) -> Path:
    """Make a key pair: the private key in the PEM file `path`, which only its owner may read.

    The public key lies beside it in a DER file, as the device takes it. Returns that file's path.
    Raises FileExistsError for one that is there, whose text says so; then none was made.
    """
    public_path = path.with_suffix(".der")
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
        raise FileExistsError(f"{public_path} is there already")
    _write_new(path, secret, 0o600)
    _write_new(public_path, public, 0o644)
    return public_path


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise FileExistsError(f"{path} is there already") from None
    with open(descriptor, "wb") as file:
        file.write(data)
