"""Emulators that are forked: what they find when they begin."""

from forked import forking

LOOKS = """
import sys
if "iotjobs_emulator.cli" not in sys.modules:
    sys.exit(3)
from iotjobs_emulator.rest.model import load_model
sys.exit(0 if load_model.cache_info().currsize == 2 else 4)
"""


def test_all_of_the_emulator_is_imported_and_its_models_are_read():
    looking = forking().Process(target=exec, args=(LOOKS,))
    looking.start()
    looking.join()
    assert looking.exitcode == 0
