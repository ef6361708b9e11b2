"""Environments of their own, for packages that would not go with those of `.venv`."""

import sys

from .commands import make_venv
from .installing import install
from .once import made_once
from .places import AWS_VENV, DEVICE_SDK_VENV, REQUIREMENTS, python_of


def prepare_aws():
    """Make `.venv-aws` with the `aws` command line; returns its path. Raises UnusableError."""
    _prepare(AWS_VENV, REQUIREMENTS / "aws.txt")
    return AWS_VENV / "bin" / "aws"


def prepare_device_sdk():
    """Make `.venv-device-sdk` with AWS's device SDK; returns its Python. Raises UnusableError."""
    _prepare(DEVICE_SDK_VENV, REQUIREMENTS / "device-sdk.txt")
    return python_of(DEVICE_SDK_VENV)


def _prepare(venv, requirements):
    mark = "\n".join((requirements.read_text(), sys.version))
    with made_once(venv, mark) as needed:
        if needed:
            make_venv(venv, "--without-pip")
            install(python_of(venv), requirements)
