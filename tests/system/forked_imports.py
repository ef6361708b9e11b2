"""What an emulator that is forked finds imported and read (forked.py)."""

from iotjobs_emulator import cli  # noqa: F401
from iotjobs_emulator.device_rest import MODEL
from iotjobs_emulator.rest.model import load_model

for service in ("iot", MODEL):
    load_model(service)
