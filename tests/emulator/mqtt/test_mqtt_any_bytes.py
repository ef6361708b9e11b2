"""Whatever bytes come, and in whatever pieces: a packet or a ProtocolError, and nothing else."""

import random

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "a_stream_is_read_or_refused_however_it_is_cut",
        "a_head_is_told_or_refused",
        "a_message_comes_back_from_its_bytes_with_all_that_it_says",
        "for_a_client_of_3_1_1_the_same_message_has_no_properties",
    ],
)
def test_of_any_bytes(name):
    import any_bytes
    from hypothesis import seed

    seed(random.getrandbits(64))(getattr(any_bytes, name))()
