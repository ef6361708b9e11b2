"""Make lib/iotjobs/codec/plain.py, the twin of viper.py for boards without a native emitter.

The two are one source. In the twin the decorators are gone, and the pointer types are functions
that hand back the buffer itself, or the bytes of a str. `tools/twin --check` says whether the twin
is up to date.

Example: tools/twin
"""

import re

import environment

from . import writing

CODEC = environment.LIB / "iotjobs" / "codec"
DOCSTRING = (
    '"""`viper` for boards without a native emitter: made by `tools/twin`, not by hand."""\n'
)
FUNCTION = re.compile(r'(def \w+\(([^)]*: ptr8[^)]*)\) -> int:\n    """.*?"""\n)', re.DOTALL)
POINTERS = """

def ptr8(buf):
    return buf if not isinstance(buf, str) else buf.encode() + b"\\0"


def ptr32(words):
    return words
"""


def twin(source: str) -> str:
    """The plain twin's source for that of viper.py."""
    body = source.split('"""\n', 1)[1]
    body = body.replace("import micropython\n", "").replace("@micropython.viper\n", "")
    body = FUNCTION.sub(_converted, body)
    head, rest = body.split("\n\n\ndef ", 1)
    return DOCSTRING + head + "\n" + POINTERS + "\n\ndef " + rest


def _converted(function: re.Match[str]) -> str:
    names = re.findall(r"(\w+): ptr8", function[2])
    return function[1] + "".join(f"    {name} = ptr8({name})\n" for name in names)


def main() -> int:
    wanted = twin((CODEC / "viper.py").read_text())
    outdated = "is not the twin of viper.py: run tools/twin"
    return writing.run("twin", __doc__, CODEC / "plain.py", wanted, outdated)
