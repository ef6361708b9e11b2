"""A device that finds the service by a server of names: one that answers, or falls silent."""

import socket
import threading

import pytest
from testing import ports
from waiting import until


class NameServer(threading.Thread):
    """Says that every host is this machine, if it `answers`; `asked`: how often it was."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = 0
        self.answers = True

    def run(self):
        while True:
            try:
                asked, by = self.socket.recvfrom(512)
            except OSError:  # closed
                return
            answers = self.answers
            self.asked += 1
            if answers:
                head = asked[:2] + bytes.fromhex("8180 0001 0001 0000 0000")
                record = bytes.fromhex("c00c 0001 0001 0000003c 0004 7f000001")
                self.socket.sendto(head + asked[12:] + record, by)


@pytest.fixture
def names():
    server = NameServer()
    server.start()
    yield server
    server.socket.close()


def test_a_device_goes_on_while_the_server_of_names_is_silent(
    tmp_path, names, start_emulator, start_device
):
    state = ("--state", str(tmp_path / "state.db"))
    emulator = start_emulator(*state, ports=ports.take(5))
    folder = emulator.device_folder("MyThing")
    device = start_device(folder=folder, port=emulator.mqtts, dns=names.port)
    emulator.create_job("first", {"operation": "echo", "details": None})
    emulator.wait_for_status("first", "SUCCEEDED")
    assert names.asked
    names.answers = False
    emulator.kill()
    device.wait_for("state OFFLINE")
    emulator = start_emulator(*state, ports=emulator.ports)
    emulator.create_job("next", {"operation": "echo", "details": None})
    emulator.wait_for_status("next", "SUCCEEDED")
    device.kill()


def test_a_server_of_names_that_is_silent_at_first_is_asked_again(names, emulator, start_device):
    names.answers = False
    folder = emulator.device_folder("MyThing")
    start_device(folder=folder, port=emulator.mqtts, dns=names.port)
    until(lambda: names.asked)
    names.answers = True
    emulator.create_job("first", {"operation": "echo", "details": None})
    emulator.wait_for_status("first", "SUCCEEDED")
    assert names.asked >= 2
