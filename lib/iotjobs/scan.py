"""The byte loops, as fast as the board can run them: in viper where there is a native emitter,
else the plain twin.
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
