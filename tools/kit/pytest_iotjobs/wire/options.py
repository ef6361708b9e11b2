"""What the command line says of a real board."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Sequence
from typing import NamedTuple

import pytest

PASSWORD = "IOTJOBS_WIFI_PASSWORD"  # a variable of the environment
BOARD, MICROPYTHON = "--board", "--micropython"
STATE = "{state}"  # in a command: on or off


class Options(NamedTuple):
    """`port`: as mpremote takes it. `ssid`: of the Wi-Fi. `service_host`, `service_port`: where
    the board finds the service; None: found here. `power`: the parts of a command. `may_erase`:
    the board's own files may go.
    """

    port: str
    ssid: str | None
    service_host: str | None
    service_port: int | None
    power: list[str] | None
    may_erase: bool


def add(parser: pytest.Parser) -> None:
    """Have pytest know them."""
    group = parser.getgroup("iotjobs", "boards of AWS IoT Jobs")
    group.addoption(
        MICROPYTHON,
        metavar="PATH",
        help="run the tests on this MicroPython, a unix port, as the variable MICROPYTHON does",
    )
    group.addoption(
        BOARD,
        metavar="PORT",
        help="run the tests on the real board at this port: /dev/ttyACM0, socket://HOST:PORT",
    )
    group.addoption(
        "--wifi",
        metavar="SSID",
        help=f"the Wi-Fi that the board joins; its password is asked for, or is in {PASSWORD}",
    )
    group.addoption(
        "--service-host",
        metavar="ADDRESS",
        help="the IPv4 address of this machine, as the board finds it (default: found here)",
    )
    group.addoption(
        "--service-port",
        metavar="PORT",
        type=int,
        help="where the service takes MQTT from the board, and at the next port HTTPS (default: "
        "free ports)",
    )
    group.addoption(
        "--power-command",
        metavar="COMMAND",
        help="switches the board's power: {state} in it becomes on or off, as in "
        "'uhubctl -l 1-1 -p 2 -a {state}'. Without it you are asked",
    )
    group.addoption(
        "--board-erase",
        action="store_true",
        help="remove the files of a board that is not the test kit's yet",
    )


def check_spelling(arguments: Sequence[str]) -> None:
    """Raise UsageError for an option whose value pytest takes for a folder of tests: it looks for
    the ini file before it knows the options of plugins.
    """
    for name, value in itertools.pairwise(arguments):
        if name in (BOARD, MICROPYTHON) and os.path.exists(value):
            raise pytest.UsageError(
                f"write {name}={value}, with an equals sign: otherwise pytest looks for its ini "
                f"file beside {value}"
            )


def given(config: pytest.Config) -> Options | None:
    """They; None without --board. Raises UsageError for what cannot be."""
    port = config.getoption(BOARD)
    if port and config.getoption(MICROPYTHON):
        raise pytest.UsageError("--board and --micropython: the tests run on one of them")
    if not port:
        for name in ("--wifi", "--service-host", "--service-port", "--power-command"):
            if config.getoption(name) is not None:
                raise pytest.UsageError(f"{name} is of a real board: it needs --board PORT")
        return None
    if hasattr(config, "workerinput") or config.getoption("numprocesses", None):
        raise pytest.UsageError("--board: one board runs one test at a time: give -n 0")
    return Options(
        port,
        config.getoption("--wifi"),
        _address(config.getoption("--service-host")),
        _port(config.getoption("--service-port")),
        _command(config.getoption("--power-command")),
        config.getoption("--board-erase"),
    )


def _address(text: str | None) -> str | None:
    from . import address

    try:
        return None if text is None else address.of(text)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def _port(number: int | None) -> int | None:
    if number is not None and not 0 < number < 65_535:
        raise pytest.UsageError(f"--service-port: {number} is not 1 to 65534")
    return number


def _command(text: str | None) -> list[str] | None:
    if text is None:
        return None
    try:
        parts = shlex.split(text)
    except ValueError as error:
        raise pytest.UsageError(f"--power-command: {error}") from None
    if not any(STATE in part for part in parts):
        raise pytest.UsageError(f"--power-command: there is no {STATE} in it, for on and off")
    return parts
