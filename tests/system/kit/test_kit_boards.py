"""boards/starter/tests, by the kit, on other boards by an option alone: MicroPython with 32 bits,
and an emulated Pico, which has no network.
"""

import re

import pytest
from debian_packages import micropythons
from plain_pico import plain_pico

pytestmark = pytest.mark.exhaustive
SLOW = "--override-ini=iotjobs_timeout=600"  # of an emulated chip


def test_all_examples_pass_on_32_bits(examples):
    path = micropythons.path(micropythons.I386)
    done = examples("project").run("-q", f"--micropython={path}")
    assert done.returncode == 0, done.stdout
    assert " passed in " in done.stdout
    assert "skipped" not in done.stdout


def test_on_an_emulated_pico_those_pass_that_need_no_network(examples):
    with plain_pico() as pico:
        done = examples("project").run("-q", "-rs", f"--board={pico.port}", SLOW)
        assert done.returncode == 0, done.stdout
        skipped = re.search(r"^1 passed, (\d+) skipped in ", done.stdout, re.MULTILINE)[1]
        assert done.stdout.count("this board has no network") == int(skipped)
        left = {name for name in pico.saved_files() if not name.startswith("lib/")}
    assert left == {"pytest-iotjobs"}
