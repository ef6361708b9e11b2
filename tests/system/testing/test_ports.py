"""The ports of tests that need one twice, or one at which nobody listens."""

import os
import socket
import sys

import environment
import pytest
from commands import output
from testing import ports


def test_nobody_listens_there_and_each_comes_once():
    taken = ports.take(12)
    assert len(set(taken)) == len(taken)
    for port in taken:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_a_port_is_free_again_when_its_server_is_gone_and_is_not_given_away_while_it_is_there():
    [port] = ports.take(1)
    with socket.create_server(("127.0.0.1", port)):
        assert port not in ports.take(60)
    assert port in ports.take(60)


def test_another_process_has_others_whatever_its_folder_for_temporary_files(tmp_path):
    code = "from testing import ports; print(*ports.take(40))"
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    mine = ports.take(1)  # its block is held from here on
    others = output([sys.executable, "-c", code], cwd=environment.TOOLS, env=variables).split()
    assert mine[0] not in {int(word) for word in others}
    assert not {int(word) for word in others} & set(ports.take(40))
    assert len(others) == 40
