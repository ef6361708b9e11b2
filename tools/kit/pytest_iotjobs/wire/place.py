"""The real board of a whole run: what it is, whose its files are, and what is put onto it."""

from __future__ import annotations

import contextlib
import datetime
import os
from pathlib import Path

import pytest
from iotjobs_emulator.emulator import ANY_PORTS, Ports
from iotjobs_inputs import typed
from iotjobs_wire import clock, facts, plan
from iotjobs_wire.board import Board
from iotjobs_wire.errors import ContactLostError, DeployError
from iotjobs_wire.plan import File
from iotjobs_wire.remote import Remote

from .. import needs
from . import address, owner, software
from .bench import WireBench
from .options import PASSWORD, Options
from .power import Command, Person, Power
from .secret import Secret
from .terminal import Terminal

_HELPERS = """
import os
def _uname():
    return ' '.join(os.uname()) if hasattr(os, 'uname') else ''
def _is_there(*names):
    try:
        for name in names:
            __import__(name)
        return True
    except ImportError:
        return False
"""


class Wire:
    """A context manager. `host`, `ports`: where the service of its tests listens; `seen_at`: where
    the board finds it; `endpoint`: what it calls itself. `facts`, `uname`: what the board is.
    `password`: of the Wi-Fi `ssid`, None without one. `patience`: seconds for which the board may
    be silent.

    Raises DeployError for a board that cannot be reached or used, or whose files are not the
    kit's.
    """

    def __init__(self, options: Options, terminal: Terminal, patience: float):
        self.ssid, self.password = options.ssid, None
        self.board = Board(options.port, patience)
        self.power: Power = (
            Command(options.power) if options.power else Person(terminal, options.port)
        )
        self._options, self._terminal = options, terminal
        self._software: list[File] = []

    def __enter__(self) -> Wire:
        self.board.open()
        try:
            self._find_addresses()
            self._look()
        except BaseException:
            self.board.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # A secret may be on it, and a program that would run with the next power.
        if self._software:
            try:
                self.put([])
            except DeployError as error:
                self._terminal.tell(
                    f"the board could not be cleared, and has what the last test had: {error}"
                )
        self.board.close()

    def bench(self, work: Path, timeout: float) -> WireBench:
        """For one test."""
        return WireBench(self, work, timeout)

    def put(self, files: list[File]) -> set[str]:
        """Have these files on the board, and what the kit has there, and nothing else; the paths
        of all. It is at its prompt then, and the port is open. Raises DeployError.
        """
        if not self._software:
            self._software = [software.MARK, *software.files(self.facts)]
        wanted = plan.one_of_each(("the test kit", self._software), ("the test", files))
        board = self.board
        if not board.is_open:
            board.open()
        board.interrupt()
        remote = Remote(board)
        todo = plan.make(wanted, "/", remote, lambda done, of: None)
        plan.check_room(todo, *remote.room())
        for path, is_folder in todo.remove:
            remote.remove(path, is_folder)
        for file in todo.write:
            remote.write(file.path, file.content, file.sha256)
        clock.set_clock(board, self.now())
        board.leave()
        return {file.path for file in wanted}

    @staticmethod
    def now() -> datetime.datetime:
        """The time here, in UTC."""
        return datetime.datetime.now(datetime.timezone.utc)

    def switch_wifi(self, is_there: bool) -> None:
        """Have the person do it. Skips the test where there is none."""
        if not self._terminal.is_there():
            pytest.skip("nobody can switch this board's Wi-Fi: run pytest on a terminal")
        state = "on" if is_there else "off"
        self._terminal.ask(f"Switch the access point {self.ssid or ''} {state}".replace("  ", " "))

    def _look(self) -> None:
        board, options = self.board, self._options
        board.interrupt()
        with board.going_on_if_refused():
            self.facts = facts.of(board)
            facts.check(self.facts, needs.OLDEST, None, software.as_source(self.facts))
            board.run(_HELPERS)
            self.has_network = board.ask("_is_there('socket', 'tls')")
            self.has_wifi = board.ask("_is_there('network')")
            self.uname = board.ask("_uname()")
            if self.ssid is not None and not self.has_wifi:
                raise DeployError(f"--wifi: {self.facts.described()} has no Wi-Fi")
            if not options.may_erase:
                owner.check(Remote(board), options.port)
            if self.ssid is not None:
                self.password = self._password()
        with contextlib.suppress(ContactLostError):
            board.leave()

    def _password(self) -> Secret:
        given = os.environ.get(PASSWORD)
        if given is None:
            if not self._terminal.is_there():
                raise DeployError(f"--wifi: there is no terminal: set {PASSWORD} to its password")
            try:
                given = self._terminal.secret(f"password of the Wi-Fi {self.ssid}")
            except typed.NotTypedError as error:
                raise DeployError(f"--wifi: {error}: set {PASSWORD} to its password") from None
        return Secret(given)

    def _find_addresses(self) -> None:
        options = self._options
        seen_at = options.service_host or address.towards(options.port)
        if seen_at is None:
            raise DeployError(
                "this machine has no address in a network: --service-host says how the board "
                "finds it"
            )
        self.seen_at = self.endpoint = seen_at
        self.host = address.to_listen_at(seen_at)
        self.ports: Ports = ANY_PORTS
        if options.service_port:
            at = options.service_port
            self.ports = ANY_PORTS._replace(mqtts=at, https=at + 1)
