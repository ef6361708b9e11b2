"""The limit on open files, tried in processes of their own: here it could not be put back."""

import resource
import subprocess
import sys

import pytest
from iotjobs_emulator import open_files

LIMIT = resource.RLIMIT_NOFILE
HARD = min(300, resource.getrlimit(LIMIT)[1])
TRY = """
import resource, sys
from iotjobs_emulator import open_files
open_files.MOST = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), int(sys.argv[3])))
open_files.allow_many()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("most", "soft", "after"),
    [
        (1_000, 64, HARD),  # as far as this user may
        (200, 64, 200),  # and no farther than is of use
        (200, 250, 250),  # what is more already stays
        (1_000, HARD, HARD),
    ],
)
def test_it_is_raised_as_far_as_may_be(most, soft, after):
    command = [sys.executable, "-c", TRY, *map(str, (most, soft, HARD))]
    environment = {"PYTHONPATH": str(open_files.__file__).rpartition("/iotjobs_emulator/")[0]}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == f"({after}, {HARD})\n"


def test_ten_thousand_devices_and_what_else_is_open_are_within_it():
    assert open_files.MOST > 10_000 + 1_000
