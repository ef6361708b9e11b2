"""What `import iotjobs` gives, and what it costs."""

import sys

import iotjobs
from support import equal, own_process, raises


def test_the_public_names_are_there():
    for name in iotjobs.__all__:
        equal(getattr(iotjobs, name).__name__, name)
    for name, place in (("document", "agent.document"), ("slots", "updates.slots")):
        equal(getattr(iotjobs, name).__name__, "iotjobs." + place)


def test_a_star_imports_them():
    for name in iotjobs.__all__:  # MicroPython 1.25 looks for no others
        getattr(iotjobs, name)
    names = {}
    exec("from iotjobs import *", names)
    for name in iotjobs.__all__:
        equal(names[name] is getattr(iotjobs, name), True, name)


@own_process
def test_a_program_with_its_own_mqtt_client_does_not_load_ours():
    from iotjobs import JobsClient

    equal(JobsClient.__name__, "JobsClient")
    equal("iotjobs.links.mqtt" in sys.modules, False)
    equal("umqtt.simple" in sys.modules, False)


@own_process
def test_asyncio_is_loaded_by_those_who_want_it():
    for name in iotjobs.__all__:
        getattr(iotjobs, name)
    equal("asyncio" in sys.modules, False)
    from iotjobs.aio import async_handler, run

    equal((run.__name__, async_handler.__name__), ("run", "async_handler"))
    equal("asyncio" in sys.modules, True)


@own_process
def test_handlers_are_loaded_by_those_who_register_them():
    for name in iotjobs.__all__:
        getattr(iotjobs, name)
    unwanted = ("agent.document", "agent.step", "handlers", "fetch", "updates")
    equal([name for name in unwanted if "iotjobs." + name in sys.modules], [])
    from iotjobs.handlers import reboot  # noqa: F401

    loaded = [name for name in sys.modules if name.startswith("iotjobs.handlers.")]
    equal(loaded, ["iotjobs.handlers.reboot"])
    equal("iotjobs.fetch" in sys.modules, False)


@own_process
def test_who_gets_files_from_streams_does_not_load_http_nor_the_other_encoding():
    from iotjobs.fetch import StreamFetcher
    from iotjobs.handlers import download, firmware, update  # noqa: F401
    from stream_service import StreamLink

    equal(StreamFetcher(StreamLink(), "MyThing").attempts, 32)
    either = ("fetcher", "exchange", "bodies", "urls", "in_json", "in_cbor")
    equal([name for name in either if "iotjobs.fetch." + name in sys.modules], ["in_cbor"])


@own_process
def test_what_is_fetched_with_is_found_in_one_place():
    from iotjobs import fetch

    names = ("Fetcher", "StreamFetcher", "Sources", "FileSink", "MemorySink")
    equal([getattr(fetch, name).__name__ for name in names], list(names))
    equal(fetch.urls.__name__, "iotjobs.fetch.urls")
    raises(AttributeError, getattr, fetch, "nothing")


def test_a_name_that_is_not_there_is_no_attribute():
    equal(hasattr(iotjobs, "nothing"), False)


@own_process
def test_a_missing_dependency_is_named():
    sys.modules["umqtt"] = sys  # which has no module `simple`, wherever the real one may lie
    error = raises(ImportError, getattr, iotjobs, "MQTTLink")
    equal("umqtt" in str(error), True)
