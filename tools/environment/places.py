"""Where things are."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / "tools"
LIB = ROOT / "lib"
REQUIREMENTS = TOOLS / "requirements"
VENV = ROOT / ".venv"
AWS_VENV = ROOT / ".venv-aws"
DEVICE_SDK_VENV = ROOT / ".venv-device-sdk"
UMQTT = VENV / "micropython-lib"


def python_of(venv):
    """The Python of a virtual environment."""
    return venv / "bin" / "python"
