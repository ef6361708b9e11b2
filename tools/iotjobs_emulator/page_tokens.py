"""The token of a next page: an opaque text that stands for a place in a list."""

import base64
import binascii


def write(place: str) -> str:
    """The token that stands for a place."""
    return base64.b64encode(place.encode()).decode()


def read(token: str) -> str | None:
    """The place that a token stands for; None: `write` gave no such token."""
    try:
        place = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    # A text has more than one spelling in Base64; `write` has given one of them.
    return place if token == write(place) else None
