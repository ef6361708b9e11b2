"""The byte loops, as fast as the board can run them, and two steps over JSON that was checked.

The loops are in viper where there is a native emitter, else the plain twin.
"""

try:
    from .viper import *
except (ImportError, SyntaxError, ValueError):
    # No emitter: a SyntaxError from the source, a ValueError from .mpy of another architecture.
    from .plain import *

# What the low four bits of a negative result of `read` say, by number; one text, which takes less
# room than many.
REASONS = (
    "|ends too early|unexpected character|bad escape|bad number|control character in a string"
    "|not UTF-8|nested deeper than 32 levels|something after the end|half a surrogate pair"
)


def skip(buf, start, end):
    """The position after the value that begins at `start`."""
    return read(buf, start, end, b"\0\0", b"", buf)


def item(buf, start):
    """The position of the next name, value or element at or after `start`, past spaces, commas and
    colons; -1 at the closing bracket. Begin behind the opening one; go on with what `skip` says.
    """
    while buf[start] in b" \t\r\n,:":
        start += 1
    return -1 if buf[start] in b"]}" else start
