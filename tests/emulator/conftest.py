"""What a test of the emulator's parts begins with, if it asks for it by name."""

import pytest
from jobs_world import World
from registry_bench import Bench


@pytest.fixture
def world():
    """A state machine that knows two things and no job."""
    return World()


@pytest.fixture
def bench():
    """A registry with nothing in it."""
    return Bench()
