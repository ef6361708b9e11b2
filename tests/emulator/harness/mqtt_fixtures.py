"""How the rooms of MQTT run their asynchronous tests, and what these take."""

import asyncio
import contextlib
import inspect

import pytest
from mqtt_bench import open_bench
from mqtt_certificates import Authority


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run an asynchronous test. It is given what its asynchronous context managers yield."""
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test):
        return None

    async def run():
        async with contextlib.AsyncExitStack() as worlds:
            taken = {}
            for name in inspect.signature(test).parameters:
                taken[name] = pyfuncitem.funcargs[name]
                if hasattr(taken[name], "__aenter__"):
                    taken[name] = await worlds.enter_async_context(taken[name])
            await test(**taken)

    asyncio.run(run())
    return True


@pytest.fixture
def bench():
    return open_bench()


@pytest.fixture
def tls_bench(certificates):
    return open_bench(certificates)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An authority: `lamp` and `pump` belong to things, `nobody` to none, `stranger` is of
    another authority."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    for name, thing in (("server", None), ("lamp", "lamp"), ("pump", "pump"), ("nobody", None)):
        authority.issue(name, thing)
    authority.other = Authority(folder, "other")
    authority.other.issue("stranger")
    return authority
