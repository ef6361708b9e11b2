"""A token stands for the place that it was written of, and for no other text is there one."""

import base64

import pytest
from iotjobs_emulator import page_tokens


@pytest.mark.parametrize("place", ["", "a", "before:7", "lamp_1:x-2", "größer", "?>~" * 50])
def test_a_token_is_read_as_it_was_written(place):
    token = page_tokens.write(place)
    assert place == "" or place not in token
    assert page_tokens.read(token) == place


@pytest.mark.parametrize(
    "token",
    [
        "?",
        "A",
        "é",
        "YQ",
        "YQ=",
        "YQ==\n",
        " YQ==",
        "YQ==YQ==",
        "YR==",  # "YQ==" spelt otherwise
        "/w==",  # no UTF-8
        base64.urlsafe_b64encode(b"?>~").decode(),
    ],
)
def test_what_was_not_written_is_no_token(token):
    assert page_tokens.read(token) is None
