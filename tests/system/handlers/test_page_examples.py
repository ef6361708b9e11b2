"""The library of examples on the emulator's page, done by the handlers that they are for."""

import json
import re

import documentation
import environment
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from device_programs import run_device

CONSOLE = environment.ROOT / "tools" / "iotjobs_emulator" / "console"
EXAMPLES = CONSOLE / "static" / "examples.json"
DOCUMENTS = {each["name"]: each["document"] for each in json.loads(EXAMPLES.read_text())}
HANDLERS = environment.ROOT / "lib" / "iotjobs" / "handlers"
OWN = ("blink",)  # of the README, not of the library
ENDS = {
    "config": "SUCCEEDED",
    "reboot": "resets",
    "certificate": "SUCCEEDED",
    "start": "SUCCEEDED",
    "stop": "SUCCEEDED",
    "restart": "SUCCEEDED",
    "download": "fetches https://files.example.com/table.bin",
    "install": "fetches https://micropython.org/pi/v2/package/6/logging/latest.json",
    "remove": "SUCCEEDED",
    "update": "fetches https://files.example.com/app/1.1/application.py",
    "firmware": "fetches https://files.example.com/fw-1.3.bin",
    "afr_ota": "fetches stream app-1-2-0, file 0",
}
# The private key of RFC 6979, A.2.5, which has signed the examples.
KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the program on MicroPython says of the examples."""
    folder = tmp_path_factory.mktemp("examples")
    key, root = folder / "key.der", folder / "root"
    public = ec.derive_private_key(KEY, ec.SECP256R1()).public_key()
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    key.write_bytes(public.public_bytes(serialization.Encoding.DER, kind))
    root.mkdir()
    return json.loads(run_device("examples_device.py", EXAMPLES, root, key))


def test_every_handler_of_the_library_is_tried(told):
    names = {path.stem for path in HANDLERS.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert set(told["modules"]) == names - {"__init__", "__pycache__"}


def test_every_operation_that_is_registered_has_an_example_and_no_other(told):
    assert {*told["operations"], *OWN} == set(DOCUMENTS)


def test_each_example_is_called_after_its_operation():
    found = {name: operation_of(document) for name, document in DOCUMENTS.items()}
    assert found == {name: name for name in DOCUMENTS}


def operation_of(document):
    """A document of AWS's OTA service names none, and has one member."""
    return document.get("operation") or next(iter(document))


@pytest.mark.parametrize("name", ENDS)
def test_an_example_is_done_as_it_is(told, name):
    assert told["done"][name]["end"] == ENDS[name]


def test_how_each_example_ends_is_known():
    assert {*ENDS, *OWN} == set(DOCUMENTS)


@pytest.mark.parametrize("name", ENDS)
def test_a_handler_reads_each_member_of_its_example(told, name):
    read = told["done"][name]["read"]
    unread = [path for path in leaves(DOCUMENTS[name]) if not is_read(path, read)]
    assert unread == ([["operation"]] if "operation" in DOCUMENTS[name] else [])


def is_read(path, read):
    """Whether it is, itself or with the object that it is in."""
    return any(path[: len(found)] == found for found in read)


def leaves(value, path=()):
    """The paths of what a handler must read. What a job gives a name of its own, as a setting, and
    what is a list of names, is read as a whole.
    """
    if isinstance(value, dict) and path != ("settings",):
        return [leaf for name in value for leaf in leaves(value[name], (*path, name))]
    if isinstance(value, list) and isinstance(value[0], dict):
        return [leaf for at, each in enumerate(value) for leaf in leaves(each, (*path, at))]
    return [list(path)]


def test_the_readmes_handler_reads_each_member_of_its_example():
    programs = documentation.blocks(documentation.text("README.md"), "python")
    (program,) = (block for block in programs if '@agent.handler("blink")' in block)
    assert {"operation", *re.findall(r'job\.get\("(\w+)"\)', program)} == set(DOCUMENTS["blink"])
