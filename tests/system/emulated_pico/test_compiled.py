"""How our core is compiled, what is said where it cannot be, and how fast a chip may run."""

import asyncio
import types

import environment
import pytest
from emulated_pico import machine

NO_COMPILER = "no C compiler: none of gcc, cc is in PATH"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where it is compiled to: nothing is there yet."""
    monkeypatch.setattr(machine, "_FOLDER", tmp_path / "build" / "core")
    return tmp_path / "build" / "core"


@pytest.fixture
def no_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine, "library", machine.library.__wrapped__)


def test_without_a_compiler_it_says_so(folder, no_compiler):
    with pytest.raises(environment.UnusableError, match=NO_COMPILER):
        machine.library()


def test_then_the_chip_runs_on_rp2040pys_core_and_that_is_told(no_compiler, capsys, monkeypatch):
    environment.need("pico")
    from emulated_pico import chip_parts, fast
    from rp2040py.simulator import Simulator

    monkeypatch.setattr(fast, "library", machine.library)
    device = types.SimpleNamespace(simulator=Simulator())
    before = device.simulator._execute_batch
    done_ns = chip_parts.speed_up(device)
    assert f"many times slower than it could be: {NO_COMPILER}" in capsys.readouterr().err
    assert device.simulator._execute_batch == before
    device.simulator.clock.tick(1000)
    assert done_ns() == 1000


def test_it_is_compiled_once_and_again_when_it_has_changed(folder, monkeypatch):
    try:
        first = machine._compiled().stat().st_mtime_ns
    except environment.UnusableError as error:
        pytest.skip(str(error))
    assert machine._compiled().stat().st_mtime_ns == first
    monkeypatch.setattr(machine, "_FLAGS", (*machine._FLAGS, "-DCHANGED"))
    assert machine._compiled().stat().st_mtime_ns > first


def test_what_the_compiler_says_is_told(folder, monkeypatch):
    monkeypatch.setattr(machine, "_FLAGS", (*machine._FLAGS, "-std=none"))
    try:
        machine._compiled()
    except environment.UnusableError as error:
        assert "std=none" in str(error) or NO_COMPILER in str(error)
    else:
        pytest.fail("it compiles by a standard that is none")


@pytest.mark.parametrize(("waits", "slept"), [(True, 4), (False, 0)])
def test_a_chip_computes_as_fast_as_it_can_but_does_not_wait_ahead_of_time(
    waits, slept, monkeypatch
):
    environment.need("pico")
    from emulated_pico import chip

    waited_ns = 0

    def batch():
        nonlocal waited_ns
        waited_ns += 10e6 if waits else 0
        simulator.turns += 1
        simulator.stopped = simulator.turns == 5

    async def sleep(waiting, seconds):
        waiting.close()
        slept_s.append(seconds)

    slept_s = []
    monkeypatch.setattr(asyncio, "wait_for", sleep)
    monkeypatch.setattr(chip, "time", types.SimpleNamespace(monotonic=lambda: 100.0))
    simulator = types.SimpleNamespace(turns=0, stopped=True, _execute_batch=batch)
    asyncio.run(chip.execute(simulator, lambda: waited_ns, asyncio.Event()))
    assert [round(seconds, 3) for seconds in slept_s[:4]] == [0.01, 0.02, 0.03, 0.04][:slept]
