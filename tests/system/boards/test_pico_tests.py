"""What PicoTests makes of what a Pico has printed: only a test that says so has passed."""

import socket

import pytest
from emulated_pico.console import PicoError
from pico_tests import PicoTests

TESTS = ["test_a", "test_b", "test_c"]


class Told(PicoTests):
    """A Pico that prints this whenever tests are run on it."""

    printed = ""
    times = 0

    def reset(self, timeout_s=60):
        pass

    def watch(self, code, timeout_s):
        assert "test_a" in code
        self.times += 1
        return self.printed


@pytest.fixture
def told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with Told(f"socket://127.0.0.1:{port}") as tests:
            yield tests


def failure(tests, name):
    with pytest.raises(PicoError) as caught:
        tests.run("test_x", name, TESTS)
    return str(caught.value)


def test_those_of_a_file_run_together_and_once(told):
    told.printed = "passed test_a\r\n12 cases\r\npassed test_b\r\npassed test_c\r\n"
    for name in TESTS:
        told.run("test_x", name, TESTS)
    assert told.times == 1


def test_one_that_failed_has_its_own_reason_and_the_next_have_passed(told):
    told.printed = "passed test_a\r\nfailed test_b\r\nValueError: 7\r\npassed test_c\r\n"
    told.run("test_x", "test_a", TESTS)
    told.run("test_x", "test_c", TESTS)
    assert failure(told, "test_b") == "ValueError: 7\r\n"
    told.printed = "failed test_a\r\n"
    with pytest.raises(PicoError, match="failed"):
        told.run("test_y", "test_a", ["test_a"])


@pytest.mark.parametrize(
    "end",
    [
        "timeout waiting for first EOF reception",
        "MemoryError: memory allocation failed",
        "the words passed test_b\r\n",
        "passed test_bc\r\n",
        "",
    ],
)
def test_one_that_was_not_reached_or_did_not_end_has_not_passed(told, end):
    told.printed = "passed test_a\r\n" + end
    told.run("test_x", "test_a", TESTS)
    for name in ("test_b", "test_c"):
        assert "it did not get so far" in failure(told, name)
        assert end in failure(told, name)
