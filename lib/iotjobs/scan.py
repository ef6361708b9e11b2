"""The byte loops, as fast as the board can run them: in viper where there is a native emitter,
else the plain twin; and two steps over JSON that has been checked.
"""

try:
    from .scan_viper import *
except (ImportError, SyntaxError, ValueError):
    # No emitter: a SyntaxError from the source, a ValueError from .mpy of another architecture.
    from .scan_plain import *

# What the low four bits of a negative result of `read` say.
REASONS = (
    "",
    "ends too early",
    "unexpected character",
    "bad escape",
    "bad number",
    "control character in a string",
    "not UTF-8",
    "nested deeper than 32 levels",
    "something after the end",
    "half a surrogate pair",
)


def skip(buf, pos, end):
    """The position after the value that begins at `pos`."""
    return read(buf, pos, end, b"\0\0", b"", buf)


def item(buf, pos):
    """The position of the next name, value or element at or after `pos`, past spaces, commas and
    colons; -1 at the closing bracket. Begin behind the opening one; go on with what `skip` says.
    """
    while buf[pos] in b" \t\r\n,:":
        pos += 1
    return -1 if buf[pos] in b"]}" else pos
