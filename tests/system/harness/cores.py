"""`cores`: two emulated chips, one on rp2040py's core and one on ours."""

import environment
import pytest
from emulated_pico import machine


@pytest.fixture(scope="module")
def cores():
    try:
        machine.library()
    except environment.UnusableError as error:
        pytest.skip(str(error))
    environment.need("pico")
    from two_cores import TwoCores

    return TwoCores()
