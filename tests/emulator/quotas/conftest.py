"""The emulator on a clock that stands still, within quotas."""

import contextlib

import pytest
from iotjobs_emulator.quotas import Quotas, parse_quotas
from policy_ground import prepared


@pytest.fixture
def limited():
    """A Ground for `async with`, within the quotas of a text."""

    @contextlib.asynccontextmanager
    async def begun(text):
        async with prepared(quotas=Quotas(parse_quotas(text))) as ground:
            yield ground

    return begun
