"""How long a test may take where the machine is busy."""

import os

import pytest
from testing import patience


@pytest.mark.parametrize(
    ("load", "cores", "seconds"),
    [(0.1, 2, 60), (2, 2, 60), (6, 2, 180), (3, 1, 180), (1000, 2, 1200)],
)
def test_a_limit_grows_with_the_processes_for_each_core(monkeypatch, load, cores, seconds):
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0, 0))
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert patience.seconds(60) == seconds
