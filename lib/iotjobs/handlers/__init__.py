"""Handlers for what people do with jobs: each is a file, loaded by the program that wants it, and
registered by one line.
"""

from ..codec import scan  # noqa: F401, here imports nest less deep: an RP2040 has 8 KiB of stack
