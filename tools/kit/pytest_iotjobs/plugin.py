"""The plugin: its fixtures, its option, and what a failure shows.

All that takes time to import is imported by a fixture: a run of pytest without them pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from . import limits, report

if TYPE_CHECKING:
    from .device import Device
    from .service import Service


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        limits.OPTION,
        f"seconds that a job, or a board, is waited for (default {limits.DEFAULT_S:g})",
        default=str(limits.DEFAULT_S),
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"{limits.OPTION}(seconds): how long a job, or a board, is waited for"
    )


@pytest.fixture
def _micropython() -> tuple[str, ...]:
    # Before all else, so that nothing fails first for want of what Windows lacks.
    from . import needs

    try:
        return needs.interpreter()
    except needs.MissingError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """AWS IoT Jobs for this test: create_job, cancel, fault, advance, things."""
    from iotjobs_desk.strangers import Strangers
    from iotjobs_emulator.in_thread import EmulatorThread
    from iotjobs_emulator.skipped_time import SkippedTime

    from .service import Service
    from .virtual import VirtualClock

    connected: list[str] = []
    time = SkippedTime()
    with EmulatorThread(time=time, trace=Strangers("", connected.append).see) as emulator:
        clock = VirtualClock(emulator, time)
        made = Service(emulator, limits.seconds_of(request), connected, clock)
        request.node.stash[report.SERVICE] = made
        yield made


@pytest.fixture
def device(
    request: pytest.FixtureRequest,
    _micropython: tuple[str, ...],
    service: Service,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Device]:
    """A board for this test: start, power_cut, power_on, reset, output, files, pins, wifi."""
    from .device import Device

    folders = (request.path.parent, request.config.rootpath)
    made = Device(service, folders, tmp_path_factory.mktemp("iotjobs"), _micropython)
    service.device = made
    request.node.stash[report.DEVICE] = made
    yield made
    made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    made = yield
    if made.failed:
        made.sections += report.sections(item)
    return made
