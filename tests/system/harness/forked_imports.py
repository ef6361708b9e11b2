"""What is imported and read already in a process that is forked (forked.py, forked_tools.py)."""

import contextlib
import gc
import importlib

import environment
import pytest  # noqa: F401
from _pytest.config import default_plugins
from benches import compiled, downloads, imports, pico, polls, request, sleep  # noqa: F401
from deploying import deployment  # noqa: F401
from environment import command_line
from iotjobs_emulator import (
    cli,  # noqa: F401
    provision,
)
from iotjobs_emulator.device_rest import MODEL
from iotjobs_emulator.rest.model import load_model
from iotjobs_wire import library
from iotjobs_wire.needed import handler_names
from running import command  # noqa: F401

for service in ("iot", MODEL):
    load_model(service)
provision.iot_client("http://localhost")  # botocore keeps what it reads for it
handlers = [f"handlers/{name}" for name in handler_names(compiled.PACKAGE)]
library.names(
    compiled.PACKAGE, [*library.PARTS, *handlers], None, False
)  # what each file imports is kept
# Pytest's own; others would miss that their assertions are rewritten.
for plugin in default_plugins:
    importlib.import_module(f"_pytest.{plugin}")
with contextlib.suppress(environment.UnusableError):
    environment.micropython()  # is known to do
# No collection in a forked process looks at all of this again, or has it copied.
gc.freeze()
gc.set_threshold(command_line.NEW_OBJECTS)
