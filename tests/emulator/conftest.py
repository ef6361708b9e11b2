"""What a test of the emulator's parts begins with, if it asks for it by name; how it is run."""

import asyncio
import contextlib
import inspect

import pytest
from jobs_world import World
from mqtt_client import Client
from registry_bench import Bench


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run an asynchronous test. It is given what its asynchronous context managers yield; its
    clients are ended.
    """
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test):
        return None

    async def run():
        async with contextlib.AsyncExitStack() as worlds:
            worlds.push_async_callback(Client.end_all)
            taken = {}
            for name in inspect.signature(test).parameters:
                taken[name] = pyfuncitem.funcargs[name]
                if hasattr(taken[name], "__aenter__"):
                    taken[name] = await worlds.enter_async_context(taken[name])
            await test(**taken)

    asyncio.run(run())
    return True


@pytest.fixture
def world():
    """A state machine that knows two things and no job."""
    return World()


@pytest.fixture
def bench():
    """A registry with nothing in it."""
    return Bench()
