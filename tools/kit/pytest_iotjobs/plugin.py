"""The plugin: its fixtures, its options, and what a failure shows.

All that takes time to import is imported by a fixture: a run of pytest without them pays nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from . import limits, report
from .wire import options

if TYPE_CHECKING:
    from .device import Device
    from .pc import Pc
    from .service import Service
    from .wire.place import Wire

_PATIENCE = 6  # times as long as a board may be silent, a test waits


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        limits.OPTION,
        f"seconds that a job, or a board, is waited for (default {limits.DEFAULT_S:g})",
        default=str(limits.DEFAULT_S),
    )
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"{limits.OPTION}(seconds): how long a job, or a board, is waited for"
    )
    options.check_spelling(config.invocation_params.args)
    options.given(config)


@pytest.fixture(scope="session")
def _place(request: pytest.FixtureRequest) -> Iterator[Pc | Wire]:
    given = options.given(request.config)
    if given is None:
        from .pc import Pc

        yield Pc(request.config.getoption(options.MICROPYTHON))
        return
    from iotjobs_wire.errors import DeployError

    from .wire.place import Wire
    from .wire.terminal import Terminal

    with contextlib.ExitStack() as held:
        try:
            patience = limits.of_run(request.config) / _PATIENCE
            wire = held.enter_context(Wire(given, Terminal(request.config), patience))
        except DeployError as error:
            pytest.fail(str(error), pytrace=False)
        yield wire


@pytest.fixture
def service(
    request: pytest.FixtureRequest, _place: Pc | Wire, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """AWS IoT Jobs for this test: create_job, cancel, fault, quota, advance, things, files."""
    if not _place.has_network:
        pytest.skip("this board has no network")
    from iotjobs_desk.strangers import Strangers
    from iotjobs_emulator.in_thread import EmulatorThread
    from iotjobs_emulator.skipped_time import SkippedTime

    from .files import Files
    from .service import Service
    from .virtual import VirtualClock

    connected: list[str] = []
    time = SkippedTime()
    settings = {
        "trace": Strangers("", connected.append).see,
        "files": tmp_path_factory.mktemp("s3"),
        "endpoint": _place.endpoint,
        "time": time,
    }
    with contextlib.ExitStack() as held:
        try:
            emulator = held.enter_context(EmulatorThread(_place.ports, _place.host, **settings))
        except OSError as error:
            pytest.fail(f"the service cannot listen at {_place.host}: {error}", pytrace=False)
        made = Service(
            emulator,
            _place.seen_at,
            limits.seconds_of(request),
            connected,
            Files(settings["files"]),
            VirtualClock(emulator, time),
        )
        request.node.stash[report.SERVICE] = made
        yield made


@pytest.fixture
def device(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Device]:
    """A board for this test: start, power_cut, power_on, reset, output, files, pins, wifi."""
    if options.given(request.config) is None:
        # Before all else, so that nothing fails first for want of what Windows lacks.
        _check_micropython(request.config)
    from .device import Device

    place: Pc | Wire = request.getfixturevalue("_place")
    service = request.getfixturevalue("service") if place.has_network else None
    folders = (request.path.parent, request.config.rootpath)
    work, seconds = tmp_path_factory.mktemp("iotjobs"), limits.seconds_of(request)
    made = Device(service, seconds, folders, work, place.bench(work, seconds))
    if service is not None:
        service.device = made
    request.node.stash[report.DEVICE] = made
    yield made
    made.close()


def _check_micropython(config: pytest.Config) -> None:
    from . import needs

    try:
        needs.interpreter(config.getoption(options.MICROPYTHON))
    except needs.MissingError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    made = yield
    if made.failed:
        made.sections += report.sections(item, call.excinfo and call.excinfo.value)
    return made
